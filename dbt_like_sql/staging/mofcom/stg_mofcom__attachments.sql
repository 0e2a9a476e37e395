-- Grain: one row per file a page links. Source: raw.mofcom__attachments.
-- Purpose: types; the files themselves are named, not fetched.
with

sent as (
    select * from {{ source('raw', 'mofcom__attachments') }}
),

typed as (
    select
        response_id,
        row_number,
        trim(page_url) as page_url,
        trim(href) as href,
        nullif(trim(text), '') as title_zh_hans,
        lower(regexp_extract(trim(href), '\.([A-Za-z0-9]+)(?:[?#].*)?$', 1)) as file_type
    from sent
),

final as (
    select
        *,
        case when nullif(href, '') is null then 'attachment has no address' end as reject_reason
    from typed
)

select * from final
