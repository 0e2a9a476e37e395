-- Grain: one row per exporter, importer and year, both covered reporters. Sources:
-- int_trade_flows__reconciled, economies.
-- Purpose: one trade flow as its two sides report it. Imports usually carry freight and insurance and
-- exports do not; what goes beyond is re-exports, another view of who the partner is, or timing. It
-- says nothing about which side is right.
with

flows as (
    select * from {{ ref('int_trade_flows__reconciled') }}
    where is_partner and not is_self_partner
),

economies as (
    select * from {{ ref('economies') }} where is_reporter
),

exports as (
    select
        flows.reporter_code as exporter_code,
        flows.reporter_iso3 as exporter_iso3,
        economies.comtrade_code as importer_code,
        economies.iso3 as importer_iso3,
        flows.year,
        flows.value_usd,
        flows.valuation,
        flows.vintage,
        flows.is_reconstructed,
        flows.response_id
    from flows
    inner join economies on economies.comtrade_code = flows.partner_code
    where flows.flow = 'X'
),

imports as (
    select
        economies.comtrade_code as exporter_code,
        economies.iso3 as exporter_iso3,
        flows.reporter_code as importer_code,
        flows.reporter_iso3 as importer_iso3,
        flows.year,
        flows.value_usd,
        flows.valuation,
        flows.vintage,
        flows.is_reconstructed,
        flows.response_id
    from flows
    inner join economies on economies.comtrade_code = flows.partner_code
    where flows.flow = 'M'
),

paired as (
    select
        coalesce(exports.exporter_iso3, imports.exporter_iso3) as exporter_iso3,
        coalesce(exports.importer_iso3, imports.importer_iso3) as importer_iso3,
        coalesce(exports.year, imports.year) as year,
        coalesce(exports.exporter_code, imports.exporter_code) as exporter_code,
        coalesce(exports.importer_code, imports.importer_code) as importer_code,
        exports.value_usd as exports_usd,
        imports.value_usd as mirror_imports_usd,
        mirror_basis_of(exports.valuation, imports.valuation) as valuation_basis,
        case
            when imports.year is null then 'no_import_report'
            when exports.year is null then 'no_export_report'
        end as comparison_gap,
        least(exports.vintage, imports.vintage) as vintage,
        coalesce(exports.is_reconstructed, false) or coalesce(imports.is_reconstructed, false)
            as is_reconstructed,
        united_list([exports.response_id, imports.response_id]) as response_ids
    from exports
    full join imports
        on imports.exporter_code = exports.exporter_code
        and imports.importer_code = exports.importer_code
        and imports.year = exports.year
),

newest as (
    select exporter_code, importer_code, max(year) as year
    from paired
    where comparison_gap is null
    group by exporter_code, importer_code
),

final as (
    select
        paired.exporter_iso3,
        paired.importer_iso3,
        paired.year,
        paired.exporter_code,
        paired.importer_code,
        paired.exports_usd,
        paired.mirror_imports_usd,
        cast(paired.mirror_imports_usd - paired.exports_usd as decimal(24, 4)) as gap_usd,
        change_pct(paired.mirror_imports_usd, paired.exports_usd) as gap_pct,
        abs(change_pct(paired.mirror_imports_usd, paired.exports_usd))
        > threshold('mirror_gap_wide_pct') as is_wide,
        paired.valuation_basis,
        paired.comparison_gap,
        coalesce(paired.year = newest.year, false) as is_latest,
        cast(paired.year as varchar) as coverage,
        paired.vintage,
        paired.is_reconstructed,
        paired.response_ids
    from paired
    left join newest
        on newest.exporter_code = paired.exporter_code
        and newest.importer_code = paired.importer_code
)

select * from final
