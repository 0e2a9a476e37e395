-- Grain: one row per ordered pair of covered partners, newest month. Source: fct_us_trade_monthly.
-- Purpose: since when the US deficit with one partner has exceeded that with another. Only published
-- months count; the streak ends at the first month where it does not hold or one side is missing.
with

monthly as (
    select * from {{ ref('fct_us_trade_monthly') }}
),

pairs as (
    select
        one.partner_iso3,
        other.partner_iso3 as other_iso3,
        one.month,
        month_index(one.month) as position,
        one.is_latest,
        one.deficit_usd,
        other.deficit_usd as other_deficit_usd,
        one.deficit_usd > other.deficit_usd
        and not one.is_reconstructed
        and not other.is_reconstructed as holds,
        one.is_reconstructed or other.is_reconstructed as is_reconstructed,
        least(one.vintage, other.vintage) as vintage,
        list_concat(one.response_ids, other.response_ids) as response_ids
    from monthly as one
    inner join monthly as other using (month)
    where one.partner_iso3 <> other.partner_iso3
),

islands as (
    select
        *,
        position - row_number() over (
            partition by partner_iso3, other_iso3, holds order by position
        ) as island
    from pairs
),

streaks as (
    select
        *,
        cast(count(*) over streak as integer) as length,
        min(month) over streak as first_month,
        flatten(list(response_ids) over streak) as streak_response_ids
    from islands
    window streak as (partition by partner_iso3, other_iso3, holds, island)
),

final as (
    select
        partner_iso3,
        other_iso3,
        month,
        deficit_usd,
        other_deficit_usd,
        case when holds then length else 0 end as streak_months,
        case when holds then first_month end as since_month,
        case when holds and length > 1 then first_month || '..' || month else month end as coverage,
        vintage,
        is_reconstructed,
        list_sort(list_distinct(case when holds then streak_response_ids else response_ids end))
            as response_ids
    from streaks
    where is_latest
)

select * from final
