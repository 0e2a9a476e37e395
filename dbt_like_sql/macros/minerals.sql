-- How the Mineral Commodity Summaries write a world table.

-- What a name in the country column stands for. Of the world's row there are many wordings:
-- `World total (rounded)`, `World total (ilmenite and rutile, rounded)`, `World production`.
create or replace macro usgs_row_kind(country) as
    case
        when starts_with(lower(country), 'world') then 'world'
        when starts_with(lower(country), 'other') then 'others'
        when lower(country) like '% and %' and not lower(country) in (
            'bosnia and herzegovina', 'trinidad and tobago', 'sao tome and principe',
            'antigua and barbuda', 'saint kitts and nevis'
        ) then 'group'
        else 'economy'
    end;

-- Whether the world's row leaves the United States out: their figure is withheld then.
create or replace macro usgs_excludes_usa(country, notes) as
    usgs_row_kind(country) = 'world'
    and regexp_matches(
        lower(concat_ws(' ', country, notes)), 'exclud(es|ing) (the )?(u\.s\.|united states)'
    );

-- What a cell says instead of a number; null for a number. The summaries' own signs: W withheld,
-- NA not available, XX not applicable, a dash for zero, a number in brackets for a footnote.
create or replace macro usgs_mark(value) as
    case
        when value is null then 'empty'
        when value = 'W' then 'withheld'
        when value = 'NA' then 'not_available'
        when value = 'XX' then 'not_applicable'
        when value in ('—', '–', '-', '--') then 'zero'
        when regexp_full_match(value, '\(\d+\)') then 'footnote'
        when try_cast(replace(value, ',', '') as decimal(24, 6)) is not null then null
        else 'unknown'
    end;

-- The number of a cell in its own unit; a dash is 0, every other mark is null.
create or replace macro usgs_number(value) as
    case
        when usgs_mark(value) = 'zero' then cast(0 as decimal(24, 6))
        when usgs_mark(value) is null then try_cast(replace(value, ',', '') as decimal(24, 6))
    end;

-- Greatest HHI of a world of which some producers and the total are known and the largest is among
-- them: what is left comes in pieces as large as that one, and a smaller last one. `known` is a list
-- of positive doubles; null where they exceed the total.
create or replace macro hhi_upper_given_largest(known, total) as
    case
        when total <= 0 or list_sum(known) > total then null
        else 10000.0 * (
            list_sum(list_transform(known, lambda x: x * x))
            + floor((total - list_sum(known)) / list_max(known)) * power(list_max(known), 2)
            + power(
                total - list_sum(known)
                - floor((total - list_sum(known)) / list_max(known)) * list_max(known),
                2
            )
        ) / power(total, 2)
    end;

-- Band of the largest producer's share of the world.
create or replace macro production_band(share_pct) as
    case
        when share_pct > threshold('mineral_band_high_pct') then 'over_80'
        when share_pct >= threshold('mineral_band_middle_pct') then 'from_70_to_80'
        when share_pct >= threshold('mineral_band_low_pct') then 'from_60_to_70'
        when share_pct is not null then 'below_60'
    end;

-- Why a cited share may not be printed; null where it says what it measures, when, and who says so.
create or replace macro share_key_gap(measure, year, attributed_to) as
    case
        when measure = 'unstated' then 'no_measure'
        when attributed_to is null then 'no_source'
        when year is null then 'no_year'
    end;
