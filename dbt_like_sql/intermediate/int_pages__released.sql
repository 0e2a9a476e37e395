-- Grain: one row per page address. Source: policy.documents.
-- Purpose: the ministry's pages public at the week's end; the later of page date and first day of the
-- address's folder month is the day a page became public.
with

documents as (
    select * from {{ source('policy', 'documents') }}
),

final as (
    select
        url,
        host,
        response_id,
        row_number,
        title_zh_hans,
        page_date,
        released_on,
        notice_key,
        document_type,
        lead_issuer,
        issuers,
        year,
        number,
        issue_date,
        category,
        coalesce(materials, []) as materials,
        coalesce(materials_zh, []) as materials_zh,
        coalesce(target_iso3, []) as target_iso3,
        entity_count,
        coalesce(is_extraterritorial, false) as is_extraterritorial,
        coalesce(is_supplement, false) as is_supplement,
        coalesce(is_unconfirmed, false) or not is_confident(coalesce(key_confidence, 'high'))
            as is_unconfirmed,
        list_kind,
        coalesce(end_uses_zh, []) as end_uses_zh,
        category_rule,
        coalesce(sketch, []) as sketch
    from documents
    where released_on <= $as_of
    qualify row_number() over (partition by url order by released_on, response_id, row_number) = 1
)

select * from final
