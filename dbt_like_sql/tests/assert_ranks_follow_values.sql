-- check: CHK-RANK, severity: error, after: fct_partner_flows_yearly
-- A failure means that a partner stands before another with more trade: the ranking was not computed
-- from the values.
with

ranked as (
    select * from {{ ref('fct_partner_flows_yearly') }} where partner_rank is not null
)

select
    reporter_iso3,
    flow,
    year,
    partner_code,
    partner_rank,
    value_usd
from ranked
qualify value_usd > lag(value_usd) over (
    partition by reporter_iso3, flow, year order by partner_rank
)
