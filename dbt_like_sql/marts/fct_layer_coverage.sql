-- Grain: one row per layer. Sources: the intermediate models of the six sources,
-- int_week_answers__listed, source_info, release_calendar, moved_releases.
-- Purpose: how far each source reaches at the week's end, what comes next and whether it is late. The
-- next period's day is the release calendar's, or the one planned first while nobody knew of its move,
-- else the usual lag after the period's end. A layer with
-- no answer at all, which only an optional one can be, says so instead of being late.
with

layers as (
    select * from {{ ref('source_info') }}
),

calendar as (
    select * from {{ ref('release_calendar') }}
),

not_yet_moved as (
    select * from {{ ref('moved_releases') }} where $as_of < moved_on
),

answers as (
    select
        layer as source,
        cast(count(*) as integer) as answers,
        cast(count(*) filter (where carried_forward) as integer) as carried_forward,
        cast(sum(rejected) as integer) as rejected,
        list_sort(list_distinct(list(response_id))) as response_ids
    from {{ ref('int_week_answers__listed') }}
    group by layer
),

periods as (
    select
        'comtrade' as source, cast(year as varchar) as period,
        max(coalesce(released_at, $as_of)) as released_on,
        bool_and(is_reconstructed) as is_reconstructed
    from {{ ref('int_trade_flows__reconciled') }}
    group by year
    union all
    select
        'census' as source, month as period,
        max(coalesce(released_at, $as_of)) as released_on,
        bool_and(is_reconstructed) as is_reconstructed
    from {{ ref('int_us_trade_months__reconciled') }}
    where is_covered
    group by month
    union all
    select
        'worldbank' as source, cast(year as varchar) as period, max(released_at) as released_on,
        bool_and(is_reconstructed) as is_reconstructed
    from {{ ref('int_macro_indicators__released') }}
    group by year
    union all
    select
        'mofcom' as source, cast(released_on as varchar) as period, released_on,
        false as is_reconstructed
    from {{ ref('int_pages__released') }}
    group by released_on
    union all
    select
        'ots' as source, cast(year as varchar) as period,
        max(coalesce(released_at, $as_of)) as released_on,
        bool_and(is_reconstructed) as is_reconstructed
    from {{ ref('int_pair_flows__ots') }}
    group by year
    union all
    select
        'usgs' as source, cast(year as varchar) as period,
        max(coalesce(released_at, $as_of)) as released_on,
        bool_and(is_reconstructed) as is_reconstructed
    from {{ ref('int_mineral_production__released') }}
    where value is not null
    group by year
),

first_releases as (
    select source, min(released_at) as first_released_at from calendar group by source
),

spans as (
    select
        source,
        min(period) as first_period,
        max(period) as last_period,
        arg_max(released_on, period) as newest_released_on,
        arg_max(is_reconstructed, period) as is_reconstructed
    from periods
    group by source
),

dated as (
    select
        layers.layer,
        layers.source,
        layers.sort_order,
        layers.name_zh as source_name_zh,
        layers.licence,
        layers.url,
        layers.usual_lag_days,
        spans.first_period,
        spans.last_period,
        spans.newest_released_on,
        coalesce(spans.is_reconstructed, false) as is_reconstructed,
        period_last_day(layers.frequency, spans.last_period) as last_day,
        next_period_of(layers.frequency, spans.last_period) as next_period,
        period_last_day(layers.frequency, next_period_of(layers.frequency, spans.last_period))
            as next_last_day,
        coalesce(answers.answers, 0) as answers,
        coalesce(answers.carried_forward, 0) as carried_forward,
        coalesce(answers.rejected, 0) as rejected,
        coalesce(answers.response_ids, []) as response_ids
    from layers
    left join spans using (source)
    left join answers using (source)
),

expected as (
    select
        dated.layer,
        dated.source,
        dated.sort_order,
        dated.source_name_zh,
        dated.licence,
        dated.url,
        dated.first_period,
        dated.last_period,
        dated.newest_released_on,
        dated.is_reconstructed,
        dated.last_day,
        case when dated.usual_lag_days is not null then dated.next_period end as expected_next_period,
        coalesce(
            not_yet_moved.planned_on,
            calendar.released_at,
            dated.next_last_day + dated.usual_lag_days
        ) as expected_next_date,
        dated.answers,
        dated.carried_forward,
        dated.rejected,
        dated.response_ids,
        first_releases.first_released_at
    from dated
    left join calendar on calendar.source = dated.source and calendar.period = dated.next_period
    left join not_yet_moved
        on not_yet_moved.source = dated.source and not_yet_moved.period = dated.next_period
    left join first_releases on first_releases.source = dated.source
),

final as (
    select
        layer,
        source,
        sort_order,
        source_name_zh,
        first_period,
        last_period,
        newest_released_on,
        expected_next_period,
        cast(expected_next_date as date) as expected_next_date,
        cast(greatest(newest_released_on - last_day, 0) as integer) as lag_days,
        case
            when last_period is null and answers = 0 then 'no_answer'
            when last_period is null and first_released_at > $as_of then 'not_published'
            when last_period is null then 'late'
            when expected_next_date + cast(threshold('layer_late_after_days') as integer) < $as_of
                then 'late'
            else 'current'
        end as state,
        answers,
        carried_forward,
        rejected,
        licence,
        url,
        coalesce(first_period || '..' || last_period, '') as coverage,
        'observed' as vintage,
        is_reconstructed,
        response_ids
    from expected
)

select * from final
