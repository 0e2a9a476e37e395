-- Grain: one row per correction. Sources: corrections, minerals, elements, fct_mineral_production_yearly,
-- fct_mineral_bands, int_clause_starts__stated.
-- Purpose: what was corrected in the article that the yearly report continues, and whether this week's
-- own data bear the correction out. What no table of the project speaks of is not assessed.
with

corrections as (
    select * from {{ ref('corrections') }}
),

minerals as (
    select * from {{ ref('minerals') }}
),

elements as (
    select * from {{ ref('elements') }}
),

production as (
    select * from {{ ref('fct_mineral_production_yearly') }} where year = 2024
),

bands as (
    select * from {{ ref('fct_mineral_bands') }} where coverage = '2024'
),

starts as (
    select * from {{ ref('int_clause_starts__stated') }}
),

last_starts as (
    select
        notice_key,
        max(effective_date) as effective_date,
        list(response_id) as response_ids
    from starts
    group by notice_key
),

looked_up as (
    select
        corrections.correction_id,
        corrections.table_key,
        corrections.item_key,
        corrections.field,
        corrections.printed,
        corrections.corrected,
        corrections.rule,
        corrections.reason_zh,
        case corrections.field
            when 'name' then coalesce(minerals.name_zh_tw, elements.name_zh_tw)
            when 'world_production' then cast(cast(production.world_production_t as bigint) as varchar)
            when 'top_production' then cast(cast(production.top_production_t as bigint) as varchar)
            when 'minerals' then bands.minerals_zh
            when 'effective_date' then cast(last_starts.effective_date as varchar)
        end as data_text,
        case
            when corrections.field in ('world_production', 'top_production')
                then production.response_ids
            when corrections.field = 'minerals' then bands.response_ids
            when corrections.field = 'effective_date' then last_starts.response_ids
        end as response_ids
    from corrections
    left join minerals on minerals.mineral_code = corrections.item_key
    left join elements
        on elements.symbol = corrections.item_key and corrections.table_key = 'rare_earths'
    left join production on production.mineral_code = corrections.item_key
    left join bands on bands.band = corrections.item_key
    left join last_starts on last_starts.notice_key = corrections.item_key
),

final as (
    select
        correction_id,
        table_key,
        item_key,
        field,
        printed,
        corrected,
        rule,
        reason_zh,
        data_text,
        case
            when data_text is null then 'not_assessed'
            when data_text = corrected then 'confirmed'
            else 'contradicted'
        end as state,
        cast($as_of as varchar) as coverage,
        'cited' as vintage,
        false as is_reconstructed,
        united_list(coalesce(response_ids, [])) as response_ids
    from looked_up
)

select * from final
