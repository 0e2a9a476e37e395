-- Grain: one row per indicator, economy and year. Source: stg_worldbank__indicators.
-- Purpose: years public at the week's end. The source states one day for the whole series; where that
-- day lies after the week (a later answer replayed for an old week) the release calendar decides.
with

indicators as (
    select * from {{ ref('stg_worldbank__indicators') }} where value is not null
),

calendar as (
    select period, released_at from {{ ref('release_calendar') }} where source = 'worldbank'
),

dated as (
    select
        indicators.indicator_code,
        indicators.iso3,
        indicators.year,
        indicators.value,
        bool_or(indicators.is_reconstructed) as is_reconstructed,
        min(
            case
                when indicators.last_updated <= $as_of then indicators.last_updated
                else calendar.released_at
            end
        ) as released_at,
        min(
            case when indicators.last_updated <= $as_of then 'source_dated' else 'calendar_dated' end
        ) as vintage,
        min(indicators.response_id) as response_id
    from indicators
    left join calendar on calendar.period = cast(indicators.year as varchar)
    where indicators.last_updated <= $as_of or calendar.released_at <= $as_of
    group by indicators.indicator_code, indicators.iso3, indicators.year, indicators.value
),

final as (
    select * from dated
)

select * from final
