-- Grain: one row per indicator, economy and year of an answer. Source: raw.worldbank__indicators.
-- Purpose: types; a year without a value stays as null, it is a statement of the source.
with

sent as (
    select * from {{ source('raw', 'worldbank__indicators') }}
),

typed as (
    select
        response_id,
        row_number,
        indicator as indicator_code,
        iso3,
        try_cast(year as integer) as year,
        try_cast(nullif(value, '') as double) as value,
        try_cast(lastupdated as date) as last_updated,
        is_reconstructed = 'true' as is_reconstructed,
        nullif(value, '') as value_sent
    from sent
),

final as (
    select
        response_id,
        row_number,
        indicator_code,
        iso3,
        year,
        value,
        last_updated,
        is_reconstructed,
        case
            when year is null then 'date is no year'
            when nullif(iso3, '') is null then 'economy code is missing'
            when value_sent is not null and value is null then 'value is no number'
            when last_updated is null then 'lastupdated is no date'
        end as reject_reason
    from typed
)

select * from final
