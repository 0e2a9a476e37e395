-- Grain: one row per list and economy. Source: fct_entity_listings.
-- Purpose: how many entities each list names by economy and how they stand. An entity that several
-- notices list counts once, by the strongest state: in force before suspended before ended; one whose
-- listings have no number is counted as not followed.
with

listings as (
    select * from {{ ref('fct_entity_listings') }}
),

entities as (
    select
        list_kind,
        coalesce(economy_iso3, '-') as economy_iso3,
        entity_id,
        case
            when bool_or(status = 'in_force') then 'in_force'
            when bool_or(status in ('suspended', 'announced', 'lapsed_unconfirmed')) then 'halted'
            when bool_or(status is null) then 'not_followed'
            else 'ended'
        end as standing,
        flatten(list(response_ids)) as response_ids
    from listings
    group by list_kind, economy_iso3, entity_id
),

final as (
    select
        list_kind,
        economy_iso3,
        cast(count(*) as integer) as entity_count,
        cast(count(*) filter (where standing = 'in_force') as integer) as in_force_count,
        cast(count(*) filter (where standing = 'halted') as integer) as halted_count,
        cast(count(*) filter (where standing = 'ended') as integer) as ended_count,
        cast(count(*) filter (where standing = 'not_followed') as integer) as not_followed_count,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        list_sort(list_distinct(flatten(list(response_ids)))) as response_ids
    from entities
    group by list_kind, economy_iso3
)

select * from final
