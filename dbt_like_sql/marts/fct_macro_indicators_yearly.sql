-- Grain: one row per economy, indicator and year. Sources: int_macro_indicators__released, economies.
-- Purpose: macro indicators with their change. A reporter the source does not cover at all (Taiwan)
-- has one row an indicator, without a value, and so has an economy whose newest year is behind that of
-- the others: it is shown as missing with its reason, never as 0 or another economy.
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
        sign(now.value) * sign(prior.value) = -1 as has_turned,
        cast(null as varchar) as missing_reason,
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
        cast(null as boolean) as has_turned,
        'not_covered_by_source' as missing_reason,
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

newest_years as (
    select indicator_code, max(year) as year from indicators group by indicator_code
),

not_released as (
    select
        told.iso3,
        told.indicator_code,
        newest_years.year,
        cast(null as double) as value,
        cast(null as double) as change_ppt,
        cast(null as boolean) as has_turned,
        'not_released' as missing_reason,
        false as is_latest,
        true as is_covered,
        told.vintage,
        false as is_reconstructed,
        told.response_ids
    from told
    inner join newest_years using (indicator_code)
    where told.is_latest and told.year < newest_years.year
),

all_rows as (
    select
        iso3, indicator_code, year, value, change_ppt, has_turned, missing_reason, is_latest,
        is_covered, vintage, is_reconstructed, response_ids
    from told
    union all
    select
        iso3, indicator_code, year, value, change_ppt, has_turned, missing_reason, is_latest,
        is_covered, vintage, is_reconstructed, response_ids
    from not_covered
    union all
    select
        iso3, indicator_code, year, value, change_ppt, has_turned, missing_reason, is_latest,
        is_covered, vintage, is_reconstructed, response_ids
    from not_released
),

final as (
    select
        iso3,
        indicator_code,
        year,
        value,
        case when indicator_code like '%.CD' then 'USD' else '%' end as unit,
        change_ppt,
        has_turned,
        missing_reason,
        case
            when
                indicator_code = 'NY.GDP.MKTP.KD.ZG'
                and abs(value) > threshold('macro_growth_review_pct')
                then 'growth_beyond_limit'
            when indicator_code = 'BN.CAB.XOKA.CD' and has_turned then 'balance_turned'
            when missing_reason = 'not_released' then 'value_missing'
        end as review_reason,
        is_latest,
        is_covered,
        cast(year as varchar) as coverage,
        vintage,
        is_reconstructed,
        response_ids
    from all_rows
)

select * from final
