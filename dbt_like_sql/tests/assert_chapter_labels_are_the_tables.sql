-- check: CHK-HS-LABEL, severity: error, after: fct_commodity_structure_yearly
-- A failure means that a chapter stands under another name than the code table's.
with

chapters as (
    select * from {{ ref('fct_commodity_structure_yearly') }}
),

labels as (
    select * from {{ ref('hs_chapters') }}
)

select
    chapters.reporter_iso3,
    chapters.flow,
    chapters.year,
    chapters.commodity_code,
    chapters.commodity_name_zh,
    labels.name_zh_tw
from chapters
left join labels on labels.chapter = chapters.commodity_code
where chapters.commodity_name_zh is distinct from labels.name_zh_tw
