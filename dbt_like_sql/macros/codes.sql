-- Codes of the US Census Bureau's two tables. The group codes of API and workbook differ, so each
-- has its own rule.

-- API: `-` is the control total; 0001–0028 and 1XXX–7XXX are groups.
create or replace macro census_row_kind(code) as
    case
        when code = '-' then 'world'
        when code like '00%' or code like '_XXX' then 'group'
        else 'country'
    end;

-- Workbook: 0015 is the world unadjusted, 0004 seasonally adjusted; other codes below 1000 are groups.
create or replace macro workbook_row_kind(code) as
    case
        when code = '0015' then 'world'
        when code = '0004' then 'world_adjusted'
        when code like '0%' then 'group'
        else 'country'
    end;

-- Two digits of an English month abbreviation as the workbook's headers write it.
create or replace macro month_number_of(abbreviation) as
    lpad(
        cast(
            list_position(
                ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
                upper(abbreviation)
            ) as varchar
        ),
        2,
        '0'
    );
