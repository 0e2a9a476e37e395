-- check: CHK-CODES, severity: warn, after: int_us_trade_months__reconciled
-- A failure means that a country has trade under a code that Schedule C, as fetched this week, does not
-- list. Codes of countries that no longer exist are left out: the workbook reaches back to 1985.
with

listed as (
    select * from {{ ref('stg_census__countries') }}
),

months as (
    select * from {{ ref('int_us_trade_months__reconciled') }}
),

recent as (
    select distinct census_code
    from months
    where kind = 'country' and month >= '2024-01' and value_usd > 0
)

select recent.census_code
from recent
anti join listed using (census_code)
where exists (select 1 from listed)
