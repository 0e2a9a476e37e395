-- check: CHK-STREAK, severity: error, after: fct_us_trade_monthly
-- A failure means that a streak of n months is not carried by n months in a row with the same sign, or
-- that it could have been longer.
with

months as (
    select * from {{ ref('fct_us_trade_monthly') }}
),

steps as (
    select
        partner_iso3,
        month,
        imports_yoy_streak as streak,
        lag(imports_yoy_streak) over (partition by partner_iso3 order by month) as streak_before,
        lag(month) over (partition by partner_iso3 order by month) as month_before
    from months
)

select
    partner_iso3,
    month,
    streak,
    streak_before
from steps
where
    month_before = month_plus(month, -1)
    and streak is not null
    and streak_before is not null
    and streak <> case
        when sign(streak) = sign(streak_before) then streak_before + sign(streak)
        else sign(streak)
    end
