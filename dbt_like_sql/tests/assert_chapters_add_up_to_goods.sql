-- check: CHK-HS-SUM, severity: warn, after: int_us_commodity_months__reconciled
-- A failure means that the chapters of a partner's month no longer add up to its total: they are of
-- another vintage, carried forward while the total is new. Against the API the sum is exact to the
-- dollar, against the workbook it may differ by rounding.
with

chapters as (
    select * from {{ ref('int_us_commodity_months__reconciled') }}
),

goods as (
    select * from {{ ref('int_us_trade_months__reconciled') }}
),

sums as (
    select census_code, flow, month, sum(value_usd) as chapters_usd
    from chapters
    group by census_code, flow, month
)

select
    sums.census_code,
    sums.flow,
    sums.month,
    sums.chapters_usd,
    goods.value_usd as goods_usd
from sums
inner join goods using (census_code, flow, month)
where
    abs(sums.chapters_usd - goods.value_usd) > case goods.source
        when 'api' then 0
        else greatest(100000, goods.value_usd * threshold('census_sources_tolerance_pct') / 100)
    end
