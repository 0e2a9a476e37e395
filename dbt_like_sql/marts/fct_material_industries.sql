-- Grain: one row per material and industry. Sources: material_industries, control_hs_mapping.
-- Purpose: where Taiwan's industries use controlled materials, as the article on critical minerals says,
-- with the HS codes of the material that a control reaches. The article names no source for any of it.
with

links as (
    select * from {{ ref('material_industries') }}
),

controlled as (
    select distinct hs6 from {{ ref('control_hs_mapping') }}
),

codes as (
    select
        named.link_no,
        list_sort(list(named.hs6)) as hs6_codes
    from (select link_no, unnest(string_split(hs6_codes, ';')) as hs6 from links) as named
    inner join controlled using (hs6)
    group by named.link_no
),

final as (
    select
        links.link_no,
        links.material_zh,
        coalesce(codes.hs6_codes, []) as hs6_codes,
        links.industry_zh,
        links.statement_zh,
        links.source_zh,
        'undated' as coverage,
        'cited' as vintage,
        false as is_reconstructed,
        cast([] as varchar[]) as response_ids
    from links
    left join codes using (link_no)
)

select * from final
