-- Grain: one row per notice, clause and event. Sources: policy.clauses, policy.actions,
-- int_pages__released, int_notices__merged.
-- Purpose: what a notice says of itself and what others do to it, as one ordered list per clause.
-- An event on a whole notice concerns all its clauses. A start that was announced and then suspended,
-- replaced or ended before its day never happens. Pages telling the same event are one event; the page
-- of the acting notice speaks first, and days told differently are kept for review.
with

pages as (
    select response_id, notice_key, url, released_on, is_supplement, is_unconfirmed
    from {{ ref('int_pages__released') }}
    qualify row_number() over (partition by response_id order by released_on, url) = 1
),

notices as (
    select notice_key, issue_date, released_on
    from {{ ref('int_notices__merged') }}
),

foreign_measures as (
    select notice_key, issue_date from {{ ref('tracked_foreign') }}
),

stated_starts as (
    select
        stated.notice_key,
        stated.clause,
        stated.effective_date,
        stated.quote,
        stated.rule_id,
        pages.url,
        pages.response_id,
        pages.is_unconfirmed or not is_confident(stated.confidence) as is_unconfirmed,
        row_number() over (
            partition by stated.notice_key, stated.clause
            order by
                stated.effective_date is null,
                pages.is_unconfirmed or not is_confident(stated.confidence),
                pages.is_supplement, pages.released_on, pages.url, stated.row_number
        ) as turn,
        min(stated.effective_date) over same_clause as earliest_told,
        max(stated.effective_date) over same_clause as latest_told
    from {{ source('policy', 'clauses') }} as stated
    inner join pages using (response_id)
    where stated.notice_key is not null
    window same_clause as (partition by stated.notice_key, stated.clause)
),

own_starts as (
    select
        stated_starts.*,
        coalesce(notices.issue_date, notices.released_on) as issued_on
    from stated_starts
    inner join notices using (notice_key)
    where stated_starts.turn = 1
),

told_actions as (
    select
        told.target_key as notice_key,
        told.target_clause as clause,
        case told.verb
            when 'resumed' then 'in_force'
            when 'announced_foreign' then 'in_force'
            else told.verb
        end as event,
        coalesce(told.event_date, pages.released_on) as event_date,
        case when told.until_date >= told.event_date then told.until_date end as until_date,
        coalesce(told.by_notice_key, pages.notice_key) as by_notice_key,
        told.quote,
        told.rule_id,
        pages.url,
        pages.response_id,
        pages.is_unconfirmed or not is_confident(told.confidence) as is_unconfirmed,
        pages.released_on,
        pages.notice_key is not null as is_acting_page,
        told.row_number
    from {{ source('policy', 'actions') }} as told
    inner join pages using (response_id)
    where told.target_key is not null
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

starts_of_clauses as (
    select known_clauses.notice_key, known_clauses.clause, own_starts.* exclude (notice_key, clause)
    from known_clauses
    inner join own_starts
        on own_starts.notice_key = known_clauses.notice_key
        and concerns_clause(own_starts.clause, known_clauses.clause)
    qualify row_number() over (
        partition by known_clauses.notice_key, known_clauses.clause
        order by length(own_starts.clause) desc
    ) = 1
),

actions_of_clauses as (
    select known_clauses.notice_key, known_clauses.clause, told_actions.* exclude (notice_key, clause)
    from known_clauses
    inner join told_actions
        on told_actions.notice_key = known_clauses.notice_key
        and concerns_clause(told_actions.clause, known_clauses.clause)
),

actions_once as (
    select
        *,
        min(event_date) over same_event as earliest_told,
        max(event_date) over same_event as latest_told
    from actions_of_clauses
    window same_event as (
        partition by
            notice_key, clause, event, until_date,
            case when event in ('amended', 'in_force') then event_date end
    )
    qualify row_number() over (
        partition by
            notice_key, clause, event, until_date,
            case when event in ('amended', 'in_force') then event_date end
        order by is_unconfirmed, not is_acting_page, released_on, url, event_date, row_number
    ) = 1
),

announcements as (
    select
        notice_key, clause, 'announced' as event, issued_on as event_date,
        cast(null as date) as until_date, cast(null as varchar) as by_notice_key,
        quote, rule_id, is_unconfirmed, url, response_id,
        cast(null as date) as earliest_told, cast(null as date) as latest_told
    from starts_of_clauses
    where effective_date is null or effective_date > issued_on
),

beginnings as (
    select
        starts.notice_key, starts.clause, 'in_force' as event, starts.effective_date as event_date,
        cast(null as date) as until_date, cast(null as varchar) as by_notice_key,
        starts.quote, starts.rule_id, starts.is_unconfirmed, starts.url, starts.response_id,
        starts.earliest_told, starts.latest_told
    from starts_of_clauses as starts
    where
        starts.effective_date is not null
        and not (
            starts.effective_date > starts.issued_on
            and exists (
                select 1
                from actions_once as stopped
                where
                    stopped.notice_key = starts.notice_key
                    and stopped.clause = starts.clause
                    and stopped.event in ('suspended', 'replaced', 'ended')
                    and stopped.event_date between starts.issued_on and starts.effective_date
            )
        )
),

foreign_beginnings as (
    select
        foreign_measures.notice_key, '' as clause, 'in_force' as event,
        foreign_measures.issue_date as event_date,
        cast(null as date) as until_date, cast(null as varchar) as by_notice_key,
        first_told.quote, 'reviewed_list' as rule_id, first_told.is_unconfirmed, first_told.url,
        first_told.response_id, cast(null as date) as earliest_told, cast(null as date) as latest_told
    from foreign_measures
    inner join (
        select *
        from told_actions
        qualify row_number() over (partition by notice_key order by released_on, url, row_number) = 1
    ) as first_told using (notice_key)
    where not exists (
        select 1
        from told_actions
        where told_actions.notice_key = foreign_measures.notice_key and told_actions.event = 'in_force'
    )
),

united as (
    select * from announcements
    union all
    select * from beginnings
    union all
    select * from foreign_beginnings
    union all
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
