-- Grain: one row per listing and name on it. Sources: policy.entities, int_pages__released.
-- Purpose: the list of each listing notice, or of each listing page without a number. Of several pages
-- of one notice the one speaks that gives as many names as the notice states, then the fullest, then
-- the one that gives names in Latin letters too.
with

stated as (
    select * from {{ source('policy', 'entities') }}
),

pages as (
    select *
    from {{ ref('int_pages__released') }}
    qualify row_number() over (partition by response_id order by released_on, url) = 1
),

told as (
    select
        coalesce(pages.notice_key, pages.url) as listing_id,
        stated.entity_no,
        stated.list_kind,
        stated.action,
        stated.name_zh_hans,
        stated.name_zh_hant,
        stated.name_en,
        stated.name_key,
        stated.economy_iso3,
        stated.stated_count,
        stated.quote,
        stated.rule_id,
        pages.is_unconfirmed or not is_confident(stated.confidence) as is_unconfirmed,
        pages.notice_key,
        pages.title_zh_hans,
        coalesce(pages.issue_date, pages.released_on) as listed_on,
        pages.is_supplement,
        pages.released_on,
        pages.url,
        pages.response_id,
        count(*) over (partition by pages.url) as read_count,
        count(stated.name_en) over (partition by pages.url) as latin_count
    from stated
    inner join pages using (response_id)
),

speaking as (
    select
        listing_id,
        url
    from told
    qualify row_number() over (
        partition by listing_id
        order by
            is_unconfirmed, read_count desc, latin_count desc, is_supplement, released_on, url,
            entity_no
    ) = 1
),

final as (
    select
        told.listing_id,
        told.entity_no,
        told.list_kind,
        told.action,
        told.name_key || '|' || coalesce(told.economy_iso3, '') as entity_id,
        told.name_zh_hans,
        told.name_zh_hant,
        told.name_en,
        told.name_key,
        told.economy_iso3,
        told.stated_count,
        cast(told.read_count as integer) as read_count,
        told.notice_key,
        told.title_zh_hans,
        told.listed_on,
        told.quote,
        told.rule_id,
        told.is_unconfirmed,
        told.url,
        told.response_id
    from told
    inner join speaking using (listing_id, url)
)

select * from final
