-- Grain: one row per notice followed, or per clause where the clauses of a notice stand differently.
-- Sources: fct_clause_status, dim_notices, int_clause_starts__stated.
-- Purpose: the briefing's table of measures followed: everything announced, suspended or lapsed; notices
-- in force that name materials or an economy and are not older than the limit; foreign measures with a
-- date ahead.
with

states as (
    select * from {{ ref('fct_clause_status') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
),

clauses as (
    select * from {{ ref('int_clause_starts__stated') }}
),

judged as (
    select
        states.notice_key,
        states.clause,
        states.status,
        states.status_since,
        states.until_date,
        states.next_date,
        states.next_event,
        states.days_left,
        states.by_notice_key,
        states.is_unconfirmed,
        states.url,
        states.response_ids,
        concat_ws('|', states.status, states.until_date, states.next_date) as standing,
        states.status in ('announced', 'suspended', 'lapsed_unconfirmed')
        or (
            states.status = 'in_force'
            and not notices.is_foreign
            and (len(notices.materials_zh) > 0 or len(notices.target_iso3) > 0)
            and notices.issue_date >= $as_of - cast(threshold('tracked_notice_days') as integer)
        )
        or (notices.is_foreign and states.next_date is not null) as is_followed
    from states
    inner join notices using (notice_key)
),

standings as (
    select notice_key, count(distinct standing) as standing_count
    from judged
    group by notice_key
),

followed as (
    select
        judged.notice_key,
        case when standings.standing_count = 1 then '' else clause_name_zh(judged.clause) end
            as clause_label,
        min(judged.clause) as clause,
        any_value(judged.status) as status,
        min(judged.status_since) as status_since,
        any_value(judged.until_date) as until_date,
        any_value(judged.next_date) as next_date,
        any_value(judged.next_event) as next_event,
        any_value(judged.days_left) as days_left,
        min(judged.by_notice_key) as by_notice_key,
        bool_or(judged.is_unconfirmed) as is_unconfirmed,
        min(judged.url) as url,
        list_sort(list_distinct(flatten(list(judged.response_ids)))) as response_ids
    from judged
    inner join standings using (notice_key)
    where judged.is_followed
    group by
        judged.notice_key,
        case when standings.standing_count = 1 then '' else clause_name_zh(judged.clause) end
),

final as (
    select
        followed.notice_key,
        followed.clause_label,
        notices.label_zh || followed.clause_label as label_zh,
        followed.status,
        followed.status_since,
        followed.until_date,
        followed.next_date,
        followed.next_event,
        followed.days_left,
        case
            when
                followed.clause_label <> ''
                and len(clauses.materials_zh) + len(clauses.end_uses_zh) > 0
                then notice_content_zh(
                    clauses.materials_zh, notices.targets_zh, null, clauses.end_uses_zh
                )
            else notices.content_zh
        end as content_zh,
        followed.by_notice_key,
        notices.issue_date,
        notices.is_foreign,
        followed.is_unconfirmed,
        coalesce(followed.url, notices.url) as url,
        cast(
            row_number() over (
                order by
                    followed.next_date nulls last, notices.year, notices.number nulls first,
                    followed.notice_key, followed.clause
            ) as integer
        ) as sort_order,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        united_list(list_concat(followed.response_ids, notices.response_ids)) as response_ids
    from followed
    inner join notices using (notice_key)
    left join clauses
        on clauses.notice_key = followed.notice_key and clauses.clause = followed.clause
)

select * from final
