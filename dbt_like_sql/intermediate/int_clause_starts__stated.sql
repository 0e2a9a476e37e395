-- Grain: one row per notice and clause. Sources: policy.clauses, int_pages__released,
-- int_notices__merged.
-- Purpose: from when a notice says that it or a clause of it holds. Pages of one notice speak in the
-- order of int_notices__merged; days they tell differently are kept for review. A start stated for the
-- whole notice on one page gives way to the clauses another page singles out.
with

stated as (
    select * from {{ source('policy', 'clauses') }} where notice_key is not null
),

pages as (
    select *
    from {{ ref('int_pages__released') }}
    qualify row_number() over (partition by response_id order by released_on, url) = 1
),

notices as (
    select * from {{ ref('int_notices__merged') }}
),

told as (
    select
        stated.notice_key,
        stated.clause,
        stated.effective_date,
        stated.quote,
        stated.rule_id,
        stated.row_number,
        coalesce(stated.materials_zh, []) as materials_zh,
        coalesce(stated.end_uses_zh, []) as end_uses_zh,
        pages.url,
        pages.response_id,
        pages.released_on,
        pages.is_supplement,
        pages.is_unconfirmed or not is_confident(stated.confidence) as is_unconfirmed,
        bool_or(stated.clause <> '') over (partition by stated.notice_key) as notice_has_parts,
        bool_or(stated.clause <> '') over (partition by stated.notice_key, stated.response_id)
            as page_has_parts
    from stated
    inner join pages using (response_id)
),

ranked as (
    select
        notice_key,
        clause,
        effective_date,
        quote,
        rule_id,
        url,
        response_id,
        is_unconfirmed,
        materials_zh,
        end_uses_zh,
        row_number() over (
            partition by notice_key, clause
            order by effective_date is null, is_unconfirmed, is_supplement, released_on, url, row_number
        ) as turn,
        min(effective_date) over (partition by notice_key, clause) as earliest_told,
        max(effective_date) over (partition by notice_key, clause) as latest_told
    from told
    where clause <> '' or page_has_parts or not notice_has_parts
),

final as (
    select
        ranked.notice_key,
        ranked.clause,
        coalesce(notices.issue_date, least(notices.released_on, ranked.effective_date)) as issued_on,
        ranked.effective_date,
        ranked.quote,
        ranked.rule_id,
        ranked.is_unconfirmed,
        ranked.url,
        ranked.response_id,
        ranked.earliest_told,
        ranked.latest_told,
        ranked.materials_zh,
        ranked.end_uses_zh
    from ranked
    inner join notices using (notice_key)
    where ranked.turn = 1
)

select * from final
