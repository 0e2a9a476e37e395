-- Grain: one row per dataset of the list of releases. Source: raw.comtrade__releases.
-- Purpose: types; which reporter-years the source has, and since when.
with

sent as (
    select * from {{ source('raw', 'comtrade__releases') }}
),

typed as (
    select
        response_id,
        row_number,
        datasetCode as dataset_code,
        try_cast(reporterCode as integer) as reporter_code,
        try_cast(period as integer) as year,
        classificationCode as hs_revision,
        try_cast(totalRecords as bigint) as record_count,
        datasetChecksum as dataset_checksum,
        try_cast(firstReleased as timestamp) as first_released_at,
        try_cast(lastReleased as timestamp) as last_released_at,
        is_reconstructed = 'true' as is_reconstructed,
        freqCode as frequency
    from sent
),

final as (
    select
        * exclude (frequency),
        case
            when nullif(dataset_code, '') is null then 'datasetCode is missing'
            when reporter_code is null then 'reporterCode is no number'
            when year is null or frequency is distinct from 'A' then 'period is no year'
            when first_released_at is null then 'firstReleased is no instant'
            when last_released_at is null then 'lastReleased is no instant'
            when last_released_at < first_released_at then 'lastReleased lies before firstReleased'
        end as reject_reason
    from typed
)

select * from final
