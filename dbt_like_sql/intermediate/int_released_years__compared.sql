-- Grain: one row per covered reporter and year. Source: stg_comtrade__releases of this week and of the
-- week before.
-- Purpose: which years the source lists as released, and which it no longer does: a year that leaves
-- the list is missing from this week's tables. Without this week's list nothing is compared.
with

listed as (
    select * from {{ ref('stg_comtrade__releases') }}
),

listed_before as (
    select * from {{ ref('stg_comtrade__releases', week='previous') }}
),

economies as (
    select * from {{ ref('economies') }}
),

years as (
    select
        reporter_code,
        year,
        min(first_released_at) as first_released_at,
        max(last_released_at) as last_released_at,
        bool_or(is_reconstructed) as is_reconstructed
    from listed
    group by reporter_code, year
),

years_before as (
    select
        reporter_code,
        year,
        min(first_released_at) as first_released_at,
        max(last_released_at) as last_released_at,
        bool_or(is_reconstructed) as is_reconstructed
    from listed_before
    where exists (select 1 from listed)
    group by reporter_code, year
),

final as (
    select
        reporter_code,
        economies.iso3 as reporter_iso3,
        year,
        years.year is not null as is_listed,
        years_before.year is not null as was_listed,
        coalesce(years.first_released_at, years_before.first_released_at) as first_released_at,
        coalesce(years.last_released_at, years_before.last_released_at) as last_released_at,
        coalesce(years.is_reconstructed, years_before.is_reconstructed) as is_reconstructed
    from years
    full join years_before using (reporter_code, year)
    inner join economies on economies.comtrade_code = reporter_code and economies.is_reporter
)

select * from final
