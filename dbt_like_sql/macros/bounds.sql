-- A tolerance or limit of thresholds.yml by its name; null for a name that is not there.
create or replace macro threshold(threshold_name) as
    (select limits.value from seeds.thresholds as limits where limits.name = threshold_name);

-- Whether a day lies in an interval whose last day is included; an open end holds for ever.
create or replace macro holds_on(valid_from, valid_to, day) as
    day >= valid_from and (valid_to is null or day <= valid_to);

-- The last day of a period written 2024, 2025-11 or 2025-11-07.
create or replace macro period_last_day(frequency, period) as
    cast(
        case frequency
            when 'year' then make_date(cast(period as integer), 12, 31)
            when 'month' then last_day(cast(period || '-01' as date))
            else cast(period as date)
        end as date
    );

-- The period after one; null for days, which documents do not promise.
create or replace macro next_period_of(frequency, period) as
    case frequency
        when 'year' then cast(cast(period as integer) + 1 as varchar)
        when 'month' then strftime(cast(period || '-01' as date) + to_months(1), '%Y-%m')
    end;
