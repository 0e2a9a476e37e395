-- check: CHK-REFERENCE, severity: warn, after: int_reference_differences__found
-- A failure means that a source's own list of codes has moved on: it has a code that the project's
-- tables lack, no longer uses one of theirs, or lacks one that is asked for. The tables need an update.
select * from {{ ref('int_reference_differences__found') }}
