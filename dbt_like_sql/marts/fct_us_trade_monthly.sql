-- Grain: one row per partner and month. Source: int_us_trade_months__reconciled.
-- Purpose: the US monthly series of the covered partners with changes, streaks and records. Streaks and
-- records run over the whole published history; rows go back to January three years before the week's
-- end. Nothing here rests a real figure on a reconstructed base: such a change is null with its reason.
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
        now.*,
        now.imports_usd - now.exports_usd as deficit_usd,
        month_index(now.month) as position,
        before.month is not null as has_previous_month,
        before.is_reconstructed and not now.is_reconstructed as previous_month_is_unlike,
        before.exports_usd as exports_previous,
        before.imports_usd as imports_previous,
        year_ago.month is not null as has_year_ago,
        year_ago.is_reconstructed and not now.is_reconstructed as year_ago_is_unlike,
        year_ago.exports_usd as exports_year_ago,
        year_ago.imports_usd as imports_year_ago,
        not now.is_reconstructed and not coalesce(year_ago.is_reconstructed, true) as both_published,
        before.response_ids as ids_previous,
        year_ago.response_ids as ids_year_ago
    from series as now
    left join series as before
        on before.partner_iso3 = now.partner_iso3 and before.month = month_plus(now.month, -1)
    left join series as year_ago
        on year_ago.partner_iso3 = now.partner_iso3 and year_ago.month = month_plus(now.month, -12)
),

signed as (
    select
        *,
        case when both_published then sign(imports_usd - imports_year_ago) end as imports_sign,
        case when both_published then sign(exports_usd - exports_year_ago) end as exports_sign,
        case when not is_reconstructed then position end as published_position
    from compared
),

-- Consecutive positions with the same sign share a value of (position − rank within the sign).
islands as (
    select
        *,
        position - row_number() over (
            partition by partner_iso3, imports_sign order by position
        ) as imports_island,
        position - row_number() over (
            partition by partner_iso3, exports_sign order by position
        ) as exports_island,
        position - row_number() over (
            partition by partner_iso3, is_reconstructed order by position
        ) as run_island
    from signed
),

placed as (
    select
        *,
        cast(
            imports_sign * row_number() over (
                partition by partner_iso3, imports_sign, imports_island order by position
            ) as integer
        ) as imports_yoy_streak,
        cast(
            exports_sign * row_number() over (
                partition by partner_iso3, exports_sign, exports_island order by position
            ) as integer
        ) as exports_yoy_streak,
        first_value(month) over run as run_start,
        cast(row_number() over run as integer) as run_months,
        max(exports_usd) over earlier as exports_highest_before,
        min(exports_usd) over earlier as exports_lowest_before,
        max(imports_usd) over earlier as imports_highest_before,
        min(imports_usd) over earlier as imports_lowest_before,
        max(deficit_usd) over earlier as deficit_highest_before,
        min(deficit_usd) over earlier as deficit_lowest_before
    from islands
    window
        run as (partition by partner_iso3, is_reconstructed, run_island order by position),
        earlier as (
            partition by partner_iso3, is_reconstructed, run_island order by position
            rows between unbounded preceding and 1 preceding
        )
),

final as (
    select
        partner_iso3,
        month,
        census_code,
        cast(exports_usd as decimal(24, 4)) as exports_usd,
        cast(imports_usd as decimal(24, 4)) as imports_usd,
        cast(-deficit_usd as decimal(24, 4)) as balance_usd,
        cast(deficit_usd as decimal(24, 4)) as deficit_usd,
        case when not previous_month_is_unlike then change_pct(exports_usd, exports_previous) end
            as exports_mom_pct,
        case when not previous_month_is_unlike then change_pct(imports_usd, imports_previous) end
            as imports_mom_pct,
        case when not year_ago_is_unlike then change_pct(exports_usd, exports_year_ago) end
            as exports_yoy_pct,
        case when not year_ago_is_unlike then change_pct(imports_usd, imports_year_ago) end
            as imports_yoy_pct,
        case
            when not previous_month_is_unlike
                then cast(imports_previous - exports_previous as decimal(24, 4))
        end as deficit_prior_month_usd,
        imports_yoy_streak,
        exports_yoy_streak,
        case
            when not has_year_ago then 'no_prior_year'
            when year_ago_is_unlike then 'reconstructed_prior_year'
        end as comparison_gap,
        case when not is_reconstructed then run_start end as run_start,
        case when not is_reconstructed then run_months end as run_months,
        record_of(exports_usd, exports_highest_before, exports_lowest_before, may_be_record)
            as exports_extreme,
        record_of(imports_usd, imports_highest_before, imports_lowest_before, may_be_record)
            as imports_extreme,
        record_of(deficit_usd, deficit_highest_before, deficit_lowest_before, may_be_record)
            as deficit_extreme,
        month = max(month) over () as is_latest,
        source,
        month as coverage,
        vintage,
        is_reconstructed,
        list_sort(list_distinct(list_concat(response_ids, ids_previous, ids_year_ago)))
            as response_ids
    from (
        select
            *,
            not is_reconstructed and run_months >= threshold('record_min_months') as may_be_record
        from placed
    )
    qualify month >= (year($as_of) - 3) || '-01'
)

select * from final
