-- Grain: one row per notice that controls goods, or per clause label where its clauses stand differently.
-- Sources: fct_clause_status, fct_clause_events, dim_notices, control_hs_mapping.
-- Purpose: which Chinese export controls reach which HS codes and how the control itself stands. A notice
-- that another one replaced is ended while its control goes on there: control_status is that of the
-- notice which carries the control now, through as many replacements as there were.
with recursive

mapping as (
    select * from {{ ref('control_hs_mapping') }}
),

states as (
    select * from {{ ref('fct_clause_status') }}
),

events as (
    select * from {{ ref('fct_clause_events') }}
    where event <> 'amended' and event_date <= $as_of
),

notices as (
    select * from {{ ref('dim_notices') }}
),

reached as (
    select
        notice_key,
        list_sort(list(distinct hs6)) as hs6_codes,
        string_agg(distinct material_zh_tw, '；' order by material_zh_tw) as materials_zh
    from mapping
    group by notice_key
),

last_events as (
    select
        notice_key,
        clause,
        arg_max(event, event_no) as event,
        arg_max(by_notice_key, event_no) as by_notice_key
    from events
    group by notice_key, clause
),

-- A notice as a whole: its strictest clause, and what replaced it when nothing of it is left.
wholes as (
    select
        states.notice_key,
        arg_min(states.status, standing_rank(states.status)) as status,
        arg_min(states.until_date, standing_rank(states.status)) as until_date,
        arg_min(states.next_date, standing_rank(states.status)) as next_date,
        bool_or(states.is_unconfirmed) as is_unconfirmed,
        case when bool_and(coalesce(last_events.event, '') = 'replaced')
            then min(last_events.by_notice_key)
        end as replaced_by,
        list_sort(list(distinct states.url)) as urls,
        united_ids(states.response_ids) as response_ids
    from states
    left join last_events using (notice_key, clause)
    group by states.notice_key
),

carried (notice_key, clause, control_notice_key, hops) as (
    select
        last_events.notice_key,
        last_events.clause,
        last_events.by_notice_key,
        1
    from last_events
    inner join reached using (notice_key)
    where last_events.event = 'replaced'
    union all
    select
        carried.notice_key,
        carried.clause,
        wholes.replaced_by,
        carried.hops + 1
    from carried
    inner join wholes on wholes.notice_key = carried.control_notice_key
    where wholes.replaced_by is not null and carried.hops < 9
),

carriers as (
    select
        notice_key,
        clause,
        arg_max(control_notice_key, hops) as control_notice_key
    from carried
    group by notice_key, clause
),

clauses as (
    select
        states.notice_key,
        states.clause,
        states.status,
        coalesce(carriers.control_notice_key, states.notice_key) as control_notice_key,
        case
            when carriers.control_notice_key is null then states.status
            else coalesce(wholes.status, 'unknown')
        end as control_status,
        case
            when carriers.control_notice_key is null then states.until_date
            else wholes.until_date
        end as until_date,
        case
            when carriers.control_notice_key is null then states.next_date
            else wholes.next_date
        end as next_date,
        states.is_unconfirmed
        or (
            carriers.control_notice_key is not null and coalesce(wholes.is_unconfirmed, true)
        ) as is_unconfirmed,
        list_concat([states.url], coalesce(wholes.urls, [])) as urls,
        list_concat(states.response_ids, coalesce(wholes.response_ids, [])) as response_ids
    from states
    inner join reached using (notice_key)
    left join carriers
        on carriers.notice_key = states.notice_key and carriers.clause = states.clause
    left join wholes on wholes.notice_key = carriers.control_notice_key
),

standings as (
    select
        notice_key,
        count(distinct concat_ws(
            '|', status, control_notice_key, control_status, until_date, next_date
        )) as standing_count
    from clauses
    group by notice_key
),

labelled as (
    select
        clauses.notice_key,
        case when standings.standing_count = 1 then '' else clause_name_zh(clauses.clause) end
            as clause_label,
        min(clauses.status) as status,
        min(clauses.control_notice_key) as control_notice_key,
        arg_min(clauses.control_status, standing_rank(clauses.control_status)) as control_status,
        arg_min(clauses.until_date, standing_rank(clauses.control_status)) as until_date,
        arg_min(clauses.next_date, standing_rank(clauses.control_status)) as next_date,
        bool_or(clauses.is_unconfirmed) as is_unconfirmed,
        united_ids(clauses.urls) as urls,
        united_ids(clauses.response_ids) as response_ids
    from clauses
    inner join standings using (notice_key)
    group by
        clauses.notice_key,
        case when standings.standing_count = 1 then '' else clause_name_zh(clauses.clause) end
),

final as (
    select
        labelled.notice_key,
        labelled.clause_label,
        notices.label_zh || labelled.clause_label as label_zh,
        reached.materials_zh,
        labelled.status,
        labelled.control_notice_key,
        successors.label_zh as control_label_zh,
        labelled.control_status,
        is_live_standing(labelled.control_status) as is_live,
        labelled.until_date,
        labelled.next_date,
        notices.is_extraterritorial,
        reached.hs6_codes,
        cast(len(reached.hs6_codes) as integer) as code_count,
        labelled.is_unconfirmed,
        united_list(labelled.urls) as document_urls,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        united_list(list_concat(labelled.response_ids, notices.response_ids)) as response_ids
    from labelled
    inner join reached using (notice_key)
    inner join notices using (notice_key)
    left join notices as successors on successors.notice_key = labelled.control_notice_key
)

select * from final
