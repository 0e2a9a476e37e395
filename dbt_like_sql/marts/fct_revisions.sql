-- Grain: one row per figure whose value differs from the week before. Sources:
-- int_us_trade_months__reconciled, int_trade_flows__reconciled, int_macro_indicators__released, each
-- of this week and the week before.
-- Purpose: every correction of a period both weeks know. A period only one of them knows is no revision.
with

us_now as (
    select * from {{ ref('int_us_trade_months__reconciled') }}
),

us_before as (
    select * from {{ ref('int_us_trade_months__reconciled', week='previous') }}
),

flows_now as (
    select * from {{ ref('int_trade_flows__reconciled') }}
),

flows_before as (
    select * from {{ ref('int_trade_flows__reconciled', week='previous') }}
),

indicators_now as (
    select * from {{ ref('int_macro_indicators__released') }}
),

indicators_before as (
    select * from {{ ref('int_macro_indicators__released', week='previous') }}
),

us_revisions as (
    select
        'us_trade_census' as layer,
        'value_usd' as measure,
        'USA' as reporter_iso3,
        now.census_code as partner_code,
        now.partner_iso3,
        now.flow,
        now.month as period,
        cast(before.value_usd as double) as value_before,
        cast(now.value_usd as double) as value_after,
        'USD' as unit,
        now.is_covered as is_headline,
        now.vintage,
        now.is_reconstructed or before.is_reconstructed as is_reconstructed,
        united_list([before.response_id, now.response_id]) as response_ids
    from us_now as now
    inner join us_before as before using (census_code, flow, month)
    where now.value_usd <> before.value_usd
),

flow_revisions as (
    select
        'bilateral_trade_flows' as layer,
        'value_usd' as measure,
        now.reporter_iso3,
        cast(now.partner_code as varchar) as partner_code,
        now.partner_iso3,
        now.flow,
        cast(now.year as varchar) as period,
        cast(before.value_usd as double) as value_before,
        cast(now.value_usd as double) as value_after,
        'USD' as unit,
        now.partner_kind = 'world' as is_headline,
        now.vintage,
        now.is_reconstructed or before.is_reconstructed as is_reconstructed,
        united_list([before.response_id, now.response_id]) as response_ids
    from flows_now as now
    inner join flows_before as before using (reporter_code, flow, year, partner_code)
    where now.value_usd <> before.value_usd
),

indicator_revisions as (
    select
        'world_macro_indicators' as layer,
        now.indicator_code as measure,
        now.iso3 as reporter_iso3,
        '-' as partner_code,
        cast(null as varchar) as partner_iso3,
        '-' as flow,
        cast(now.year as varchar) as period,
        before.value as value_before,
        now.value as value_after,
        case when now.indicator_code like '%.CD' then 'USD' else '%' end as unit,
        true as is_headline,
        now.vintage,
        now.is_reconstructed or before.is_reconstructed as is_reconstructed,
        united_list([before.response_id, now.response_id]) as response_ids
    from indicators_now as now
    inner join indicators_before as before using (indicator_code, iso3, year)
    where now.value <> before.value
),

united as (
    select
        layer, measure, reporter_iso3, partner_code, partner_iso3, flow, period, value_before,
        value_after, unit, is_headline, vintage, is_reconstructed, response_ids
    from us_revisions
    union all
    select
        layer, measure, reporter_iso3, partner_code, partner_iso3, flow, period, value_before,
        value_after, unit, is_headline, vintage, is_reconstructed, response_ids
    from flow_revisions
    union all
    select
        layer, measure, reporter_iso3, partner_code, partner_iso3, flow, period, value_before,
        value_after, unit, is_headline, vintage, is_reconstructed, response_ids
    from indicator_revisions
),

final as (
    select
        layer,
        measure,
        reporter_iso3,
        partner_code,
        partner_iso3,
        flow,
        period,
        value_before,
        value_after,
        unit,
        change_pct(value_after, value_before) as change_pct,
        $previous_week as since_week,
        is_headline,
        period as coverage,
        vintage,
        is_reconstructed,
        response_ids
    from united
)

select * from final
