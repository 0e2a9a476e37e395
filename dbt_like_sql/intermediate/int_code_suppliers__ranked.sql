-- Grain: one row per reporter, year and six-digit code. Source: int_commodity_flows__reconciled.
-- Purpose: who supplies an import: China's share, concentration of all suppliers and the next three
-- besides China. Shares are of the world row; the index is over counted suppliers, China among them.
with

imports as (
    select * from {{ ref('int_commodity_flows__reconciled') }}
    where flow = 'M' and commodity_level = 6
),

newest as (
    select reporter_code, max(year) as year
    from imports
    group by reporter_code
),

worlds as (
    select
        reporter_code,
        reporter_iso3,
        year,
        commodity_code,
        value_usd
    from imports
    where partner_kind = 'world'
),

others as (
    select
        reporter_code,
        year,
        commodity_code,
        partner_iso3,
        coalesce(partner_name_zh, '未知代碼 ' || partner_code) as partner_name_zh,
        value_usd,
        row_number() over (
            partition by reporter_code, year, commodity_code order by value_usd desc, partner_code
        ) as turn
    from imports
    where is_counted and partner_iso3 is distinct from 'CHN'
),

next_three as (
    select
        reporter_code,
        year,
        commodity_code,
        max(partner_iso3) filter (where turn = 1) as next1_iso3,
        max(partner_iso3) filter (where turn = 2) as next2_iso3,
        max(partner_iso3) filter (where turn = 3) as next3_iso3,
        max(partner_name_zh) filter (where turn = 1) as next1_name_zh,
        max(partner_name_zh) filter (where turn = 2) as next2_name_zh,
        max(partner_name_zh) filter (where turn = 3) as next3_name_zh,
        max(value_usd) filter (where turn = 1) as next1_usd,
        max(value_usd) filter (where turn = 2) as next2_usd,
        max(value_usd) filter (where turn = 3) as next3_usd
    from others
    where turn <= 3
    group by reporter_code, year, commodity_code
),

counted as (
    select
        reporter_code,
        year,
        commodity_code,
        hhi(value_usd) as hhi_supplier,
        cast(count(*) as integer) as supplier_count,
        sum(value_usd) filter (where partner_iso3 = 'CHN') as from_china_usd
    from imports
    where is_counted
    group by reporter_code, year, commodity_code
),

origins as (
    select
        reporter_code,
        year,
        commodity_code,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        list_sort(list_distinct(list(response_id))) as response_ids
    from imports
    group by reporter_code, year, commodity_code
),

final as (
    select
        worlds.reporter_iso3,
        worlds.year,
        worlds.commodity_code,
        worlds.value_usd as imports_usd,
        coalesce(counted.from_china_usd, 0) as from_china_usd,
        share_pct_of(coalesce(counted.from_china_usd, 0), worlds.value_usd) as china_share_pct,
        counted.hhi_supplier,
        coalesce(counted.supplier_count, 0) as supplier_count,
        next_three.next1_iso3,
        next_three.next1_name_zh,
        share_pct_of(next_three.next1_usd, worlds.value_usd) as next1_share_pct,
        next_three.next2_iso3,
        next_three.next2_name_zh,
        share_pct_of(next_three.next2_usd, worlds.value_usd) as next2_share_pct,
        next_three.next3_iso3,
        next_three.next3_name_zh,
        share_pct_of(next_three.next3_usd, worlds.value_usd) as next3_share_pct,
        worlds.year = newest.year as is_latest,
        origins.is_reconstructed,
        origins.vintage,
        origins.response_ids
    from worlds
    inner join newest on newest.reporter_code = worlds.reporter_code
    inner join origins
        on origins.reporter_code = worlds.reporter_code
        and origins.year = worlds.year
        and origins.commodity_code = worlds.commodity_code
    left join counted
        on counted.reporter_code = worlds.reporter_code
        and counted.year = worlds.year
        and counted.commodity_code = worlds.commodity_code
    left join next_three
        on next_three.reporter_code = worlds.reporter_code
        and next_three.year = worlds.year
        and next_three.commodity_code = worlds.commodity_code
)

select * from final
