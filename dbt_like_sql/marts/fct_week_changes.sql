-- Grain: one row per compared item. Sources: fct_us_trade_monthly, fct_reporter_flows_yearly,
-- fct_concentration_yearly, fct_clause_status, each of this week and the week before; fct_revisions.
-- Purpose: what differs from the week before. A figure is compared with the same figure of the same
-- period, so a difference is a revision and a period without counterpart is new; a clause is compared
-- with itself. Days left are never an item. Without rows of the week before an area is not compared.
with

us_now as (
    select * from {{ ref('fct_us_trade_monthly') }}
),

us_before as (
    select * from {{ ref('fct_us_trade_monthly', week='previous') }}
),

flows_now as (
    select * from {{ ref('fct_reporter_flows_yearly') }}
),

flows_before as (
    select * from {{ ref('fct_reporter_flows_yearly', week='previous') }}
),

concentration_now as (
    select * from {{ ref('fct_concentration_yearly') }}
),

concentration_before as (
    select * from {{ ref('fct_concentration_yearly', week='previous') }}
),

clauses_now as (
    select * from {{ ref('fct_clause_status') }}
),

clauses_before as (
    select * from {{ ref('fct_clause_status', week='previous') }}
),

us_revisions as (
    select * from {{ ref('fct_revisions') }} where layer = 'us_trade_census'
),

us_pairs as (
    select
        now.partner_iso3,
        now.month,
        now.is_latest or coalesce(before.is_latest, false) as is_shown,
        before.month is not null as has_before,
        now.exports_usd,
        before.exports_usd as exports_before,
        now.imports_usd,
        before.imports_usd as imports_before,
        now.vintage,
        now.is_reconstructed,
        list_concat(now.response_ids, coalesce(before.response_ids, [])) as response_ids
    from us_now as now
    left join us_before as before using (partner_iso3, month)
    where exists (select 1 from us_before)
),

us_items as (
    select
        'us_trade' as area,
        metric,
        partner_iso3 || '|' || month as subject,
        cast(case metric when 'exports_usd' then exports_before else imports_before end as double)
            as value_previous,
        cast(case metric when 'exports_usd' then exports_usd else imports_usd end as double)
            as value_current,
        'USD' as unit,
        has_before,
        month as coverage,
        vintage,
        is_reconstructed,
        response_ids
    from us_pairs
    cross join (values ('exports_usd'), ('imports_usd')) as metrics (metric)
    where is_shown
),

us_earlier_months as (
    select
        'us_trade' as area,
        'revised_months' as metric,
        partner_iso3 as subject,
        cast(null as double) as value_previous,
        cast(count(*) as double) as value_current,
        'months' as unit,
        true as has_before,
        min(month) || '..' || max(month) as coverage,
        min(vintage) as vintage,
        bool_or(is_reconstructed) as is_reconstructed,
        flatten(list(response_ids)) as response_ids
    from us_pairs
    where
        not is_shown
        and has_before
        and (partner_iso3, month) in (select (partner_iso3, period) from us_revisions)
    group by partner_iso3
),

flow_items as (
    select
        case now.flow when 'X' then 'exports' else 'imports' end as area,
        'value_usd' as metric,
        now.reporter_iso3 || '|' || now.year as subject,
        cast(before.value_usd as double) as value_previous,
        cast(now.value_usd as double) as value_current,
        'USD' as unit,
        before.year is not null as has_before,
        now.coverage,
        now.vintage,
        now.is_reconstructed,
        list_concat(now.response_ids, coalesce(before.response_ids, [])) as response_ids
    from flows_now as now
    left join flows_before as before using (reporter_iso3, flow, year)
    where
        (now.is_latest or coalesce(before.is_latest, false))
        and exists (select 1 from flows_before)
),

concentration_items as (
    select
        'concentration' as area,
        'hhi_partner' as metric,
        now.reporter_iso3 || '|' || now.flow || '|' || now.year as subject,
        before.hhi_partner as value_previous,
        now.hhi_partner as value_current,
        'HHI points' as unit,
        before.year is not null as has_before,
        now.coverage,
        now.vintage,
        now.is_reconstructed,
        list_concat(now.response_ids, coalesce(before.response_ids, [])) as response_ids
    from concentration_now as now
    left join concentration_before as before using (reporter_iso3, flow, year)
    where
        (now.is_latest or coalesce(before.is_latest, false))
        and exists (select 1 from concentration_before)
),

clause_pairs as (
    select
        now.notice_key,
        now.clause,
        before.clause is not null as has_before,
        before.status as status_before,
        now.status,
        before.until_date as until_before,
        now.until_date,
        now.coverage,
        now.vintage,
        list_concat(now.response_ids, coalesce(before.response_ids, [])) as response_ids,
        concat_ws('|', before.status, '>', now.status, before.until_date, '>', now.until_date)
            as difference
    from clauses_now as now
    left join clauses_before as before using (notice_key, clause)
    where exists (select 1 from clauses_before)
),

-- Clauses of a notice that moved alike are one item.
notice_moves as (
    select notice_key, count(distinct difference) as difference_count
    from clause_pairs
    group by notice_key
),

clause_moves as (
    select
        clause_pairs.notice_key
        || '|'
        || case
            when notice_moves.difference_count = 1 then '' else clause_name_zh(clause_pairs.clause)
        end as subject,
        any_value(clause_pairs.has_before) as has_before,
        any_value(clause_pairs.status_before) as status_before,
        any_value(clause_pairs.status) as status,
        any_value(clause_pairs.until_before) as until_before,
        any_value(clause_pairs.until_date) as until_date,
        any_value(clause_pairs.coverage) as coverage,
        any_value(clause_pairs.vintage) as vintage,
        flatten(list(clause_pairs.response_ids)) as response_ids
    from clause_pairs
    inner join notice_moves using (notice_key)
    group by subject
),

figures as (
    select
        area, metric, subject, value_previous, value_current, unit, has_before, coverage, vintage,
        is_reconstructed, response_ids
    from us_items
    union all
    select
        area, metric, subject, value_previous, value_current, unit, has_before, coverage, vintage,
        is_reconstructed, response_ids
    from us_earlier_months
    union all
    select
        area, metric, subject, value_previous, value_current, unit, has_before, coverage, vintage,
        is_reconstructed, response_ids
    from flow_items
    union all
    select
        area, metric, subject, value_previous, value_current, unit, has_before, coverage, vintage,
        is_reconstructed, response_ids
    from concentration_items
),

compared as (
    select
        area,
        metric,
        subject,
        value_previous,
        value_current,
        unit,
        cast(null as varchar) as text_previous,
        cast(null as varchar) as text_current,
        case
            when not has_before then 'new'
            when value_current is distinct from value_previous then 'revised'
            else 'unchanged'
        end as change,
        coverage,
        vintage,
        is_reconstructed,
        response_ids
    from figures
    union all
    select
        'policy' as area,
        'status' as metric,
        subject,
        cast(null as double) as value_previous,
        cast(null as double) as value_current,
        cast(null as varchar) as unit,
        status_before as text_previous,
        status as text_current,
        case
            when not has_before then 'new'
            when status_before <> status then 'status_changed'
            else 'unchanged'
        end as change,
        coverage,
        vintage,
        false as is_reconstructed,
        response_ids
    from clause_moves
    union all
    select
        'policy' as area,
        'until_date' as metric,
        subject,
        cast(null as double) as value_previous,
        cast(null as double) as value_current,
        cast(null as varchar) as unit,
        cast(until_before as varchar) as text_previous,
        cast(until_date as varchar) as text_current,
        'revised' as change,
        coverage,
        vintage,
        false as is_reconstructed,
        response_ids
    from clause_moves
    where status_before = status and until_before is distinct from until_date
),

final as (
    select
        concat_ws('|', area, metric, subject) as item_key,
        area,
        metric,
        subject,
        value_previous,
        value_current,
        unit,
        text_previous,
        text_current,
        change,
        coverage,
        vintage,
        is_reconstructed,
        list_sort(list_distinct(response_ids)) as response_ids
    from compared
)

select * from final
