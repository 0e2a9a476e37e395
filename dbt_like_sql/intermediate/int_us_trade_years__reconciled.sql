-- Grain: one row per country code, flow and year. Source: stg_census__balance_years.
-- Purpose: the annual table of US goods trade, for years whose December was published by the week's
-- end. Held against the months it shows what these lack.
with

workbook as (
    select * from {{ ref('stg_census__balance_years') }} where kind in ('country', 'world')
),

economies as (
    select * from {{ ref('economies') }} where census_code is not null
),

calendar as (
    select period, released_at, has_passed from {{ ref('int_releases__passed') }} where source = 'census'
),

told_once as (
    select
        case when kind = 'world' then '-' else census_code end as census_code,
        kind,
        flow,
        year,
        value_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        min(response_id) as response_id
    from workbook
    group by all
),

final as (
    select
        told_once.census_code,
        economies.iso3 as partner_iso3,
        coalesce(economies.is_reporter, false) as is_covered,
        told_once.kind,
        told_once.flow,
        told_once.year,
        told_once.value_usd,
        told_once.is_reconstructed,
        calendar.released_at,
        case when calendar.released_at is null then 'observed' else 'calendar_dated' end as vintage,
        told_once.response_id
    from told_once
    left join economies using (census_code)
    left join calendar on calendar.period = told_once.year || '-12'
    where
        coalesce(calendar.has_passed, true)
        and told_once.year || '-12' <= $last_month
)

select * from final
