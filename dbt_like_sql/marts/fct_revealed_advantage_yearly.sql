-- Grain: one row per reporter, year and HS chapter of its exports. Sources:
-- int_chapter_shares__computed, hs_chapters.
-- Purpose: Balassa's revealed comparative advantage. The world is the reporters whose chapters of the
-- year are known, and they are named: against so few, an advantage is one over them and not over the
-- whole world. With too few reporters there is no value.
with

exports as (
    select * from {{ ref('int_chapter_shares__computed') }} where flow = 'X'
),

labels as (
    select * from {{ ref('hs_chapters') }}
),

reporters as (
    select
        year,
        reporter_iso3,
        any_value(chapters_usd) as chapters_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        united_ids(response_ids) as response_ids
    from exports
    group by year, reporter_iso3
),

worlds as (
    select
        year,
        sum(chapters_usd) as exports_usd,
        string_agg(reporter_iso3, ' ' order by reporter_iso3) as world_reporters,
        cast(count(*) as integer) as world_reporter_count,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        united_ids(response_ids) as response_ids
    from reporters
    group by year
),

world_chapters as (
    select year, commodity_code, sum(value_usd) as exports_usd
    from exports
    group by year, commodity_code
),

measured as (
    select
        exports.reporter_iso3,
        exports.year,
        exports.commodity_code,
        exports.reporter_code,
        exports.value_usd,
        exports.share_pct,
        share_pct_of(world_chapters.exports_usd, worlds.exports_usd) as world_share_pct,
        case
            when worlds.world_reporter_count >= threshold('covered_world_min_reporters')
                then relative_share_of(
                    exports.value_usd,
                    exports.chapters_usd,
                    world_chapters.exports_usd,
                    worlds.exports_usd
                )
        end as rca,
        worlds.world_reporters,
        worlds.world_reporter_count,
        exports.is_latest,
        worlds.vintage,
        worlds.is_reconstructed,
        worlds.response_ids
    from exports
    inner join world_chapters using (year, commodity_code)
    inner join worlds using (year)
),

final as (
    select
        measured.reporter_iso3,
        measured.year,
        measured.commodity_code,
        measured.reporter_code,
        labels.name_zh_tw as commodity_name_zh,
        measured.value_usd,
        measured.share_pct,
        measured.world_share_pct,
        measured.rca,
        measured.rca > 1 as has_advantage,
        cast(
            row_number() over (
                partition by measured.reporter_code, measured.year
                order by measured.value_usd desc, measured.commodity_code
            ) as integer
        ) as export_rank,
        case when measured.rca is null then 'world_too_small' end as comparison_gap,
        measured.world_reporters,
        measured.world_reporter_count,
        measured.is_latest,
        cast(measured.year as varchar) as coverage,
        measured.vintage,
        measured.is_reconstructed,
        measured.response_ids
    from measured
    left join labels on labels.chapter = measured.commodity_code
)

select * from final
