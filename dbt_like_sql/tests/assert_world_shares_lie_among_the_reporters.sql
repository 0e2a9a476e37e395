-- check: CHK-SHARE, severity: error, after: fct_trade_relations_yearly
-- A failure means that a partner's share of the covered reporters' exports is not an average of its
-- shares of each one's: it lies outside them, so the world it is compared with is another.
with

relations as (
    select * from {{ ref('fct_trade_relations_yearly') }}
)

select
    partner_iso3,
    year,
    min(export_share_pct) as least_share_pct,
    max(export_share_pct) as greatest_share_pct,
    max(world_share_pct) as world_share_pct
from relations
group by partner_iso3, year
having
    max(world_share_pct) > max(export_share_pct) + 0.000001
    or min(world_share_pct) < min(export_share_pct) - 0.000001
    or max(world_share_pct) <> min(world_share_pct)
