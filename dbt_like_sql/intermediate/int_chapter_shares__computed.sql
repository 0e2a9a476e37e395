-- Grain: one row per reporter, flow, year and HS chapter. Sources: int_commodity_flows__reconciled,
-- int_trade_flows__reconciled.
-- Purpose: each chapter's share of a reporter's trade with the world, once for every analysis of its
-- structure. The denominator is the sum of the chapters, so that shares add up; how much of the total
-- they account for stands beside it.
with

chapters as (
    select * from {{ ref('int_commodity_flows__reconciled') }}
    where commodity_level = 2 and partner_kind = 'world' and value_usd > 0
),

totals as (
    select * from {{ ref('int_trade_flows__reconciled') }} where partner_kind = 'world'
),

sums as (
    select
        reporter_code,
        flow,
        year,
        cast(sum(value_usd) as decimal(24, 4)) as chapters_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        list(response_id) as response_ids
    from chapters
    group by reporter_code, flow, year
),

newest as (
    select reporter_code, flow, max(year) as year
    from sums
    group by reporter_code, flow
),

whole as (
    select
        sums.reporter_code,
        sums.flow,
        sums.year,
        sums.chapters_usd,
        share_pct_of(sums.chapters_usd, totals.value_usd) as itemised_share_pct,
        sums.year = newest.year as is_latest,
        sums.vintage,
        sums.is_reconstructed or coalesce(totals.is_reconstructed, false) as is_reconstructed,
        united_list(list_append(sums.response_ids, totals.response_id)) as response_ids
    from sums
    left join totals using (reporter_code, flow, year)
    inner join newest on newest.reporter_code = sums.reporter_code and newest.flow = sums.flow
),

final as (
    select
        chapters.reporter_code,
        chapters.reporter_iso3,
        chapters.flow,
        chapters.year,
        chapters.commodity_code,
        chapters.value_usd,
        share_pct_of(chapters.value_usd, whole.chapters_usd) as share_pct,
        whole.chapters_usd,
        whole.itemised_share_pct,
        whole.is_latest,
        whole.vintage,
        whole.is_reconstructed,
        whole.response_ids
    from chapters
    inner join whole using (reporter_code, flow, year)
)

select * from final
