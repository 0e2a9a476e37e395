-- Grain: one row per partner, flow, month and HS chapter. Sources: stg_census__trade_months,
-- int_us_trade_months__reconciled.
-- Purpose: what the United States trades with the covered partners and with the world (W00), by chapter,
-- beside all goods of the month, in months over and published by the week's end. Only the API has
-- chapters; without a key there are none.
with

chapters as (
    select * from {{ ref('stg_census__trade_months') }} where commodity <> '-'
),

economies as (
    select * from {{ ref('economies') }} where kind = 'world' or census_code is not null
),

calendar as (
    select period, released_at, has_passed from {{ ref('int_releases__passed') }} where source = 'census'
),

goods as (
    select * from {{ ref('int_us_trade_months__reconciled') }}
),

told_once as (
    select
        census_code,
        flow,
        month,
        commodity as commodity_code,
        value_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        min(response_id) as response_id
    from chapters
    where kind in ('country', 'world')
    group by all
),

final as (
    select
        economies.iso3 as partner_iso3,
        told_once.flow,
        told_once.month,
        told_once.commodity_code,
        told_once.census_code,
        2 as commodity_level,
        told_once.value_usd,
        goods.value_usd as goods_usd,
        'api' as source,
        told_once.is_reconstructed,
        calendar.released_at,
        case when calendar.released_at is null then 'observed' else 'calendar_dated' end as vintage,
        told_once.response_id
    from told_once
    inner join economies
        on case
            when told_once.census_code = '-' then economies.kind = 'world'
            else economies.census_code = told_once.census_code and economies.is_reporter
        end
    left join goods
        on goods.census_code = told_once.census_code
        and goods.flow = told_once.flow
        and goods.month = told_once.month
    left join calendar on calendar.period = told_once.month
    where
        coalesce(calendar.has_passed, true)
        and told_once.month <= $last_month
)

select * from final
