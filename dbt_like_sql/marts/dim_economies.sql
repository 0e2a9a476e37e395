-- Grain: one row per Comtrade code. Sources: economies, target_economies, int_areas__listed.
-- Purpose: who stands behind a code in every source, what it is called, and in which roles the briefing
-- follows it. Codes that only the source's own list has are shown under the name it gives them.
with

economies as (
    select * from {{ ref('economies') }}
),

targets as (
    select * from {{ ref('target_economies') }}
),

reference as (
    select
        cast(code as integer) as comtrade_code,
        name as reference_name,
        valid_from,
        valid_to
    from {{ ref('int_areas__listed') }}
    where source = 'comtrade'
),

orders as (
    select
        iso3,
        min(sort_order) filter (where role = 'reporter') as reporter_order,
        min(case role when 'reporter' then sort_order else 1000 + sort_order end)
            filter (where role in ('reporter', 'main_partner')) as partner_order
    from targets
    group by iso3
),

known as (
    select
        economies.comtrade_code,
        economies.iso3,
        economies.iso2,
        economies.m49,
        economies.census_code,
        economies.name_en,
        economies.name_zh_tw,
        economies.kind,
        economies.is_reporter,
        case when economies.valid_to is null then orders.reporter_order end as reporter_order,
        case when economies.valid_to is null then orders.partner_order end as partner_order,
        economies.valid_from,
        economies.valid_to,
        true as is_in_seed,
        reference.reference_name
    from economies
    left join orders using (iso3)
    left join reference using (comtrade_code)
),

unknown as (
    select
        reference.comtrade_code,
        cast(null as varchar) as iso3,
        cast(null as varchar) as iso2,
        cast(null as varchar) as m49,
        cast(null as varchar) as census_code,
        reference.reference_name as name_en,
        reference.reference_name as name_zh_tw,
        'unknown' as kind,
        false as is_reporter,
        cast(null as integer) as reporter_order,
        cast(null as integer) as partner_order,
        reference.valid_from,
        reference.valid_to,
        false as is_in_seed,
        reference.reference_name
    from reference
    anti join economies using (comtrade_code)
),

united as (
    select
        comtrade_code, iso3, iso2, m49, census_code, name_en, name_zh_tw, kind, is_reporter,
        reporter_order, partner_order, valid_from, valid_to, is_in_seed, reference_name
    from known
    union all
    select
        comtrade_code, iso3, iso2, m49, census_code, name_en, name_zh_tw, kind, is_reporter,
        reporter_order, partner_order, valid_from, valid_to, is_in_seed, reference_name
    from unknown
),

final as (
    select *, coalesce(valid_to < $as_of, false) as is_expired from united
)

select * from final
