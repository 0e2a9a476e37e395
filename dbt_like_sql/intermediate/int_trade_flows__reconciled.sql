-- Grain: one row per reporter, flow, year and partner. Source: stg_comtrade__trade_flows.
-- Purpose: the total slice alone (all goods, all second partners, transports and procedures), years
-- published by the week's end, with what each partner is. Two answers that tell one key differently
-- both stay and break the grain: a total must not be picked by chance.
with

flows as (
    select * from {{ ref('stg_comtrade__trade_flows') }}
),

economies as (
    select * from {{ ref('economies') }}
),

calendar as (
    select period, released_at, has_passed from {{ ref('int_releases__passed') }} where source = 'comtrade'
),

total_slice as (
    select
        reporter_code,
        flow,
        year,
        partner_code,
        value_usd,
        max(value_cif_usd) as value_cif_usd,
        max(value_fob_usd) as value_fob_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        min(response_id) as response_id
    from flows
    where
        commodity_code = 'TOTAL'
        and is_total_slice(partner2_code, transport_code, customs_code, supply_code)
    group by reporter_code, flow, year, partner_code, value_usd
),

named as (
    select
        total_slice.reporter_code,
        reporters.iso3 as reporter_iso3,
        total_slice.flow,
        total_slice.year,
        total_slice.partner_code,
        partners.iso3 as partner_iso3,
        partners.name_zh_tw as partner_name_zh,
        coalesce(partners.kind, 'unknown') as partner_kind,
        total_slice.value_usd,
        total_slice.value_cif_usd,
        total_slice.value_fob_usd,
        total_slice.is_reconstructed,
        calendar.released_at,
        case when calendar.released_at is null then 'observed' else 'calendar_dated' end as vintage,
        total_slice.response_id
    from total_slice
    inner join economies as reporters
        on reporters.comtrade_code = total_slice.reporter_code and reporters.is_reporter
    left join economies as partners on partners.comtrade_code = total_slice.partner_code
    left join calendar on calendar.period = cast(total_slice.year as varchar)
    where coalesce(calendar.has_passed, true)
),

final as (
    select
        reporter_code,
        reporter_iso3,
        flow,
        year,
        partner_code,
        partner_iso3,
        partner_name_zh,
        partner_kind,
        value_usd,
        value_fob_usd,
        valuation_of(value_usd, value_cif_usd, value_fob_usd) as valuation,
        partner_code = reporter_code as is_self_partner,
        is_trading_partner(partner_kind, value_usd) as is_partner,
        is_trading_partner(partner_kind, value_usd)
        and not is_uncounted_self(flow, reporter_code, partner_code) as is_counted,
        is_reconstructed,
        released_at,
        vintage,
        response_id
    from named
)

select * from final
