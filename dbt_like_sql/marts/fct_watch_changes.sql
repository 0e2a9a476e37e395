-- Grain: one row per rule and item of this week or the week before. Source: fct_watch_items of both.
-- Purpose: what is new on the watch list, what stays, what is resolved.
with

now as (
    select * from {{ ref('fct_watch_items') }}
),

before as (
    select * from {{ ref('fct_watch_items', week='previous') }}
),

final as (
    select
        rule_id,
        item_key,
        case
            when before.rule_id is null then 'new'
            when now.rule_id is null then 'resolved'
            else 'continuing'
        end as state,
        coalesce(now.metric, before.metric) as metric,
        coalesce(now.subject, before.subject) as subject,
        before.value as value_previous,
        now.value as value_current,
        coalesce(now.unit, before.unit) as unit,
        coalesce(now.coverage, before.coverage) as coverage,
        coalesce(now.vintage, before.vintage) as vintage,
        false as is_reconstructed,
        coalesce(now.response_ids, before.response_ids) as response_ids
    from now
    full outer join before using (rule_id, item_key)
)

select * from final
