-- Grain: one row per pair of pages. Source: int_pages__released.
-- Purpose: pages whose texts are nearly the same: copies of one notice, or one text under two numbers.
-- The share is estimated from the smallest hashes of both texts' pieces; pairs that cannot reach the
-- limit are left out before it is computed.
with

pages as (
    select * from {{ ref('int_pages__released') }} where len(sketch) > 0
),

pieces as (
    select url, unnest(sketch) as piece from pages
),

candidates as (
    select
        one.url as url_a,
        other.url as url_b,
        count(*) as shared
    from pieces as one
    inner join pieces as other on other.piece = one.piece and other.url > one.url
    group by one.url, other.url
),

compared as (
    select
        a.url as url_a,
        b.url as url_b,
        a.notice_key as notice_key_a,
        b.notice_key as notice_key_b,
        a.title_zh_hans as title_a,
        b.title_zh_hans as title_b,
        list_sort(list_distinct(list_concat(a.sketch, b.sketch)))[1:128] as smallest,
        list_intersect(a.sketch, b.sketch) as both_hold,
        united_list([a.response_id, b.response_id]) as response_ids
    from candidates
    inner join pages as a on a.url = candidates.url_a
    inner join pages as b on b.url = candidates.url_b
    where
        candidates.shared * 100
        >= threshold('near_duplicate_min_pct') * least(128, greatest(len(a.sketch), len(b.sketch)))
),

final as (
    select
        url_a,
        url_b,
        notice_key_a,
        notice_key_b,
        title_a,
        title_b,
        100.0 * len(list_intersect(smallest, both_hold)) / len(smallest) as resemblance_pct,
        coalesce(notice_key_a = notice_key_b, false) as is_same_notice,
        response_ids
    from compared
    where
        100.0 * len(list_intersect(smallest, both_hold)) / len(smallest)
        >= threshold('near_duplicate_min_pct')
)

select * from final
