-- Grain: one row per action on a page. Sources: policy.actions, int_pages__released.
-- Purpose: what pages say happens to a notice or clause, in the words of the state model. A page that
-- is itself the acting notice counts before one that only reports it.
with

stated as (
    select * from {{ source('policy', 'actions') }} where target_key is not null
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
        stated.target_key as notice_key,
        coalesce(stated.target_clause, '') as clause,
        case
            when stated.verb in ('resumed', 'announced_foreign') then 'in_force'
            else stated.verb
        end as event,
        coalesce(stated.event_date, pages.released_on) as event_date,
        case when stated.until_date >= stated.event_date then stated.until_date end as until_date,
        coalesce(stated.by_notice_key, pages.notice_key) as by_notice_key,
        stated.quote,
        stated.rule_id,
        pages.is_unconfirmed or not is_confident(stated.confidence) as is_unconfirmed,
        pages.notice_key is not null as is_acting_page,
        pages.released_on,
        pages.url
    from stated
    inner join pages using (response_id)
)

select * from final
