-- check: CHK-TIMELINE-ORDER, severity: error, after: fct_clause_intervals
-- A failure means that a clause has two states on one day, or none between two states.
with

intervals as (
    select * from {{ ref('fct_clause_intervals') }}
)

select
    notice_key,
    clause,
    valid_from,
    valid_to
from intervals
qualify
    lead(valid_from) over (partition by notice_key, clause order by valid_from) is distinct from
    valid_to + 1
    and not (
        valid_to is null
        and lead(valid_from) over (partition by notice_key, clause order by valid_from) is null
    )
