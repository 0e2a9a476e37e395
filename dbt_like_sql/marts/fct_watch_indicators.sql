-- Grain: one row per indicator. Sources: watch_indicators, fct_signals.
-- Purpose: the table of indicators with their present values, past the limit or not, and without a value
-- where no source gives one or the figure was computed.
with

indicators as (
    select * from {{ ref('watch_indicators') }}
),

rules as (
    select * from {{ ref('signal_rules') }}
),

limits as (
    select * from {{ ref('thresholds') }}
),

signals as (
    select * from {{ ref('fct_signals') }}
),

final as (
    select
        indicators.indicator_id,
        indicators.sort_order,
        indicators.name_zh,
        indicators.meaning_zh,
        indicators.frequency,
        indicators.rule_id,
        indicators.item_key,
        rules.comparator,
        signals.value,
        signals.text_value,
        signals.next_date,
        limits.value as threshold,
        rules.unit,
        coalesce(signals.assessment, 'no_item') as assessment,
        signals.assessment_gap,
        coalesce(signals.coverage, cast($as_of as varchar)) as coverage,
        coalesce(signals.vintage, 'observed') as vintage,
        false as is_reconstructed,
        coalesce(signals.response_ids, []) as response_ids
    from indicators
    inner join rules using (rule_id)
    left join limits on limits.name = rules.threshold_name
    left join signals
        on signals.rule_id = indicators.rule_id and signals.item_key = indicators.item_key
)

select * from final
