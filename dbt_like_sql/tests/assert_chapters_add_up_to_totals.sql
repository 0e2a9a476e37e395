-- check: CHK-CHAPTER-SUM, severity: error, after: int_commodity_flows__reconciled
-- A failure means that the HS chapters of a year do not add up to the total with the same partner:
-- chapters were lost, multiplied, or belong to another release than the total.
with

codes as (
    select * from {{ ref('int_commodity_flows__reconciled') }}
),

flows as (
    select * from {{ ref('stg_comtrade__trade_flows') }}
),

totals as (
    select reporter_code, flow, year, partner_code, max(value_usd) as total_usd
    from flows
    where
        commodity_code = 'TOTAL'
        and is_total_slice(partner2_code, transport_code, customs_code, supply_code)
    group by reporter_code, flow, year, partner_code
),

chapters as (
    select reporter_code, flow, year, partner_code, sum(value_usd) as chapters_usd
    from codes
    where commodity_level = 2
    group by reporter_code, flow, year, partner_code
)

select
    chapters.reporter_code,
    chapters.flow,
    chapters.year,
    chapters.partner_code,
    totals.total_usd,
    chapters.chapters_usd
from chapters
left join totals using (reporter_code, flow, year, partner_code)
where
    totals.total_usd is null
    or abs(chapters.chapters_usd - totals.total_usd)
    > totals.total_usd * threshold('comtrade_chapter_sum_tolerance_pct') / 100
