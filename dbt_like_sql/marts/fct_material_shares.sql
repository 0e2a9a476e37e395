-- Grain: one row per cited or computed share. Sources: material_shares, minerals,
-- fct_mineral_production_yearly.
-- Purpose: China's share of a material as cited, beside the share the newest production data give.
-- Only a share with its measure, year and source may be printed; citations of the same material and
-- measure that lie apart say so.
with

cited as (
    select * from {{ ref('material_shares') }}
),

minerals as (
    select * from {{ ref('minerals') }}
),

production as (
    select * from {{ ref('fct_mineral_production_yearly') }}
    where is_latest and top_iso3 = 'CHN' and top_share_pct is not null
),

united as (
    select
        'cited|' || share_no as share_key,
        material_zh,
        mineral_code,
        measure,
        year,
        low_pct,
        high_pct,
        attributed_to,
        cited_in,
        cast([] as varchar[]) as response_ids,
        'cited' as vintage,
        false as is_reconstructed
    from cited
    union all
    select
        'computed|' || production.mineral_code as share_key,
        minerals.name_zh_tw as material_zh,
        production.mineral_code,
        'production' as measure,
        production.year,
        production.top_share_pct as low_pct,
        production.top_share_pct as high_pct,
        'USGS' as attributed_to,
        'Mineral Commodity Summaries ' || production.edition as cited_in,
        production.response_ids,
        production.vintage,
        production.is_reconstructed
    from production
    inner join minerals using (mineral_code)
),

conflicts as (
    select
        one.share_key,
        list_sort(list(other.share_key)) as conflicting_keys
    from united as one
    inner join united as other
        on other.material_zh = one.material_zh
        and other.measure = one.measure
        and other.share_key <> one.share_key
        and greatest(one.low_pct, other.low_pct) - least(one.high_pct, other.high_pct)
        > threshold('material_share_conflict_ppt')
    where one.measure <> 'unstated'
    group by one.share_key
),

final as (
    select
        united.share_key,
        united.material_zh,
        united.mineral_code,
        united.measure,
        united.year,
        united.low_pct,
        united.high_pct,
        united.attributed_to,
        united.cited_in,
        share_key_gap(united.measure, united.year, united.attributed_to) as key_gap,
        share_key_gap(united.measure, united.year, united.attributed_to) is null as is_printable,
        coalesce(conflicts.conflicting_keys, []) as conflicting_keys,
        coalesce(cast(united.year as varchar), 'undated') as coverage,
        united.vintage,
        united.is_reconstructed,
        united.response_ids
    from united
    left join conflicts using (share_key)
)

select * from final
