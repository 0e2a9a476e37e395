-- Grain: one row per country code, year and flow of a workbook. Source: raw.census__balance_months.
-- Purpose: the annual column of the workbook, for complete years. It is not the sum of the months beside
-- it: the source revises and rounds it by itself. A year is complete when the world's December is not 0.
with

sent as (
    select * from {{ source('raw', 'census__balance_months') }}
),

long as (
    select response_id, row_number, CTY_CODE, year, is_reconstructed_months, 'M' as flow, IYR as millions
    from sent
    union all
    select response_id, row_number, CTY_CODE, year, is_reconstructed_months, 'X' as flow, EYR as millions
    from sent
),

typed as (
    select
        response_id,
        row_number,
        trim(CTY_CODE) as census_code,
        flow,
        try_cast(year as integer) as year,
        try_cast(try_cast(millions as decimal(24, 10)) * 1000000 as decimal(24, 4)) as value_usd,
        workbook_row_kind(trim(CTY_CODE)) as kind,
        coalesce(is_reconstructed_months, '') as marked_periods
    from long
),

complete as (
    select distinct
        response_id,
        try_cast(year as integer) as year
    from sent
    where
        trim(CTY_CODE) = '0015'
        and try_cast(IDEC as decimal(24, 10)) <> 0
        and try_cast(EDEC as decimal(24, 10)) <> 0
),

final as (
    select
        typed.response_id,
        typed.row_number,
        typed.census_code,
        typed.flow,
        typed.year,
        typed.value_usd,
        typed.kind,
        list_contains(
            string_split(replace(typed.marked_periods, ' ', ''), ','), cast(typed.year as varchar)
        ) as is_reconstructed,
        case
            when nullif(typed.census_code, '') is null then 'country code is missing'
            when typed.year is null then 'year is no number'
            when complete.year is not null and typed.value_usd is null then 'value is no number'
            when typed.value_usd < 0 then 'value is below zero'
        end as reject_reason,
        case when complete.year is null then 'year is not complete yet' end as ignore_reason
    from typed
    left join complete using (response_id, year)
)

select * from final
