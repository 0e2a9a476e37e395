-- Grain: one row per partner and month. Source: int_us_trade_months__reconciled.
-- Purpose: the US monthly series of the covered partners with changes, streaks and records. Streaks and
-- records run over the whole published history; rows go back to January three years before the
-- newest month. Nothing here rests a real figure on a reconstructed base: such a change is null with its reason.
with

months as (
    select * from {{ ref('int_us_trade_months__reconciled') }} where is_covered
),

series as (
    select
        partner_iso3,
        month,
        any_value(census_code) as census_code,
        sum(value_usd) filter (where flow = 'X') as exports_usd,
        sum(value_usd) filter (where flow = 'M') as imports_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        min(source) as source,
        list(response_id) as response_ids
    from months
    group by partner_iso3, month
    having count(distinct flow) = 2
),

compared as (
    select
        now.partner_iso3,
        now.month,
        now.census_code,
        month_index(now.month) as position,
        now.exports_usd,
        now.imports_usd,
        now.imports_usd - now.exports_usd as deficit_usd,
        now.is_reconstructed,
        now.vintage,
        now.source,
        coalesce(before.is_reconstructed, false) and not now.is_reconstructed as previous_month_is_unlike,
        before.exports_usd as exports_previous,
        before.imports_usd as imports_previous,
        case
            when year_ago.month is null then 'no_prior_year'
            when year_ago.is_reconstructed and not now.is_reconstructed then 'reconstructed_prior_year'
        end as comparison_gap,
        year_ago.exports_usd as exports_year_ago,
        year_ago.imports_usd as imports_year_ago,
        not now.is_reconstructed and not coalesce(year_ago.is_reconstructed, true) as both_published,
        list_concat(
            now.response_ids,
            coalesce(before.response_ids, []),
            coalesce(year_ago.response_ids, [])
        ) as response_ids
    from series as now
    left join series as before
        on before.partner_iso3 = now.partner_iso3 and before.month = month_plus(now.month, -1)
    left join series as year_ago
        on year_ago.partner_iso3 = now.partner_iso3 and year_ago.month = month_plus(now.month, -12)
),

-- Within a partner and a sign, consecutive months share the value of (position − rank); so do the
-- published months of an unbroken run.
islands as (
    select
        partner_iso3,
        month,
        is_reconstructed,
        sign(imports_usd - imports_year_ago) as imports_sign,
        sign(exports_usd - exports_year_ago) as exports_sign,
        both_published,
        position - row_number() over (
            partition by partner_iso3, both_published, sign(imports_usd - imports_year_ago)
            order by position
        ) as imports_island,
        position - row_number() over (
            partition by partner_iso3, both_published, sign(exports_usd - exports_year_ago)
            order by position
        ) as exports_island,
        position - row_number() over (
            partition by partner_iso3, is_reconstructed order by position
        ) as run_island
    from compared
),

streaks as (
    select
        partner_iso3,
        month,
        case
            when both_published
                then cast(
                    imports_sign * row_number() over (
                        partition by partner_iso3, both_published, imports_sign, imports_island
                        order by month
                    ) as integer
                )
        end as imports_yoy_streak,
        case
            when both_published
                then cast(
                    exports_sign * row_number() over (
                        partition by partner_iso3, both_published, exports_sign, exports_island
                        order by month
                    ) as integer
                )
        end as exports_yoy_streak
    from islands
),

runs as (
    select
        compared.partner_iso3,
        compared.month,
        first_value(compared.month) over run as run_start,
        cast(row_number() over run as integer) as run_months,
        max(compared.exports_usd) over earlier as exports_highest,
        min(compared.exports_usd) over earlier as exports_lowest,
        max(compared.imports_usd) over earlier as imports_highest,
        min(compared.imports_usd) over earlier as imports_lowest,
        max(compared.deficit_usd) over earlier as deficit_highest,
        min(compared.deficit_usd) over earlier as deficit_lowest
    from compared
    inner join islands using (partner_iso3, month)
    where not compared.is_reconstructed
    window
        run as (partition by compared.partner_iso3, islands.run_island order by compared.month),
        earlier as (
            partition by compared.partner_iso3, islands.run_island
            order by compared.month
            rows between unbounded preceding and 1 preceding
        )
),

final as (
    select
        compared.partner_iso3,
        compared.month,
        compared.census_code,
        cast(compared.exports_usd as decimal(24, 4)) as exports_usd,
        cast(compared.imports_usd as decimal(24, 4)) as imports_usd,
        cast(-compared.deficit_usd as decimal(24, 4)) as balance_usd,
        cast(compared.deficit_usd as decimal(24, 4)) as deficit_usd,
        case
            when not compared.previous_month_is_unlike
                then change_pct(compared.exports_usd, compared.exports_previous)
        end as exports_mom_pct,
        case
            when not compared.previous_month_is_unlike
                then change_pct(compared.imports_usd, compared.imports_previous)
        end as imports_mom_pct,
        case
            when compared.comparison_gap is null
                then change_pct(compared.exports_usd, compared.exports_year_ago)
        end as exports_yoy_pct,
        case
            when compared.comparison_gap is null
                then change_pct(compared.imports_usd, compared.imports_year_ago)
        end as imports_yoy_pct,
        case
            when not compared.previous_month_is_unlike
                then cast(compared.imports_previous - compared.exports_previous as decimal(24, 4))
        end as deficit_prior_month_usd,
        streaks.imports_yoy_streak,
        streaks.exports_yoy_streak,
        compared.comparison_gap,
        runs.run_start,
        runs.run_months,
        case
            when runs.run_months >= threshold('record_min_months')
                then record_of(compared.exports_usd, runs.exports_highest, runs.exports_lowest)
        end as exports_extreme,
        case
            when runs.run_months >= threshold('record_min_months')
                then record_of(compared.imports_usd, runs.imports_highest, runs.imports_lowest)
        end as imports_extreme,
        case
            when runs.run_months >= threshold('record_min_months')
                then record_of(compared.deficit_usd, runs.deficit_highest, runs.deficit_lowest)
        end as deficit_extreme,
        compared.month = max(compared.month) over () as is_latest,
        compared.source,
        compared.month as coverage,
        compared.vintage,
        compared.is_reconstructed,
        united_list(compared.response_ids) as response_ids
    from compared
    left join streaks using (partner_iso3, month)
    left join runs using (partner_iso3, month)
    qualify compared.month >= (cast(left(max(compared.month) over (), 4) as integer) - 3) || '-01'
)

select * from final
