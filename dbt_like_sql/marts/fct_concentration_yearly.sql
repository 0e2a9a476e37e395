-- Grain: one row per reporter, flow and year. Source: int_trade_flows__reconciled.
-- Purpose: how concentrated a year's trade is over partners. Counted partners only; shares inside the
-- index have the sum of the counted partners as denominator, so that they add up to one. Both threshold
-- pairs come from US merger guidelines, which measure firms.
with

partners as (
    select * from {{ ref('int_trade_flows__reconciled') }} where is_partner
),

worlds as (
    select * from {{ ref('int_trade_flows__reconciled') }} where partner_kind = 'world'
),

counted as (
    select
        reporter_code,
        flow,
        year,
        hhi(value_usd) as hhi_partner,
        concentration_ratio_pct(value_usd, 1) as cr1_pct,
        concentration_ratio_pct(value_usd, 3) as cr3_pct,
        concentration_ratio_pct(value_usd, 5) as cr5_pct,
        theil(value_usd) as theil,
        shannon(value_usd) as shannon,
        cast(count(*) as integer) as partner_count
    from partners
    where is_counted
    group by reporter_code, flow, year
),

everyone as (
    select
        reporter_code,
        any_value(reporter_iso3) as reporter_iso3,
        flow,
        year,
        hhi(value_usd) as hhi_partner_incl_self,
        sum(value_usd) as itemised_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        list(response_id) as response_ids
    from partners
    group by reporter_code, flow, year
),

measured as (
    select
        everyone.reporter_code,
        everyone.reporter_iso3,
        everyone.flow,
        everyone.year,
        counted.hhi_partner,
        everyone.hhi_partner_incl_self,
        hhi_normalised_of(counted.hhi_partner, counted.partner_count) as hhi_normalised,
        effective_number_of(counted.hhi_partner) as effective_partners,
        counted.cr1_pct,
        counted.cr3_pct,
        counted.cr5_pct,
        unctad_index_of(counted.hhi_partner, counted.partner_count) as unctad_index,
        counted.theil,
        counted.shannon,
        coalesce(counted.partner_count, 0) as partner_count,
        share_pct_of(everyone.itemised_usd, worlds.value_usd) as itemised_share_pct,
        everyone.is_reconstructed,
        everyone.vintage,
        list_append(everyone.response_ids, worlds.response_id) as response_ids
    from everyone
    left join counted using (reporter_code, flow, year)
    left join worlds using (reporter_code, flow, year)
),

newest as (
    select reporter_code, flow, max(year) as year
    from measured
    group by reporter_code, flow
),

final as (
    select
        now.reporter_iso3,
        now.flow,
        now.year,
        now.reporter_code,
        now.hhi_partner,
        now.hhi_partner_incl_self,
        now.hhi_normalised,
        now.effective_partners,
        now.cr1_pct,
        now.cr3_pct,
        now.cr5_pct,
        now.unctad_index,
        now.theil,
        now.shannon,
        now.partner_count,
        now.itemised_share_pct,
        concentration_level(
            now.hhi_partner, threshold('hhi_2010_moderate'), threshold('hhi_2010_high')
        ) as level_1500_2500,
        concentration_level(
            now.hhi_partner, threshold('hhi_2023_moderate'), threshold('hhi_2023_high')
        ) as level_1000_1800,
        distance_to_next(
            now.hhi_partner, threshold('hhi_2010_moderate'), threshold('hhi_2010_high')
        ) as distance_1500_2500,
        distance_to_next(
            now.hhi_partner, threshold('hhi_2023_moderate'), threshold('hhi_2023_high')
        ) as distance_1000_1800,
        prior.hhi_partner as hhi_prior,
        now.hhi_partner - prior.hhi_partner as hhi_change,
        case
            when now.hhi_partner - prior.hhi_partner > threshold('hhi_dead_band') then 'up'
            when now.hhi_partner - prior.hhi_partner < -threshold('hhi_dead_band') then 'down'
            when prior.hhi_partner is not null then 'flat'
        end as direction,
        now.year = newest.year as is_latest,
        cast(now.year as varchar) as coverage,
        least(now.vintage, prior.vintage) as vintage,
        now.is_reconstructed or coalesce(prior.is_reconstructed, false) as is_reconstructed,
        united_list(list_concat(now.response_ids, coalesce(prior.response_ids, [])))
            as response_ids
    from measured as now
    left join measured as prior
        on prior.reporter_code = now.reporter_code
        and prior.flow = now.flow
        and prior.year = now.year - 1
    left join newest on newest.reporter_code = now.reporter_code and newest.flow = now.flow
)

select * from final
