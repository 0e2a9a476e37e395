-- Grain: one row per notice key. Source: int_pages__released.
-- Purpose: several pages of one notice are one notice. The site's own page speaks before a supplement,
-- a confirmed page before an unconfirmed one, the earlier before the later; of materials the fullest list.
with

pages as (
    select
        *,
        row_number() over (
            partition by notice_key order by is_supplement, is_unconfirmed, released_on, url
        ) as turn,
        row_number() over (
            partition by notice_key
            order by len(materials_zh) desc, is_supplement, is_unconfirmed, released_on, url
        ) as turn_by_materials
    from {{ ref('int_pages__released') }}
    where notice_key is not null
),

merged as (
    select
        notice_key,
        list_sort(list_distinct(flatten(list(issuers)))) as issuers,
        arg_min(lead_issuer, turn) as lead_issuer,
        arg_min(document_type, turn) as document_type,
        arg_min(year, turn) as year,
        arg_min(number, turn) as number,
        arg_min(title_zh_hans, turn) as title_zh_hans,
        arg_min(issue_date, turn) filter (where issue_date is not null) as issue_date,
        list_sort(list(distinct issue_date) filter (where issue_date is not null)) as issue_dates,
        min(page_date) as first_page_date,
        min(released_on) as released_on,
        arg_min(category, turn) as category,
        arg_min(materials_zh, turn_by_materials) as materials_zh,
        arg_min(target_iso3, turn) filter (where len(target_iso3) > 0) as target_iso3,
        max(entity_count) as entity_count,
        bool_or(is_extraterritorial) as is_extraterritorial,
        arg_max(end_uses_zh, len(end_uses_zh) * 1000 - turn) as end_uses_zh,
        bool_and(is_supplement) as is_supplement,
        bool_and(is_unconfirmed) as is_unconfirmed,
        list_sort(list_distinct(list(url))) as urls,
        arg_min(url, turn) as url,
        list_sort(list_distinct(list(response_id))) as response_ids
    from pages
    group by notice_key
),

final as (
    select
        notice_key,
        split_part(notice_key, '-', 1) as issuer_code,
        issuers,
        lead_issuer,
        document_type,
        year,
        number,
        title_zh_hans,
        issue_date,
        issue_dates,
        first_page_date,
        released_on,
        category,
        coalesce(materials_zh, []) as materials_zh,
        coalesce(target_iso3, []) as target_iso3,
        entity_count,
        is_extraterritorial,
        coalesce(end_uses_zh, []) as end_uses_zh,
        is_supplement,
        is_unconfirmed,
        urls,
        url,
        response_ids
    from merged
)

select * from final
