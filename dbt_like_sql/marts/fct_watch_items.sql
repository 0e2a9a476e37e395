-- Grain: one row per rule and thing that meets it. Sources: fct_tracked_measures, fct_us_trade_ytd,
-- fct_us_trade_monthly.
-- Purpose: what is past a watch threshold. Three rules, limits in thresholds.yml: a measure's next date
-- is near; a US deficit changed a lot on the same months a year before; US imports of the newest month
-- changed a lot. Reconstructed figures never enter.
with

measures as (
    select * from {{ ref('fct_tracked_measures') }} where next_date is not null
),

running_years as (
    select * from {{ ref('fct_us_trade_ytd') }} where is_latest and not is_reconstructed
),

newest_months as (
    select * from {{ ref('fct_us_trade_monthly') }} where is_latest and not is_reconstructed
),

expiries as (
    select
        'WATCH-EXPIRY' as rule_id,
        notice_key || '|' || clause_label as item_key,
        'days_left' as metric,
        cast(days_left as double) as value,
        threshold('watch_expiry_days') as threshold,
        threshold('watch_expiry_days') - days_left as distance,
        'days' as unit,
        next_date,
        notice_key || '|' || clause_label as subject,
        coverage,
        vintage,
        response_ids
    from measures
    where days_left <= threshold('watch_expiry_days')
),

deficits as (
    select
        'WATCH-US-DEFICIT' as rule_id,
        partner_iso3 as item_key,
        'balance_yoy_pct' as metric,
        balance_yoy_pct as value,
        threshold('watch_deficit_change_pct') as threshold,
        abs(balance_yoy_pct) - threshold('watch_deficit_change_pct') as distance,
        '%' as unit,
        cast(null as date) as next_date,
        partner_iso3 as subject,
        coverage,
        vintage,
        response_ids
    from running_years
    where abs(balance_yoy_pct) >= threshold('watch_deficit_change_pct')
),

imports as (
    select
        'WATCH-US-IMPORTS' as rule_id,
        partner_iso3 as item_key,
        'imports_yoy_pct' as metric,
        imports_yoy_pct as value,
        threshold('watch_imports_change_pct') as threshold,
        abs(imports_yoy_pct) - threshold('watch_imports_change_pct') as distance,
        '%' as unit,
        cast(null as date) as next_date,
        partner_iso3 as subject,
        coverage,
        vintage,
        response_ids
    from newest_months
    where abs(imports_yoy_pct) >= threshold('watch_imports_change_pct')
),

united as (
    select
        rule_id, item_key, metric, value, threshold, distance, unit, next_date, subject, coverage,
        vintage, response_ids
    from expiries
    union all
    select
        rule_id, item_key, metric, value, threshold, distance, unit, next_date, subject, coverage,
        vintage, response_ids
    from deficits
    union all
    select
        rule_id, item_key, metric, value, threshold, distance, unit, next_date, subject, coverage,
        vintage, response_ids
    from imports
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
        false as is_reconstructed,
        response_ids
    from united
)

select * from final
