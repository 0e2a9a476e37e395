-- Grain: one row per line of an index page. Source: raw.mofcom__listings.
-- Purpose: types; the pages themselves are read by the policy extraction.
with

sent as (
    select * from {{ source('raw', 'mofcom__listings') }}
),

typed as (
    select
        response_id,
        row_number,
        source_host,
        column_id,
        trim(title) as title_zh_hans,
        trim(url) as url,
        try_cast(left(trim(publish_date), 10) as date) as listed_on,
        try_cast(page as integer) as page
    from sent
),

final as (
    select
        *,
        case
            when nullif(url, '') is null then 'line has no address'
            when nullif(title_zh_hans, '') is null then 'line has no title'
        end as reject_reason
    from typed
)

select * from final
