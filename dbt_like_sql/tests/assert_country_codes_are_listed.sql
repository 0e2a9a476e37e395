-- check: CHK-CODES, severity: warn, after: int_us_trade_months__reconciled
-- A failure means that a country has trade under a code that Schedule C, as fetched this week, does not
-- list. Months before 2024 are left out: the workbook reaches back to countries that are no more.
with

months as (
    select * from {{ ref('int_us_trade_months__reconciled') }}
)

select distinct census_code
from months
where not is_listed and month >= '2024-01' and value_usd > 0
