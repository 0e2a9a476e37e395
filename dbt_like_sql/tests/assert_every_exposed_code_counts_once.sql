-- check: CHK-SHARE, severity: error, after: fct_exposed_imports_yearly
-- A failure means that imports under controlled codes were counted twice or not at all: over all states
-- they must equal the imports of the codes that any live control reaches, each taken once.
with

exposed as (
    select * from {{ ref('fct_exposed_imports_yearly') }}
),

reached as (
    select distinct unnest(hs6_codes) as hs6
    from {{ ref('fct_control_measures') }}
    where is_live
),

suppliers as (
    select * from {{ ref('int_code_suppliers__ranked') }}
),

once as (
    select
        suppliers.reporter_iso3,
        suppliers.year,
        sum(suppliers.imports_usd) as imports_usd
    from suppliers
    inner join reached on reached.hs6 = suppliers.commodity_code
    group by suppliers.reporter_iso3, suppliers.year
),

counted as (
    select
        reporter_iso3,
        year,
        sum(imports_usd) as imports_usd
    from exposed
    group by reporter_iso3, year
)

select
    counted.reporter_iso3,
    counted.year,
    counted.imports_usd,
    once.imports_usd as imports_once_usd
from counted
left join once
    on once.reporter_iso3 = counted.reporter_iso3 and once.year = counted.year
where counted.imports_usd <> coalesce(once.imports_usd, 0)
