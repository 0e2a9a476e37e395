-- Grain: one row per mineral, economy, measure and year. Sources: stg_usgs__world_production, minerals,
-- usgs_commodities, usgs_economy_names, mineral_units.
-- Purpose: production, capacity and reserves in tonnes from the newest edition that tells of a year and
-- was public by the week's end, with the share of the world total as stated. A mark is null with its
-- reason; so is a value stated twice and differently, unless one of the two is called rounded.
-- W00 is the world, OTH what the source sums up as other countries.
with

stated as (
    select * from {{ ref('stg_usgs__world_production') }}
),

minerals as (
    select * from {{ ref('minerals') }}
),

commodities as (
    select * from {{ ref('usgs_commodities') }}
),

units as (
    select * from {{ ref('mineral_units') }}
),

own_names as (
    select * from {{ ref('usgs_economy_names') }}
),

economies as (
    select * from {{ ref('economies') }} where kind = 'economy' and valid_to is null
),

calendar as (
    select period, released_at, has_passed from {{ ref('int_releases__passed') }} where source = 'usgs'
),

named as (
    select
        commodities.mineral_code,
        case stated.row_kind
            when 'world' then 'W00'
            when 'others' then 'OTH'
            else coalesce(own_names.iso3, economies.iso3, stated.economy_name)
        end as economy_iso3,
        stated.row_kind,
        lower(stated.economy_name) like '%rounded%' as is_rounded,
        stated.excludes_usa,
        stated.measure,
        stated.year,
        stated.edition,
        stated.unit,
        stated.is_estimated,
        stated.value * units.tonnes as tonnes,
        case
            when stated.value_kind not in ('number', 'zero') then stated.value_kind
            when units.tonnes is null then 'unit_unknown'
        end as value_reason,
        stated.is_reconstructed,
        calendar.released_at,
        case when calendar.released_at is null then 'observed' else 'calendar_dated' end as vintage,
        stated.response_id
    from stated
    inner join commodities
        on commodities.usgs_commodity = stated.commodity
        and (
            regexp_matches(stated.production_type, commodities.type_pattern)
            or (
                stated.measure = 'reserves'
                and commodities.takes_reserves
                and starts_with(coalesce(stated.production_type, 'reserves'), 'reserves')
            )
        )
    left join units using (unit)
    left join own_names on own_names.usgs_name = lower(strip_accents(stated.economy_name))
    left join economies on lower(economies.name_en) = lower(stated.economy_name)
    left join calendar on calendar.period = cast(stated.edition - 1 as varchar)
    where coalesce(calendar.has_passed, true)
),

newest as (
    select mineral_code, measure, year, max(edition) as edition
    from named
    group by mineral_code, measure, year
),

least_rounded as (
    select
        named.mineral_code,
        named.economy_iso3,
        named.measure,
        named.year,
        named.edition,
        bool_and(named.is_rounded) as is_rounded
    from named
    inner join newest using (mineral_code, measure, year, edition)
    group by named.mineral_code, named.economy_iso3, named.measure, named.year, named.edition
),

told_once as (
    select
        named.mineral_code,
        named.economy_iso3,
        named.measure,
        named.year,
        named.edition,
        min(named.row_kind) as row_kind,
        bool_or(named.excludes_usa) as excludes_usa,
        case
            when count(distinct coalesce(cast(named.tonnes as varchar), named.value_reason)) = 1
                then min(named.tonnes)
        end as value,
        case
            when count(distinct coalesce(cast(named.tonnes as varchar), named.value_reason)) > 1
                then 'stated_twice'
            else min(named.value_reason)
        end as value_reason,
        min(named.unit) as unit_sent,
        bool_or(named.is_estimated) as is_estimated,
        bool_or(named.is_reconstructed) as is_reconstructed,
        min(named.released_at) as released_at,
        min(named.vintage) as vintage,
        min(named.response_id) as response_id
    from named
    inner join least_rounded
        using (mineral_code, economy_iso3, measure, year, edition, is_rounded)
    group by named.mineral_code, named.economy_iso3, named.measure, named.year, named.edition
),

worlds as (
    select mineral_code, measure, year, value as world_value, excludes_usa as world_excludes_usa
    from told_once
    where row_kind = 'world'
),

final as (
    select
        told_once.mineral_code,
        told_once.economy_iso3,
        told_once.measure,
        told_once.year,
        minerals.symbol,
        minerals.name_zh_tw as mineral_name_zh,
        minerals.stage,
        told_once.row_kind,
        cast(told_once.value as decimal(24, 6)) as value,
        't' as unit,
        told_once.value_reason,
        told_once.unit_sent,
        cast(worlds.world_value as decimal(24, 6)) as world_value,
        coalesce(worlds.world_excludes_usa, false) as world_excludes_usa,
        case
            when told_once.row_kind = 'world' then null
            when worlds.world_excludes_usa and told_once.economy_iso3 = 'USA' then null
            else share_pct_of(told_once.value, worlds.world_value)
        end as share_pct,
        told_once.is_estimated,
        told_once.edition,
        told_once.is_reconstructed,
        told_once.released_at,
        told_once.vintage,
        told_once.response_id
    from told_once
    inner join minerals using (mineral_code)
    left join worlds
        on worlds.mineral_code = told_once.mineral_code
        and worlds.measure = told_once.measure
        and worlds.year = told_once.year
)

select * from final
