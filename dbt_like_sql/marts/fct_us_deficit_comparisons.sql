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
        partner_iso3,
        other_iso3,
        month,
        position - row_number() over (
            partition by partner_iso3, other_iso3 order by position
        ) as island
    from pairs
    where holds
),

streaks as (
    select
        pairs.partner_iso3,
        pairs.other_iso3,
        max(pairs.month) as last_month,
        min(pairs.month) as first_month,
        cast(count(*) as integer) as length,
        flatten(list(pairs.response_ids)) as response_ids
    from pairs
    inner join islands using (partner_iso3, other_iso3, month)
    group by pairs.partner_iso3, pairs.other_iso3, islands.island
),

final as (
    select
        pairs.partner_iso3,
        pairs.other_iso3,
        pairs.month,
        pairs.deficit_usd,
        pairs.other_deficit_usd,
        coalesce(streaks.length, 0) as streak_months,
        streaks.first_month as since_month,
        case
            when streaks.length > 1 then streaks.first_month || '..' || pairs.month else pairs.month
        end as coverage,
        pairs.vintage,
        pairs.is_reconstructed,
        united_list(list_concat(pairs.response_ids, coalesce(streaks.response_ids, [])))
            as response_ids
    from pairs
    left join streaks
        on streaks.partner_iso3 = pairs.partner_iso3
        and streaks.other_iso3 = pairs.other_iso3
        and streaks.last_month = pairs.month
    where pairs.is_latest
)

select * from final
