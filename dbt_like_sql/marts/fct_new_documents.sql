-- Grain: one row per page that speaks for something new. Sources: int_pages__released, dim_notices,
-- fct_clause_status, int_clause_starts__stated.
-- Purpose: what became public within the week: new notices once each, and pages that are no notice. A
-- second page of a notice known before is not news.
with

pages as (
    select * from {{ ref('int_pages__released') }} where released_on >= $week_start
),

notices as (
    select * from {{ ref('dim_notices') }} where is_new and not is_foreign
),

states as (
    select
        notice_key,
        case when count(distinct status) = 1 then min(status) end as status,
        case when count(distinct status) = 1 then max(until_date) end as until_date,
        bool_or(is_unconfirmed) as is_unconfirmed
    from {{ ref('fct_clause_status') }}
    group by notice_key
),

starts as (
    select notice_key, min(effective_date) as effective_date
    from {{ ref('int_clause_starts__stated') }}
    group by notice_key
),

economies as (
    select * from {{ ref('economies') }} where iso3 is not null and valid_to is null
),

targets as (
    select
        named.url,
        string_agg(coalesce(economies.name_zh_tw, named.iso3), '、' order by named.iso3) as targets_zh
    from (select url, unnest(target_iso3) as iso3 from pages) as named
    left join economies using (iso3)
    group by named.url
),

final as (
    select
        notices.url,
        notices.notice_key,
        notices.title_zh_hans,
        notices.released_on,
        notices.issue_date,
        starts.effective_date,
        states.status,
        states.until_date,
        notices.content_zh,
        notices.targets_zh,
        split_part(split_part(notices.url, '://', 2), '/', 1) as host,
        notices.category,
        coalesce(states.is_unconfirmed, false) or notices.is_unconfirmed as is_unconfirmed,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        notices.response_ids
    from notices
    left join states using (notice_key)
    left join starts using (notice_key)
    union all
    select
        pages.url,
        pages.notice_key,
        pages.title_zh_hans,
        pages.released_on,
        pages.issue_date,
        cast(null as date) as effective_date,
        cast(null as varchar) as status,
        cast(null as date) as until_date,
        notice_content_zh(
            pages.materials_zh, targets.targets_zh, pages.entity_count, pages.end_uses_zh
        ) as content_zh,
        targets.targets_zh,
        pages.host,
        pages.category,
        pages.is_unconfirmed,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        [pages.response_id] as response_ids
    from pages
    left join targets using (url)
    where pages.notice_key is null
)

select * from final
