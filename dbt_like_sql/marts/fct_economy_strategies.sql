-- Grain: one row per instrument and target. Sources: economy_strategies, economies.
-- Purpose: how the main economies secure critical minerals, as the article lists it, with the names
-- and targets reports print.
with

strategies as (
    select * from {{ ref('economy_strategies') }}
),

economies as (
    select * from {{ ref('economies') }} where iso3 is not null and valid_to is null
),

names as (
    select
        named.strategy_no,
        string_agg(economies.name_zh_tw, '、' order by named.place) as economies_zh
    from (
        select
            strategy_no,
            unnest(string_split(economy_iso3, ';')) as iso3,
            generate_subscripts(string_split(economy_iso3, ';'), 1) as place
        from strategies
    ) as named
    inner join economies using (iso3)
    group by named.strategy_no
),

final as (
    select
        strategies.strategy_no,
        strategies.economy_iso3,
        names.economies_zh,
        strategies.instrument_zh,
        strategies.year,
        strategies.measure_zh,
        strategies.metric_zh,
        strategies.value,
        strategies.unit,
        strategies.source_zh,
        coalesce(cast(strategies.year as varchar), 'undated') as coverage,
        'cited' as vintage,
        false as is_reconstructed,
        cast([] as varchar[]) as response_ids
    from strategies
    left join names using (strategy_no)
)

select * from final
