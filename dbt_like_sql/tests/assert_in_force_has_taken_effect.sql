-- check: CHK-STATUS, severity: error, after: fct_clause_status
-- A failure means that a clause is called in force although no start of it lies on or before the week's
-- end, or a later event took it out of force.
with

states as (
    select * from {{ ref('fct_clause_status') }} where status = 'in_force'
),

events as (
    select * from {{ ref('int_clause_events__united') }}
    where event <> 'amended' and event_date <= $as_of
),

last_events as (
    select
        notice_key,
        clause,
        arg_max(event, event_no) as event
    from events
    group by notice_key, clause
)

select states.notice_key, states.clause, last_events.event
from states
left join last_events using (notice_key, clause)
where last_events.event is distinct from 'in_force'
