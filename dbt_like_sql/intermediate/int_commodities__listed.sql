-- Grain: one row per commodity code. Source: stg_comtrade__commodities.
-- Purpose: the codes in Comtrade's own list of the week.
with

commodities as (
    select * from {{ ref('stg_comtrade__commodities') }}
),

final as (
    select
        commodity_code,
        max(commodity_level) as commodity_level,
        min(name_en) as name,
        list_sort(list_distinct(list(response_id))) as response_ids
    from commodities
    group by commodity_code
)

select * from final
