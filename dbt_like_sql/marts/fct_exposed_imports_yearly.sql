-- Grain: one row per importing economy, year and state of the controls. Sources: fct_control_measures,
-- int_code_suppliers__ranked, int_trade_flows__reconciled.
-- Purpose: how much of an economy's imports lies under codes that Chinese export controls reach. A code
-- under several controls counts once, under the strictest of their states, so that the states of a year
-- add up. Upper bounds.
with

measures as (
    select
        control_status,
        response_ids,
        unnest(hs6_codes) as hs6
    from {{ ref('fct_control_measures') }}
    where is_live
),

suppliers as (
    select * from {{ ref('int_code_suppliers__ranked') }} where reporter_iso3 <> 'CHN'
),

totals as (
    select
        reporter_iso3,
        year,
        value_usd,
        is_reconstructed,
        vintage,
        response_id
    from {{ ref('int_trade_flows__reconciled') }}
    where flow = 'M' and partner_kind = 'world'
),

standings as (
    select unnest(['in_force', 'announced', 'suspended', 'lapsed_unconfirmed']) as control_status
),

codes as (
    select
        hs6,
        arg_min(control_status, standing_rank(control_status)) as control_status,
        united_ids(response_ids) as response_ids
    from measures
    group by hs6
),

stated_years as (
    select
        reporter_iso3,
        year,
        bool_or(is_latest) as is_latest
    from suppliers
    group by reporter_iso3, year
),

summed as (
    select
        suppliers.reporter_iso3,
        suppliers.year,
        codes.control_status,
        count(*) as code_count,
        sum(suppliers.imports_usd) as imports_usd,
        sum(suppliers.from_china_usd) as from_china_usd,
        bool_or(suppliers.is_reconstructed) as is_reconstructed,
        weakest_vintage(suppliers.vintage) as vintage,
        united_list(list_concat(united_ids(suppliers.response_ids), united_ids(codes.response_ids)))
            as response_ids
    from suppliers
    inner join codes on codes.hs6 = suppliers.commodity_code
    group by suppliers.reporter_iso3, suppliers.year, codes.control_status
),

final as (
    select
        stated_years.reporter_iso3,
        stated_years.year,
        standings.control_status,
        'upper' as bound,
        cast(coalesce(summed.code_count, 0) as integer) as code_count,
        coalesce(summed.imports_usd, 0) as imports_usd,
        coalesce(summed.from_china_usd, 0) as from_china_usd,
        totals.value_usd as total_imports_usd,
        share_pct_of(coalesce(summed.imports_usd, 0), totals.value_usd) as share_pct,
        share_pct_of(coalesce(summed.from_china_usd, 0), totals.value_usd) as from_china_share_pct,
        stated_years.is_latest,
        cast(stated_years.year as varchar) as coverage,
        least(totals.vintage, summed.vintage) as vintage,
        totals.is_reconstructed or coalesce(summed.is_reconstructed, false) as is_reconstructed,
        united_list(list_append(coalesce(summed.response_ids, []), totals.response_id))
            as response_ids
    from stated_years
    cross join standings
    inner join totals
        on totals.reporter_iso3 = stated_years.reporter_iso3 and totals.year = stated_years.year
    left join summed
        on summed.reporter_iso3 = stated_years.reporter_iso3
        and summed.year = stated_years.year
        and summed.control_status = standings.control_status
)

select * from final
