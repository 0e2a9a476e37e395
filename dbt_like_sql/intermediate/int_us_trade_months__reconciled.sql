-- Grain: one row per country code, flow and month. Sources: stg_census__trade_months (preferred),
-- stg_census__balance_months.
-- Purpose: one US series per country out of two publications of the same figures; months published by
-- the week's end; groups and the seasonally adjusted world left out.
with

api as (
    select *, 1 as preference, 'api' as source from {{ ref('stg_census__trade_months') }}
),

workbook as (
    select *, 2 as preference, 'workbook' as source from {{ ref('stg_census__balance_months') }}
),

economies as (
    select * from {{ ref('economies') }} where census_code is not null
),

calendar as (
    select period, released_at from {{ ref('release_calendar') }} where source = 'census'
),

united as (
    select
        case when kind = 'world' then '-' else census_code end as census_code,
        kind, flow, month, value_usd, is_reconstructed, response_id, preference, source
    from api
    where kind in ('country', 'world')
    union all
    select
        case when kind = 'world' then '-' else census_code end as census_code,
        kind, flow, month, value_usd, is_reconstructed, response_id, preference, source
    from workbook
    where kind in ('country', 'world')
),

preferred as (
    select *
    from united
    qualify preference = min(preference) over (partition by census_code, flow, month)
),

told_once as (
    select
        census_code,
        kind,
        flow,
        month,
        value_usd,
        source,
        bool_or(is_reconstructed) as is_reconstructed,
        min(response_id) as response_id
    from preferred
    group by census_code, kind, flow, month, value_usd, source
),

dated as (
    select
        told_once.*,
        coalesce(calendar.released_at, $as_of) as released_at,
        case when calendar.released_at is null then 'observed' else 'calendar_dated' end as vintage
    from told_once
    left join calendar on calendar.period = told_once.month
),

final as (
    select
        dated.census_code,
        economies.iso3 as partner_iso3,
        economies.name_zh_tw as partner_name_zh,
        coalesce(economies.is_reporter, false) as is_covered,
        dated.kind,
        dated.flow,
        dated.month,
        dated.value_usd,
        dated.source,
        dated.is_reconstructed,
        dated.released_at,
        dated.vintage,
        dated.response_id
    from dated
    left join economies using (census_code)
    where dated.released_at <= $as_of
)

select * from final
