-- Grain: one row per commodity code that reports name. Sources: hs_sections, hs_chapters, hs_headings,
-- control_hs_mapping, int_commodities__listed.
-- Purpose: what a code is called and which chapter and section it stands in, so that no label is typed
-- beside a figure; and whether the source's own list has the code (null while none was read).
with

sections as (
    select * from {{ ref('hs_sections') }}
),

chapters as (
    select * from {{ ref('hs_chapters') }}
),

headings as (
    select * from {{ ref('hs_headings') }}
),

controls as (
    select * from {{ ref('control_hs_mapping') }}
),

listed as (
    select * from {{ ref('int_commodities__listed') }}
),

codes as (
    select chapter as commodity_code, name_en, name_zh_tw from chapters
    union all
    select code as commodity_code, name_en, name_zh_tw from headings
    union all
    select 'TOTAL' as commodity_code, 'All goods' as name_en, '全部商品' as name_zh_tw
),

controlled as (
    select hs6 as commodity_code, list_sort(list_distinct(list(notice_key))) as notice_keys
    from controls
    group by hs6
),

reference as (
    select commodity_code, name as reference_name from listed
),

final as (
    select
        codes.commodity_code,
        case when codes.commodity_code = 'TOTAL' then 0 else len(codes.commodity_code) end as level,
        chapters.chapter as chapter_code,
        chapters.section,
        sections.name_zh_tw as section_name_zh,
        codes.name_en,
        codes.name_zh_tw,
        coalesce(controlled.notice_keys, []) as control_notice_keys,
        reference.reference_name,
        case when exists (select 1 from reference) then reference.reference_name is not null end
            as is_in_reference
    from codes
    left join chapters on chapters.chapter = left(codes.commodity_code, 2)
    left join sections on sections.section = chapters.section
    left join controlled on controlled.commodity_code = codes.commodity_code
    left join reference on reference.commodity_code = codes.commodity_code
)

select * from final
