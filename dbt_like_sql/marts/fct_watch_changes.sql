-- Grain: one row per rule and item of this week or the week before. Source: fct_signal_changes.
-- Purpose: what is new on the watch list, what stays, what is resolved.
with

changes as (
    select * from {{ ref('fct_signal_changes') }} where is_on_watch_list and state <> 'not_assessed'
),

final as (
    select
        rule_id,
        item_key,
        state,
        metric,
        subject,
        value_previous,
        value_current,
        unit,
        coverage,
        vintage,
        is_reconstructed,
        response_ids
    from changes
)

select * from final
