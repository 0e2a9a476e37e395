-- Grain: one row per subject of a decision. Source: raw.review_decisions.
-- Purpose: what persons had decided when the week was last run; the newest decision of each subject.
with

decisions as (
    select * from {{ source('raw', 'review_decisions') }}
),

final as (
    select
        subject_kind,
        subject_id,
        decision,
        decided_by,
        decided_on,
        reason
    from decisions
)

select * from final
