-- Grain: one row per rule and item met this week or the week before. Source: fct_signals of both.
-- Purpose: which signals are new, which go on, which are resolved. An item that can no longer be assessed
-- is not resolved.
with

now as (
    select * from {{ ref('fct_signals') }}
),

met_now as (
    select * from {{ ref('fct_signals') }} where assessment = 'met'
),

met_before as (
    select * from {{ ref('fct_signals', week='previous') }} where assessment = 'met'
),

final as (
    select
        rule_id,
        item_key,
        case
            when met_before.rule_id is null then 'new'
            when met_now.rule_id is not null then 'continuing'
            when now.assessment in ('not_assessed', 'no_source') then 'not_assessed'
            else 'resolved'
        end as state,
        coalesce(met_now.metric, met_before.metric) as metric,
        coalesce(met_now.subject, met_before.subject) as subject,
        met_before.value as value_previous,
        met_now.value as value_current,
        coalesce(met_now.unit, met_before.unit) as unit,
        met_before.severity as severity_previous,
        met_now.severity as severity_current,
        coalesce(met_now.is_on_watch_list, met_before.is_on_watch_list) as is_on_watch_list,
        coalesce(met_now.coverage, met_before.coverage) as coverage,
        coalesce(met_now.vintage, met_before.vintage) as vintage,
        false as is_reconstructed,
        coalesce(met_now.response_ids, met_before.response_ids) as response_ids
    from met_now
    full outer join met_before using (rule_id, item_key)
    left join now using (rule_id, item_key)
)

select * from final
