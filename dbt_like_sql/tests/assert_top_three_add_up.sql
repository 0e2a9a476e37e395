-- check: CHK-TOPN-SUM, severity: error, after: fct_reporter_flows_yearly
-- A failure means that the share printed for the first three partners is not the sum of the shares
-- printed beside their names: the ranking and the total come from different rows.
with

partners as (
    select * from {{ ref('fct_partner_flows_yearly') }} where partner_rank <= 3
),

reporters as (
    select * from {{ ref('fct_reporter_flows_yearly') }}
),

summed as (
    select reporter_iso3, flow, year, sum(share_pct order by partner_rank) as three_pct
    from partners
    group by reporter_iso3, flow, year
)

select
    reporters.reporter_iso3,
    reporters.flow,
    reporters.year,
    reporters.top3_share_pct,
    summed.three_pct
from reporters
inner join summed using (reporter_iso3, flow, year)
where abs(summed.three_pct - reporters.top3_share_pct) > 0.02
