-- Grain: one row per covered partner, flow and complete year. Sources: int_us_trade_years__reconciled,
-- int_us_trade_months__reconciled.
-- Purpose: what the published months of a year lack against its annual table. A month the vintage has no
-- published value for is named, and the year's total less the published months says how much rests on
-- an estimate or on nothing; twelve published months that miss the total by more than rounding are of
-- several vintages.
with

years as (
    select * from {{ ref('int_us_trade_years__reconciled') }} where is_covered
),

months as (
    select * from {{ ref('int_us_trade_months__reconciled') }} where is_covered
),

calendar_months as (
    select years.partner_iso3, years.flow, years.year, years.year || '-' || lpad(number, 2, '0') as month
    from years
    cross join (select cast(unnest(range(1, 13)) as varchar) as number) as numbers
),

told as (
    select
        calendar_months.partner_iso3,
        calendar_months.flow,
        calendar_months.year,
        cast(count(months.month) as integer) as months_told,
        cast(count(months.month) filter (where not months.is_reconstructed) as integer)
            as months_published,
        list_sort(
            list(calendar_months.month) filter (where coalesce(months.is_reconstructed, true))
        ) as lacking_months,
        sum(months.value_usd) as told_usd,
        coalesce(sum(months.value_usd) filter (where not months.is_reconstructed), 0)
            as published_usd,
        list(months.response_id) filter (where months.response_id is not null) as response_ids
    from calendar_months
    left join months using (partner_iso3, flow, month)
    group by calendar_months.partner_iso3, calendar_months.flow, calendar_months.year
),

compared as (
    select
        years.partner_iso3,
        years.flow,
        years.year,
        case
            when told.months_told < 12 then 'months_missing'
            when told.months_published < 12 then 'months_reconstructed'
            when abs(years.value_usd - told.told_usd) > threshold('census_year_rounding_usd')
                then 'does_not_add_up'
        end as reason,
        told.months_published,
        coalesce(told.lacking_months, []) as lacking_months,
        years.value_usd as annual_usd,
        told.published_usd,
        years.value_usd - told.published_usd as gap_usd,
        case when told.months_told = 12 then years.value_usd - told.told_usd end as difference_usd,
        years.is_reconstructed,
        years.vintage,
        list_append(coalesce(told.response_ids, []), years.response_id) as response_ids
    from years
    inner join told using (partner_iso3, flow, year)
),

final as (
    select
        partner_iso3,
        flow,
        year,
        reason,
        reason is not null and months_published > 12 - months_published as is_stated,
        months_published,
        lacking_months,
        cast(annual_usd as decimal(24, 4)) as annual_usd,
        cast(published_usd as decimal(24, 4)) as published_usd,
        cast(gap_usd as decimal(24, 4)) as gap_usd,
        100 * cast(gap_usd as double) / nullif(cast(annual_usd as double), 0) as gap_pct,
        cast(difference_usd as decimal(24, 4)) as difference_usd,
        year || '-01..' || year || '-12' as coverage,
        vintage,
        is_reconstructed,
        united_list(response_ids) as response_ids
    from compared
    qualify year >= max(year) over () - 2
)

select * from final
