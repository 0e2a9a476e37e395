-- Grain: one row per partner and last month. Source: int_us_trade_months__reconciled.
-- Purpose: the sum of twelve consecutive months up to a month, against the twelve before them. A sum
-- exists only where all twelve months do; it is a rolling sum and never called a year.
with

months as (
    select * from {{ ref('int_us_trade_months__reconciled') }} where is_covered or kind = 'world'
),

newest as (
    select max(month) as month from months
),

series as (
    select
        case when months.kind = 'world' then 'W00' else months.partner_iso3 end as partner_iso3,
        months.month,
        month_index(months.month) as position,
        sum(months.value_usd) filter (where months.flow = 'X') as exports_usd,
        sum(months.value_usd) filter (where months.flow = 'M') as imports_usd,
        bool_or(months.is_reconstructed) as is_reconstructed,
        weakest_vintage(months.vintage) as vintage,
        list(months.response_id) as response_ids
    from months
    cross join newest
    where months.month > month_plus(newest.month, -36)
    group by 1, 2
    having count(distinct months.flow) = 2
),

summed as (
    select
        partner_iso3,
        month,
        min(month) over twelve as first_month,
        sum(exports_usd) over twelve as exports_usd,
        sum(imports_usd) over twelve as imports_usd,
        bool_or(is_reconstructed) over twelve as is_reconstructed,
        min(vintage) over twelve as vintage,
        flatten(list(response_ids) over twelve) as response_ids
    from series
    window twelve as (
        partition by partner_iso3 order by position rows between 11 preceding and current row
    )
    qualify count(*) over twelve = 12 and position - min(position) over twelve = 11
),

compared as (
    select
        now.partner_iso3,
        now.month,
        now.first_month,
        now.exports_usd,
        now.imports_usd,
        now.is_reconstructed,
        now.vintage,
        case
            when prior.month is null then 'no_prior_year'
            when prior.is_reconstructed and not now.is_reconstructed then 'reconstructed_prior_year'
        end as comparison_gap,
        prior.exports_usd as exports_prior_usd,
        prior.imports_usd as imports_prior_usd,
        list_concat(now.response_ids, coalesce(prior.response_ids, [])) as response_ids
    from summed as now
    left join summed as prior
        on prior.partner_iso3 = now.partner_iso3 and prior.month = month_plus(now.month, -12)
),

final as (
    select
        partner_iso3,
        month as through_month,
        first_month,
        cast(exports_usd as decimal(24, 4)) as exports_usd,
        cast(imports_usd as decimal(24, 4)) as imports_usd,
        cast(imports_usd - exports_usd as decimal(24, 4)) as deficit_usd,
        case when comparison_gap is null then change_pct(exports_usd, exports_prior_usd) end
            as exports_yoy_pct,
        case when comparison_gap is null then change_pct(imports_usd, imports_prior_usd) end
            as imports_yoy_pct,
        comparison_gap,
        month = max(month) over () as is_latest,
        first_month || '..' || month as coverage,
        vintage,
        is_reconstructed,
        united_list(response_ids) as response_ids
    from compared
    qualify month > month_plus(max(month) over (), -13)
)

select * from final
