-- Grain: one row per layer and request. Source: raw.held_answers.
-- Purpose: answers kept out of the week until a person decides; an earlier answer stands in for each.
with

held as (
    select * from {{ source('raw', 'held_answers') }}
),

final as (
    select
        layer,
        request_key,
        label,
        response_id,
        held_id,
        reason
    from held
)

select * from final
