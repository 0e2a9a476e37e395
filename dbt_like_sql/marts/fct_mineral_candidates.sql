-- Grain: one row per rule and item. Sources: fct_mineral_production_yearly, fct_control_measures,
-- control_hs_mapping, elements.
-- Purpose: what the rules on minerals look at, before any limit: the largest producer's share, China's
-- share of minerals whose export it controls, and what comes from outside China of the rare earths.
with

mapping as (
    select * from {{ ref('control_hs_mapping') }}
),

elements as (
    select * from {{ ref('elements') }}
),

controls as (
    select * from {{ ref('fct_control_measures') }} where is_live
),

productions as (
    select * from {{ ref('fct_mineral_production_yearly') }}
    where is_latest and top_share_pct is not null
),

-- Graphite is carbon, and rare earths are mined together.
named_symbols as (
    select
        notice_key,
        unnest(
            string_split(
                coalesce(elements, case when contains(material_zh_tw, '石墨') then 'C' end), ';'
            )
        ) as symbol
    from mapping
),

controlled_symbols as (
    select distinct
        named_symbols.notice_key,
        case when elements.class = 'rare_earth' then 'REE' else named_symbols.symbol end as symbol
    from named_symbols
    left join elements on elements.symbol = named_symbols.symbol
    union
    select
        notice_key,
        symbol
    from named_symbols
),

controlled as (
    select
        controlled_symbols.symbol,
        arg_min(controls.control_status, standing_rank(controls.control_status)) as control_status,
        bool_or(controls.is_unconfirmed) as is_unconfirmed,
        list_sort(list(fact_id_of(
            'fct_control_measures', [controls.notice_key, controls.clause_label], 'control_status'
        ))) as fact_ids,
        united_ids(controls.document_urls) as document_urls,
        united_ids(controls.response_ids) as response_ids
    from controlled_symbols
    inner join controls using (notice_key)
    group by controlled_symbols.symbol
),

producers as (
    select
        mineral_code,
        mineral_name_zh,
        symbol,
        top_iso3,
        top_name_zh,
        top_share_pct,
        fact_id_of(
            'fct_mineral_production_yearly', [mineral_code, cast(year as varchar)], 'top_share_pct'
        ) as fact_id,
        coverage,
        vintage,
        is_reconstructed,
        response_ids
    from productions
),

top_producers as (
    select
        'SIG-TOP-PRODUCER' as rule_id,
        mineral_code as item_key,
        mineral_name_zh as subject,
        top_share_pct as value,
        top_name_zh as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        is_reconstructed as is_computed,
        [fact_id] as fact_ids,
        cast([] as varchar[]) as document_urls,
        coverage,
        vintage,
        response_ids
    from producers
),

controlled_producers as (
    select
        'SIG-CONTROLLED-PRODUCER' as rule_id,
        producers.mineral_code as item_key,
        producers.mineral_name_zh as subject,
        producers.top_share_pct as value,
        controlled.control_status as text_value,
        cast(null as date) as next_date,
        controlled.is_unconfirmed,
        producers.is_reconstructed as is_computed,
        list_append(controlled.fact_ids, producers.fact_id) as fact_ids,
        controlled.document_urls,
        producers.coverage,
        producers.vintage,
        united_list(list_concat(controlled.response_ids, producers.response_ids)) as response_ids
    from producers
    inner join controlled using (symbol)
    where producers.top_iso3 = 'CHN'
),

outside_china as (
    select
        'SIG-REE-OUTSIDE' as rule_id,
        mineral_code as item_key,
        mineral_name_zh as subject,
        100.0 - top_share_pct as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        is_reconstructed as is_computed,
        [fact_id] as fact_ids,
        cast([] as varchar[]) as document_urls,
        coverage,
        vintage,
        response_ids
    from producers
    where symbol = 'REE' and top_iso3 = 'CHN'
),

united as (
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from top_producers
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from controlled_producers
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from outside_china
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
