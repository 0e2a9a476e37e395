-- Grain: one row per entry of a list of areas. Source: raw.comtrade__areas.
-- Purpose: types; expired entries stay, told apart by the day they ended.
with

sent as (
    select * from {{ source('raw', 'comtrade__areas') }}
),

typed as (
    select
        response_id,
        row_number,
        list,
        try_cast(code as integer) as comtrade_code,
        nullif(trim(name), '') as name_en,
        nullif(trim(note), '') as note_en,
        nullif(trim(iso2), '') as iso2,
        nullif(trim(iso3), '') as iso3,
        try_cast(left(entry_effective_date, 10) as date) as valid_from,
        try_cast(left(entry_expired_date, 10) as date) as valid_to,
        is_group = 'true' as is_group,
        is_reconstructed = 'true' as is_reconstructed,
        is_group as is_group_sent,
        entry_expired_date
    from sent
),

final as (
    select
        * exclude (is_group_sent, entry_expired_date),
        case
            when comtrade_code is null then 'code is no number'
            when name_en is null then 'name is missing'
            when is_group_sent is null or is_group_sent not in ('true', 'false')
                then 'isGroup is neither true nor false'
            when entry_expired_date is not null and valid_to is null
                then 'entryExpiredDate is no day'
        end as reject_reason
    from typed
)

select * from final
