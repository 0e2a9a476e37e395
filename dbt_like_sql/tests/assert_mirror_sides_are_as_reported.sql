-- check: CHK-CROSS-REPORT, severity: error, after: fct_mirror_gaps_yearly
-- A failure means that a side of a mirror comparison is not what that economy reported: exporter and
-- importer were exchanged, or years mixed.
with

gaps as (
    select * from {{ ref('fct_mirror_gaps_yearly') }}
),

flows as (
    select * from {{ ref('int_trade_flows__reconciled') }} where is_partner
)

select
    gaps.exporter_iso3,
    gaps.importer_iso3,
    gaps.year,
    gaps.exports_usd,
    gaps.mirror_imports_usd
from gaps
left join flows as said_by_exporter
    on said_by_exporter.reporter_iso3 = gaps.exporter_iso3
    and said_by_exporter.partner_iso3 = gaps.importer_iso3
    and said_by_exporter.year = gaps.year
    and said_by_exporter.flow = 'X'
left join flows as said_by_importer
    on said_by_importer.reporter_iso3 = gaps.importer_iso3
    and said_by_importer.partner_iso3 = gaps.exporter_iso3
    and said_by_importer.year = gaps.year
    and said_by_importer.flow = 'M'
where
    said_by_exporter.value_usd is distinct from gaps.exports_usd
    or said_by_importer.value_usd is distinct from gaps.mirror_imports_usd
