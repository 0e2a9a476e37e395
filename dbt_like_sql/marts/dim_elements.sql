-- Grain: one row per chemical element. Sources: elements, control_hs_mapping.
-- Purpose: what an element is called, how rare earths are divided, and which notices control it.
with

elements as (
    select * from {{ ref('elements') }}
),

controls as (
    select * from {{ ref('control_hs_mapping') }} where elements is not null
),

controlled as (
    select
        symbol,
        list_sort(list_distinct(list(notice_key))) as notice_keys,
        list_sort(list_distinct(list(hs6))) as hs6_codes
    from (select unnest(string_split(elements, ';')) as symbol, notice_key, hs6 from controls) as named
    group by symbol
),

final as (
    select
        elements.symbol,
        elements.atomic_number,
        elements.name_en,
        elements.name_zh_tw,
        elements.name_zh_cn,
        elements.class,
        elements.class_usgs,
        elements.class_china,
        coalesce(controlled.notice_keys, []) as control_notice_keys,
        coalesce(controlled.hs6_codes, []) as control_hs6_codes
    from elements
    left join controlled using (symbol)
)

select * from final
