-- Grain: one row per country code, commodity, month and flow of an answer. Source:
-- raw.census__trade_months.
-- Purpose: types; groups and the control total are told apart from countries by their codes, all goods
-- from chapters by the commodity.
with

sent as (
    select * from {{ source('raw', 'census__trade_months') }}
),

typed as (
    select
        response_id,
        row_number,
        trim(cty_code) as census_code,
        nullif(trim(cty_name), '') as country_name_sent,
        coalesce(nullif(trim(commodity), ''), '-') as commodity,
        flow,
        case
            when regexp_full_match(year, '\d{4}') and try_cast(month as integer) between 1 and 12
                then year || '-' || lpad(cast(cast(month as integer) as varchar), 2, '0')
        end as month,
        try_cast(value_usd as decimal(24, 4)) as value_usd,
        census_row_kind(trim(cty_code)) as kind,
        is_reconstructed = 'true' as is_reconstructed
    from sent
),

final as (
    select
        *,
        case
            when nullif(census_code, '') is null then 'country code is missing'
            when not regexp_full_match(commodity, '-|\d{2}') then 'commodity is neither - nor a chapter'
            when month is null then 'year and month make no month'
            when flow is null or flow not in ('X', 'M') then 'flow is neither X nor M'
            when value_usd is null then 'value is no number'
            when value_usd < 0 then 'value is below zero'
        end as reject_reason
    from typed
)

select * from final
