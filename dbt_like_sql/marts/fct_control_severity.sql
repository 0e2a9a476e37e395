-- Grain: one row per control of goods. Sources: fct_control_measures, fct_control_exposure_yearly,
-- severity_factors, severity_levels.
-- Purpose: the rating of a control by the printed rubric: 100 times the product of four weights, for its
-- state, China's share, Taiwan's exposure and the breadth of codes. Shares are medians over the codes of
-- one year, so that a basket code with much trade decides nothing; China's share is of all covered
-- economies that state this year, Taiwan's of Taiwan alone.
with

measures as (
    select * from {{ ref('fct_control_measures') }}
),

exposures as (
    select * from {{ ref('fct_control_exposure_yearly') }}
),

factors as (
    select * from {{ ref('severity_factors') }}
),

levels as (
    select * from {{ ref('severity_levels') }} where scale = 'control_score'
),

taiwan_years as (
    select
        notice_key,
        clause_label,
        max(year) as year
    from exposures
    where reporter_iso3 = 'TWN' and imports_usd is not null
    group by notice_key, clause_label
),

codes as (
    select
        exposures.notice_key,
        exposures.clause_label,
        exposures.year,
        exposures.hs6,
        share_pct_of(sum(exposures.from_china_usd), sum(exposures.imports_usd)) as china_share_pct,
        max(exposures.china_share_pct) filter (where exposures.reporter_iso3 = 'TWN')
            as taiwan_share_pct,
        bool_or(exposures.is_reconstructed) as is_reconstructed,
        weakest_vintage(exposures.vintage) as vintage,
        united_ids(exposures.response_ids) as response_ids
    from exposures
    inner join taiwan_years
        on taiwan_years.notice_key = exposures.notice_key
        and taiwan_years.clause_label = exposures.clause_label
        and taiwan_years.year = exposures.year
    where exposures.imports_usd is not null
    group by exposures.notice_key, exposures.clause_label, exposures.year, exposures.hs6
),

medians as (
    select
        notice_key,
        clause_label,
        year,
        median(china_share_pct) as china_share_pct,
        median(taiwan_share_pct) as taiwan_share_pct,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        united_ids(response_ids) as response_ids
    from codes
    group by notice_key, clause_label, year
),

weighed as (
    select
        measures.notice_key,
        measures.clause_label,
        measures.label_zh,
        medians.year,
        measures.control_status,
        measures.is_live,
        states.weight as status_weight,
        medians.china_share_pct,
        shares.weight as china_weight,
        medians.taiwan_share_pct,
        exposed.weight as taiwan_weight,
        measures.code_count,
        breadths.weight as breadth_weight,
        round(100.0 * states.weight * shares.weight * exposed.weight * breadths.weight, 6) as score,
        measures.is_unconfirmed,
        measures.document_urls,
        measures.coverage as state_coverage,
        coalesce(medians.vintage, measures.vintage) as vintage,
        coalesce(medians.is_reconstructed, false) as is_reconstructed,
        list_concat(measures.response_ids, coalesce(medians.response_ids, [])) as response_ids
    from measures
    left join medians
        on medians.notice_key = measures.notice_key
        and medians.clause_label = measures.clause_label
    left join factors as states
        on states.factor = 'control_status' and states.band = measures.control_status
    left join factors as shares
        on shares.factor = 'china_share'
        and in_band(medians.china_share_pct, shares.min_value, shares.below_value)
    left join factors as exposed
        on exposed.factor = 'taiwan_exposure'
        and in_band(medians.taiwan_share_pct, exposed.min_value, exposed.below_value)
    left join factors as breadths
        on breadths.factor = 'breadth'
        and in_band(measures.code_count, breadths.min_value, breadths.below_value)
),

final as (
    select
        weighed.notice_key,
        weighed.clause_label,
        weighed.label_zh,
        weighed.year,
        weighed.control_status,
        weighed.is_live,
        weighed.status_weight,
        weighed.china_share_pct,
        weighed.china_weight,
        weighed.taiwan_share_pct,
        weighed.taiwan_weight,
        weighed.code_count,
        weighed.breadth_weight,
        weighed.score,
        levels.severity,
        case when weighed.score is null then 'no_taiwan_imports' end as gap,
        weighed.is_unconfirmed,
        weighed.document_urls,
        coalesce(cast(weighed.year as varchar), weighed.state_coverage) as coverage,
        weighed.vintage,
        weighed.is_reconstructed,
        united_list(weighed.response_ids) as response_ids
    from weighed
    left join levels on in_band(weighed.score, levels.min_value, levels.below_value)
)

select * from final
