-- Grain: one row per economy, indicator and year. Source: int_macro_indicators__released.
-- Purpose: macro indicators with their change; Taiwan is not covered by the source and has no rows.
with

indicators as (
    select * from {{ ref('int_macro_indicators__released') }}
),

final as (
    select
        now.iso3,
        now.indicator_code,
        now.year,
        now.value,
        case when now.indicator_code like '%.CD' then 'USD' else '%' end as unit,
        case when now.indicator_code not like '%.CD' then now.value - prior.value end as change_ppt,
        now.year = max(now.year) over (partition by now.iso3, now.indicator_code) as is_latest,
        cast(now.year as varchar) as coverage,
        least(now.vintage, prior.vintage) as vintage,
        now.is_reconstructed or coalesce(prior.is_reconstructed, false) as is_reconstructed,
        united_list([now.response_id, prior.response_id]) as response_ids
    from indicators as now
    left join indicators as prior
        on prior.iso3 = now.iso3
        and prior.indicator_code = now.indicator_code
        and prior.year = now.year - 1
)

select * from final
