-- Grain: one row per issuer, document type, year and run of missing numbers. Sources:
-- int_notices__merged, fct_notice_links.
-- Purpose: numbers between the notices known, or named by some page, for which no page has come. The
-- ministry numbers all its announcements through, so most gaps are notices on other matters; those
-- that a page names are not.
with

notices as (
    select * from {{ ref('int_notices__merged') }} where number is not null
),

links as (
    select * from {{ ref('fct_notice_links') }} where not is_known
),

known as (
    select issuer_code, document_type, coalesce(year, 0) as year, number, response_ids
    from notices
),

mentioned as (
    select
        split_part(to_notice_key, '-', 1) as issuer_code,
        split_part(to_notice_key, '-', 2) as document_type,
        cast(split_part(to_notice_key, '-', 3) as integer) as year,
        cast(split_part(to_notice_key, '-', 4) as integer) as number,
        flatten(list(response_ids)) as response_ids
    from links
    where regexp_full_match(to_notice_key, '[A-Z]+-(公告|令)-\d{4}-\d+')
    group by to_notice_key
),

numbers as (
    select issuer_code, document_type, year, number, response_ids from known where year > 0
    union all
    select issuer_code, document_type, year, number, response_ids from mentioned
),

spans as (
    select
        issuer_code, document_type, year,
        min(number) - 1 as below,
        max(number) + 1 as above
    from numbers
    group by issuer_code, document_type, year
),

points as (
    select issuer_code, document_type, year, number from known where year > 0
    union
    select issuer_code, document_type, year, below as number from spans
    union
    select issuer_code, document_type, year, above as number from spans
),

gaps as (
    select
        issuer_code,
        document_type,
        year,
        number + 1 as first_number,
        lead(number) over (partition by issuer_code, document_type, year order by number) - 1
            as last_number
    from points
),

final as (
    select
        gaps.issuer_code,
        gaps.document_type,
        gaps.year,
        cast(gaps.first_number as integer) as first_number,
        cast(gaps.last_number as integer) as last_number,
        cast(gaps.last_number - gaps.first_number + 1 as integer) as missing_count,
        list_sort(
            coalesce(list(distinct mentioned.number) filter (where mentioned.number is not null), [])
        ) as mentioned_numbers,
        list_sort(list_distinct(coalesce(flatten(list(mentioned.response_ids)), []))) as response_ids
    from gaps
    left join mentioned
        on mentioned.issuer_code = gaps.issuer_code
        and mentioned.document_type = gaps.document_type
        and mentioned.year = gaps.year
        and mentioned.number between gaps.first_number and gaps.last_number
    where gaps.last_number >= gaps.first_number
    group by gaps.issuer_code, gaps.document_type, gaps.year, gaps.first_number, gaps.last_number
)

select * from final
