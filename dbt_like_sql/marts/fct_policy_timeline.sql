-- Grain: one row per event and notice it was done by; '-' for an event without one. Sources:
-- policy_timeline, dim_notices, int_clause_starts__stated, fct_clause_status.
-- Purpose: the events of the article's third table beside what the registry knows: the notice, the day
-- it says it holds from, and its state on the week's last day. What had not happened by then is left
-- out. A notice whose clauses stand differently
-- is mixed; one that ended because another took it over names that one, as the control goes on there.
with

events as (
    select * from {{ ref('policy_timeline') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
),

starts as (
    select * from {{ ref('int_clause_starts__stated') }}
),

states as (
    select * from {{ ref('fct_clause_status') }}
),

named as (
    select
        event_no,
        date_text,
        date_precision,
        trigger_zh,
        action_zh,
        source_zh,
        unnest(string_split(coalesce(notice_keys, '-'), ';')) as notice_key
    from events
    where
        case
            when date_precision = 'decade'
                then make_date(cast(left(date_text, 4) as integer) + 9, 12, 31)
            else period_last_day(date_precision, date_text)
        end <= $as_of
),

begun as (
    select notice_key, min(effective_date) as effective_on
    from starts
    group by notice_key
),

standing as (
    select
        notice_key,
        case when count(distinct status) = 1 then min(status) else 'mixed' end as status,
        max(status_since) as status_since,
        min(until_date) as until_date,
        max(by_notice_key) filter (where status = 'ended' and by_notice_key <> notice_key)
            as successor_key,
        united_ids(response_ids) as response_ids
    from states
    group by notice_key
),

final as (
    select
        named.event_no,
        named.notice_key,
        named.date_text,
        named.date_precision,
        named.trigger_zh,
        named.action_zh,
        notices.label_zh as notice_label_zh,
        begun.effective_on,
        coalesce(
            standing.status, case when named.notice_key = '-' then 'no_notice' else 'not_known' end
        ) as status,
        standing.status_since,
        standing.until_date,
        successors.label_zh as successor_label_zh,
        named.source_zh,
        named.date_text as coverage,
        case when standing.notice_key is null then 'cited' else 'observed' end as vintage,
        false as is_reconstructed,
        coalesce(standing.response_ids, []) as response_ids
    from named
    left join notices on notices.notice_key = named.notice_key
    left join begun on begun.notice_key = named.notice_key
    left join standing on standing.notice_key = named.notice_key
    left join notices as successors on successors.notice_key = standing.successor_key
)

select * from final
