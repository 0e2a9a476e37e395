-- check: CHK-COVERAGE, severity: error, after: fct_us_trade_ytd
-- A failure means that a running sum does not rest on exactly the months it names, or that twelve
-- months are claimed where fewer are published.
with

sums as (
    select * from {{ ref('fct_us_trade_ytd') }}
),

months as (
    select * from {{ ref('int_us_trade_months__reconciled') }} where is_covered and flow = 'M'
)

select
    sums.partner_iso3,
    sums.coverage,
    sums.months,
    count(distinct months.month) as months_found,
    sums.imports_usd,
    sum(months.value_usd) as imports_found
from sums
left join months
    on months.partner_iso3 = sums.partner_iso3
    and months.month between sums.first_month and sums.through_month
group by sums.partner_iso3, sums.coverage, sums.months, sums.imports_usd
having
    count(distinct months.month) <> sums.months
    or sum(months.value_usd) <> sums.imports_usd
