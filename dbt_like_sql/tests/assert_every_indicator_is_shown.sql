-- check: CHK-ESTIMATE, severity: error, after: fct_watch_indicators
-- A failure means that an indicator names a rule that does not exist and would be missing without a word,
-- or that a rule names a limit that does not exist and could never be met.
with

indicators as (
    select * from {{ ref('watch_indicators') }}
),

rules as (
    select * from {{ ref('signal_rules') }}
),

limits as (
    select * from {{ ref('thresholds') }}
),

shown as (
    select * from {{ ref('fct_watch_indicators') }}
)

select indicators.indicator_id as name
from indicators
left join shown using (indicator_id)
where shown.indicator_id is null
union all
select rules.rule_id
from rules
left join limits on limits.name = rules.threshold_name
where limits.name is null and rules.comparator not in ('exists', 'none')
