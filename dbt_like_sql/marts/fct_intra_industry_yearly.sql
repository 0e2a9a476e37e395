-- Grain: one row per reporter, partner and year. Sources: int_commodity_flows__reconciled,
-- int_trade_flows__reconciled.
-- Purpose: how much of a pair's trade goes both ways within the same HS chapters (Grubel–Lloyd), by the
-- reporter's own figures; the world is a partner too. A chapter without a row in an answered flow is no
-- trade; where a flow was not answered, or the chapters miss the totals, there is no index.
with

chapters as (
    select * from {{ ref('int_commodity_flows__reconciled') }}
    where commodity_level = 2 and not is_self_partner
),

totals as (
    select * from {{ ref('int_trade_flows__reconciled') }} where not is_self_partner
),

answered as (
    select reporter_code, year
    from chapters
    where partner_kind = 'world'
    group by reporter_code, year
    having count(distinct flow) = 2
),

both_ways as (
    select
        reporter_code,
        any_value(reporter_iso3) as reporter_iso3,
        year,
        partner_code,
        any_value(partner_iso3) as partner_iso3,
        any_value(partner_name_zh) as partner_name_zh,
        commodity_code,
        coalesce(sum(value_usd) filter (where flow = 'X'), 0) as exports_usd,
        coalesce(sum(value_usd) filter (where flow = 'M'), 0) as imports_usd,
        weakest_vintage(vintage) as vintage,
        bool_or(is_reconstructed) as is_reconstructed,
        list_distinct(list(response_id)) as response_ids
    from chapters
    where value_usd > 0
    group by reporter_code, year, partner_code, commodity_code
),

pairs as (
    select
        both_ways.reporter_code,
        any_value(both_ways.reporter_iso3) as reporter_iso3,
        both_ways.year,
        both_ways.partner_code,
        any_value(both_ways.partner_iso3) as partner_iso3,
        any_value(both_ways.partner_name_zh) as partner_name_zh,
        grubel_lloyd(both_ways.exports_usd, both_ways.imports_usd) as gl_index,
        cast(sum(both_ways.exports_usd) as decimal(24, 4)) as exports_usd,
        cast(sum(both_ways.imports_usd) as decimal(24, 4)) as imports_usd,
        cast(count(*) as integer) as chapter_count,
        cast(count(*) filter (
            where both_ways.exports_usd > 0 and both_ways.imports_usd > 0
        ) as integer) as two_way_chapter_count,
        weakest_vintage(both_ways.vintage) as vintage,
        bool_or(both_ways.is_reconstructed) as is_reconstructed,
        united_ids(both_ways.response_ids) as response_ids
    from both_ways
    inner join answered using (reporter_code, year)
    group by both_ways.reporter_code, both_ways.year, both_ways.partner_code
),

wholes as (
    select
        reporter_code,
        year,
        partner_code,
        coalesce(sum(value_usd) filter (where flow = 'X'), 0) as exports_usd,
        coalesce(sum(value_usd) filter (where flow = 'M'), 0) as imports_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        list(response_id) as response_ids
    from totals
    group by reporter_code, year, partner_code
),

newest as (
    select reporter_code, max(year) as year
    from pairs
    group by reporter_code
),

compared as (
    select
        pairs.reporter_iso3,
        pairs.partner_code,
        pairs.year,
        pairs.reporter_code,
        pairs.partner_iso3,
        pairs.partner_name_zh,
        pairs.gl_index,
        pairs.exports_usd,
        pairs.imports_usd,
        pairs.chapter_count,
        pairs.two_way_chapter_count,
        share_pct_of(
            pairs.exports_usd + pairs.imports_usd, wholes.exports_usd + wholes.imports_usd
        ) as itemised_share_pct,
        coalesce(
            abs(pairs.exports_usd - wholes.exports_usd)
            <= wholes.exports_usd * threshold('comtrade_chapter_sum_tolerance_pct') / 100
            and abs(pairs.imports_usd - wholes.imports_usd)
            <= wholes.imports_usd * threshold('comtrade_chapter_sum_tolerance_pct') / 100,
            false
        ) as is_complete,
        pairs.vintage,
        pairs.is_reconstructed or coalesce(wholes.is_reconstructed, false) as is_reconstructed,
        united_list(list_concat(pairs.response_ids, coalesce(wholes.response_ids, [])))
            as response_ids
    from pairs
    left join wholes using (reporter_code, year, partner_code)
),

final as (
    select
        compared.reporter_iso3,
        compared.partner_code,
        compared.year,
        compared.reporter_code,
        compared.partner_iso3,
        coalesce(compared.partner_name_zh, '未知代碼 ' || compared.partner_code) as partner_name_zh,
        case when compared.is_complete then compared.gl_index end as gl_index,
        compared.exports_usd,
        compared.imports_usd,
        compared.chapter_count,
        compared.two_way_chapter_count,
        compared.itemised_share_pct,
        case when not compared.is_complete then 'chapters_incomplete' end as comparison_gap,
        compared.year = newest.year as is_latest,
        cast(compared.year as varchar) as coverage,
        compared.vintage,
        compared.is_reconstructed,
        compared.response_ids
    from compared
    inner join newest on newest.reporter_code = compared.reporter_code
)

select * from final
