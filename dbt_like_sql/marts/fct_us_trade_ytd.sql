-- Grain: one row per partner and last month of a running year. Source: int_us_trade_months__reconciled.
-- Purpose: months 1 to m of a year against the same months a year before. A sum exists only when every
-- month of it does; a change only when both sums do and rest on figures of the same kind.
with

months as (
    select * from {{ ref('int_us_trade_months__reconciled') }} where is_covered
),

series as (
    select
        partner_iso3,
        month,
        cast(left(month, 4) as integer) as year,
        cast(right(month, 2) as integer) as month_no,
        sum(value_usd) filter (where flow = 'X') as exports_usd,
        sum(value_usd) filter (where flow = 'M') as imports_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        weakest_vintage(vintage) as vintage,
        list(response_id) as response_ids
    from months
    group by partner_iso3, month
    having count(distinct flow) = 2
),

summed as (
    select
        through.partner_iso3,
        through.year,
        through.month_no as months,
        through.month as through_month,
        min(part.month) as first_month,
        sum(part.exports_usd) as exports_usd,
        sum(part.imports_usd) as imports_usd,
        bool_or(part.is_reconstructed) as is_reconstructed,
        weakest_vintage(part.vintage) as vintage,
        flatten(list(part.response_ids)) as response_ids
    from series as through
    inner join series as part
        on part.partner_iso3 = through.partner_iso3
        and part.year = through.year
        and part.month_no <= through.month_no
    group by through.partner_iso3, through.year, through.month_no, through.month
    having count(*) = through.month_no
),

compared as (
    select
        now.partner_iso3,
        now.through_month,
        now.first_month,
        now.months,
        now.year,
        now.exports_usd,
        now.imports_usd,
        case
            when prior.year is null then 'no_prior_year'
            when prior.is_reconstructed and not now.is_reconstructed then 'reconstructed_prior_year'
        end as comparison_gap,
        prior.exports_usd as exports_told,
        prior.imports_usd as imports_told,
        case
            when not (whole.is_reconstructed and not now.is_reconstructed)
                then cast(whole.imports_usd as decimal(24, 4))
        end as whole_year_imports_usd,
        now.vintage,
        now.is_reconstructed,
        list_concat(
            now.response_ids,
            coalesce(prior.response_ids, []),
            coalesce(whole.response_ids, [])
        ) as response_ids
    from summed as now
    left join summed as prior
        on prior.partner_iso3 = now.partner_iso3
        and prior.year = now.year - 1
        and prior.months = now.months
    left join summed as whole
        on whole.partner_iso3 = now.partner_iso3 and whole.year = now.year - 1 and whole.months = 12
),

final as (
    select
        partner_iso3,
        through_month,
        first_month,
        months,
        cast(exports_usd as decimal(24, 4)) as exports_usd,
        cast(imports_usd as decimal(24, 4)) as imports_usd,
        cast(exports_usd - imports_usd as decimal(24, 4)) as balance_usd,
        cast(imports_usd - exports_usd as decimal(24, 4)) as deficit_usd,
        case when comparison_gap is null then cast(exports_told as decimal(24, 4)) end
            as exports_prior_usd,
        case when comparison_gap is null then cast(imports_told as decimal(24, 4)) end
            as imports_prior_usd,
        case when comparison_gap is null then cast(exports_told - imports_told as decimal(24, 4)) end
            as balance_prior_usd,
        case when comparison_gap is null then change_pct(exports_usd, exports_told) end
            as exports_yoy_pct,
        case when comparison_gap is null then change_pct(imports_usd, imports_told) end
            as imports_yoy_pct,
        case
            when comparison_gap is null
                and sign(exports_usd - imports_usd) = sign(exports_told - imports_told)
                then change_pct(abs(exports_usd - imports_usd), abs(exports_told - imports_told))
        end as balance_yoy_pct,
        year - 1 as prior_year,
        whole_year_imports_usd as prior_year_imports_usd,
        imports_usd > whole_year_imports_usd as exceeds_prior_year_imports,
        comparison_gap,
        through_month = max(through_month) over () as is_latest,
        months = 12 as is_full_year,
        case when months = 1 then first_month else first_month || '..' || through_month end as coverage,
        vintage,
        is_reconstructed,
        united_list(response_ids) as response_ids
    from compared
    qualify through_month >= (cast(left(max(through_month) over (), 4) as integer) - 3) || '-01'
)

select * from final
