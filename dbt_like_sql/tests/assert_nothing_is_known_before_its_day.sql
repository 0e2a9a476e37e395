-- check: CHK-ASOF, severity: error, after: fct_layer_coverage
-- A failure means that a week uses a figure or a page that was not public at its end. A period the
-- calendar does not have was public when it was seen, which its vintage says.
with

flows as (
    select * from {{ ref('int_trade_flows__reconciled') }}
),

months as (
    select * from {{ ref('int_us_trade_months__reconciled') }}
),

indicators as (
    select * from {{ ref('int_macro_indicators__released') }}
),

pages as (
    select * from {{ ref('int_pages__released') }}
),

pairs as (
    select * from {{ ref('int_pair_flows__ots') }}
),

minerals as (
    select * from {{ ref('int_mineral_production__released') }}
),

released as (
    select 'comtrade' as source, released_at, vintage from flows
    union all
    select 'census' as source, released_at, vintage from months
    union all
    select 'worldbank' as source, released_at, vintage from indicators
    union all
    select 'mofcom' as source, released_on as released_at, 'calendar_dated' as vintage from pages
    union all
    select 'ots' as source, released_at, vintage from pairs
    union all
    select 'usgs' as source, released_at, vintage from minerals
)

select source, released_at
from released
where released_at > $as_of or (released_at is null and vintage <> 'observed')
