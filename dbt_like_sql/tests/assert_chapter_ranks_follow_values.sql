-- check: CHK-RANK, severity: error, after: fct_commodity_structure_yearly
-- A failure means that a chapter stands before another with more trade: the ranking was not computed
-- from the values.
with

ranked as (
    select * from {{ ref('fct_commodity_structure_yearly') }}
)

select
    reporter_iso3,
    flow,
    year,
    commodity_code,
    commodity_rank,
    value_usd
from ranked
qualify value_usd > lag(value_usd) over (
    partition by reporter_iso3, flow, year order by commodity_rank
)
