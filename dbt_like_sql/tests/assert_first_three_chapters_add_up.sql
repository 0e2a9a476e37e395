-- check: CHK-TOPN-SUM, severity: error, after: fct_product_concentration_yearly
-- A failure means that the share printed for the first three chapters is not the sum of the shares
-- printed beside their names.
with

chapters as (
    select * from {{ ref('fct_commodity_structure_yearly') }} where commodity_rank <= 3
),

concentration as (
    select * from {{ ref('fct_product_concentration_yearly') }}
),

summed as (
    select reporter_iso3, flow, year, sum(share_pct order by commodity_rank) as three_pct
    from chapters
    group by reporter_iso3, flow, year
)

select
    concentration.reporter_iso3,
    concentration.flow,
    concentration.year,
    concentration.cr3_pct,
    summed.three_pct
from concentration
left join summed using (reporter_iso3, flow, year)
where summed.three_pct is null or abs(summed.three_pct - concentration.cr3_pct) > 0.02
