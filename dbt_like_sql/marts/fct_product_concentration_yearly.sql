-- Grain: one row per reporter, flow and year. Sources: int_chapter_shares__computed,
-- fct_commodity_structure_yearly.
-- Purpose: how concentrated a year's trade with the world is over HS chapters. Chapters are few and
-- wide, so the index is not comparable with one over finer codes.
with

chapters as (
    select * from {{ ref('int_chapter_shares__computed') }}
),

largest as (
    select * from {{ ref('fct_commodity_structure_yearly') }} where commodity_rank = 1
),

measured as (
    select
        reporter_code,
        any_value(reporter_iso3) as reporter_iso3,
        flow,
        year,
        hhi(value_usd) as hhi_product,
        concentration_ratio_pct(value_usd, 3) as cr3_pct,
        shannon(value_usd) as shannon,
        cast(count(*) as integer) as chapter_count,
        any_value(itemised_share_pct) as itemised_share_pct,
        any_value(is_latest) as is_latest,
        weakest_vintage(vintage) as vintage,
        bool_or(is_reconstructed) as is_reconstructed,
        united_ids(response_ids) as response_ids
    from chapters
    group by reporter_code, flow, year
),

final as (
    select
        now.reporter_iso3,
        now.flow,
        now.year,
        now.reporter_code,
        now.hhi_product,
        hhi_normalised_of(now.hhi_product, now.chapter_count) as hhi_normalised,
        effective_number_of(now.hhi_product) as effective_chapters,
        unctad_index_of(now.hhi_product, now.chapter_count) as unctad_index,
        now.shannon,
        now.cr3_pct,
        now.chapter_count,
        largest.commodity_code as largest_chapter,
        largest.commodity_name_zh as largest_chapter_name_zh,
        largest.share_pct as largest_share_pct,
        now.itemised_share_pct,
        prior.hhi_product as hhi_prior,
        now.hhi_product - prior.hhi_product as hhi_change,
        case when prior.hhi_product is null then 'no_prior_year' end as comparison_gap,
        case
            when now.hhi_product - prior.hhi_product > threshold('hhi_dead_band') then 'up'
            when now.hhi_product - prior.hhi_product < -threshold('hhi_dead_band') then 'down'
            when prior.hhi_product is not null then 'flat'
        end as direction,
        now.is_latest,
        cast(now.year as varchar) as coverage,
        least(now.vintage, prior.vintage) as vintage,
        now.is_reconstructed or coalesce(prior.is_reconstructed, false) as is_reconstructed,
        united_list(list_concat(now.response_ids, coalesce(prior.response_ids, [])))
            as response_ids
    from measured as now
    inner join largest
        on largest.reporter_code = now.reporter_code
        and largest.flow = now.flow
        and largest.year = now.year
    left join measured as prior
        on prior.reporter_code = now.reporter_code
        and prior.flow = now.flow
        and prior.year = now.year - 1
)

select * from final
