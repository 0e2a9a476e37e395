-- Grain: one row per notice, clause and event. Source: int_clause_events__united.
-- Purpose: the history a clause's state is derived from, each event with the words it was read from.
with

events as (
    select * from {{ ref('int_clause_events__united') }}
),

final as (
    select
        notice_key,
        clause,
        event_no,
        event,
        event_date,
        until_date,
        by_notice_key,
        quote,
        rule_id,
        is_unconfirmed,
        url,
        earliest_told,
        latest_told,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        [response_id] as response_ids
    from events
)

select * from final
