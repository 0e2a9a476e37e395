-- Grain: one row per source and period of the release calendar.
-- Purpose: which periods were public by the week's end. Models that keep what was public read it here
-- rather than name the day: what they read changes when a period is released, not with every week.
with

calendar as (
    select * from {{ ref('release_calendar') }}
),

final as (
    select
        source,
        period,
        released_at,
        released_at <= $as_of as has_passed
    from calendar
)

select * from final
