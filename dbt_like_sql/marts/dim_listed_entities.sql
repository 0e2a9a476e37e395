-- Grain: one row per comparable name and economy. Source: fct_entity_listings.
-- Purpose: each listed entity once, with its names, its lists and the notices that name it.
with

listings as (
    select * from {{ ref('fct_entity_listings') }}
),

final as (
    select
        entity_id,
        any_value(name_key) as name_key,
        any_value(economy_iso3) as economy_iso3,
        arg_min(name_zh_hans, (listed_on, listing_id, entity_no)) as name_zh_hans,
        arg_min(name_zh_hant, (listed_on, listing_id, entity_no)) as name_zh_hant,
        list_sort(list_distinct(list_concat(
            list(name_zh_hans), list(name_zh_hant), list(name_en) filter (where name_en is not null)
        ))) as names,
        list_sort(list_distinct(list(list_kind))) as list_kinds,
        list_sort(list_distinct(list(listing_id))) as listing_ids,
        min(listed_on) as first_listed_on,
        bool_or(status = 'in_force') as is_in_force,
        list_sort(list_distinct(flatten(list(response_ids)))) as response_ids
    from listings
    group by entity_id
)

select * from final
