-- check: CHK-REVISION, severity: warn, after: fct_revisions
-- A failure means that a figure of a closed period moved by more than a revision usually does: the
-- source may have answered another question. A review item names it.
with

revisions as (
    select * from {{ ref('fct_revisions') }}
)

select
    layer,
    reporter_iso3,
    partner_iso3,
    flow,
    period,
    value_before,
    value_after
from revisions
where
    is_headline
    and unit = 'USD'
    and abs(change_pct) > threshold('revision_review_pct')
