-- Grain: one row per notice and clause. Source: fct_clause_intervals.
-- Purpose: the state of every clause at the week's end, since when, and the next date that can change
-- it. Clauses whose first event lies ahead are not announced yet in law but known, and stand as such.
with

intervals as (
    select * from {{ ref('fct_clause_intervals') }}
),

clauses as (
    select
        notice_key,
        clause,
        list_sort(list_distinct(flatten(list(response_ids)))) as response_ids
    from intervals
    group by notice_key, clause
),

present as (
    select
        notice_key,
        clause,
        status,
        valid_from,
        until_date,
        by_notice_key,
        is_unconfirmed,
        url
    from intervals
    where holds_on(valid_from, valid_to, $as_of)
),

-- The state has held since the day after the last interval of another state.
since as (
    select
        present.notice_key,
        present.clause,
        min(intervals.valid_from) as status_since
    from present
    inner join intervals using (notice_key, clause)
    left join (
        select
            present.notice_key,
            present.clause,
            max(intervals.valid_from) as other_from
        from present
        inner join intervals using (notice_key, clause)
        where intervals.valid_from <= $as_of and intervals.status <> present.status
        group by present.notice_key, present.clause
    ) as other using (notice_key, clause)
    where
        intervals.status = present.status
        and intervals.valid_from <= $as_of
        and (other.other_from is null or intervals.valid_from > other.other_from)
    group by present.notice_key, present.clause
),

ahead as (
    select
        notice_key,
        clause,
        min(valid_from) as takes_effect_on
    from intervals
    where valid_from > $as_of and status = 'in_force'
    group by notice_key, clause
),

dated as (
    select
        clauses.notice_key,
        clauses.clause,
        coalesce(present.status, 'not_announced') as status,
        since.status_since,
        present.until_date,
        case
            when coalesce(present.status, 'not_announced') in ('announced', 'not_announced')
                then ahead.takes_effect_on
            else present.until_date
        end as next_date,
        present.by_notice_key,
        coalesce(present.is_unconfirmed, false) as is_unconfirmed,
        present.url,
        clauses.response_ids
    from clauses
    left join present using (notice_key, clause)
    left join since using (notice_key, clause)
    left join ahead using (notice_key, clause)
),

final as (
    select
        notice_key,
        clause,
        status,
        status_since,
        until_date,
        next_date,
        case
            when next_date is null then null
            when status in ('announced', 'not_announced') then 'takes_effect'
            else 'expires'
        end as next_event,
        cast(next_date - $as_of as integer) as days_left,
        by_notice_key,
        is_unconfirmed,
        url,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        response_ids
    from dated
)

select * from final
