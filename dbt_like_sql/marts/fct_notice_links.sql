-- Grain: one row per page or notice, relation, and notice or clause it speaks of. Sources:
-- int_notice_links__stated, dim_notices.
-- Purpose: how notices hang together: which acts on which, which merely names which, and which page
-- that is no notice speaks of one. Pages of one notice speak as one.
with

stated as (
    select * from {{ ref('int_notice_links__stated') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
),

told as (
    select
        from_id,
        from_notice_key,
        from_url,
        released_on,
        relation,
        to_notice_key,
        to_clause,
        quote,
        rule_id,
        is_unconfirmed,
        response_id,
        row_number() over (
            partition by from_id, relation, to_notice_key, to_clause
            order by is_unconfirmed, released_on, from_url, row_number
        ) as turn
    from stated
),

linked as (
    select
        from_id,
        relation,
        to_notice_key,
        to_clause,
        any_value(from_notice_key) as from_notice_key,
        arg_min(from_url, turn) as from_url,
        min(released_on) as released_on,
        arg_min(quote, turn) as quote,
        arg_min(rule_id, turn) as rule_id,
        bool_and(is_unconfirmed) as is_unconfirmed,
        list_sort(list_distinct(list(response_id))) as response_ids
    from told
    group by from_id, relation, to_notice_key, to_clause
),

final as (
    select
        linked.from_id,
        linked.relation,
        linked.to_notice_key,
        linked.to_clause,
        linked.from_notice_key,
        linked.from_url,
        linked.released_on,
        notices.notice_key is not null as is_known,
        linked.quote,
        linked.rule_id,
        linked.is_unconfirmed,
        linked.response_ids
    from linked
    left join notices on notices.notice_key = linked.to_notice_key
)

select * from final
