-- Grain: one row per listing and name on it. Sources: int_entity_listings__stated,
-- fct_clause_status, dim_notices.
-- Purpose: who was put on which list by which notice, and how that stands at the week's end. A listing
-- stands as its notice does; one without a number has no state of its own, as nothing can name it.
with

listings as (
    select * from {{ ref('int_entity_listings__stated') }} where action = 'listed'
),

removals as (
    select * from {{ ref('int_entity_listings__stated') }} where action = 'delisted'
),

states as (
    select * from {{ ref('fct_clause_status') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
),

standings as (
    select
        notice_key,
        case when count(distinct status) = 1 then min(status) end as status,
        min(status_since) as status_since,
        case when count(distinct status) = 1 then max(until_date) end as until_date,
        min(by_notice_key) as by_notice_key,
        bool_or(is_unconfirmed) as is_unconfirmed
    from states
    group by notice_key
),

removed as (
    select
        listings.listing_id,
        listings.entity_no,
        min(removals.listed_on) as removed_on
    from listings
    inner join removals
        on removals.entity_id = listings.entity_id
        and removals.list_kind = listings.list_kind
        and removals.listed_on >= listings.listed_on
    group by listings.listing_id, listings.entity_no
),

final as (
    select
        listings.listing_id,
        listings.entity_no,
        listings.entity_id,
        listings.list_kind,
        listings.name_zh_hans,
        listings.name_zh_hant,
        listings.name_en,
        listings.name_key,
        listings.economy_iso3,
        listings.notice_key,
        coalesce(notices.label_zh, listings.title_zh_hans) as label_zh,
        listings.listed_on,
        case when removed.removed_on is not null then 'delisted' else standings.status end as status,
        coalesce(removed.removed_on, standings.status_since) as status_since,
        case when removed.removed_on is null then standings.until_date end as until_date,
        standings.by_notice_key,
        listings.stated_count,
        listings.read_count,
        listings.quote,
        listings.rule_id,
        listings.is_unconfirmed or coalesce(standings.is_unconfirmed, false) as is_unconfirmed,
        listings.url,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        [listings.response_id] as response_ids
    from listings
    left join standings using (notice_key)
    left join notices using (notice_key)
    left join removed using (listing_id, entity_no)
)

select * from final
