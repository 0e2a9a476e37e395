-- Grain: one row per rule and item. Sources: the marts of notices and controls, int_pages__released,
-- signal_cases, control_hs_mapping.
-- Purpose: what the rules on policy look at, before any limit: dates ahead, new notices, notices that
-- reach abroad, name economies or entities, materials under control, cases followed.
with

cases as (
    select * from {{ ref('signal_cases') }}
),

mapping as (
    select * from {{ ref('control_hs_mapping') }}
),

tracked as (
    select * from {{ ref('fct_tracked_measures') }}
),

states as (
    select * from {{ ref('fct_clause_status') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
),

new_documents as (
    select * from {{ ref('fct_new_documents') }} where notice_key is not null
),

pages as (
    select * from {{ ref('int_pages__released') }}
),

controls as (
    select * from {{ ref('fct_control_measures') }}
),

notice_states as (
    select
        notice_key,
        arg_min(status, standing_rank(status)) as status,
        count(distinct status) as standing_count,
        bool_or(is_unconfirmed) as is_unconfirmed,
        list_sort(list(fact_id_of('fct_clause_status', [notice_key, clause], 'status')))
            as fact_ids,
        united_ids(response_ids) as response_ids
    from states
    group by notice_key
),

live_notices as (
    select
        notices.notice_key,
        notices.target_iso3,
        notices.entity_count,
        notices.is_extraterritorial,
        notice_states.status,
        notice_states.standing_count,
        notice_states.is_unconfirmed,
        notice_states.fact_ids,
        notices.urls,
        list_concat(notices.response_ids, notice_states.response_ids) as response_ids
    from notices
    inner join notice_states using (notice_key)
    where not notices.is_foreign and is_live_standing(notice_states.status)
),

expiries as (
    select
        'WATCH-EXPIRY' as rule_id,
        notice_key || '|' || clause_label as item_key,
        notice_key || '|' || clause_label as subject,
        cast(days_left as double) as value,
        next_event as text_value,
        next_date,
        is_unconfirmed,
        coverage,
        vintage,
        false as is_computed,
        [fact_id_of('fct_tracked_measures', [notice_key, clause_label], 'days_left')] as fact_ids,
        [url] as document_urls,
        response_ids
    from tracked
    where next_date is not null
),

starts as (
    select
        'SIG-EFFECTIVE' as rule_id,
        item_key,
        subject,
        value,
        text_value,
        next_date,
        is_unconfirmed,
        coverage,
        vintage,
        is_computed,
        fact_ids,
        document_urls,
        response_ids
    from expiries
    where text_value = 'takes_effect'
),

new_notices as (
    select
        'SIG-NEW-NOTICE' as rule_id,
        notice_key as item_key,
        notice_key as subject,
        1.0 as value,
        arg_min(status, url) as text_value,
        cast(null as date) as next_date,
        bool_or(is_unconfirmed) as is_unconfirmed,
        min(coverage) as coverage,
        weakest_vintage(vintage) as vintage,
        false as is_computed,
        list_sort(list(fact_id_of('fct_new_documents', [url], 'released_on'))) as fact_ids,
        list_sort(list(url)) as document_urls,
        united_ids(response_ids) as response_ids
    from new_documents
    group by notice_key
),

staged as (
    select
        'SIG-STAGED' as rule_id,
        notice_key as item_key,
        notice_key as subject,
        cast(standing_count as double) as value,
        status as text_value,
        cast(null as date) as next_date,
        is_unconfirmed,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_computed,
        fact_ids,
        urls as document_urls,
        response_ids
    from live_notices
    where standing_count > 1
),

extraterritorial as (
    select
        'SIG-EXTRATERRITORIAL' as rule_id,
        notice_key as item_key,
        notice_key as subject,
        cast(null as double) as value,
        case when standing_count > 1 then 'mixed' else status end as text_value,
        cast(null as date) as next_date,
        is_unconfirmed,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_computed,
        fact_ids,
        urls as document_urls,
        response_ids
    from live_notices
    where is_extraterritorial
),

aimed as (
    select
        notice_key,
        unnest(target_iso3) as economy_iso3,
        entity_count,
        is_unconfirmed,
        fact_ids,
        urls,
        response_ids
    from live_notices
),

targeted as (
    select
        'SIG-TARGETED' as rule_id,
        economy_iso3 as item_key,
        economy_iso3 as subject,
        cast(count(*) as double) as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        bool_or(is_unconfirmed) as is_unconfirmed,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_computed,
        united_ids(fact_ids) as fact_ids,
        united_ids(urls) as document_urls,
        united_ids(response_ids) as response_ids
    from aimed
    group by economy_iso3
),

entities as (
    select
        'SIG-ENTITIES' as rule_id,
        economy_iso3 as item_key,
        economy_iso3 as subject,
        cast(sum(entity_count) as double) as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        bool_or(is_unconfirmed) as is_unconfirmed,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_computed,
        list_sort(list(fact_id_of('dim_notices', [notice_key], 'entity_count'))) as fact_ids,
        united_ids(urls) as document_urls,
        united_ids(response_ids) as response_ids
    from aimed
    where entity_count > 0
    group by economy_iso3
),

-- A material is an element where the mapping names one, else the first words of the entry.
named_materials as (
    select distinct
        notice_key,
        unnest(
            string_split(coalesce(elements, split_part(material_zh_tw, '：', 1)), ';')
        ) as material
    from mapping
),

materials as (
    select
        'SIG-MATERIAL' as rule_id,
        named_materials.material as item_key,
        named_materials.material as subject,
        cast(count(*) as double) as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        bool_or(controls.is_unconfirmed) as is_unconfirmed,
        min(controls.coverage) as coverage,
        weakest_vintage(controls.vintage) as vintage,
        false as is_computed,
        list_sort(list(
            fact_id_of(
                'fct_control_measures',
                [controls.notice_key, controls.clause_label],
                'control_status'
            )
        )) as fact_ids,
        united_ids(controls.document_urls) as document_urls,
        united_ids(controls.response_ids) as response_ids
    from named_materials
    inner join controls using (notice_key)
    where controls.control_status = 'in_force'
    group by named_materials.material
),

case_pages as (
    select
        'SIG-CASE' as rule_id,
        cases.case_id as item_key,
        cases.name_zh as subject,
        cast(count(*) as double) as value,
        cast(max(pages.released_on) as varchar) as text_value,
        cast(null as date) as next_date,
        bool_or(pages.is_unconfirmed) as is_unconfirmed,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_computed,
        cast([] as varchar[]) as fact_ids,
        list_sort(list(pages.url)) as document_urls,
        united_list(list(pages.response_id)) as response_ids
    from pages
    inner join cases on contains(pages.title_zh_hans, cases.title_pattern)
    group by cases.case_id, cases.name_zh
),

united as (
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from expiries
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from starts
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from new_notices
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from staged
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from extraterritorial
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from targeted
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from entities
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from materials
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from case_pages
),

final as (
    select
        rule_id,
        item_key,
        subject,
        value,
        text_value,
        next_date,
        is_unconfirmed,
        is_computed,
        fact_ids,
        document_urls,
        coverage,
        vintage,
        response_ids
    from united
)

select * from final
