-- Grain: one row per rule and item. Sources: signal_rules and the candidates of each area.
-- Purpose: what meets a rule at the week's end, how severe that is by the printed rubric, and the facts
-- and documents it rests on. A computed figure is never held against a rule: its item stands as not
-- assessed, without a value. Items that an indicator shows stand here whether or not they meet the rule,
-- and rules without a source say so.
with

rules as (
    select * from {{ ref('signal_rules') }}
),

limits as (
    select * from {{ ref('thresholds') }}
),

levels as (
    select * from {{ ref('severity_levels') }}
),

indicators as (
    select * from {{ ref('watch_indicators') }}
),

layers as (
    select * from {{ ref('fct_layer_coverage') }}
),

policy as (
    select * from {{ ref('fct_policy_candidates') }}
),

us_trade as (
    select * from {{ ref('fct_us_trade_candidates') }}
),

yearly_trade as (
    select * from {{ ref('fct_yearly_trade_candidates') }}
),

minerals as (
    select * from {{ ref('fct_mineral_candidates') }}
),

without_source as (
    select
        rule_id,
        '-' as item_key,
        '-' as subject,
        cast(null as double) as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_computed,
        cast([] as varchar[]) as fact_ids,
        cast([] as varchar[]) as document_urls,
        cast([] as varchar[]) as response_ids
    from rules
    where not has_source
),

candidates as (
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from policy
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from us_trade
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from yearly_trade
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from minerals
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from without_source
),

held as (
    select
        candidates.rule_id,
        candidates.item_key,
        candidates.subject,
        case when not candidates.is_computed then candidates.value end as value,
        case when not candidates.is_computed then candidates.text_value end as text_value,
        limits.value as threshold,
        case
            when not rules.has_source then 'no_source'
            when candidates.is_computed then 'not_assessed'
            when rules.comparator = 'none' then 'observed'
            when rules.comparator <> 'exists' and candidates.value is null then 'not_assessed'
            when is_past(rules.comparator, candidates.value, limits.value) then 'met'
            else 'not_met'
        end as assessment,
        case
            when not rules.has_source then 'no_source'
            when candidates.is_computed then 'reconstructed'
            when rules.comparator not in ('exists', 'none') and candidates.value is null
                then 'no_comparison'
        end as assessment_gap,
        candidates.next_date,
        candidates.is_unconfirmed,
        candidates.coverage,
        candidates.vintage,
        case when candidates.is_computed then [] else candidates.fact_ids end as fact_ids,
        candidates.document_urls,
        candidates.response_ids,
        rules.sort_order,
        rules.area,
        rules.name_zh,
        rules.metric,
        rules.comparator,
        rules.unit,
        rules.scale,
        rules.fixed_severity,
        rules.layer,
        rules.is_speculative,
        rules.is_on_watch_list,
        indicators.indicator_id is not null as is_indicator
    from candidates
    inner join rules using (rule_id)
    left join limits on limits.name = rules.threshold_name
    left join indicators
        on indicators.rule_id = candidates.rule_id and indicators.item_key = candidates.item_key
),

final as (
    select
        held.rule_id,
        held.item_key,
        held.sort_order,
        held.area,
        held.name_zh,
        held.subject,
        held.metric,
        held.comparator,
        held.value,
        held.text_value,
        held.threshold,
        distance_past(held.comparator, held.value, held.threshold) as distance,
        held.unit,
        held.next_date,
        held.assessment,
        held.assessment_gap,
        case
            when held.assessment = 'met' then coalesce(levels.severity, held.fixed_severity)
        end as severity,
        case
            when held.comparator = 'abs_ge' and held.unit = '%' then news_value_of(held.value)
            when held.rule_id = 'SIG-NEW-NOTICE' and held.text_value = 'in_force' then 'high'
        end as news_value,
        case
            when held.assessment in ('no_source', 'not_assessed') then null
            when held.is_unconfirmed then 'low'
            when layers.state = 'current' and layers.carried_forward = 0 then 'high'
            else 'medium'
        end as confidence,
        held.is_speculative,
        held.is_indicator,
        held.is_on_watch_list,
        held.fact_ids,
        held.document_urls,
        held.coverage,
        held.vintage,
        false as is_reconstructed,
        held.response_ids
    from held
    left join layers on layers.layer = held.layer
    left join levels
        on levels.scale = held.scale
        and in_band(
            case held.scale
                when 'exceedance' then abs(held.value) / nullif(abs(held.threshold), 0)
                else held.value
            end,
            levels.min_value,
            levels.below_value
        )
    where held.assessment <> 'not_met' and held.assessment_gap is distinct from 'no_comparison'
        or held.is_indicator
)

select * from final
