-- Grain: one row per row of an answer. Source: raw.ots__flows.
-- Purpose: types; a value that is null stays null, it is no trade of 0.
with

sent as (
    select * from {{ source('raw', 'ots__flows') }}
),

typed as (
    select
        response_id,
        row_number,
        endpoint,
        try_cast(year as integer) as year,
        iso3_of_ots(reporter_iso3) as reporter_iso3,
        iso3_of_ots(partner_iso3) as partner_iso3,
        nullif(product_code, '') as product_code,
        try_cast(trade_value_usd_exp as decimal(24, 4)) as exports_usd,
        try_cast(trade_value_usd_imp as decimal(24, 4)) as imports_usd,
        is_reconstructed = 'true' as is_reconstructed,
        trade_value_usd_exp as exports_sent,
        trade_value_usd_imp as imports_sent
    from sent
),

final as (
    select
        response_id,
        row_number,
        endpoint,
        year,
        reporter_iso3,
        partner_iso3,
        product_code,
        exports_usd,
        imports_usd,
        is_reconstructed,
        case
            when year is null then 'year is no year'
            when reporter_iso3 is null then 'reporter_iso is missing'
            when endpoint = 'yrp' and partner_iso3 is null then 'partner_iso is missing'
            when endpoint = 'yrc' and product_code is null then 'commodity_code is missing'
            when exports_sent is not null and exports_usd is null then 'exports are no number'
            when imports_sent is not null and imports_usd is null then 'imports are no number'
            when exports_usd < 0 or imports_usd < 0 then 'value is below zero'
        end as reject_reason,
        coalesce(exports_sent, imports_sent) as reject_value
    from typed
)

select * from final
