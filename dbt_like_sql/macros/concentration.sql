-- Concentration of a set of values: the only definition in the project. `v` is a column of
-- non-negative values, one per partner; the denominator is always the sum of exactly these values.
-- Sums run in the order of the values so that equal inputs give equal bits.

-- Herfindahl–Hirschman index on the 0–10000 scale; null without trade.
create or replace macro hhi(v) as
    10000.0 * sum(cast(v as double) * cast(v as double) order by v)
    / nullif(power(sum(cast(v as double) order by v), 2), 0);

-- HHI rescaled so that n equal partners give 0 and one partner 10000; null for a single partner.
create or replace macro hhi_normalised_of(hhi_value, n) as
    10000.0 * (hhi_value / 10000.0 - 1.0 / n) / nullif(1.0 - 1.0 / n, 0);

-- UNCTAD's concentration index: the root of the sum of squared shares, rescaled to 0 for n equal
-- partners and 1 for one alone; null for a single partner. Not the normalised HHI: roots, and 0–1.
create or replace macro unctad_index_of(hhi_value, n) as
    (sqrt(hhi_value / 10000.0) - sqrt(1.0 / n)) / nullif(1.0 - sqrt(1.0 / n), 0);

-- Number of equal partners that would give the same HHI.
create or replace macro effective_number_of(hhi_value) as
    10000.0 / nullif(hhi_value, 0);

-- Share of the k largest values, in percent.
create or replace macro concentration_ratio_pct(v, k) as
    100.0 * list_sum(list(cast(v as double) order by v desc)[1:k])
    / nullif(sum(cast(v as double) order by v), 0);

-- Theil's T over positive values: 0 when all are equal, ln(n) when one has everything.
create or replace macro theil(v) as
    sum(cast(v as double) * ln(cast(v as double)) order by v) / sum(cast(v as double) order by v)
    - ln(sum(cast(v as double) order by v))
    + ln(count(v));

-- Shannon's entropy of the shares in nats: 0 for one partner, ln(n) for n equal ones. Theil is
-- ln(n) less this.
create or replace macro shannon(v) as
    ln(sum(cast(v as double) order by v))
    - sum(cast(v as double) * ln(cast(v as double)) order by v) / sum(cast(v as double) order by v);

-- Least HHI of a whole of which only the largest members (`top`, a list of positive doubles) and the
-- total are known: the rest is spread evenly over `rest_count` members, or endlessly thin where their
-- number is unknown (null). Null where no such whole exists.
create or replace macro hhi_lower_of(top, total, rest_count) as
    case
        when total <= 0 or list_sum(top) > total then null
        when rest_count = 0 and list_sum(top) < total then null
        else 10000.0 * (
            list_sum(list_transform(top, lambda x: x * x))
            + coalesce(power(total - list_sum(top), 2) / nullif(cast(rest_count as double), 0), 0)
        ) / power(total, 2)
    end;

-- Greatest HHI of such a whole: the rest comes in pieces as large as the least known member, and what
-- remains in one smaller piece, as no unknown member exceeds a known one.
create or replace macro hhi_upper_of(top, total) as
    case
        when total <= 0 or list_sum(top) > total then null
        else 10000.0 * (
            list_sum(list_transform(top, lambda x: x * x))
            + floor((total - list_sum(top)) / list_min(top)) * power(list_min(top), 2)
            + power(
                total - list_sum(top)
                - floor((total - list_sum(top)) / list_min(top)) * list_min(top),
                2
            )
        ) / power(total, 2)
    end;

-- Level under a pair of thresholds of the US merger guidelines.
create or replace macro concentration_level(hhi_value, moderate_from, high_from) as
    case
        when hhi_value is null then null
        when hhi_value > high_from then 'high'
        when hhi_value >= moderate_from then 'moderate'
        else 'low'
    end;

-- Points up to the next threshold above; null once the highest is passed.
create or replace macro distance_to_next(hhi_value, moderate_from, high_from) as
    case
        when hhi_value < moderate_from then moderate_from - hhi_value
        when hhi_value <= high_from then high_from - hhi_value
    end;
