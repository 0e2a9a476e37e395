-- Grain: one row per source, code and difference. Sources: int_areas__listed, int_commodities__listed,
-- economies, census_areas, hs_chapters, control_hs_mapping.
-- Purpose: where a source's own list of codes and the project's tables no longer agree. A list that was
-- not read differs in nothing.
with

areas as (
    select * from {{ ref('int_areas__listed') }} where not is_reconstructed
),

commodities as (
    select * from {{ ref('int_commodities__listed') }}
),

economies as (
    select * from {{ ref('economies') }}
),

schedule_c as (
    select * from {{ ref('census_areas') }}
),

chapters as (
    select * from {{ ref('hs_chapters') }}
),

controls as (
    select * from {{ ref('control_hs_mapping') }}
),

known_areas as (
    select 'comtrade' as source, cast(comtrade_code as varchar) as code, valid_to from economies
    union all
    select 'census' as source, census_code as code, cast(null as date) as valid_to from schedule_c
),

unknown_areas as (
    select areas.source, areas.code, 'unknown' as difference, areas.name, areas.response_ids
    from areas
    anti join known_areas using (source, code)
),

expired_areas as (
    select areas.source, areas.code, 'expired' as difference, areas.name, areas.response_ids
    from areas
    inner join known_areas using (source, code)
    where areas.valid_to < $as_of and known_areas.valid_to is null
),

-- 77 stands in the list as reserved; nothing can be traded under it.
unknown_chapters as (
    select
        'comtrade' as source,
        commodities.commodity_code as code,
        'unknown' as difference,
        commodities.name,
        commodities.response_ids
    from commodities
    anti join chapters on chapters.chapter = commodities.commodity_code
    where commodities.commodity_level = 2 and commodities.commodity_code <> '77'
),

code_lists as (
    select flatten(list(response_ids)) as response_ids from commodities having count(*) > 0
),

absent_codes as (
    select
        'comtrade' as source,
        controls.hs6 as code,
        'absent' as difference,
        min(controls.material_zh_tw) as name,
        any_value(code_lists.response_ids) as response_ids
    from controls
    cross join code_lists
    anti join commodities on commodities.commodity_code = controls.hs6
    group by controls.hs6
),

united as (
    select source, code, difference, name, response_ids from unknown_areas
    union all
    select source, code, difference, name, response_ids from expired_areas
    union all
    select source, code, difference, name, response_ids from unknown_chapters
    union all
    select source, code, difference, name, response_ids from absent_codes
),

final as (
    select
        source,
        code,
        difference,
        name,
        list_sort(list_distinct(response_ids)) as response_ids
    from united
)

select * from final
