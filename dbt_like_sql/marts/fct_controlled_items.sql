-- Grain: one row per notice, material and HS code. Sources: control_hs_mapping, dim_notices.
-- Purpose: what each known notice controls, by which item codes of the control list, and which HS codes
-- that reaches, with what the code rests on. The code is wider than the goods, so it is an upper bound.
with

mapping as (
    select * from {{ ref('control_hs_mapping') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
),

final as (
    select
        mapping.notice_key,
        mapping.material_zh_tw as material_zh,
        mapping.hs6,
        notices.label_zh,
        notices.issue_date,
        coalesce(string_split(mapping.elements, ';'), []) as symbols,
        coalesce(string_split(mapping.item_codes, ';'), []) as item_codes,
        is_printed_evidence(mapping.evidence) as is_printed_in_notice,
        mapping.evidence,
        'upper' as bound,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        notices.response_ids
    from mapping
    inner join notices using (notice_key)
)

select * from final
