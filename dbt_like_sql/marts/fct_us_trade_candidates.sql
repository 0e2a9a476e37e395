-- Grain: one row per rule and item. Sources: fct_us_trade_monthly, fct_us_trade_ytd,
-- fct_us_commodity_balances.
-- Purpose: what the rules on US trade look at, before any limit: changes of the running year and of the
-- newest month, streaks, records, the chapter with the largest deficit.
with

us_months as (
    select * from {{ ref('fct_us_trade_monthly') }} where is_latest
),

us_years as (
    select * from {{ ref('fct_us_trade_ytd') }} where is_latest
),

chapters as (
    select * from {{ ref('fct_us_commodity_balances') }}
    where deficit_rank = 1 and partner_iso3 <> 'W00'
),

deficits as (
    select
        'WATCH-US-DEFICIT' as rule_id,
        partner_iso3 as item_key,
        partner_iso3 as subject,
        balance_yoy_pct as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        [fact_id_of('fct_us_trade_ytd', [partner_iso3, through_month], 'balance_yoy_pct')]
            as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from us_years
),

imports as (
    select
        'WATCH-US-IMPORTS' as rule_id,
        partner_iso3 as item_key,
        partner_iso3 as subject,
        imports_yoy_pct as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        [fact_id_of('fct_us_trade_monthly', [partner_iso3, month], 'imports_yoy_pct')] as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from us_months
),

us_sides as (
    select
        partner_iso3,
        month,
        unnest(['exports', 'imports']) as side,
        unnest(['X', 'M']) as flow,
        unnest([exports_mom_pct, imports_mom_pct]) as mom_pct,
        unnest([exports_yoy_streak, imports_yoy_streak]) as yoy_streak,
        coverage,
        vintage,
        is_reconstructed,
        response_ids
    from us_months
),

us_moves as (
    select
        unnest(['SIG-US-MONTH', 'SIG-US-MONTH-REVIEW', 'SIG-US-STREAK']) as rule_id,
        partner_iso3 || '|' || flow as item_key,
        partner_iso3 as subject,
        unnest([mom_pct, mom_pct, cast(yoy_streak as double)]) as value,
        cast(null as varchar) as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        unnest([
            [fact_id_of('fct_us_trade_monthly', [partner_iso3, month], side || '_mom_pct')],
            [fact_id_of('fct_us_trade_monthly', [partner_iso3, month], side || '_mom_pct')],
            [fact_id_of('fct_us_trade_monthly', [partner_iso3, month], side || '_yoy_streak')]
        ]) as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from us_sides
),

us_extremes as (
    select
        partner_iso3,
        month,
        unnest(['exports', 'imports', 'deficit']) as measure,
        unnest([exports_extreme, imports_extreme, deficit_extreme]) as extreme,
        unnest([exports_usd, imports_usd, deficit_usd]) as value_usd,
        coverage,
        vintage,
        response_ids
    from us_months
    where not is_reconstructed
),

records as (
    select
        'SIG-US-RECORD' as rule_id,
        partner_iso3 || '|' || measure as item_key,
        partner_iso3 as subject,
        cast(value_usd as double) as value,
        extreme as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        false as is_computed,
        [fact_id_of('fct_us_trade_monthly', [partner_iso3, month], measure || '_usd')]
            as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from us_extremes
    where extreme is not null
),

-- The item is the partner, as which chapter leads is part of the finding.
chapter_shares as (
    select
        'SIG-US-CHAPTER' as rule_id,
        partner_iso3 as item_key,
        partner_iso3 as subject,
        deficit_share_pct as value,
        commodity_name_zh as text_value,
        cast(null as date) as next_date,
        false as is_unconfirmed,
        coverage,
        vintage,
        is_reconstructed as is_computed,
        [
            fact_id_of(
                'fct_us_commodity_balances', [partner_iso3, commodity_code], 'deficit_share_pct'
            )
        ] as fact_ids,
        cast([] as varchar[]) as document_urls,
        response_ids
    from chapters
),

united as (
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from deficits
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from imports
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from us_moves
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from records
    union all
    select
        rule_id, item_key, subject, value, text_value, next_date, is_unconfirmed, is_computed,
        fact_ids, document_urls, coverage, vintage, response_ids
    from chapter_shares
),

final as (
    select
        rule_id,
        item_key,
        subject,
        value,
        text_value,
        next_date,
        is_unconfirmed,
        is_computed,
        fact_ids,
        document_urls,
        coverage,
        vintage,
        response_ids
    from united
)

select * from final
