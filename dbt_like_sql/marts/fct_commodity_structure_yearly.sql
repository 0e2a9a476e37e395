-- Grain: one row per reporter, flow, year and HS chapter. Sources: int_chapter_shares__computed,
-- hs_chapters.
-- Purpose: what a reporter trades with the world: each chapter's value, share, rank, change and
-- contribution to the change of the whole. A chapter traded the year before and not since stays as a
-- row of 0, so that contributions add up to the growth of the chapters' sum. Ties rank by code.
with

chapters as (
    select * from {{ ref('int_chapter_shares__computed') }}
),

labels as (
    select * from {{ ref('hs_chapters') }}
),

years as (
    select
        reporter_code,
        any_value(reporter_iso3) as reporter_iso3,
        flow,
        year,
        any_value(chapters_usd) as chapters_usd,
        any_value(itemised_share_pct) as itemised_share_pct,
        any_value(is_latest) as is_latest,
        weakest_vintage(vintage) as vintage,
        bool_or(is_reconstructed) as is_reconstructed,
        united_ids(response_ids) as response_ids
    from chapters
    group by reporter_code, flow, year
),

codes as (
    select reporter_code, flow, year, commodity_code from chapters
    union
    select reporter_code, flow, year + 1 as year, commodity_code from chapters
),

compared as (
    select
        years.reporter_iso3,
        years.flow,
        years.year,
        codes.commodity_code,
        years.reporter_code,
        cast(coalesce(now.value_usd, 0) as decimal(24, 4)) as value_usd,
        share_pct_of(coalesce(now.value_usd, 0), years.chapters_usd) as share_pct,
        case
            when prior_years.year is not null
                then cast(coalesce(prior.value_usd, 0) as decimal(24, 4))
        end as value_prior_usd,
        prior_years.chapters_usd as chapters_prior_usd,
        years.itemised_share_pct,
        years.is_latest,
        least(years.vintage, prior_years.vintage) as vintage,
        years.is_reconstructed or coalesce(prior_years.is_reconstructed, false) as is_reconstructed,
        united_list(list_concat(years.response_ids, coalesce(prior_years.response_ids, [])))
            as response_ids
    from years
    inner join codes using (reporter_code, flow, year)
    left join chapters as now
        on now.reporter_code = codes.reporter_code
        and now.flow = codes.flow
        and now.year = codes.year
        and now.commodity_code = codes.commodity_code
    left join years as prior_years
        on prior_years.reporter_code = years.reporter_code
        and prior_years.flow = years.flow
        and prior_years.year = years.year - 1
    left join chapters as prior
        on prior.reporter_code = codes.reporter_code
        and prior.flow = codes.flow
        and prior.year = codes.year - 1
        and prior.commodity_code = codes.commodity_code
),

final as (
    select
        compared.reporter_iso3,
        compared.flow,
        compared.year,
        compared.commodity_code,
        compared.reporter_code,
        labels.name_zh_tw as commodity_name_zh,
        compared.value_usd,
        compared.share_pct,
        cast(
            row_number() over (
                partition by compared.reporter_code, compared.flow, compared.year
                order by compared.value_usd desc, compared.commodity_code
            ) as integer
        ) as commodity_rank,
        compared.value_prior_usd,
        change_pct(compared.value_usd, compared.value_prior_usd) as yoy_pct,
        share_pct_of(
            compared.value_usd - compared.value_prior_usd, compared.chapters_prior_usd
        ) as contribution_ppt,
        case
            when compared.value_prior_usd is null then 'no_prior_year'
            when compared.value_prior_usd = 0 then 'no_prior_trade'
        end as comparison_gap,
        compared.itemised_share_pct,
        compared.is_latest,
        cast(compared.year as varchar) as coverage,
        compared.vintage,
        compared.is_reconstructed,
        compared.response_ids
    from compared
    left join labels on labels.chapter = compared.commodity_code
)

select * from final
