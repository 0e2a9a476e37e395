-- check: CHK-CODE-SUM, severity: error, after: int_commodity_flows__reconciled
-- A failure means that the partners of a six-digit code do not add up to its world row: partners were
-- cut, or rows of different releases stand side by side. A code whose partners have not been answered
-- yet has its world row alone and says nothing of them.
with

codes as (
    select * from {{ ref('int_commodity_flows__reconciled') }}
),

summed as (
    select
        reporter_iso3,
        flow,
        year,
        commodity_code,
        coalesce(sum(value_usd) filter (where partner_kind = 'world'), 0) as world_usd,
        sum(value_usd) filter (where is_partner) as partners_usd
    from codes
    where commodity_level = 6
    group by reporter_iso3, flow, year, commodity_code
)

select *
from summed
where
    abs(partners_usd - world_usd)
    > world_usd * threshold('comtrade_partner_sum_tolerance_pct') / 100
