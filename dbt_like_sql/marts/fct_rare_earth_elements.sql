-- Grain: one row per rare earth. Sources: dim_elements, rare_earth_uses, fct_clause_status, dim_notices.
-- Purpose: the seventeen rare earths by symbol, their class after the US Geological Survey and after
-- Chinese notices, what they are used for, and the control that bears most on each on the week's last
-- day: one in force before one announced, suspended, lapsed or ended.
with

elements as (
    select * from {{ ref('dim_elements') }} where class = 'rare_earth'
),

uses as (
    select * from {{ ref('rare_earth_uses') }}
),

states as (
    select * from {{ ref('fct_clause_status') }}
),

notices as (
    select * from {{ ref('dim_notices') }}
),

controls as (
    select
        named.symbol,
        states.notice_key,
        states.status,
        states.status_since,
        states.until_date,
        notices.label_zh,
        states.is_unconfirmed,
        states.response_ids,
        row_number() over (
            partition by named.symbol
            order by
                list_position(
                    [
                        'in_force', 'announced', 'not_announced', 'suspended', 'lapsed_unconfirmed',
                        'ended'
                    ],
                    states.status
                ),
                states.notice_key desc,
                states.clause
        ) as place
    from (select symbol, unnest(control_notice_keys) as notice_key from elements) as named
    inner join states using (notice_key)
    inner join notices using (notice_key)
),

final as (
    select
        elements.symbol,
        elements.atomic_number,
        elements.name_zh_tw,
        elements.class_usgs,
        elements.class_china,
        uses.uses_zh,
        controls.notice_key as control_notice_key,
        controls.label_zh as control_label_zh,
        coalesce(controls.status, 'not_controlled') as control_status,
        controls.status_since as control_since,
        controls.until_date as control_until,
        coalesce(controls.is_unconfirmed, false) as is_unconfirmed,
        cast($as_of as varchar) as coverage,
        'observed' as vintage,
        false as is_reconstructed,
        coalesce(controls.response_ids, []) as response_ids
    from elements
    left join uses using (symbol)
    left join controls on controls.symbol = elements.symbol and controls.place = 1
)

select * from final
