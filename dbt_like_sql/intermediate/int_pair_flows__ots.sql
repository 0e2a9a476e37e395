-- Grain: one row per reporter, partner, flow and year. Source: stg_ots__flows.
-- Purpose: a second view of the pairs, partner W00 being the service's own yearly total; years
-- public by the week's end. Values the service does not have are no rows. Two answers that tell one
-- flow differently both stay and break the grain: a value must not be picked by chance.
with

flows as (
    select * from {{ ref('stg_ots__flows') }} where endpoint in ('yr', 'yrp')
),

calendar as (
    select period, released_at, has_passed from {{ ref('int_releases__passed') }} where source = 'ots'
),

by_flow as (
    select
        response_id, year, reporter_iso3, coalesce(partner_iso3, 'W00') as partner_iso3, 'X' as flow,
        exports_usd as value_usd, is_reconstructed
    from flows
    union all
    select
        response_id, year, reporter_iso3, coalesce(partner_iso3, 'W00') as partner_iso3, 'M' as flow,
        imports_usd as value_usd, is_reconstructed
    from flows
),

told_once as (
    select
        reporter_iso3,
        partner_iso3,
        flow,
        year,
        value_usd,
        bool_or(is_reconstructed) as is_reconstructed,
        min(response_id) as response_id
    from by_flow
    where value_usd is not null
    group by reporter_iso3, partner_iso3, flow, year, value_usd
),

final as (
    select
        told_once.reporter_iso3,
        told_once.partner_iso3,
        told_once.flow,
        told_once.year,
        told_once.value_usd,
        told_once.is_reconstructed,
        calendar.released_at,
        case when calendar.released_at is null then 'observed' else 'calendar_dated' end as vintage,
        told_once.response_id
    from told_once
    left join calendar on calendar.period = cast(told_once.year as varchar)
    where coalesce(calendar.has_passed, true)
)

select * from final
