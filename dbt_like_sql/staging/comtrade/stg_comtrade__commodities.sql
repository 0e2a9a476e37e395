-- Grain: one row per code of the HS code list. Source: raw.comtrade__commodities.
-- Purpose: types; the code that stands before each description is taken off it.
with

sent as (
    select * from {{ source('raw', 'comtrade__commodities') }}
),

typed as (
    select
        response_id,
        row_number,
        nullif(trim(id), '') as commodity_code,
        nullif(regexp_replace(trim(text), '^\w+ - [\s-]*', ''), '') as name_en,
        nullif(trim(parent), '#') as parent_code,
        try_cast(aggr_level as integer) as commodity_level,
        is_leaf in ('1', 'true') as is_leaf,
        nullif(standard_unit, 'n/a') as standard_unit,
        is_reconstructed = 'true' as is_reconstructed,
        is_leaf as is_leaf_sent
    from sent
),

final as (
    select
        * exclude (is_leaf_sent),
        case
            when commodity_code is null then 'id is missing'
            when name_en is null then 'text is missing'
            when commodity_level is null then 'aggrLevel is no number'
            when is_leaf_sent is null or is_leaf_sent not in ('0', '1', 'true', 'false')
                then 'isLeaf is no truth value'
        end as reject_reason
    from typed
)

select * from final
