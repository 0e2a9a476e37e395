-- check: CHK-SHARE, severity: error, after: fct_commodity_structure_yearly
-- A failure means that the shares of a year's chapters are not those of one whole, or that their
-- contributions do not add up to its growth: two years' chapters were not compared like with like.
with

chapters as (
    select * from {{ ref('fct_commodity_structure_yearly') }}
),

summed as (
    select
        reporter_iso3,
        flow,
        year,
        sum(share_pct order by commodity_rank) as share_pct,
        sum(contribution_ppt order by commodity_rank) as contribution_ppt,
        change_pct(sum(value_usd), sum(value_prior_usd)) as growth_pct
    from chapters
    group by reporter_iso3, flow, year
)

select *
from summed
where
    abs(share_pct - 100) > 0.000001
    or abs(coalesce(contribution_ppt, 0) - coalesce(growth_pct, 0)) > 0.000001
