-- check: CHK-UNKNOWN-CODES, severity: error, after: fct_unknown_codes
-- A failure means that so much of a flow stands under codes nobody can name that its ranking and
-- concentration say little; most likely the source has changed its codes.
select
    source,
    reporter_iso3,
    flow,
    period,
    sum(share_pct order by code) as share_pct,
    string_agg(code, ', ' order by code) as codes
from {{ ref('fct_unknown_codes') }}
group by source, reporter_iso3, flow, period
having sum(share_pct order by code) > threshold('unknown_codes_max_share_pct')
