-- check: CHK-RUBRIC, severity: error, after: fct_control_severity
-- A failure means that a band of the severity rubric does not start where the one before it ends, or that
-- its scale has no open end: some values would get no weight or two. The bands of producers must start
-- at the limits of thresholds.yml.
with

factors as (
    select * from {{ ref('severity_factors') }} where min_value is not null
),

levels as (
    select * from {{ ref('severity_levels') }}
),

ratings as (
    select * from {{ ref('fct_control_severity') }}
),

bands as (
    select factor as scale, min_value, below_value from factors
    union all
    select scale, min_value, below_value from levels
),

neighbours as (
    select
        scale,
        min_value,
        below_value,
        lead(min_value) over (partition by scale order by min_value) as next_min_value
    from bands
)

select scale, cast(min_value as varchar) as at_value
from neighbours
where below_value is distinct from next_min_value
union all
select scale, cast(min_value as varchar)
from levels
where
    scale = 'producer_share'
    and min_value not in (
        threshold('mineral_band_low_pct'),
        threshold('mineral_band_middle_pct'),
        threshold('mineral_band_high_pct')
    )
union all
select notice_key || '|' || clause_label, cast(score as varchar)
from ratings
where abs(score - 100 * status_weight * china_weight * taiwan_weight * breadth_weight) > 0.001
