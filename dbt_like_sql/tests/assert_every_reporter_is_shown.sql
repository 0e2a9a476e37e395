-- check: CHK-REPORTER-SET, severity: warn, after: fct_reporter_flows_yearly
-- A failure means that a covered economy has no year at all in one direction of trade: it would vanish
-- from tables and comparisons without a word.
with

economies as (
    select * from {{ ref('economies') }} where is_reporter
),

reporters as (
    select * from {{ ref('fct_reporter_flows_yearly') }}
)

select economies.iso3, flows.flow
from economies
cross join (values ('X'), ('M')) as flows (flow)
left join reporters on reporters.reporter_iso3 = economies.iso3 and reporters.flow = flows.flow
where reporters.year is null
