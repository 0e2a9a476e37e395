-- Grain: one row per band. Source: fct_mineral_production_yearly.
-- Purpose: how many minerals, and which, fall into each band of the largest producer's share, so that
-- a sentence and the table beside it come from the same rows. Minerals without a share are a band of
-- their own.
with

production as (
    select * from {{ ref('fct_mineral_production_yearly') }} where is_latest
),

banded as (
    select
        coalesce(band, 'no_share') as band,
        mineral_code, year, mineral_name_zh, top_iso3, top_share_pct, vintage, is_reconstructed,
        response_ids
    from production
),

final as (
    select
        band,
        cast(count(*) as integer) as minerals,
        string_agg(mineral_name_zh, '、' order by top_share_pct desc, mineral_code) as minerals_zh,
        cast(count(*) filter (where top_iso3 = 'CHN') as integer) as china_minerals,
        string_agg(mineral_name_zh, '、' order by top_share_pct desc, mineral_code)
            filter (where top_iso3 = 'CHN') as china_minerals_zh,
        case
            when min(year) = max(year) then cast(min(year) as varchar)
            else min(year) || '..' || max(year)
        end as coverage,
        weakest_vintage(vintage) as vintage,
        bool_or(is_reconstructed) as is_reconstructed,
        united_ids(response_ids) as response_ids
    from banded
    group by band
)

select * from final
