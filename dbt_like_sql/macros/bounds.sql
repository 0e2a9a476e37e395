-- A tolerance or limit of thresholds.yml by its name; null for a name that is not there.
create or replace macro threshold(threshold_name) as
    (select limits.value from seeds.thresholds as limits where limits.name = threshold_name);

-- Whether a day lies in an interval whose last day is included; an open end holds for ever.
create or replace macro holds_on(valid_from, valid_to, day) as
    day >= valid_from and (valid_to is null or day <= valid_to);
