-- check: CHK-SHARE, severity: error, after: fct_revealed_advantage_yearly
-- A failure means that the advantages of a reporter, weighted by what the chapters are to the covered
-- world, do not average to 1: numerator and denominator are of different wholes. Chapters it does not
-- export have an advantage of 0.
with

advantages as (
    select * from {{ ref('fct_revealed_advantage_yearly') }} where rca is not null
),

averaged as (
    select
        reporter_iso3,
        year,
        sum(rca * world_share_pct / 100 order by commodity_code) as mean_rca
    from advantages
    group by reporter_iso3, year
)

select *
from averaged
where abs(mean_rca - 1) > 0.000001
