-- Grain: one row per country code, flow and month. Sources: stg_census__trade_months,
-- stg_census__balance_months, stg_census__countries.
-- Purpose: one US series per country out of two publications of the same figures. Of each flow the
-- publication that reaches further speaks, as it is of the newer vintage; at a tie the API, whose values
-- are not rounded; the other fills the months it lacks. Only months over and published by the week's
-- end; chapters, groups and the seasonally adjusted world left out.
with

api as (
    select * from {{ ref('stg_census__trade_months') }} where commodity = '-'
),

workbook as (
    select * from {{ ref('stg_census__balance_months') }}
),

countries as (
    select * from {{ ref('stg_census__countries') }}
),

listed as (
    select distinct census_code from countries
),

economies as (
    select * from {{ ref('economies') }} where census_code is not null
),

calendar as (
    select period, released_at, has_passed from {{ ref('int_releases__passed') }} where source = 'census'
),

united as (
    select
        case when kind = 'world' then '-' else census_code end as census_code,
        kind, flow, month, value_usd, is_reconstructed, response_id, 'api' as source
    from api
    where kind in ('country', 'world')
    union all
    select
        case when kind = 'world' then '-' else census_code end as census_code,
        kind, flow, month, value_usd, is_reconstructed, response_id, 'workbook' as source
    from workbook
    where kind in ('country', 'world')
),

reaches as (
    select flow, source, max(month) as last_month
    from united
    group by flow, source
),

ranked as (
    select
        flow,
        source,
        row_number() over (partition by flow order by last_month desc, source) as preference
    from reaches
),

preferences as (
    select united.census_code, united.flow, united.month, min(ranked.preference) as preference
    from united
    inner join ranked using (flow, source)
    group by united.census_code, united.flow, united.month
),

told_once as (
    select
        united.census_code,
        united.kind,
        united.flow,
        united.month,
        united.value_usd,
        united.source,
        bool_or(united.is_reconstructed) as is_reconstructed,
        min(united.response_id) as response_id
    from united
    inner join ranked using (flow, source)
    semi join preferences using (census_code, flow, month, preference)
    group by
        united.census_code, united.kind, united.flow, united.month, united.value_usd, united.source
),

final as (
    select
        told_once.census_code,
        economies.iso3 as partner_iso3,
        economies.name_zh_tw as partner_name_zh,
        coalesce(economies.is_reporter, false) as is_covered,
        case
            when told_once.kind = 'country' and exists (select 1 from listed)
                then listed.census_code is not null
        end as is_listed,
        told_once.kind,
        told_once.flow,
        told_once.month,
        told_once.value_usd,
        told_once.source,
        told_once.is_reconstructed,
        calendar.released_at,
        case when calendar.released_at is null then 'observed' else 'calendar_dated' end as vintage,
        told_once.response_id
    from told_once
    left join economies using (census_code)
    left join listed using (census_code)
    left join calendar on calendar.period = told_once.month
    where
        coalesce(calendar.has_passed, true)
        and told_once.month <= $last_month
)

select * from final
