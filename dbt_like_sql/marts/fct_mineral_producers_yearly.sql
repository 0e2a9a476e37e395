-- Grain: one row per mineral, year and producer. Sources: int_mineral_production__released, economies.
-- Purpose: the producers of each mineral by size, for who could supply it besides the largest. Producers
-- without a figure have no row; where the largest is not certain the ranks are those of the figures
-- stated, which fct_mineral_production_yearly says.
with

production as (
    select * from {{ ref('int_mineral_production__released') }}
    where measure = 'production' and row_kind = 'economy' and value > 0
),

economies as (
    select * from {{ ref('economies') }} where kind = 'economy' and valid_to is null
),

final as (
    select
        production.mineral_code,
        production.year,
        production.economy_iso3,
        production.mineral_name_zh,
        production.stage,
        coalesce(economies.name_zh_tw, production.economy_iso3) as producer_name_zh,
        production.value as production_t,
        production.share_pct,
        cast(
            row_number() over (
                partition by production.mineral_code, production.year
                order by production.value desc, production.economy_iso3
            ) as integer
        ) as producer_rank,
        production.year = max(production.year) over (partition by production.mineral_code)
            as is_latest,
        cast(production.year as varchar) as coverage,
        production.vintage,
        production.is_reconstructed,
        [production.response_id] as response_ids
    from production
    left join economies on economies.iso3 = production.economy_iso3
)

select * from final
