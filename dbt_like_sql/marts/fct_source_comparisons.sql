-- Grain: one row per comparison, reporter, partner, flow and year. Sources: int_trade_flows__reconciled,
-- int_pair_flows__ots, fct_us_trade_annual, int_us_trade_months__reconciled, economies.
-- Purpose: one figure as two sources have it in this week's vintage, each with its valuation, and what
-- may be said of the difference. Comtrade stands against the Census Bureau with its value free on board
-- where the answer has one, and against Open Trade Statistics, which is made from it, with its primary
-- value. A difference that rests on different bases, on part of a year or on computed figures is
-- printed and not judged. A partner's own figure for the same flow is no second source but another
-- report: fct_mirror_gaps_yearly.
with

flows as (
    select * from {{ ref('int_trade_flows__reconciled') }}
),

pairs_of_ots as (
    select * from {{ ref('int_pair_flows__ots') }}
),

us_years as (
    select * from {{ ref('fct_us_trade_annual') }}
),

us_months as (
    select * from {{ ref('int_us_trade_months__reconciled') }} where is_covered or kind = 'world'
),

reporters as (
    select * from {{ ref('economies') }} where is_reporter
),

comtrade as (
    select
        flows.reporter_iso3,
        flows.partner_iso3,
        flows.flow,
        flows.year,
        flows.value_usd,
        coalesce(flows.value_fob_usd, flows.value_usd) as border_usd,
        flows.valuation,
        case when flows.value_fob_usd is not null then 'FOB' else flows.valuation end
            as border_valuation,
        flows.is_reconstructed,
        flows.vintage,
        flows.response_id
    from flows
    left join reporters as partners on partners.comtrade_code = flows.partner_code
    where
        not flows.is_self_partner
        and (partners.iso3 is not null or flows.partner_kind = 'world')
),

census_years as (
    select
        us_years.partner_iso3,
        direction.flow,
        us_years.year,
        case direction.flow when 'X' then us_years.exports_usd else us_years.imports_usd end
            as value_usd,
        us_years.is_reconstructed,
        us_years.vintage,
        us_years.response_ids
    from us_years
    cross join (values ('X'), ('M')) as direction (flow)
),

months_begun as (
    select
        case when kind = 'world' then 'W00' else partner_iso3 end as partner_iso3,
        flow,
        cast(left(month, 4) as integer) as year,
        weakest_vintage(vintage) as vintage,
        list(distinct response_id) as response_ids
    from us_months
    group by 1, 2, 3
),

census as (
    select
        coalesce(census_years.partner_iso3, months_begun.partner_iso3) as partner_iso3,
        coalesce(census_years.flow, months_begun.flow) as flow,
        coalesce(census_years.year, months_begun.year) as year,
        census_years.value_usd,
        case
            when coalesce(census_years.flow, months_begun.flow) = 'X' then 'FAS' else 'customs'
        end as valuation,
        coalesce(census_years.is_reconstructed, false) as is_reconstructed,
        coalesce(census_years.vintage, months_begun.vintage) as vintage,
        coalesce(census_years.response_ids, months_begun.response_ids) as response_ids
    from months_begun
    full join census_years using (partner_iso3, flow, year)
),

us_of_comtrade as (
    select
        partner_iso3, flow, year, border_usd, border_valuation, is_reconstructed, vintage, response_id
    from comtrade
    where reporter_iso3 = 'USA' and partner_iso3 in (select partner_iso3 from census)
),

against_census as (
    select
        'comtrade_census' as comparison,
        'USA' as reporter_iso3,
        coalesce(one.partner_iso3, other.partner_iso3) as partner_iso3,
        coalesce(one.flow, other.flow) as flow,
        coalesce(one.year, other.year) as year,
        one.border_usd as comtrade_usd,
        one.border_valuation as comtrade_valuation,
        other.value_usd as other_usd,
        other.valuation as other_valuation,
        case
            when one.partner_iso3 is null then 'not_in_comtrade'
            when other.partner_iso3 is null then 'not_in_census'
            when other.value_usd is null then 'months_missing'
            else coalesce(
                basis_gap(one.border_valuation, other.valuation),
                reconstruction_gap(one.is_reconstructed, other.is_reconstructed)
            )
        end as reason,
        threshold('xsource_census_pct') as threshold_pct,
        coalesce(one.is_reconstructed, false) or coalesce(other.is_reconstructed, false)
            as is_reconstructed,
        least(one.vintage, other.vintage) as vintage,
        list_append(coalesce(other.response_ids, []), one.response_id) as response_ids
    from us_of_comtrade as one
    full join census as other using (partner_iso3, flow, year)
    where coalesce(one.year, other.year) >= (select min(year) from us_of_comtrade)
),

against_ots as (
    select
        'comtrade_ots' as comparison,
        one.reporter_iso3,
        one.partner_iso3,
        one.flow,
        one.year,
        one.value_usd as comtrade_usd,
        one.valuation as comtrade_valuation,
        other.value_usd as other_usd,
        'as_comtrade' as other_valuation,
        case
            when other.value_usd is null then 'not_in_ots'
            else reconstruction_gap(one.is_reconstructed, other.is_reconstructed)
        end as reason,
        threshold('xsource_ots_pct') as threshold_pct,
        one.is_reconstructed or coalesce(other.is_reconstructed, false) as is_reconstructed,
        least(one.vintage, other.vintage) as vintage,
        [one.response_id, other.response_id] as response_ids
    from comtrade as one
    left join pairs_of_ots as other using (reporter_iso3, partner_iso3, flow, year)
),

united as (
    select
        comparison, reporter_iso3, partner_iso3, flow, year, comtrade_usd, comtrade_valuation,
        other_usd, other_valuation, reason, threshold_pct, is_reconstructed, vintage, response_ids
    from against_census
    union all
    select
        comparison, reporter_iso3, partner_iso3, flow, year, comtrade_usd, comtrade_valuation,
        other_usd, other_valuation, reason, threshold_pct, is_reconstructed, vintage, response_ids
    from against_ots
),

final as (
    select
        comparison,
        reporter_iso3,
        partner_iso3,
        flow,
        year,
        cast(comtrade_usd as decimal(24, 4)) as comtrade_usd,
        comtrade_valuation,
        cast(other_usd as decimal(24, 4)) as other_usd,
        case when other_usd is not null then other_valuation end as other_valuation,
        change_pct(comtrade_usd, other_usd) as difference_pct,
        threshold_pct,
        case
            when reason is not null or change_pct(comtrade_usd, other_usd) is null
                then 'not_comparable'
            when abs(change_pct(comtrade_usd, other_usd)) <= threshold_pct then 'agree'
            else 'differ'
        end as verdict,
        case
            when reason is null and change_pct(comtrade_usd, other_usd) is null then 'nothing_to_divide'
            else reason
        end as reason,
        case
            when comtrade_valuation = 'CIF' and other_valuation = 'customs'
                then 'freight_and_insurance_in_one'
        end as note,
        comparison = 'comtrade_census'
        or year = max(year) over (partition by comparison, reporter_iso3) as is_stated,
        cast(year as varchar) as coverage,
        vintage,
        is_reconstructed,
        united_list(response_ids) as response_ids
    from united
    where comtrade_usd is not null or other_usd is not null
)

select * from final
