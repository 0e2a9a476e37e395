-- Grain: one row per reporter, flow and year. Sources: int_trade_flows__reconciled,
-- fct_partner_flows_yearly.
-- Purpose: the world total of a year with its change, its first three partners' share, China's share,
-- and how much of the total the partners account for. Years are never summed.
with

worlds as (
    select * from {{ ref('int_trade_flows__reconciled') }} where partner_kind = 'world'
),

partners as (
    select * from {{ ref('fct_partner_flows_yearly') }}
),

summed as (
    select
        reporter_iso3,
        flow,
        year,
        cast(count(partner_rank) as integer) as partner_count,
        sum(value_usd) as itemised_usd,
        sum(value_usd) filter (where partner_rank <= 3) as top3_usd,
        sum(value_usd) filter (where partner_iso3 = 'CHN' and not is_self_partner) as china_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        united_ids(response_ids) as response_ids
    from partners
    group by reporter_iso3, flow, year
),

newest as (
    select reporter_code, flow, max(year) as year
    from worlds
    group by reporter_code, flow
),

final as (
    select
        worlds.reporter_iso3,
        worlds.flow,
        worlds.year,
        worlds.reporter_code,
        worlds.value_usd,
        prior.value_usd as value_prior_usd,
        change_pct(worlds.value_usd, prior.value_usd) as yoy_pct,
        case when prior.value_usd is null then 'no_prior_year' end as comparison_gap,
        coalesce(summed.partner_count, 0) as partner_count,
        share_pct_of(summed.itemised_usd, worlds.value_usd) as itemised_share_pct,
        share_pct_of(summed.top3_usd, worlds.value_usd) as top3_share_pct,
        share_pct_of(summed.china_usd, worlds.value_usd) as china_share_pct,
        worlds.valuation,
        worlds.year = newest.year as is_latest,
        cast(worlds.year as varchar) as coverage,
        least(worlds.vintage, prior.vintage) as vintage,
        worlds.is_reconstructed
        or coalesce(prior.is_reconstructed, false)
        or coalesce(summed.is_reconstructed, false) as is_reconstructed,
        united_list(
            list_concat(
                [worlds.response_id, prior.response_id], coalesce(summed.response_ids, [])
            )
        ) as response_ids
    from worlds
    left join summed
        on summed.reporter_iso3 = worlds.reporter_iso3
        and summed.flow = worlds.flow
        and summed.year = worlds.year
    left join worlds as prior
        on prior.reporter_code = worlds.reporter_code
        and prior.flow = worlds.flow
        and prior.year = worlds.year - 1
    left join newest
        on newest.reporter_code = worlds.reporter_code and newest.flow = worlds.flow
)

select * from final
