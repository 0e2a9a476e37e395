-- Grain: one row per economy, measure and year of an edition. Source: raw.usgs__world_production.
-- Purpose: types and what each name stands for; marks stay marks, an empty cell states nothing.
with

sent as (
    select * from {{ source('raw', 'usgs__world_production') }}
),

typed as (
    select
        response_id,
        row_number,
        try_cast(edition as integer) as edition,
        lower(trim(commodity)) as commodity,
        trim(country) as economy_name,
        usgs_row_kind(trim(country)) as row_kind,
        usgs_excludes_usa(country, notes) as excludes_usa,
        lower(trim(type)) as production_type,
        lower(trim(unit_meas)) as unit,
        measure,
        try_cast(year as integer) as year,
        is_estimated = 'true' as is_estimated,
        usgs_number(value) as value,
        coalesce(usgs_mark(value), 'number') as value_kind,
        nullif(trim(notes), '') as notes,
        is_reconstructed = 'true' as is_reconstructed,
        value as value_sent
    from sent
),

final as (
    select
        response_id,
        row_number,
        edition,
        commodity,
        economy_name,
        row_kind,
        excludes_usa,
        production_type,
        unit,
        measure,
        year,
        is_estimated,
        value,
        value_kind,
        notes,
        is_reconstructed,
        case
            when value_kind = 'empty' then 'cell is empty'
            when measure not in ('production', 'capacity', 'reserves') then 'another measure'
        end as ignore_reason,
        case
            when value_kind = 'empty' or measure not in ('production', 'capacity', 'reserves')
                then null
            when year is null then 'year is no year'
            when nullif(commodity, '') is null then 'commodity is missing'
            when value_kind = 'unknown' then 'value is neither a number nor a known mark'
            when value < 0 then 'value is below zero'
        end as reject_reason,
        value_sent as reject_value
    from typed
)

select * from final
