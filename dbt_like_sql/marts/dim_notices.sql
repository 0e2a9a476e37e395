-- Grain: one row per notice. Sources: int_notices__merged, int_clause_events__united,
-- int_clause_actions__stated, tracked_foreign, issuers.
-- Purpose: what the briefing calls a notice and says it is about. Foreign measures stand here from the
-- first page that tells of them.
with

notices as (
    select * from {{ ref('int_notices__merged') }}
),

events as (
    select * from {{ ref('int_clause_events__united') }}
),

actions as (
    select * from {{ ref('int_clause_actions__stated') }}
),

foreign_measures as (
    select * from {{ ref('tracked_foreign') }}
),

pages as (
    select * from {{ ref('int_pages__released') }}
),

bodies as (
    select * from {{ ref('issuers') }}
),

economies as (
    select * from {{ ref('economies') }} where iso3 is not null and valid_to is null
),

targets as (
    select
        named.notice_key,
        string_agg(coalesce(economies.name_zh_tw, named.iso3), '、' order by named.iso3) as targets_zh
    from (select notice_key, unnest(target_iso3) as iso3 from notices) as named
    left join economies using (iso3)
    group by named.notice_key
),

told_of_foreign as (
    select
        events.notice_key,
        min(pages.released_on) as released_on,
        min(pages.page_date) as first_page_date,
        list_sort(list_distinct(list(pages.url))) as urls,
        list_sort(list_distinct(list(pages.response_id))) as response_ids
    from events
    inner join pages using (url)
    group by events.notice_key
),

labels as (
    select
        notices.notice_key,
        notice_name_zh(
            notices.issuer_code,
            coalesce(bodies.name_zh_tw, notices.lead_issuer, notices.issuer_code),
            notices.document_type,
            notices.year,
            notices.number
        ) as label_zh
    from notices
    left join bodies using (issuer_code)
),

-- What a notice does to others: 暫停 2024 年第 46 號第二款.
acted_on as (
    select distinct
        actions.by_notice_key as notice_key,
        actions.event,
        coalesce(labels.label_zh, actions.notice_key) || clause_name_zh(actions.clause) as target_zh
    from actions
    left join labels on labels.notice_key = actions.notice_key
    where actions.by_notice_key <> actions.notice_key
),

-- Notices of one year share the words around their numbers: 2025 年第 55、56 號.
parted as (
    select
        notice_key,
        event,
        target_zh,
        regexp_extract(target_zh, '^(.*第 )[0-9]+ 號$', 1) as head,
        try_cast(regexp_extract(target_zh, '第 ([0-9]+) 號$', 1) as integer) as number
    from acted_on
),

joined as (
    select
        notice_key,
        event,
        min(target_zh) as first_target_zh,
        case
            when head = '' then min(target_zh)
            else head || string_agg(cast(number as varchar), '、' order by number) || ' 號'
        end as target_zh
    from parted
    group by notice_key, event, head, case when head = '' then target_zh end
),

acts as (
    select
        notice_key,
        string_agg(target_zh, '、' order by first_target_zh)
            filter (where event = 'suspended') as suspends,
        string_agg(target_zh, '、' order by first_target_zh) filter (where event = 'ended') as ends,
        string_agg(target_zh, '、' order by first_target_zh)
            filter (where event = 'replaced') as replaces,
        string_agg(target_zh, '、' order by first_target_zh)
            filter (where event = 'amended') as amends
    from joined
    group by notice_key
),

chinese as (
    select
        notices.notice_key,
        notices.issuers,
        notices.document_type,
        notices.year,
        notices.number,
        labels.label_zh,
        notices.title_zh_hans,
        notices.issue_date,
        notices.first_page_date,
        notices.released_on,
        notices.category,
        notices.materials_zh,
        notices.target_iso3,
        targets.targets_zh,
        notices.entity_count,
        coalesce(
            words_joined('暫停', acts.suspends),
            words_joined('終止', acts.ends),
            notice_content_zh(
                notices.materials_zh, targets.targets_zh, notices.entity_count, notices.end_uses_zh
            ),
            words_joined('取代', acts.replaces),
            words_joined('修訂', acts.amends)
        ) as content_zh,
        coalesce(notices.is_extraterritorial, false) as is_extraterritorial,
        false as is_foreign,
        notices.is_supplement,
        notices.is_unconfirmed,
        notices.urls,
        notices.url,
        notices.response_ids
    from notices
    inner join labels using (notice_key)
    left join targets using (notice_key)
    left join acts using (notice_key)
),

abroad as (
    select
        foreign_measures.notice_key,
        cast([] as varchar[]) as issuers,
        '外國措施' as document_type,
        cast(year(foreign_measures.issue_date) as integer) as year,
        cast(null as integer) as number,
        foreign_measures.label_zh,
        cast(null as varchar) as title_zh_hans,
        foreign_measures.issue_date,
        told_of_foreign.first_page_date,
        told_of_foreign.released_on,
        'foreign_measure' as category,
        cast([] as varchar[]) as materials_zh,
        cast([] as varchar[]) as target_iso3,
        cast(null as varchar) as targets_zh,
        cast(null as integer) as entity_count,
        foreign_measures.content_zh,
        cast(null as boolean) as is_extraterritorial,
        true as is_foreign,
        false as is_supplement,
        false as is_unconfirmed,
        told_of_foreign.urls,
        told_of_foreign.urls[1] as url,
        told_of_foreign.response_ids
    from foreign_measures
    inner join told_of_foreign using (notice_key)
),

united as (
    select
        notice_key, issuers, document_type, year, number, label_zh, title_zh_hans, issue_date,
        first_page_date, released_on, category, materials_zh, target_iso3, targets_zh, entity_count,
        content_zh, is_extraterritorial, is_foreign, is_supplement, is_unconfirmed, urls, url,
        response_ids
    from chinese
    union all
    select
        notice_key, issuers, document_type, year, number, label_zh, title_zh_hans, issue_date,
        first_page_date, released_on, category, materials_zh, target_iso3, targets_zh, entity_count,
        content_zh, is_extraterritorial, is_foreign, is_supplement, is_unconfirmed, urls, url,
        response_ids
    from abroad
),

final as (
    select
        *,
        released_on >= $week_start as is_new,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed
    from united
)

select * from final
