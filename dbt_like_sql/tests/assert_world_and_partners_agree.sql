-- check: CHK-COVERAGE-RATIO, severity: error, after: int_trade_flows__reconciled
-- A failure means that the partners of a year do not add up to its world row: the answer was cut, or
-- breakdown rows were counted beside totals.
with

flows as (
    select * from {{ ref('int_trade_flows__reconciled') }}
),

summed as (
    select
        reporter_iso3,
        flow,
        year,
        sum(value_usd) filter (where partner_kind = 'world') as world_usd,
        sum(value_usd) filter (where is_partner) as partners_usd
    from flows
    group by reporter_iso3, flow, year
)

select
    reporter_iso3,
    flow,
    year,
    world_usd,
    partners_usd,
    share_pct_of(partners_usd, world_usd) as itemised_share_pct
from summed
where
    world_usd is null
    or partners_usd is null
    or abs(share_pct_of(partners_usd, world_usd) - 100)
    > threshold('comtrade_partner_sum_tolerance_pct')
