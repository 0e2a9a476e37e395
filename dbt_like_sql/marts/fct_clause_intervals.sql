-- Grain: one row per notice, clause and first day of a state. Source: int_clause_events__united.
-- Purpose: the state of each clause on any day, as contiguous intervals. The last event of a day decides;
-- amendments change no state; a term that passes without a further event leaves the state unconfirmed,
-- never guessed. Before its first interval a clause is not announced.
with

events as (
    select * from {{ ref('int_clause_events__united') }} where event <> 'amended'
),

last_of_day as (
    select
        notice_key,
        clause,
        event_date,
        event,
        until_date,
        by_notice_key,
        is_unconfirmed,
        url,
        response_id
    from events
    qualify row_number() over (
        partition by notice_key, clause, event_date order by event_no desc
    ) = 1
),

turning_points as (
    select
        notice_key,
        clause,
        event_date as valid_from,
        case when event = 'replaced' then 'ended' else event end as status,
        case when event in ('suspended', 'in_force') then until_date end as until_date,
        by_notice_key,
        is_unconfirmed,
        url,
        response_id,
        lead(event_date) over (partition by notice_key, clause order by event_date) as next_from
    from last_of_day
),

terms as (
    select
        notice_key,
        clause,
        valid_from,
        status,
        cast(
            case
                when until_date is not null then least(until_date, next_from - 1)
                else next_from - 1
            end as date
        ) as valid_to,
        until_date,
        by_notice_key,
        is_unconfirmed,
        url,
        response_id
    from turning_points
),

lapses as (
    select
        notice_key,
        clause,
        cast(until_date + 1 as date) as valid_from,
        'lapsed_unconfirmed' as status,
        cast(next_from - 1 as date) as valid_to,
        cast(null as date) as until_date,
        by_notice_key,
        true as is_unconfirmed,
        url,
        response_id
    from turning_points
    where until_date is not null and (next_from is null or next_from > until_date + 1)
),

united as (
    select
        notice_key, clause, valid_from, status, valid_to, until_date, by_notice_key,
        is_unconfirmed, url, response_id
    from terms
    union all
    select
        notice_key, clause, valid_from, status, valid_to, until_date, by_notice_key,
        is_unconfirmed, url, response_id
    from lapses
),

final as (
    select
        notice_key,
        clause,
        clause_name_zh(clause) as clause_label,
        valid_from,
        status,
        valid_to,
        until_date,
        by_notice_key,
        is_unconfirmed,
        url,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        [response_id] as response_ids
    from united
)

select * from final
