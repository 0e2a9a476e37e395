-- Grain: one row per day ahead, notice, clause and event. Sources: fct_clause_intervals, dim_notices.
-- Purpose: every known day after the week's end on which the state of a clause changes or its term
-- ends. A term's day is its last day; what comes after it is not known until it is told.
with

intervals as (
    select * from {{ ref('fct_clause_intervals') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
),

stepped as (
    select
        notice_key,
        clause,
        valid_from,
        valid_to,
        status,
        until_date,
        by_notice_key,
        is_unconfirmed,
        url,
        response_ids,
        lag(status) over (partition by notice_key, clause order by valid_from) as status_before
    from intervals
),

changes as (
    select
        valid_from as event_date,
        notice_key,
        clause,
        case
            when status = 'in_force' and status_before in ('suspended', 'lapsed_unconfirmed')
                then 'resumes'
            when status = 'in_force' then 'takes_effect'
            when status = 'suspended' then 'is_suspended'
            else 'ends'
        end as event,
        by_notice_key,
        is_unconfirmed,
        url,
        response_ids
    from stepped
    where
        valid_from > $as_of
        and status in ('in_force', 'suspended', 'ended')
        and status is distinct from status_before
),

terms as (
    select
        until_date as event_date,
        notice_key,
        clause,
        'term_ends' as event,
        by_notice_key,
        is_unconfirmed,
        url,
        response_ids
    from stepped
    where until_date is not null and until_date = valid_to and until_date >= $as_of
),

united as (
    select event_date, notice_key, clause, event, by_notice_key, is_unconfirmed, url, response_ids
    from changes
    union all
    select event_date, notice_key, clause, event, by_notice_key, is_unconfirmed, url, response_ids
    from terms
),

final as (
    select
        united.event_date,
        united.notice_key,
        united.clause,
        united.event,
        notices.label_zh || clause_name_zh(united.clause) as label_zh,
        notices.content_zh,
        cast(united.event_date - $as_of as integer) as days_left,
        united.by_notice_key,
        united.is_unconfirmed,
        united.url,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        united.response_ids
    from united
    inner join notices using (notice_key)
)

select * from final
