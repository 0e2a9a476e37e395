-- Grain: one row per record of a Comtrade answer. Source: raw.comtrade__trade_flows.
-- Purpose: types and names; every slice stays, choosing the total slice is intermediate's job.
with

sent as (
    select * from {{ source('raw', 'comtrade__trade_flows') }}
),

typed as (
    select
        response_id,
        row_number,
        try_cast(reporterCode as integer) as reporter_code,
        flowCode as flow,
        try_cast(period as integer) as year,
        try_cast(partnerCode as integer) as partner_code,
        nullif(trim(partnerDesc), '') as partner_name_sent,
        cmdCode as commodity_code,
        try_cast(partner2Code as integer) as partner2_code,
        try_cast(motCode as integer) as transport_code,
        customsCode as customs_code,
        mosCode as supply_code,
        classificationCode as hs_revision,
        try_cast(primaryValue as decimal(24, 4)) as value_usd,
        try_cast(nullif(cifvalue, '') as decimal(24, 4)) as value_cif_usd,
        try_cast(nullif(fobvalue, '') as decimal(24, 4)) as value_fob_usd,
        is_reconstructed = 'true' as is_reconstructed,
        freqCode as frequency
    from sent
),

final as (
    select
        *,
        case
            when reporter_code is null then 'reporterCode is no number'
            when partner_code is null then 'partnerCode is no number'
            when year is null or frequency is distinct from 'A' then 'period is no year'
            when flow is null or flow not in ('X', 'M') then 'flowCode is neither X nor M'
            when commodity_code is null
                or not regexp_full_match(commodity_code, 'TOTAL|\d{2}|\d{4}|\d{6}')
                then 'cmdCode is neither TOTAL nor an HS code'
            when value_usd is null then 'primaryValue is no number'
            when value_usd < 0 then 'primaryValue is below zero'
        end as reject_reason
    from typed
)

select * from final
