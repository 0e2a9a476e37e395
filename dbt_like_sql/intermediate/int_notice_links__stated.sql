-- Grain: one row per link on a page. Sources: policy.links, int_pages__released.
-- Purpose: which notice each page released by the week's end acts on or names.
with

stated as (
    select * from {{ source('policy', 'links') }}
),

pages as (
    select *
    from {{ ref('int_pages__released') }}
    qualify row_number() over (partition by response_id order by released_on, url) = 1
),

final as (
    select
        stated.response_id,
        stated.row_number,
        coalesce(pages.notice_key, pages.url) as from_id,
        pages.notice_key as from_notice_key,
        pages.url as from_url,
        pages.released_on,
        stated.relation,
        stated.target_key as to_notice_key,
        coalesce(stated.target_clause, '') as to_clause,
        stated.quote,
        stated.rule_id,
        pages.is_unconfirmed or not is_confident(stated.confidence) as is_unconfirmed
    from stated
    inner join pages using (response_id)
)

select * from final
