-- Grain: one row per reporter, flow, year and partner. Source: int_trade_flows__reconciled.
-- Purpose: each partner's value, share of the world total, rank, change and contribution. Groups and the
-- world are no partners. Ranks go by value, ties by code, over the partners counted (self-partners of
-- imports and of Taiwan's 490 carry a value but no rank).
with

partners as (
    select * from {{ ref('int_trade_flows__reconciled') }} where is_partner
),

worlds as (
    select * from {{ ref('int_trade_flows__reconciled') }} where partner_kind = 'world'
),

ranks as (
    select
        reporter_code,
        flow,
        year,
        partner_code,
        cast(
            row_number() over (
                partition by reporter_code, flow, year order by value_usd desc, partner_code
            ) as integer
        ) as partner_rank
    from partners
    where is_counted
),

newest as (
    select reporter_code, flow, max(year) as year
    from worlds
    group by reporter_code, flow
),

final as (
    select
        partners.reporter_iso3,
        partners.flow,
        partners.year,
        partners.partner_code,
        partners.reporter_code,
        partners.partner_iso3,
        coalesce(partners.partner_name_zh, '未知代碼 ' || partners.partner_code) as partner_name_zh,
        partners.partner_kind,
        partners.value_usd,
        share_pct_of(partners.value_usd, worlds.value_usd) as share_pct,
        ranks.partner_rank,
        prior.value_usd as value_prior_usd,
        change_pct(partners.value_usd, prior.value_usd) as yoy_pct,
        case
            when prior.value_usd is not null
                then share_pct_of(partners.value_usd - prior.value_usd, prior_worlds.value_usd)
        end as contribution_ppt,
        case
            when prior_worlds.value_usd is null then 'no_prior_year'
            when prior.value_usd is null then 'no_prior_trade'
        end as comparison_gap,
        partners.is_self_partner,
        partners.year = newest.year as is_latest,
        cast(partners.year as varchar) as coverage,
        least(partners.vintage, prior.vintage) as vintage,
        partners.is_reconstructed
        or coalesce(prior.is_reconstructed, false)
        or coalesce(worlds.is_reconstructed, false)
        or coalesce(prior_worlds.is_reconstructed, false) as is_reconstructed,
        united_list([
            partners.response_id, worlds.response_id, prior.response_id, prior_worlds.response_id
        ]) as response_ids
    from partners
    left join worlds using (reporter_code, flow, year)
    left join ranks
        on ranks.reporter_code = partners.reporter_code
        and ranks.flow = partners.flow
        and ranks.year = partners.year
        and ranks.partner_code = partners.partner_code
    left join partners as prior
        on prior.reporter_code = partners.reporter_code
        and prior.flow = partners.flow
        and prior.year = partners.year - 1
        and prior.partner_code = partners.partner_code
    left join worlds as prior_worlds
        on prior_worlds.reporter_code = partners.reporter_code
        and prior_worlds.flow = partners.flow
        and prior_worlds.year = partners.year - 1
    left join newest
        on newest.reporter_code = partners.reporter_code and newest.flow = partners.flow
)

select * from final
