-- Grain: one row per source and area code. Sources: stg_comtrade__areas, stg_census__countries.
-- Purpose: the areas in the sources' own lists of the week. Several lists may name a code; it is in use
-- as long as one of them says so. In Schedule C 1000 and the codes from 9000 on are the United States.
with

areas as (
    select * from {{ ref('stg_comtrade__areas') }}
),

countries as (
    select * from {{ ref('stg_census__countries') }} where census_code > '1000' and census_code < '9000'
),

final as (
    select
        'comtrade' as source,
        cast(comtrade_code as varchar) as code,
        min(name_en) as name,
        min(valid_from) as valid_from,
        case when bool_or(valid_to is null) then null else max(valid_to) end as valid_to,
        bool_and(is_reconstructed) as is_reconstructed,
        list_sort(list_distinct(list(response_id))) as response_ids
    from areas
    group by comtrade_code
    union all
    select
        'census' as source,
        census_code as code,
        coalesce(min(country_name_sent), census_code) as name,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to,
        bool_and(is_reconstructed) as is_reconstructed,
        list_sort(list_distinct(list(response_id))) as response_ids
    from countries
    group by census_code
)

select * from final
