-- Grain: one row per notice, clause and event. Sources: int_clause_starts__stated,
-- int_clause_actions__stated, the reviewed list of foreign measures.
-- Purpose: what a notice says of itself and what others do to it, as one ordered list per clause.
-- An event on a whole notice concerns all its clauses. A start that was announced and then suspended,
-- replaced or ended before its day never happens. Pages telling the same event are one event; a
-- confirmed page speaks first, then the acting notice's own, then the earliest.
with

own_starts as (
    select * from {{ ref('int_clause_starts__stated') }}
),

told_actions as (
    select * from {{ ref('int_clause_actions__stated') }}
),

foreign_measures as (
    select * from {{ ref('tracked_foreign') }}
),

known_clauses as (
    select notice_key, clause from own_starts
    union
    select notice_key, clause from told_actions where clause <> ''
    union
    select notice_key, '' as clause
    from told_actions
    where notice_key not in (select notice_key from own_starts)
),

starts as (
    select
        known_clauses.notice_key,
        known_clauses.clause,
        own_starts.issued_on,
        own_starts.effective_date,
        own_starts.quote,
        own_starts.rule_id,
        own_starts.is_unconfirmed,
        own_starts.url,
        own_starts.response_id,
        own_starts.earliest_told,
        own_starts.latest_told
    from known_clauses
    inner join own_starts
        on own_starts.notice_key = known_clauses.notice_key
        and concerns_clause(own_starts.clause, known_clauses.clause)
    qualify row_number() over (
        partition by known_clauses.notice_key, known_clauses.clause
        order by length(own_starts.clause) desc
    ) = 1
),

-- A day of its own makes an amendment or a resumption another event; a suspension is another one when
-- it runs until another day; a notice is replaced or ended once.
actions as (
    select
        known_clauses.notice_key,
        known_clauses.clause,
        told_actions.event,
        told_actions.event_date,
        told_actions.until_date,
        told_actions.by_notice_key,
        told_actions.quote,
        told_actions.rule_id,
        told_actions.is_unconfirmed,
        told_actions.is_acting_page,
        told_actions.released_on,
        told_actions.url,
        told_actions.response_id,
        told_actions.row_number,
        case
            when told_actions.event in ('amended', 'in_force')
                then cast(told_actions.event_date as varchar)
            else coalesce(cast(told_actions.until_date as varchar), '')
        end as identity
    from known_clauses
    inner join told_actions
        on told_actions.notice_key = known_clauses.notice_key
        and concerns_clause(told_actions.clause, known_clauses.clause)
),

actions_once as (
    select
        notice_key,
        clause,
        event,
        event_date,
        until_date,
        by_notice_key,
        quote,
        rule_id,
        is_unconfirmed,
        url,
        response_id,
        min(event_date) over (partition by notice_key, clause, event, identity) as earliest_told,
        max(event_date) over (partition by notice_key, clause, event, identity) as latest_told
    from actions
    qualify row_number() over (
        partition by notice_key, clause, event, identity
        order by is_unconfirmed, not is_acting_page, released_on, url, event_date, row_number
    ) = 1
),

stopped_before_start as (
    select distinct starts.notice_key, starts.clause
    from starts
    inner join actions_once using (notice_key, clause)
    where
        starts.effective_date > starts.issued_on
        and actions_once.event in ('suspended', 'replaced', 'ended')
        and actions_once.event_date between starts.issued_on and starts.effective_date
),

announcements as (
    select
        notice_key, clause, 'announced' as event, issued_on as event_date,
        cast(null as date) as until_date, cast(null as varchar) as by_notice_key,
        quote, rule_id, is_unconfirmed, url, response_id,
        cast(null as date) as earliest_told, cast(null as date) as latest_told
    from starts
    where effective_date is null or effective_date > issued_on
),

beginnings as (
    select
        notice_key, clause, 'in_force' as event, effective_date as event_date,
        cast(null as date) as until_date, cast(null as varchar) as by_notice_key,
        quote, rule_id, is_unconfirmed, url, response_id, earliest_told, latest_told
    from starts
    anti join stopped_before_start using (notice_key, clause)
    where effective_date is not null
),

first_told_of_foreign as (
    select
        notice_key,
        arg_min(quote, told) as quote,
        arg_min(is_unconfirmed, told) as is_unconfirmed,
        arg_min(url, told) as url,
        arg_min(response_id, told) as response_id,
        bool_or(event = 'in_force') as start_is_told
    from (
        select
            notice_key, event, quote, is_unconfirmed, url, response_id,
            row_number() over (partition by notice_key order by released_on, url, row_number) as told
        from told_actions
    )
    group by notice_key
),

foreign_beginnings as (
    select
        foreign_measures.notice_key, '' as clause, 'in_force' as event,
        foreign_measures.issue_date as event_date,
        cast(null as date) as until_date, cast(null as varchar) as by_notice_key,
        first_told.quote, 'reviewed_list' as rule_id, first_told.is_unconfirmed, first_told.url,
        first_told.response_id,
        cast(null as date) as earliest_told, cast(null as date) as latest_told
    from foreign_measures
    inner join first_told_of_foreign as first_told using (notice_key)
    where not first_told.start_is_told
),

united as (
    select
        notice_key, clause, event, event_date, until_date, by_notice_key, quote, rule_id,
        is_unconfirmed, url, response_id, earliest_told, latest_told
    from announcements
    union all by name
    select
        notice_key, clause, event, event_date, until_date, by_notice_key, quote, rule_id,
        is_unconfirmed, url, response_id, earliest_told, latest_told
    from beginnings
    union all by name
    select
        notice_key, clause, event, event_date, until_date, by_notice_key, quote, rule_id,
        is_unconfirmed, url, response_id, earliest_told, latest_told
    from foreign_beginnings
    union all by name
    select
        notice_key, clause, event, event_date, until_date, by_notice_key, quote, rule_id,
        is_unconfirmed, url, response_id, earliest_told, latest_told
    from actions_once
),

final as (
    select
        notice_key,
        clause,
        cast(
            row_number() over (
                partition by notice_key, clause
                order by event_date, event_priority(event), until_date nulls first, url, rule_id
            ) as integer
        ) as event_no,
        event,
        event_date,
        until_date,
        by_notice_key,
        quote,
        rule_id,
        is_unconfirmed,
        url,
        response_id,
        case when latest_told <> earliest_told then earliest_told end as earliest_told,
        case when latest_told <> earliest_told then latest_told end as latest_told
    from united
)

select * from final
