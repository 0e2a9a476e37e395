-- check: CHK-RELEASES, severity: warn, after: fct_week_changes
-- A failure means that Comtrade no longer lists a year of a reporter that it listed the week before:
-- the year was withdrawn or the list is short, and the year is missing from this week's tables.
with

changes as (
    select * from {{ ref('fct_week_changes') }}
),

listed as (
    select * from {{ ref('stg_comtrade__releases') }}
),

listed_before as (
    select * from {{ ref('stg_comtrade__releases', week='previous') }}
),

economies as (
    select * from {{ ref('economies') }}
)

select distinct
    economies.iso3 as reporter_iso3,
    listed_before.year,
    listed_before.last_released_at
from listed_before
inner join economies on economies.comtrade_code = listed_before.reporter_code
where
    exists (select 1 from listed)
    and not exists (
        select 1
        from listed
        where
            listed.reporter_code = listed_before.reporter_code
            and listed.year = listed_before.year
    )
