-- check: CHK-SHARE, severity: warn, after: fct_us_commodity_balances
-- A failure means that the chapters' deficits no longer add up to the deficit of all goods over the same
-- months, so that shares of it do not add up to 100 either.
with

balances as (
    select * from {{ ref('fct_us_commodity_balances') }}
)

select
    partner_iso3,
    sum(deficit_usd) as chapters_usd,
    max(goods_deficit_usd) as goods_usd
from balances
group by partner_iso3
having
    abs(sum(deficit_usd) - max(goods_deficit_usd))
    > sum(exports_usd + imports_usd) * threshold('census_sources_tolerance_pct') / 100
