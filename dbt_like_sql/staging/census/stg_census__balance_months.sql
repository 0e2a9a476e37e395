-- Grain: one row per country code, month and flow of a workbook. Source: raw.census__balance_months.
-- Purpose: months side by side become rows. Months still to come stand as 0 in every row; a month is
-- published exactly when the world's cell (0015, unadjusted) is not 0, other zeros are real.
with

sent as (
    select * from {{ source('raw', 'census__balance_months') }}
),

long as (
    unpivot sent
    on
        IJAN, IFEB, IMAR, IAPR, IMAY, IJUN, IJUL, IAUG, ISEP, IOCT, INOV, IDEC,
        EJAN, EFEB, EMAR, EAPR, EMAY, EJUN, EJUL, EAUG, ESEP, EOCT, ENOV, EDEC
    into name cell value millions
),

typed as (
    select
        response_id,
        row_number,
        trim(CTY_CODE) as census_code,
        nullif(trim(CTYNAME), '') as country_name_sent,
        '-' as commodity,
        case when cell[1] in ('I', 'i') then 'M' else 'X' end as flow,
        case
            when regexp_full_match(trim(year), '\d{4}')
                then trim(year) || '-' || month_number_of(cell[2:])
        end as month,
        try_cast(try_cast(millions as decimal(24, 10)) * 1000000 as decimal(24, 4)) as value_usd,
        workbook_row_kind(trim(CTY_CODE)) as kind,
        coalesce(is_reconstructed_months, '') as marked_months
    from long
),

published as (
    select response_id, month, flow
    from typed
    where census_code = '0015' and value_usd <> 0
),

final as (
    select
        typed.response_id,
        typed.row_number,
        typed.census_code,
        typed.country_name_sent,
        typed.commodity,
        typed.flow,
        typed.month,
        typed.value_usd,
        typed.kind,
        list_contains(string_split(replace(typed.marked_months, ' ', ''), ','), typed.month)
            as is_reconstructed,
        case
            when nullif(typed.census_code, '') is null then 'country code is missing'
            when typed.value_usd is null then 'value is no number'
            when typed.value_usd < 0 then 'value is below zero'
        end as reject_reason,
        case when published.month is null then 'month is not published yet' end as ignore_reason
    from typed
    left join published using (response_id, month, flow)
)

select * from final
