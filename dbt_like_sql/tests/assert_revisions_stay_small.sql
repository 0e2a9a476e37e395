-- check: CHK-REVISION, severity: warn, after: fct_week_changes
-- A failure means that a figure of a closed period moved by more than a revision usually does: the
-- source may have answered another question. A review item names it.
with

changes as (
    select * from {{ ref('fct_week_changes') }}
)

select
    item_key,
    value_previous,
    value_current
from changes
where
    change = 'revised'
    and unit = 'USD'
    and abs(change_pct(value_current, value_previous)) > threshold('revision_review_pct')
