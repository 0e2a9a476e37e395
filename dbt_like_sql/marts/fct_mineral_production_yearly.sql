-- Grain: one row per mineral and year. Sources: int_mineral_production__released, mineral_uses, economies.
-- Purpose: who produces most of a mineral, how much of the world that is, and how concentrated the
-- producers are. Where the source lists every producer the index is exact; elsewhere it has bounds:
-- the rest endlessly thin, or in pieces as large as the largest producer. A mineral whose figure is
-- withheld keeps its row with the reason.
with

production as (
    select * from {{ ref('int_mineral_production__released') }} where measure = 'production'
),

uses as (
    select * from {{ ref('mineral_uses') }}
),

economies as (
    select * from {{ ref('economies') }} where kind = 'economy' and valid_to is null
),

minerals as (
    select
        mineral_code,
        year,
        min(symbol) as symbol,
        min(mineral_name_zh) as mineral_name_zh,
        min(stage) as stage,
        max(value) filter (where row_kind = 'world') as world_t,
        bool_or(world_excludes_usa) as world_excludes_usa,
        coalesce(bool_or(row_kind in ('others', 'group') and coalesce(value, 1) > 0), false)
            as has_rest,
        cast(count(*) filter (where row_kind = 'economy' and value is null) as integer)
            as withheld_count,
        min(economy_iso3) filter (where row_kind = 'economy' and value is null) as withheld_iso3,
        min(value_reason) filter (where row_kind in ('economy', 'world')) as value_reason,
        min(edition) as edition,
        bool_or(is_reconstructed) filter (where row_kind in ('economy', 'world')) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        list(response_id) as response_ids
    from production
    group by mineral_code, year
),

producers as (
    select
        mineral_code,
        year,
        economy_iso3,
        cast(value as double) as tonnes,
        value,
        row_number() over (
            partition by mineral_code, year order by value desc, economy_iso3
        ) as place
    from production
    where
        row_kind = 'economy'
        and value > 0
        and not (world_excludes_usa and economy_iso3 = 'USA')
),

summed as (
    select
        mineral_code,
        year,
        min(economy_iso3) filter (where place = 1) as top_iso3,
        max(value) as top_t,
        case when count(*) >= 3 then sum(value) filter (where place <= 3) end as top3_t,
        sum(value) as named_t,
        cast(count(*) as integer) as producer_count,
        list(tonnes order by place) as known,
        hhi(tonnes) as hhi
    from producers
    group by mineral_code, year
),

judged as (
    select
        minerals.mineral_code,
        minerals.year,
        minerals.symbol,
        minerals.mineral_name_zh,
        minerals.stage,
        minerals.world_t,
        minerals.world_excludes_usa,
        minerals.withheld_count,
        coalesce(
            summed.top_iso3,
            case when minerals.withheld_count = 1 then minerals.withheld_iso3 end
        ) as top_iso3,
        summed.top_t,
        summed.top3_t,
        summed.named_t,
        coalesce(summed.producer_count, 0) as producer_count,
        summed.known,
        summed.hhi,
        not minerals.has_rest
        and minerals.withheld_count = 0
        and abs(summed.named_t - minerals.world_t)
        <= minerals.world_t * threshold('mineral_sum_tolerance_pct') / 100 as is_complete,
        minerals.withheld_count = 0 or minerals.world_t - summed.named_t <= summed.top_t
            as is_top_certain,
        case
            when summed.top_t is null then coalesce(minerals.value_reason, 'no_producer_listed')
            when minerals.world_t is null then 'no_world_total'
        end as missing_reason,
        minerals.edition,
        minerals.is_reconstructed,
        minerals.vintage,
        minerals.response_ids
    from minerals
    left join summed using (mineral_code, year)
),

final as (
    select
        judged.mineral_code,
        judged.year,
        judged.symbol,
        judged.mineral_name_zh,
        judged.stage,
        uses.uses_zh,
        judged.top_iso3,
        economies.name_zh_tw as top_name_zh,
        cast(judged.top_t as decimal(24, 6)) as top_production_t,
        cast(judged.world_t as decimal(24, 6)) as world_production_t,
        judged.world_excludes_usa,
        share_pct_of(judged.top_t, judged.world_t) as top_share_pct,
        share_pct_of(judged.top3_t, judged.world_t) as top3_share_pct,
        share_pct_of(judged.named_t, judged.world_t) as named_share_pct,
        judged.producer_count,
        judged.withheld_count,
        coalesce(judged.is_complete, false) as is_complete,
        coalesce(judged.is_top_certain, false) as is_top_certain,
        case when judged.is_complete then judged.hhi end as hhi,
        case
            when judged.is_complete then judged.hhi
            else hhi_lower_of(judged.known, cast(judged.world_t as double), null)
        end as hhi_lower,
        case
            when judged.is_complete then judged.hhi
            when judged.is_top_certain
                then hhi_upper_given_largest(judged.known, cast(judged.world_t as double))
        end as hhi_upper,
        production_band(share_pct_of(judged.top_t, judged.world_t)) as band,
        judged.missing_reason,
        judged.edition,
        judged.year = max(judged.year) over (partition by judged.mineral_code) as is_latest,
        cast(judged.year as varchar) as coverage,
        judged.vintage,
        coalesce(judged.is_reconstructed, false) as is_reconstructed,
        united_list(judged.response_ids) as response_ids
    from judged
    left join uses using (mineral_code)
    left join economies on economies.iso3 = judged.top_iso3
)

select * from final
