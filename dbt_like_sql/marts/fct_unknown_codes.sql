-- Grain: one row per source, reporter, flow, period and code. Sources: int_trade_flows__reconciled,
-- int_us_trade_months__reconciled, int_areas__listed, economies, census_areas.
-- Purpose: trade under codes that neither the project nor the source's own list knows. It stays in
-- every total and denominator; here it is shown and measured. US months count from 2024 on, where
-- figures are printed: the workbook reaches back to 1985, to countries that no longer exist.
with

yearly as (
    select * from {{ ref('int_trade_flows__reconciled') }}
),

monthly as (
    select * from {{ ref('int_us_trade_months__reconciled') }} where month >= '2024-01'
),

listed as (
    select * from {{ ref('int_areas__listed') }}
),

economies as (
    select * from {{ ref('economies') }}
),

schedule_c as (
    select * from {{ ref('census_areas') }}
),

flows as (
    select
        'comtrade' as source,
        reporter_iso3,
        flow,
        cast(year as varchar) as period,
        cast(partner_code as varchar) as code,
        value_usd,
        partner_kind = 'world' as is_world,
        response_id
    from yearly
    union all
    select 'census', 'USA', flow, month, census_code, value_usd, kind = 'world', response_id
    from monthly
),

known as (
    select 'comtrade' as source, cast(comtrade_code as varchar) as code from economies
    union all
    select 'census', census_code from schedule_c
    union all
    select source, code from listed
),

worlds as (
    select source, reporter_iso3, flow, period, max(value_usd) as world_usd
    from flows
    where is_world
    group by source, reporter_iso3, flow, period
),

unknown as (
    select
        source,
        reporter_iso3,
        flow,
        period,
        code,
        sum(value_usd) as value_usd,
        list_sort(list_distinct(list(response_id))) as response_ids
    from flows
    anti join known using (source, code)
    where not is_world
    group by source, reporter_iso3, flow, period, code
),

final as (
    select
        unknown.source,
        unknown.reporter_iso3,
        unknown.flow,
        unknown.period,
        unknown.code,
        unknown.value_usd,
        share_pct_of(unknown.value_usd, worlds.world_usd) as share_pct,
        unknown.response_ids
    from unknown
    left join worlds using (source, reporter_iso3, flow, period)
)

select * from final
