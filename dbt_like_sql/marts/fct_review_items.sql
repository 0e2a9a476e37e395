-- Grain: one row per thing a person should look at. Sources: int_week_answers__listed,
-- int_held_answers__listed, fct_tracked_measures, dim_notices, fct_clause_events,
-- int_clause_starts__stated, int_clause_actions__stated, int_notices__merged,
-- int_trade_flows__reconciled, int_reference_differences__found, fct_revisions,
-- int_review_decisions__known, int_pages__released, int_entity_listings__stated, fct_numbering_gaps,
-- fct_near_duplicates, event_doubts.
-- Purpose: everything the rules could not settle by themselves, each with what it concerns and what a
-- person decided of it. The review id of an item stays the same while the matter does; that of
-- carried answers is a week's own, as every failure is another matter.
with

answers as (
    select * from {{ ref('int_week_answers__listed') }} where carried_forward
),

held as (
    select * from {{ ref('int_held_answers__listed') }}
),

decisions as (
    select * from {{ ref('int_review_decisions__known') }}
),

layers as (
    select * from {{ ref('source_info') }}
),

measures as (
    select * from {{ ref('fct_tracked_measures') }} where is_unconfirmed
),

notices as (
    select * from {{ ref('dim_notices') }}
),

events as (
    select * from {{ ref('fct_clause_events') }}
),

starts as (
    select * from {{ ref('int_clause_starts__stated') }}
),

actions as (
    select * from {{ ref('int_clause_actions__stated') }}
),

merged as (
    select * from {{ ref('int_notices__merged') }}
),

flows as (
    select * from {{ ref('int_trade_flows__reconciled') }}
),

economies as (
    select * from {{ ref('economies') }} where is_reporter
),

calendar as (
    select * from {{ ref('release_calendar') }} where source = 'comtrade' and released_at <= $as_of
),

differences as (
    select * from {{ ref('int_reference_differences__found') }}
),

revisions as (
    select * from {{ ref('fct_revisions') }} where is_headline and unit = 'USD'
),

pages as (
    select * from {{ ref('int_pages__released') }}
),

listings as (
    select * from {{ ref('int_entity_listings__stated') }}
),

gaps as (
    select * from {{ ref('fct_numbering_gaps') }}
),

duplicates as (
    select * from {{ ref('fct_near_duplicates') }} where not is_same_notice
),

doubts as (
    select * from {{ ref('event_doubts') }}
),

carried as (
    select
        'carried_forward' as kind,
        layers.layer as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        string_agg(answers.label, '；' order by answers.label) as text_value,
        list(answers.response_id) as response_ids
    from answers
    inner join layers on layers.source = answers.layer
    anti join held on held.layer = answers.layer and held.request_key = answers.request_key
    group by layers.layer
),

held_answers as (
    select
        'held_answer' as kind,
        layers.layer as subject,
        held.held_id as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        held.label as text_value,
        [held.response_id] as response_ids
    from held
    inner join layers on layers.source = held.layer
),

unconfirmed_states as (
    select
        'unconfirmed' as kind,
        notice_key || '|' || clause_label as subject,
        by_notice_key as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        cast(null as varchar) as text_value,
        response_ids
    from measures
),

unconfirmed_notices as (
    select
        'unconfirmed' as kind,
        notice_key || '|' as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        cast(null as varchar) as text_value,
        response_ids
    from notices
    where
        is_unconfirmed
        and notice_key not in (select notice_key from measures)
        and notice_key not in (select by_notice_key from measures where by_notice_key is not null)
),

-- Events in doubt that no item above speaks of: read with less than full confidence, or found
-- doubtful by a person.
doubted_events as (
    select
        events.notice_key,
        events.clause,
        events.event_date,
        cast(null as varchar) as point,
        events.response_ids
    from events
    where events.is_unconfirmed
    union all
    select
        events.notice_key,
        events.clause,
        events.event_date,
        doubts.point,
        events.response_ids
    from events
    inner join doubts
        on doubts.notice_key = events.notice_key
        and coalesce(nullif(doubts.clause, '-'), '') = events.clause
        and doubts.event = events.event
        and doubts.event_date = events.event_date
    where doubts.other_date is null
),

unconfirmed_events as (
    select
        'unconfirmed' as kind,
        notice_key || '|' || clause_name_zh(clause) as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        arg_max(point, event_date) filter (where point is not null) as text_value,
        flatten(list(response_ids)) as response_ids
    from doubted_events
    where
        notice_key not in (select notice_key from measures)
        and notice_key not in (select notice_key from notices where is_unconfirmed)
    group by notice_key, clause
),

doubted_days as (
    select
        'date_conflict' as kind,
        events.notice_key || '|' || clause_name_zh(events.clause) as subject,
        events.by_notice_key as related,
        least(doubts.event_date, doubts.other_date) as date_a,
        greatest(doubts.event_date, doubts.other_date) as date_b,
        events.event as text_value,
        events.response_ids
    from events
    inner join doubts
        on doubts.notice_key = events.notice_key
        and coalesce(nullif(doubts.clause, '-'), '') = events.clause
        and doubts.event = events.event
        and doubts.event_date = events.event_date
    where doubts.other_date is not null and events.earliest_told is null
),

missing_issuers as (
    select
        'missing_field' as kind,
        notice_key || '|' as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        'issuers' as text_value,
        response_ids
    from merged
    where len(issuers) = 0
),

-- A page of the week that no rule can put into a category, or a listing of the week without names.
missing_of_pages as (
    select
        'missing_field' as kind,
        coalesce(pages.notice_key || '|', pages.title_zh_hans, pages.url) as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        'category' as text_value,
        flatten(list([pages.response_id])) as response_ids
    from pages
    where pages.released_on >= $week_start and pages.category_rule = 'category.none'
    group by coalesce(pages.notice_key || '|', pages.title_zh_hans, pages.url)
    union all
    select
        'missing_field' as kind,
        coalesce(pages.notice_key || '|', pages.title_zh_hans, pages.url) as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        'entities' as text_value,
        flatten(list([pages.response_id])) as response_ids
    from pages
    where
        pages.released_on >= $week_start
        and pages.list_kind is not null
        and pages.entity_count is null
        and pages.document_type in ('公告', '令')
        and coalesce(pages.notice_key, pages.url) not in (select listing_id from listings)
        and coalesce(pages.notice_key, '') not in (
            select by_notice_key from actions where by_notice_key is not null
        )
    group by coalesce(pages.notice_key || '|', pages.title_zh_hans, pages.url)
),

entity_counts as (
    select
        'entity_count' as kind,
        merged.notice_key || '|' as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        merged.entity_count || '／' || coalesce(named.read_count, 0) as text_value,
        merged.response_ids
    from merged
    left join (
        select notice_key, max(read_count) as read_count
        from listings
        group by notice_key
    ) as named using (notice_key)
    where merged.entity_count <> coalesce(named.read_count, 0)
),

near_duplicates as (
    select
        'near_duplicate' as kind,
        coalesce(notice_key_a || '|', title_a, url_a) as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        coalesce(notice_key_b, title_b, url_b) as text_value,
        flatten(list(response_ids)) as response_ids
    from duplicates
    group by coalesce(notice_key_a || '|', title_a, url_a), coalesce(notice_key_b, title_b, url_b)
),

event_conflicts as (
    select
        'date_conflict' as kind,
        notice_key || '|' || clause_name_zh(clause) as subject,
        min(by_notice_key) as related,
        min(earliest_told) as date_a,
        max(latest_told) as date_b,
        event as text_value,
        flatten(list(response_ids)) as response_ids
    from events
    where earliest_told is not null
    group by notice_key, clause, event
),

issue_conflicts as (
    select
        'date_conflict' as kind,
        notice_key || '|' as subject,
        cast(null as varchar) as related,
        issue_dates[1] as date_a,
        issue_dates[-1] as date_b,
        'issue_date' as text_value,
        response_ids
    from merged
    where len(issue_dates) > 1
),

missing_issue_dates as (
    select
        'missing_field' as kind,
        notice_key || '|' as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        'issue_date' as text_value,
        response_ids
    from notices
    where issue_date is null
),

missing_effective_dates as (
    select
        'missing_field' as kind,
        notices.notice_key || '|' as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        'effective_date' as text_value,
        notices.response_ids
    from notices
    left join (
        select notice_key, bool_and(effective_date is not null) as is_complete
        from starts
        group by notice_key
    ) as stated using (notice_key)
    where
        not notices.is_foreign
        and (len(notices.materials_zh) > 0 or len(notices.target_iso3) > 0)
        and not coalesce(stated.is_complete, false)
),

first_years as (
    select issuer_code, document_type, min(year) as first_year
    from merged
    group by issuer_code, document_type
),

-- A notice that others act on or that acts on others, or that a page names within the years from
-- which its issuer's notices are known, yet has no page of its own.
pageless as (
    select
        'numbering_gap' as kind,
        named.notice_key as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        cast(null as varchar) as text_value,
        flatten(list([named.response_id])) as response_ids
    from (
        select notice_key, response_id from actions
        union all
        select by_notice_key as notice_key, response_id from actions where by_notice_key is not null
        union all
        select
            concat_ws(
                '-', gaps.issuer_code, gaps.document_type, gaps.year, unnest(gaps.mentioned_numbers)
            ) as notice_key,
            gaps.response_ids[1] as response_id
        from gaps
        inner join first_years using (issuer_code, document_type)
        where gaps.year >= first_years.first_year
    ) as named
    anti join notices using (notice_key)
    group by named.notice_key
),

unknown_codes as (
    select
        'unknown_code' as kind,
        'Comtrade ' || partner_code as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        string_agg(distinct reporter_iso3, '、' order by reporter_iso3) as text_value,
        list(response_id) as response_ids
    from flows
    where partner_kind = 'unknown'
    group by partner_code
),

reference_differences as (
    select
        'reference_differs' as kind,
        case source when 'comtrade' then 'Comtrade ' else 'Census ' end || code as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        case difference
            when 'unknown' then '來源代碼表列有此代碼，專案的代碼表沒有'
            when 'expired' then '來源代碼表已停用此代碼'
            when 'absent' then '來源代碼表沒有此代碼'
        end as text_value,
        response_ids
    from differences
),

large_revisions as (
    select
        'large_revision' as kind,
        coalesce(partner_iso3, reporter_iso3) || '|' || period as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        layer || '.' || case flow when 'X' then 'exports_usd' when 'M' then 'imports_usd' else measure end
            as text_value,
        response_ids
    from revisions
    where abs(change_pct) > threshold('revision_review_pct')
),

newest_years as (
    select reporter_iso3, max(year) as year, list(response_id) as response_ids
    from flows
    where partner_kind = 'world'
    group by reporter_iso3
),

not_published as (
    select
        'reporter_not_published' as kind,
        economies.iso3 as subject,
        cast(null as varchar) as related,
        cast(null as date) as date_a,
        cast(null as date) as date_b,
        string_agg(calendar.period, '、' order by calendar.period) as text_value,
        any_value(coalesce(newest_years.response_ids, [])) as response_ids
    from economies
    left join newest_years on newest_years.reporter_iso3 = economies.iso3
    inner join calendar on cast(calendar.period as integer) > coalesce(newest_years.year, 0)
    group by economies.iso3
),

united as (
    select kind, subject, related, date_a, date_b, text_value, response_ids from carried
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from held_answers
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from unconfirmed_states
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from unconfirmed_notices
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from unconfirmed_events
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from doubted_days
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from missing_issuers
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from missing_of_pages
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from entity_counts
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from near_duplicates
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from event_conflicts
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from issue_conflicts
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from missing_issue_dates
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids
    from missing_effective_dates
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from pageless
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from unknown_codes
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids
    from reference_differences
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from large_revisions
    union all
    select kind, subject, related, date_a, date_b, text_value, response_ids from not_published
),

-- What is doubtful about an unconfirmed state words its item and is no part of what it is.
named as (
    select
        kind,
        subject,
        related,
        date_a,
        date_b,
        text_value,
        case when kind <> 'unconfirmed' then text_value end as own_text,
        response_ids
    from united
),

identified as (
    select
        concat_ws(':', kind, subject, own_text, case kind when 'held_answer' then related end)
            as item_id,
        case
            when kind = 'held_answer' then related
            else left(
                sha256(
                    concat_ws(
                        '|',
                        kind,
                        subject,
                        coalesce(related, ''),
                        coalesce(cast(date_a as varchar), ''),
                        coalesce(cast(date_b as varchar), ''),
                        coalesce(own_text, ''),
                        case when kind = 'carried_forward' then $week end
                    )
                ),
                8
            )
        end as review_id,
        kind,
        subject,
        related,
        date_a,
        date_b,
        text_value,
        list_sort(list_distinct(response_ids)) as response_ids
    from named
),

final as (
    select
        identified.item_id,
        identified.review_id,
        identified.kind,
        identified.subject,
        identified.related,
        identified.date_a,
        identified.date_b,
        identified.text_value,
        decisions.decision is null as is_open,
        decisions.decision,
        decisions.decided_by,
        decisions.decided_on,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        identified.response_ids
    from identified
    left join decisions on decisions.subject_id = identified.review_id
)

select * from final
