-- check: CHK-DEPENDENCY, severity: error, after: fct_dependency_flags_yearly
-- A failure means that a code is called a dependency without two flagged years, or flagged without all
-- three conditions.
with

flags as (
    select * from {{ ref('fct_dependency_flags_yearly') }}
)

select
    reporter_iso3,
    year,
    commodity_code,
    is_flagged,
    is_dependent,
    years_flagged,
    years_assessed
from flags
where
    (is_dependent and years_flagged < threshold('dependency_years_needed'))
    or (is_flagged and not (
        coalesce(is_import_concentrated and is_export_concentrated and is_net_importer, false)
    ))
    or (is_dependent is null and years_assessed >= threshold('dependency_years_looked_at'))
