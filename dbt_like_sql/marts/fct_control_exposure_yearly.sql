-- Grain: one row per control, HS code, importing economy and year. Sources: fct_control_measures,
-- control_hs_mapping, int_code_suppliers__ranked.
-- Purpose: what each covered economy imports under the codes a Chinese export control reaches, China's
-- share, and who else supplies. A code is wider than the controlled goods, so every figure is an upper
-- bound. China is left out: its controls do not bind its own imports.
with

measures as (
    select
        notice_key,
        clause_label,
        control_status,
        is_live,
        document_urls,
        response_ids,
        unnest(hs6_codes) as hs6
    from {{ ref('fct_control_measures') }}
),

mapping as (
    select
        notice_key,
        hs6,
        string_agg(distinct material_zh_tw, '；' order by material_zh_tw) as materials_zh,
        string_agg(distinct item_codes, ';' order by item_codes) as item_codes,
        bool_or(is_printed_evidence(evidence)) as is_printed_in_notice,
        string_agg(distinct evidence, ' / ' order by evidence) as evidence
    from {{ ref('control_hs_mapping') }}
    group by notice_key, hs6
),

suppliers as (
    select * from {{ ref('int_code_suppliers__ranked') }} where reporter_iso3 <> 'CHN'
),

stated_years as (
    select
        reporter_iso3,
        year,
        bool_or(is_latest) as is_latest,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        united_ids(response_ids) as response_ids
    from suppliers
    group by reporter_iso3, year
),

joined as (
    select
        measures.notice_key,
        measures.clause_label,
        measures.hs6,
        stated_years.reporter_iso3,
        stated_years.year,
        measures.control_status,
        measures.is_live,
        mapping.materials_zh,
        mapping.item_codes,
        mapping.is_printed_in_notice,
        mapping.evidence,
        suppliers.imports_usd,
        suppliers.from_china_usd,
        suppliers.china_share_pct,
        suppliers.hhi_supplier,
        suppliers.supplier_count,
        suppliers.next1_iso3,
        suppliers.next1_name_zh,
        suppliers.next1_share_pct,
        suppliers.next2_iso3,
        suppliers.next2_name_zh,
        suppliers.next2_share_pct,
        suppliers.next3_iso3,
        suppliers.next3_name_zh,
        suppliers.next3_share_pct,
        stated_years.is_latest,
        measures.document_urls,
        coalesce(suppliers.is_reconstructed, stated_years.is_reconstructed) as is_reconstructed,
        coalesce(suppliers.vintage, stated_years.vintage) as vintage,
        list_concat(
            measures.response_ids, coalesce(suppliers.response_ids, stated_years.response_ids)
        ) as response_ids
    from measures
    inner join mapping on mapping.notice_key = measures.notice_key and mapping.hs6 = measures.hs6
    cross join stated_years
    left join suppliers
        on suppliers.reporter_iso3 = stated_years.reporter_iso3
        and suppliers.year = stated_years.year
        and suppliers.commodity_code = measures.hs6
),

final as (
    select
        notice_key,
        clause_label,
        hs6,
        reporter_iso3,
        year,
        control_status,
        is_live,
        materials_zh,
        item_codes,
        is_printed_in_notice,
        evidence,
        'upper' as bound,
        imports_usd,
        from_china_usd,
        china_share_pct,
        hhi_supplier,
        supplier_count,
        next1_iso3,
        next1_name_zh,
        next1_share_pct,
        next2_iso3,
        next2_name_zh,
        next2_share_pct,
        next3_iso3,
        next3_name_zh,
        next3_share_pct,
        case when imports_usd is null then 'no_trade_stated' end as gap,
        is_latest,
        case when is_latest and imports_usd is not null then
            cast(
                row_number() over (
                    partition by notice_key, clause_label, is_latest
                    order by from_china_usd desc nulls last, hs6, reporter_iso3
                ) as integer
            )
        end as measure_rank,
        document_urls,
        cast(year as varchar) as coverage,
        vintage,
        is_reconstructed,
        united_list(response_ids) as response_ids
    from joined
)

select * from final
