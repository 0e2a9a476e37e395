-- Grain: one row per partner and year. Sources: int_us_trade_months__reconciled,
-- int_us_trade_years__reconciled.
-- Purpose: whole years of US trade, and nothing that is less than a year. Twelve published months speak
-- for their year; where a month has no published value, or the months are of several vintages, the
-- annual table does. A year with neither is not here. Changes and streaks never rest a published
-- year on a reconstructed one.
with

months as (
    select * from {{ ref('int_us_trade_months__reconciled') }} where is_covered or kind = 'world'
),

years as (
    select * from {{ ref('int_us_trade_years__reconciled') }} where is_covered or kind = 'world'
),

by_month as (
    select
        case when kind = 'world' then 'W00' else partner_iso3 end as partner_iso3,
        flow,
        cast(left(month, 4) as integer) as year,
        sum(value_usd) as value_usd,
        cast(count(*) filter (where not is_reconstructed) as integer) as months_published,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        list(response_id) as response_ids
    from months
    group by 1, 2, 3
    having count(*) = 12
),

by_year as (
    select
        case when kind = 'world' then 'W00' else partner_iso3 end as partner_iso3,
        flow,
        year,
        value_usd,
        is_reconstructed,
        vintage,
        response_id
    from years
),

chosen as (
    select
        coalesce(by_month.partner_iso3, by_year.partner_iso3) as partner_iso3,
        coalesce(by_month.flow, by_year.flow) as flow,
        coalesce(by_month.year, by_year.year) as year,
        coalesce(by_month.months_published, 0) as months_published,
        by_year.value_usd is not null
        and (
            coalesce(by_month.months_published, 0) < 12
            or (
                not by_year.is_reconstructed
                and abs(by_year.value_usd - by_month.value_usd)
                > threshold('census_year_rounding_usd')
            )
        ) as takes_annual_table,
        by_month.value_usd as months_usd,
        by_year.value_usd as annual_usd,
        by_month.is_reconstructed as months_are_reconstructed,
        by_year.is_reconstructed as annual_is_reconstructed,
        least(by_month.vintage, by_year.vintage) as vintage,
        by_month.response_ids as months_response_ids,
        by_year.response_id as annual_response_id
    from by_month
    full join by_year using (partner_iso3, flow, year)
),

told as (
    select
        partner_iso3,
        flow,
        year,
        months_published,
        takes_annual_table,
        case when takes_annual_table then annual_usd else months_usd end as value_usd,
        case when takes_annual_table then annual_is_reconstructed else months_are_reconstructed end
            as is_reconstructed,
        vintage,
        case when takes_annual_table then [annual_response_id] else months_response_ids end
            as response_ids
    from chosen
),

both_flows as (
    select
        partner_iso3,
        year,
        sum(value_usd) filter (where flow = 'X') as exports_usd,
        sum(value_usd) filter (where flow = 'M') as imports_usd,
        min(months_published) as months_published,
        bool_or(takes_annual_table) as takes_annual_table,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        flatten(list(response_ids)) as response_ids
    from told
    group by partner_iso3, year
    having count(distinct flow) = 2
),

compared as (
    select
        now.partner_iso3,
        now.year,
        now.exports_usd,
        now.imports_usd,
        now.months_published,
        now.takes_annual_table,
        now.is_reconstructed,
        now.vintage,
        prior.exports_usd as exports_prior_usd,
        prior.imports_usd as imports_prior_usd,
        case
            when prior.year is null then 'no_prior_year'
            when prior.is_reconstructed and not now.is_reconstructed then 'reconstructed_prior_year'
        end as comparison_gap,
        not now.is_reconstructed and not coalesce(prior.is_reconstructed, true) as both_published,
        list_concat(now.response_ids, coalesce(prior.response_ids, [])) as response_ids
    from both_flows as now
    left join both_flows as prior
        on prior.partner_iso3 = now.partner_iso3 and prior.year = now.year - 1
),

islands as (
    select
        partner_iso3,
        year,
        both_published,
        sign(imports_usd - imports_prior_usd) as imports_sign,
        sign(exports_usd - exports_prior_usd) as exports_sign,
        year - row_number() over (
            partition by partner_iso3, both_published, sign(imports_usd - imports_prior_usd)
            order by year
        ) as imports_island,
        year - row_number() over (
            partition by partner_iso3, both_published, sign(exports_usd - exports_prior_usd)
            order by year
        ) as exports_island
    from compared
),

streaks as (
    select
        partner_iso3,
        year,
        case
            when both_published
                then cast(
                    imports_sign * row_number() over (
                        partition by partner_iso3, both_published, imports_sign, imports_island
                        order by year
                    ) as integer
                )
        end as imports_yoy_streak,
        case
            when both_published
                then cast(
                    exports_sign * row_number() over (
                        partition by partner_iso3, both_published, exports_sign, exports_island
                        order by year
                    ) as integer
                )
        end as exports_yoy_streak
    from islands
),

final as (
    select
        compared.partner_iso3,
        compared.year,
        case when compared.takes_annual_table then 'annual_table' else 'months' end as basis,
        compared.months_published,
        cast(compared.exports_usd as decimal(24, 4)) as exports_usd,
        cast(compared.imports_usd as decimal(24, 4)) as imports_usd,
        cast(compared.imports_usd - compared.exports_usd as decimal(24, 4)) as deficit_usd,
        case
            when compared.comparison_gap is null
                then change_pct(compared.exports_usd, compared.exports_prior_usd)
        end as exports_yoy_pct,
        case
            when compared.comparison_gap is null
                then change_pct(compared.imports_usd, compared.imports_prior_usd)
        end as imports_yoy_pct,
        case
            when compared.comparison_gap is null
                and sign(compared.imports_usd - compared.exports_usd)
                = sign(compared.imports_prior_usd - compared.exports_prior_usd)
                then change_pct(
                    abs(compared.imports_usd - compared.exports_usd),
                    abs(compared.imports_prior_usd - compared.exports_prior_usd)
                )
        end as deficit_yoy_pct,
        streaks.imports_yoy_streak,
        streaks.exports_yoy_streak,
        compared.comparison_gap,
        compared.year = max(compared.year) over (partition by compared.partner_iso3) as is_latest,
        compared.year || '-01..' || compared.year || '-12' as coverage,
        compared.vintage,
        compared.is_reconstructed,
        united_list(compared.response_ids) as response_ids
    from compared
    left join streaks using (partner_iso3, year)
    qualify compared.year >= max(compared.year) over () - 3
)

select * from final
