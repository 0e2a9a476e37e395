-- Grain: one row per country code of an answer. Source: raw.census__countries.
-- Purpose: Schedule C, the codes both Census publications write countries in.
with

sent as (
    select * from {{ source('raw', 'census__countries') }}
),

final as (
    select
        response_id,
        row_number,
        trim(code) as census_code,
        nullif(trim(name), '') as country_name_sent,
        nullif(trim(iso2), '') as iso2,
        is_reconstructed = 'true' as is_reconstructed,
        case
            when not regexp_full_match(coalesce(trim(code), ''), '\d{4}')
                then 'country code is not four digits'
        end as reject_reason
    from sent
)

select * from final
