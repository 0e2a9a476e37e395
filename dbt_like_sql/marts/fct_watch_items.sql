-- Grain: one row per rule and thing that meets it. Source: fct_signals.
-- Purpose: the weekly watch list, which is the signals of the rules that signal_rules puts on it: a
-- measure's next date is near; a US deficit changed a lot on the same months a year before; US imports of
-- the newest month changed a lot. Reconstructed figures never enter.
with

signals as (
    select * from {{ ref('fct_signals') }} where is_on_watch_list and assessment = 'met'
),

final as (
    select
        rule_id,
        item_key,
        metric,
        value,
        threshold,
        distance,
        unit,
        next_date,
        subject,
        coverage,
        vintage,
        is_reconstructed,
        response_ids
    from signals
)

select * from final
