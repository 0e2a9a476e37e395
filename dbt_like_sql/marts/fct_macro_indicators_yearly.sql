-- Grain: one row per economy, indicator and year. Sources: int_macro_indicators__released, economies.
-- Purpose: macro indicators with their change. A reporter the source does not cover at all (Taiwan)
-- has one row an indicator, without a value: it is shown as missing, never as 0 or another economy.
with

indicators as (
    select * from {{ ref('int_macro_indicators__released') }}
),

reporters as (
    select * from {{ ref('economies') }} where is_reporter
),

told as (
    select
        now.iso3,
        now.indicator_code,
        now.year,
        now.value,
        case when now.indicator_code not like '%.CD' then now.value - prior.value end as change_ppt,
        now.year = max(now.year) over (partition by now.iso3, now.indicator_code) as is_latest,
        true as is_covered,
        least(now.vintage, prior.vintage) as vintage,
        now.is_reconstructed or coalesce(prior.is_reconstructed, false) as is_reconstructed,
        united_list([now.response_id, prior.response_id]) as response_ids
    from indicators as now
    left join indicators as prior
        on prior.iso3 = now.iso3
        and prior.indicator_code = now.indicator_code
        and prior.year = now.year - 1
),

not_covered as (
    select
        reporters.iso3,
        indicators.indicator_code,
        max(indicators.year) as year,
        cast(null as double) as value,
        cast(null as double) as change_ppt,
        true as is_latest,
        false as is_covered,
        weakest_vintage(indicators.vintage) as vintage,
        false as is_reconstructed,
        united_list(list(indicators.response_id)) as response_ids
    from reporters
    cross join indicators
    where reporters.iso3 not in (select iso3 from indicators)
    group by reporters.iso3, indicators.indicator_code
),

all_rows as (
    select
        iso3, indicator_code, year, value, change_ppt, is_latest, is_covered, vintage,
        is_reconstructed, response_ids
    from told
    union all
    select
        iso3, indicator_code, year, value, change_ppt, is_latest, is_covered, vintage,
        is_reconstructed, response_ids
    from not_covered
),

final as (
    select
        iso3,
        indicator_code,
        year,
        value,
        case when indicator_code like '%.CD' then 'USD' else '%' end as unit,
        change_ppt,
        is_latest,
        is_covered,
        cast(year as varchar) as coverage,
        vintage,
        is_reconstructed,
        response_ids
    from all_rows
)

select * from final
