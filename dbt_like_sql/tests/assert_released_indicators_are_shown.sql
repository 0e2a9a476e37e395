-- check: CHK-NULL-WHEN-PRESENT, severity: error, after: fct_macro_indicators_yearly
-- A failure means that a value the source has was lost on the way to the table.
with

released as (
    select * from {{ ref('int_macro_indicators__released') }}
),

shown as (
    select * from {{ ref('fct_macro_indicators_yearly') }}
)

select released.iso3, released.indicator_code, released.year, released.value
from released
left join shown using (iso3, indicator_code, year)
where shown.value is distinct from released.value
