-- Grain: one row per reporter, partner and year. Source: fct_partner_flows_yearly.
-- Purpose: exports less imports as the reporter states them, where it states both.
with

partners as (
    select * from {{ ref('fct_partner_flows_yearly') }} where not is_self_partner
),

balances as (
    select
        exports.reporter_iso3,
        exports.partner_code,
        exports.year,
        exports.partner_iso3,
        exports.partner_name_zh,
        exports.value_usd as exports_usd,
        imports.value_usd as imports_usd,
        cast(exports.value_usd - imports.value_usd as decimal(24, 4)) as balance_usd,
        cast(exports.value_prior_usd - imports.value_prior_usd as decimal(24, 4)) as balance_prior_usd,
        least(exports.vintage, imports.vintage) as vintage,
        exports.is_reconstructed or imports.is_reconstructed as is_reconstructed,
        list_concat(exports.response_ids, imports.response_ids) as response_ids
    from partners as exports
    inner join partners as imports
        on imports.reporter_iso3 = exports.reporter_iso3
        and imports.partner_code = exports.partner_code
        and imports.year = exports.year
        and imports.flow = 'M'
    where exports.flow = 'X'
),

newest as (
    select reporter_iso3, max(year) as year
    from balances
    group by reporter_iso3
),

final as (
    select
        balances.reporter_iso3,
        balances.partner_code,
        balances.year,
        balances.partner_iso3,
        balances.partner_name_zh,
        balances.exports_usd,
        balances.imports_usd,
        balances.balance_usd,
        balances.balance_prior_usd,
        case when balances.balance_prior_usd is null then 'no_prior_year' end as comparison_gap,
        balances.year = newest.year as is_latest,
        cast(balances.year as varchar) as coverage,
        balances.vintage,
        balances.is_reconstructed,
        united_list(balances.response_ids) as response_ids
    from balances
    inner join newest on newest.reporter_iso3 = balances.reporter_iso3
)

select * from final
