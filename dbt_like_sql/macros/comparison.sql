-- Rates and shares, in percent, from exact values.

create or replace macro change_pct(current_value, earlier_value) as
    100.0 * (cast(current_value as double) - cast(earlier_value as double))
    / nullif(cast(earlier_value as double), 0);

create or replace macro share_pct_of(part, whole) as
    100.0 * cast(part as double) / nullif(cast(whole as double), 0);

-- A month written 2025-11, moved by a number of months.
create or replace macro month_plus(month_text, months) as
    strftime(cast(month_text || '-01' as date) + to_months(cast(months as integer)), '%Y-%m');

-- Months since year 0, so that consecutive months differ by one.
create or replace macro month_index(month_text) as
    12 * cast(left(month_text, 4) as integer) + cast(right(month_text, 2) as integer);

-- All lists of response ids of a group as one sorted list without repeats.
create or replace macro united_ids(lists) as
    list_sort(list_distinct(flatten(list(lists))));

-- The weakest of several vintages: a date inferred from the calendar beats one stated by the source.
create or replace macro weakest_vintage(v) as min(v);

-- Whether a value beats everything before it: 'highest', 'lowest' or null. Equal is no record.
create or replace macro record_of(current_value, highest_before, lowest_before) as
    case
        when current_value > highest_before then 'highest'
        when current_value < lowest_before then 'lowest'
    end;

-- A list of response ids sorted, without repeats and without gaps.
create or replace macro united_list(ids) as
    list_sort(list_distinct(list_filter(ids, lambda each: each is not null)));
