-- Grain: one row per partner and HS chapter. Sources: int_us_commodity_months__reconciled, hs_chapters.
-- Purpose: which chapters a bilateral balance of the running year consists of, against the same months
-- a year before. A share of the deficit may exceed 100: other chapters have a surplus. Where the
-- balance as a whole is no deficit there is no share. Chapters come from the API alone; without it the
-- table is empty.
with

chapters as (
    select * from {{ ref('int_us_commodity_months__reconciled') }}
),

names as (
    select * from {{ ref('hs_chapters') }}
),

month_pairs as (
    select partner_iso3, month
    from chapters
    group by partner_iso3, month
    having count(distinct flow) = 2
),

newest as (
    select
        partner_iso3,
        max(month) as through_month,
        cast(left(max(month), 4) as integer) as year,
        cast(right(max(month), 2) as integer) as months
    from month_pairs
    group by partner_iso3
),

periods as (
    select
        newest.partner_iso3,
        newest.through_month,
        newest.months,
        cast(left(month_pairs.month, 4) as integer) as year,
        cast(left(month_pairs.month, 4) as integer) = newest.year as is_current
    from newest
    inner join month_pairs
        on month_pairs.partner_iso3 = newest.partner_iso3
        and cast(left(month_pairs.month, 4) as integer) between newest.year - 1 and newest.year
        and cast(right(month_pairs.month, 2) as integer) <= newest.months
    group by all
    having count(*) = newest.months
),

summed as (
    select
        periods.partner_iso3,
        periods.is_current,
        periods.through_month,
        periods.months,
        periods.year,
        chapters.commodity_code,
        coalesce(sum(chapters.value_usd) filter (where chapters.flow = 'X'), 0) as exports_usd,
        coalesce(sum(chapters.value_usd) filter (where chapters.flow = 'M'), 0) as imports_usd,
        bool_or(chapters.is_reconstructed) as is_reconstructed,
        weakest_vintage(chapters.vintage) as vintage,
        list(distinct chapters.response_id) as response_ids
    from periods
    inner join chapters
        on chapters.partner_iso3 = periods.partner_iso3
        and cast(left(chapters.month, 4) as integer) = periods.year
        and cast(right(chapters.month, 2) as integer) <= periods.months
    group by all
),

goods as (
    select
        partner_iso3,
        year,
        sum(case when flow = 'M' then goods_usd else -goods_usd end) as deficit_usd
    from (
        select
            told.partner_iso3, told.flow, told.month, periods.year,
            any_value(told.goods_usd) as goods_usd
        from periods
        inner join chapters as told
            on told.partner_iso3 = periods.partner_iso3
            and cast(left(told.month, 4) as integer) = periods.year
            and cast(right(told.month, 2) as integer) <= periods.months
        group by told.partner_iso3, told.flow, told.month, periods.year
    ) as month_goods
    group by partner_iso3, year
),

compared as (
    select
        now.partner_iso3,
        now.commodity_code,
        now.through_month,
        now.months,
        now.year,
        now.exports_usd,
        now.imports_usd,
        now.imports_usd - now.exports_usd as deficit_usd,
        goods.deficit_usd as goods_deficit_usd,
        case
            when prior_period.year is null then 'no_prior_year'
            when prior.commodity_code is null then 'no_prior_trade'
            when prior.is_reconstructed and not now.is_reconstructed then 'reconstructed_prior_year'
        end as comparison_gap,
        prior.imports_usd as imports_prior_usd,
        prior.imports_usd - prior.exports_usd as deficit_prior_usd,
        now.vintage,
        now.is_reconstructed,
        list_concat(now.response_ids, coalesce(prior.response_ids, [])) as response_ids
    from summed as now
    inner join goods on goods.partner_iso3 = now.partner_iso3 and goods.year = now.year
    left join periods as prior_period
        on prior_period.partner_iso3 = now.partner_iso3 and not prior_period.is_current
    left join summed as prior
        on prior.partner_iso3 = now.partner_iso3
        and prior.commodity_code = now.commodity_code
        and not prior.is_current
    where now.is_current
),

final as (
    select
        compared.partner_iso3,
        compared.commodity_code,
        coalesce(names.name_zh_tw, '第 ' || compared.commodity_code || ' 章') as commodity_name_zh,
        compared.through_month,
        compared.months,
        cast(compared.exports_usd as decimal(24, 4)) as exports_usd,
        cast(compared.imports_usd as decimal(24, 4)) as imports_usd,
        cast(compared.deficit_usd as decimal(24, 4)) as deficit_usd,
        cast(compared.goods_deficit_usd as decimal(24, 4)) as goods_deficit_usd,
        case
            when compared.goods_deficit_usd > 0
                then share_pct_of(compared.deficit_usd, compared.goods_deficit_usd)
        end as deficit_share_pct,
        cast(
            row_number() over (
                partition by compared.partner_iso3
                order by compared.deficit_usd desc, compared.commodity_code
            ) as integer
        ) as deficit_rank,
        compared.goods_deficit_usd > 0
        and share_pct_of(compared.deficit_usd, compared.goods_deficit_usd)
        > threshold('chapter_deficit_share_flag_pct') as is_over_half,
        case
            when compared.comparison_gap is null
                then cast(compared.deficit_prior_usd as decimal(24, 4))
        end as deficit_prior_usd,
        case
            when compared.comparison_gap is null
                then change_pct(compared.imports_usd, compared.imports_prior_usd)
        end as imports_yoy_pct,
        compared.comparison_gap,
        case
            when compared.months = 1 then compared.through_month
            else compared.year || '-01..' || compared.through_month
        end as coverage,
        compared.vintage,
        compared.is_reconstructed,
        united_list(compared.response_ids) as response_ids
    from compared
    left join names on names.chapter = compared.commodity_code
)

select * from final
