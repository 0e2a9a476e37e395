-- check: CHK-EFF-CONFLICT, severity: warn, after: int_clause_starts__stated
-- A failure means that pages of one notice give different days for the start of one clause. The more
-- trusted page speaks; a review item shows both days.
with

starts as (
    select * from {{ ref('int_clause_starts__stated') }}
)

select
    notice_key,
    clause,
    earliest_told,
    latest_told
from starts
where earliest_told <> latest_told
