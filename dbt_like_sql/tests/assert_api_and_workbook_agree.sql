-- check: CHK-XSOURCE, severity: warn, after: int_us_trade_months__reconciled
-- A failure means that the two Census publications of one figure differ by more than rounding: one of
-- them is of another vintage, or was read wrongly.
with

api as (
    select * from {{ ref('stg_census__trade_months') }} where kind = 'country' and commodity = '-'
),

workbook as (
    select * from {{ ref('stg_census__balance_months') }} where kind = 'country'
),

covered as (
    select * from {{ ref('int_us_trade_months__reconciled') }} where is_covered
)

select
    api.census_code,
    api.flow,
    api.month,
    api.value_usd as api_usd,
    workbook.value_usd as workbook_usd
from api
inner join workbook using (census_code, flow, month)
semi join covered using (census_code, flow, month)
where
    abs(api.value_usd - workbook.value_usd)
    > greatest(100000, api.value_usd * threshold('census_sources_tolerance_pct') / 100)
