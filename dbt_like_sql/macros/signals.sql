-- Rules of signals: how a value is held against a limit, and the facts a signal rests on.

-- Whether a value is past a limit in the sense of a rule of signal_rules; null where one is missing.
create or replace macro is_past(comparator, v, limit_value) as
    case comparator
        when 'le' then v <= limit_value
        when 'ge' then v >= limit_value
        when 'gt' then v > limit_value
        when 'lt' then v < limit_value
        when 'abs_ge' then abs(v) >= limit_value
        when 'abs_gt' then abs(v) > limit_value
        when 'exists' then true
    end;

-- How far a value is past a limit, in its unit; negative while it is not.
create or replace macro distance_past(comparator, v, limit_value) as
    case
        when comparator in ('le', 'lt') then limit_value - v
        when comparator in ('ge', 'gt') then v - limit_value
        when comparator in ('abs_ge', 'abs_gt') then abs(v) - limit_value
    end;

-- News value of a change in percent for the media.
create or replace macro news_value_of(pct) as
    case
        when abs(pct) > threshold('news_value_high_pct') then 'high'
        when abs(pct) >= threshold('news_value_medium_pct') then 'medium'
        when pct is not null then 'low'
    end;

-- The id a figure has in marts.facts: model, values of its grain as texts, column.
create or replace macro fact_id_of(model_name, grain_values, column_name) as
    model_name || ':' || array_to_string(grain_values, '|') || ':' || column_name;
