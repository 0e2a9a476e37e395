-- Grain: one row per reporter, other covered economy and year. Sources: int_trade_flows__reconciled,
-- int_chapter_shares__computed, economies.
-- Purpose: how close two economies' trade is. Intensity: the partner's share of the reporter's exports
-- over its share of the exports of all covered reporters but the partner itself, which are named.
-- Complementarity: the reporter's exports against the partner's imports. Similarity: the exports of
-- both. The last two compare HS chapters with the world and need the partner's figures of the year.
with

flows as (
    select * from {{ ref('int_trade_flows__reconciled') }} where flow = 'X'
),

chapters as (
    select * from {{ ref('int_chapter_shares__computed') }}
),

economies as (
    select * from {{ ref('economies') }} where is_reporter
),

wholes as (
    select
        reporter_code,
        reporter_iso3,
        year,
        value_usd,
        vintage,
        is_reconstructed,
        response_id
    from flows
    where partner_kind = 'world'
),

newest as (
    select reporter_code, max(year) as year
    from wholes
    group by reporter_code
),

-- Each covered exporter's trade with each other covered economy; no row of it is no trade.
sales as (
    select
        wholes.reporter_code,
        wholes.reporter_iso3,
        wholes.year,
        economies.comtrade_code as partner_code,
        economies.iso3 as partner_iso3,
        economies.name_zh_tw as partner_name_zh,
        cast(coalesce(flows.value_usd, 0) as decimal(24, 4)) as exports_usd,
        wholes.value_usd as total_usd,
        least(wholes.vintage, flows.vintage) as vintage,
        wholes.is_reconstructed or coalesce(flows.is_reconstructed, false) as is_reconstructed,
        united_list([wholes.response_id, flows.response_id]) as response_ids
    from wholes
    inner join economies on economies.comtrade_code <> wholes.reporter_code
    left join flows
        on flows.reporter_code = wholes.reporter_code
        and flows.year = wholes.year
        and flows.partner_code = economies.comtrade_code
),

worlds as (
    select
        partner_code,
        year,
        sum(exports_usd) as exports_usd,
        sum(total_usd) as total_usd,
        string_agg(reporter_iso3, ' ' order by reporter_iso3) as world_reporters,
        cast(count(*) as integer) as world_reporter_count,
        weakest_vintage(vintage) as vintage,
        bool_or(is_reconstructed) as is_reconstructed,
        united_ids(response_ids) as response_ids
    from sales
    group by partner_code, year
),

structures as (
    select
        reporter_code,
        flow,
        year,
        weakest_vintage(vintage) as vintage,
        bool_or(is_reconstructed) as is_reconstructed,
        united_ids(response_ids) as response_ids
    from chapters
    group by reporter_code, flow, year
),

-- The reporter's exports beside either flow of each other economy of the year.
shared_structures as (
    select
        here.reporter_code,
        there.reporter_code as partner_code,
        here.year,
        there.flow,
        overlap_pct(sold.share_pct, coalesce(traded.share_pct, 0)) as overlap_pct,
        any_value(least(here.vintage, there.vintage)) as vintage,
        bool_or(here.is_reconstructed or there.is_reconstructed) as is_reconstructed,
        any_value(list_concat(here.response_ids, there.response_ids)) as response_ids
    from structures as here
    inner join structures as there
        on there.year = here.year and there.reporter_code <> here.reporter_code
    inner join chapters as sold
        on sold.reporter_code = here.reporter_code
        and sold.flow = here.flow
        and sold.year = here.year
    left join chapters as traded
        on traded.reporter_code = there.reporter_code
        and traded.flow = there.flow
        and traded.year = there.year
        and traded.commodity_code = sold.commodity_code
    where here.flow = 'X'
    group by here.reporter_code, there.reporter_code, here.year, there.flow
),

likeness as (
    select
        reporter_code,
        partner_code,
        year,
        max(overlap_pct) filter (where flow = 'M') as complementarity,
        max(overlap_pct) filter (where flow = 'X') as export_similarity,
        weakest_vintage(vintage) as vintage,
        bool_or(is_reconstructed) as is_reconstructed,
        united_ids(response_ids) as response_ids
    from shared_structures
    group by reporter_code, partner_code, year
),

final as (
    select
        sales.reporter_iso3,
        sales.partner_iso3,
        sales.year,
        sales.reporter_code,
        sales.partner_code,
        sales.partner_name_zh,
        share_pct_of(sales.exports_usd, sales.total_usd) as export_share_pct,
        share_pct_of(worlds.exports_usd, worlds.total_usd) as world_share_pct,
        case
            when worlds.world_reporter_count >= threshold('covered_world_min_reporters')
                then relative_share_of(
                    sales.exports_usd, sales.total_usd, worlds.exports_usd, worlds.total_usd
                )
        end as trade_intensity,
        case
            when worlds.world_reporter_count < threshold('covered_world_min_reporters')
                then 'world_too_small'
            when worlds.exports_usd = 0 then 'no_trade'
        end as intensity_gap,
        worlds.world_reporters,
        worlds.world_reporter_count,
        likeness.complementarity,
        likeness.export_similarity,
        case
            when likeness.complementarity is null or likeness.export_similarity is null
                then 'no_chapters'
        end as structure_gap,
        sales.year = newest.year as is_latest,
        cast(sales.year as varchar) as coverage,
        least(worlds.vintage, likeness.vintage) as vintage,
        worlds.is_reconstructed or coalesce(likeness.is_reconstructed, false) as is_reconstructed,
        united_list(list_concat(worlds.response_ids, coalesce(likeness.response_ids, [])))
            as response_ids
    from sales
    inner join worlds using (partner_code, year)
    inner join newest on newest.reporter_code = sales.reporter_code
    left join likeness
        on likeness.reporter_code = sales.reporter_code
        and likeness.partner_code = sales.partner_code
        and likeness.year = sales.year
)

select * from final
