-- Grain: one row per reporter and year. Sources: int_trade_flows__reconciled,
-- int_macro_indicators__released.
-- Purpose: whether a year's total can be true at all: neither half nor twice the year before, and goods
-- trade in proportion to the trade in goods and services of the national accounts. Truncated or
-- multiplied answers fail here although their rows agree with each other.
with

totals as (
    select * from {{ ref('int_trade_flows__reconciled') }} where partner_kind = 'world'
),

indicators as (
    select * from {{ ref('int_macro_indicators__released') }}
),

years as (
    select
        reporter_iso3,
        year,
        sum(value_usd) filter (where flow = 'X') as exports_usd,
        sum(value_usd) filter (where flow = 'M') as imports_usd
    from totals
    group by reporter_iso3, year
    having count(distinct flow) = 2
),

accounts as (
    select
        iso3,
        year,
        max(value) filter (where indicator_code = 'NE.TRD.GNFS.ZS') / 100
        * max(value) filter (where indicator_code = 'NY.GDP.MKTP.CD') as trade_usd
    from indicators
    group by iso3, year
),

compared as (
    select
        years.reporter_iso3,
        years.year,
        cast(years.exports_usd as double) / nullif(cast(prior.exports_usd as double), 0)
            as exports_to_prior,
        cast(years.imports_usd as double) / nullif(cast(prior.imports_usd as double), 0)
            as imports_to_prior,
        cast(years.exports_usd + years.imports_usd as double) / nullif(accounts.trade_usd, 0)
            as goods_to_accounts
    from years
    left join years as prior
        on prior.reporter_iso3 = years.reporter_iso3 and prior.year = years.year - 1
    left join accounts on accounts.iso3 = years.reporter_iso3 and accounts.year = years.year
),

final as (
    select
        reporter_iso3,
        year,
        exports_to_prior,
        imports_to_prior,
        goods_to_accounts,
        case
            when coalesce(exports_to_prior, imports_to_prior, goods_to_accounts) is null
                then 'not_assessed'
            when
                within_factor(exports_to_prior, threshold('magnitude_factor'))
                and within_factor(imports_to_prior, threshold('magnitude_factor'))
                and within_factor(goods_to_accounts, threshold('magnitude_factor'))
                then 'plausible'
            else 'implausible'
        end as verdict
    from compared
)

select * from final
