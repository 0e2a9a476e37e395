-- Grain: one row per layer and request. Sources: raw.snapshot, ops.rejects.
-- Purpose: what a week consists of, what was carried forward into it and what of it was refused.
with

answers as (
    select * from {{ source('raw', 'snapshot') }}
),

rejects as (
    select response_id, count(*) as rejected
    from {{ source('ops', 'rejects') }}
    group by response_id
),

final as (
    select
        answers.layer,
        answers.request_key,
        answers.label,
        answers.response_id,
        answers.carried_forward,
        coalesce(rejects.rejected, 0) as rejected
    from answers
    left join rejects using (response_id)
)

select * from final
