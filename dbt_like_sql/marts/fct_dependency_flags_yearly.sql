-- Grain: one row per reporter, year and six-digit HS code it imports. Sources:
-- int_commodity_flows__reconciled, economies, hs_headings.
-- Purpose: whether an economy depends on foreign supply of a code: its suppliers are concentrated, so
-- are the exporters, and it sells less than it buys; all three together in two of three years. The
-- exporters are the covered reporters alone, so their concentration is overstated, and they are named.
-- A code is wider than the material it is followed for.
with

codes as (
    select * from {{ ref('int_commodity_flows__reconciled') }}
    where commodity_level = 6 and value_usd > 0
),

economies as (
    select * from {{ ref('economies') }}
),

labels as (
    select * from {{ ref('hs_headings') }}
),

purchases as (
    select
        reporter_code,
        reporter_iso3,
        year,
        commodity_code,
        value_usd,
        vintage,
        is_reconstructed,
        response_id
    from codes
    where flow = 'M' and partner_kind = 'world'
),

sales as (
    select
        reporter_code,
        reporter_iso3,
        year,
        commodity_code,
        value_usd,
        vintage,
        is_reconstructed,
        response_id
    from codes
    where flow = 'X' and partner_kind = 'world'
),

suppliers as (
    select
        reporter_code,
        year,
        commodity_code,
        hhi(value_usd) as import_hhi,
        cast(count(*) as integer) as supplier_count,
        first(partner_code order by value_usd desc, partner_code) as top_supplier_code,
        concentration_ratio_pct(value_usd, 1) as top_supplier_share_pct,
        share_pct_of(
            coalesce(sum(value_usd) filter (where partner_iso3 = 'CHN'), 0), sum(value_usd)
        ) as china_share_pct,
        bool_or(is_reconstructed) as is_reconstructed,
        list(response_id) as response_ids
    from codes
    where flow = 'M' and is_counted
    group by reporter_code, year, commodity_code
),

-- The answer about a reporter's exports to the world holds all codes, so a code it lacks is not exported.
exporters as (
    select distinct reporter_code, reporter_iso3, year
    from sales
),

worlds as (
    select
        year,
        string_agg(reporter_iso3, ' ' order by reporter_iso3) as world_reporters,
        cast(count(*) as integer) as world_reporter_count
    from exporters
    group by year
),

world_sales as (
    select
        year,
        commodity_code,
        hhi(value_usd) as export_hhi,
        weakest_vintage(vintage) as vintage,
        bool_or(is_reconstructed) as is_reconstructed,
        list(response_id) as response_ids
    from sales
    group by year, commodity_code
),

assessable as (
    select exporters.reporter_code, exporters.year
    from exporters
    inner join worlds using (year)
    where
        worlds.world_reporter_count >= threshold('covered_world_min_reporters')
        and exists (
            select 1
            from purchases
            where
                purchases.reporter_code = exporters.reporter_code
                and purchases.year = exporters.year
        )
),

newest as (
    select reporter_code, max(year) as year
    from purchases
    group by reporter_code
),

measured as (
    select
        purchases.reporter_code,
        purchases.reporter_iso3,
        purchases.year,
        purchases.commodity_code,
        purchases.value_usd as imports_usd,
        case
            when exporters.reporter_code is not null
                then cast(coalesce(sales.value_usd, 0) as decimal(24, 4))
        end as exports_usd,
        suppliers.import_hhi,
        suppliers.supplier_count,
        suppliers.top_supplier_code,
        suppliers.top_supplier_share_pct,
        suppliers.china_share_pct,
        world_sales.export_hhi,
        assessable.year is not null as is_assessable,
        least(purchases.vintage, sales.vintage, world_sales.vintage) as vintage,
        purchases.is_reconstructed
        or coalesce(suppliers.is_reconstructed, false)
        or coalesce(world_sales.is_reconstructed, false) as is_reconstructed,
        united_list(
            list_concat(
                [purchases.response_id],
                list_concat(
                    coalesce(suppliers.response_ids, []), coalesce(world_sales.response_ids, [])
                )
            )
        ) as response_ids
    from purchases
    left join exporters
        on exporters.reporter_code = purchases.reporter_code and exporters.year = purchases.year
    left join assessable
        on assessable.reporter_code = purchases.reporter_code and assessable.year = purchases.year
    left join sales
        on sales.reporter_code = purchases.reporter_code
        and sales.year = purchases.year
        and sales.commodity_code = purchases.commodity_code
    left join suppliers
        on suppliers.reporter_code = purchases.reporter_code
        and suppliers.year = purchases.year
        and suppliers.commodity_code = purchases.commodity_code
    left join world_sales
        on world_sales.year = purchases.year
        and world_sales.commodity_code = purchases.commodity_code
),

-- Imports from nobody counted come from nobody foreign; exporters nobody covers are unknown.
flagged as (
    select
        reporter_code,
        year,
        commodity_code,
        import_export_ratio_of(imports_usd, exports_usd) as import_export_ratio,
        coalesce(import_hhi > threshold('dependency_hhi'), false) as is_import_concentrated,
        export_hhi > threshold('dependency_hhi') as is_export_concentrated,
        import_export_ratio_of(imports_usd, exports_usd) > threshold('dependency_ratio')
            as is_net_importer,
        is_assessable,
        vintage,
        is_reconstructed,
        response_ids,
        case
            when is_assessable
                then
                    coalesce(import_hhi > threshold('dependency_hhi'), false)
                    and export_hhi > threshold('dependency_hhi')
                    and import_export_ratio_of(imports_usd, exports_usd)
                    > threshold('dependency_ratio')
        end as is_flagged
    from measured
),

judged as (
    select
        now.reporter_code,
        now.year,
        now.commodity_code,
        cast(count(*) filter (where past.is_flagged) as integer) as years_flagged,
        cast(count(*) filter (where past.is_assessable and past.is_flagged is null) as integer)
            as years_unknown,
        weakest_vintage(past.vintage) as vintage,
        bool_or(past.is_reconstructed) as is_reconstructed,
        united_ids(past.response_ids) as response_ids
    from flagged as now
    inner join flagged as past
        on past.reporter_code = now.reporter_code
        and past.commodity_code = now.commodity_code
        and past.year between now.year - (threshold('dependency_years_looked_at') - 1) and now.year
    group by now.reporter_code, now.year, now.commodity_code
),

-- A year in which the code was not bought is a year looked at.
looked_at as (
    select
        now.reporter_code,
        now.year,
        cast(count(past.year) as integer) as years_assessable
    from (select distinct reporter_code, year from purchases) as now
    left join assessable as past
        on past.reporter_code = now.reporter_code
        and past.year between now.year - (threshold('dependency_years_looked_at') - 1) and now.year
    group by now.reporter_code, now.year
),

over_years as (
    select
        judged.reporter_code,
        judged.year,
        judged.commodity_code,
        judged.years_flagged,
        looked_at.years_assessable - judged.years_unknown as years_assessed,
        holds_in_years(
            judged.years_flagged,
            looked_at.years_assessable - judged.years_unknown,
            threshold('dependency_years_needed'),
            threshold('dependency_years_looked_at')
        ) as is_dependent,
        judged.vintage,
        judged.is_reconstructed,
        judged.response_ids
    from judged
    inner join looked_at using (reporter_code, year)
),

final as (
    select
        measured.reporter_iso3,
        measured.year,
        measured.commodity_code,
        measured.reporter_code,
        labels.name_zh_tw as commodity_name_zh,
        measured.imports_usd,
        measured.exports_usd,
        measured.import_hhi,
        measured.export_hhi,
        flagged.import_export_ratio,
        flagged.is_import_concentrated,
        flagged.is_export_concentrated,
        flagged.is_net_importer,
        flagged.is_flagged,
        over_years.years_flagged,
        over_years.years_assessed,
        over_years.is_dependent,
        case
            when flagged.is_flagged is not null then null
            when worlds.world_reporter_count < threshold('covered_world_min_reporters')
                then 'world_too_small'
            when measured.exports_usd is null then 'no_export_report'
            else 'no_covered_exporter'
        end as assessment_gap,
        coalesce(measured.supplier_count, 0) as supplier_count,
        suppliers.iso3 as top_supplier_iso3,
        coalesce(suppliers.name_zh_tw, '未知代碼 ' || measured.top_supplier_code)
            as top_supplier_name_zh,
        measured.top_supplier_share_pct,
        measured.china_share_pct,
        worlds.world_reporters,
        measured.year = newest.year as is_latest,
        cast(measured.year as varchar) as coverage,
        over_years.vintage,
        over_years.is_reconstructed,
        over_years.response_ids
    from measured
    inner join flagged using (reporter_code, year, commodity_code)
    inner join over_years using (reporter_code, year, commodity_code)
    inner join newest on newest.reporter_code = measured.reporter_code
    left join worlds on worlds.year = measured.year
    left join economies as suppliers on suppliers.comtrade_code = measured.top_supplier_code
    left join labels on labels.code = measured.commodity_code
)

select * from final
