-- check: CHK-SUSPENSION-LINK, severity: warn, after: dim_notices
-- A failure means that a page suspends, ends or replaces a notice of which no page is known: its key was
-- misread, or the notice is missing. A review item names it.
with

actions as (
    select * from {{ ref('int_clause_actions__stated') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
)

select
    actions.notice_key,
    actions.event,
    actions.url
from actions
anti join notices using (notice_key)
where actions.event <> 'in_force'
