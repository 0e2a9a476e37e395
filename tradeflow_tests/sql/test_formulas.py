"""Each formula of the macros against a brute-force version of its definition."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

values = st.lists(
    st.decimals(min_value="0.0001", max_value="9000000000000", places=4), min_size=1, max_size=60
)

Formula = Callable[[str, list], Any]


@pytest.fixture(scope="module")
def over(connection: duckdb.DuckDBPyConnection) -> Formula:
    """Evaluate an aggregate over values `v` of money type."""

    def evaluate(expression: str, given_values: list) -> Any:
        return connection.execute(
            f"select {expression} from (select unnest(cast($v as decimal(24, 4)[])) as v)",
            {"v": [str(value) for value in given_values]},
        ).fetchall()[0][0]

    return evaluate


@pytest.fixture(scope="module")
def scalar(connection: duckdb.DuckDBPyConnection) -> Callable[[str], Any]:
    return lambda expression: connection.execute(f"select {expression}").fetchall()[0][0]


def shares(given_values: list) -> list[float]:
    total = sum(float(value) for value in given_values)
    return [float(value) / total for value in given_values]


@settings(max_examples=60, deadline=None)
@given(values)
def test_hhi_is_the_sum_of_squared_shares_times_10000(over: Formula, given_values: list) -> None:
    expected = 10_000 * sum(share**2 for share in shares(given_values))
    assert over("hhi(v)", given_values) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(values, st.randoms(use_true_random=False))
def test_hhi_does_not_depend_on_the_order_of_the_partners(
    over: Formula, given_values: list, random: Any
) -> None:
    shuffled = random.sample(given_values, len(given_values))
    assert over("hhi(v)", given_values) == over("hhi(v)", shuffled)


@settings(max_examples=40, deadline=None)
@given(values, st.integers(min_value=2, max_value=1000))
def test_hhi_does_not_depend_on_the_unit_of_the_values(
    over: Formula, given_values: list, factor: int
) -> None:
    scaled = [value * factor for value in given_values]
    assert over("hhi(v)", scaled) == pytest.approx(over("hhi(v)", given_values), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(values)
def test_hhi_lies_between_equal_partners_and_a_single_one(
    over: Formula, given_values: list
) -> None:
    hhi = over("hhi(v)", given_values)
    assert 10_000 / len(given_values) - 1e-6 <= hhi <= 10_000 + 1e-6


@settings(max_examples=40, deadline=None)
@given(values, st.integers(min_value=1, max_value=8))
def test_concentration_ratio_is_the_share_of_the_k_largest(
    over: Formula, given_values: list, k: int
) -> None:
    expected = 100 * sum(sorted(shares(given_values), reverse=True)[:k])
    assert over(f"concentration_ratio_pct(v, {k})", given_values) == pytest.approx(
        expected, rel=1e-9
    )


@settings(max_examples=40, deadline=None)
@given(values)
def test_theil_is_the_mean_of_relative_size_times_its_log(
    over: Formula, given_values: list
) -> None:
    mean = sum(float(value) for value in given_values) / len(given_values)
    expected = sum(
        float(value) / mean * math.log(float(value) / mean) for value in given_values
    ) / len(given_values)
    assert over("theil(v)", given_values) == pytest.approx(expected, rel=1e-6, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(values)
def test_entropy_is_minus_the_sum_of_shares_times_their_logs(
    over: Formula, given_values: list
) -> None:
    expected = -sum(share * math.log(share) for share in shares(given_values) if share > 0)
    assert over("shannon(v)", given_values) == pytest.approx(expected, rel=1e-6, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(values)
def test_theil_is_the_log_of_the_count_less_the_entropy(over: Formula, given_values: list) -> None:
    theil, shannon = over("theil(v)", given_values), over("shannon(v)", given_values)
    assert theil == pytest.approx(math.log(len(given_values)) - shannon, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(values.filter(lambda each: len(each) > 1))
def test_unctads_index_is_its_published_formula(over: Formula, given_values: list) -> None:
    n = len(given_values)
    root = math.sqrt(sum(share**2 for share in shares(given_values)))
    expected = (root - math.sqrt(1 / n)) / (1 - math.sqrt(1 / n))
    found = over("unctad_index_of(hhi(v), count(v))", given_values)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-7)
    assert -1e-7 <= found <= 1 + 1e-7


@settings(max_examples=40, deadline=None)
@given(values.filter(lambda each: len(each) > 1))
def test_merging_two_partners_never_lowers_the_hhi(over: Formula, given_values: list) -> None:
    merged = [given_values[0] + given_values[1], *given_values[2:]]
    assert over("hhi(v)", merged) >= over("hhi(v)", given_values) - 1e-6


def bounds(scalar: Callable[[str], Any], top: list, total: float, rest: int | None) -> tuple:
    listed = f"[{', '.join(repr(float(each)) for each in top)}]::double[]"
    count = "null" if rest is None else str(rest)
    return (
        scalar(f"hhi_lower_of({listed}, {float(total)!r}, {count})"),
        scalar(f"hhi_upper_of({listed}, {float(total)!r})"),
    )


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(min_value=1, max_value=10**9), min_size=1, max_size=30),
    st.integers(min_value=1, max_value=10),
)
def test_bounds_hold_the_true_hhi_of_any_whole(
    scalar: Callable[[str], Any], members: list, known: int
) -> None:
    ranked = sorted(members, reverse=True)
    top, total = ranked[:known], sum(ranked)
    truth = 10_000 * sum(member**2 for member in ranked) / total**2
    for rest in (None, len(ranked[known:])):
        lower, upper = bounds(scalar, top, total, rest)
        assert lower <= truth * (1 + 1e-9)
        assert truth <= upper * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=8),
    st.integers(min_value=1, max_value=20),
    st.data(),
)
def test_bounds_are_attained(
    scalar: Callable[[str], Any], top: list, rest: int, data: st.DataObject
) -> None:
    smallest = min(top)
    each = data.draw(st.integers(min_value=1, max_value=smallest))
    even = [*top, *([each] * rest)]
    truth = 10_000 * sum(member**2 for member in even) / sum(even) ** 2
    assert bounds(scalar, top, sum(even), rest)[0] == pytest.approx(truth, rel=1e-9)
    piece = data.draw(st.integers(min_value=0, max_value=smallest - 1))
    lumps = [*top, *([smallest] * rest), piece]
    truth = 10_000 * sum(member**2 for member in lumps) / sum(lumps) ** 2
    assert bounds(scalar, top, sum(lumps), None)[1] == pytest.approx(truth, rel=1e-9)


def test_known_members_beyond_the_total_have_no_bounds(scalar: Callable[[str], Any]) -> None:
    assert bounds(scalar, [60, 50], 100, None) == (None, None)
    assert bounds(scalar, [60], 100, 0)[0] is None


def test_an_unknown_tail_is_no_single_partner(scalar: Callable[[str], Any]) -> None:
    """E26: shares 30, 20 and 10 per cent and "the rest 40" is at most 1,800, not 3,000."""
    lower, upper = bounds(scalar, [30, 20, 10], 100, None)
    assert (lower, upper) == (pytest.approx(1_400), pytest.approx(1_800))


@pytest.mark.parametrize(
    ("given_values", "hhi"),
    [
        ([7], 10_000),
        ([5, 5], 5_000),
        ([40, 20, 10, 10, 10, 10], 2_400),
        ([80, 10, 10], 6_600),
        ([50, 30, 15, 5], 3_650),
    ],
)
def test_hhi_of_worked_examples(over: Formula, given_values: list, hhi: float) -> None:
    assert over("hhi(v)", given_values) == pytest.approx(hhi)


@pytest.mark.parametrize(
    ("value", "record"), [(6, "highest"), (5, None), (3, None), (1, None), (0, "lowest")]
)
def test_a_record_beats_all_before_it_and_equals_none(
    scalar: Callable[[str], Any], value: int, record: str | None
) -> None:
    assert scalar(f"record_of({value}, 5, 1)") == record


def test_no_trade_has_no_concentration(over: Formula) -> None:
    assert over("hhi(v)", []) is None
    assert over("hhi(v)", [0, 0]) is None


def test_normalised_hhi_is_zero_for_equal_partners_and_unknown_for_a_single_one(
    scalar: Callable[[str], Any],
) -> None:
    assert scalar("hhi_normalised_of(2500.0, 4)") == pytest.approx(0)
    assert scalar("hhi_normalised_of(10000.0, 4)") == pytest.approx(10_000)
    assert scalar("hhi_normalised_of(10000.0, 1)") is None


@pytest.mark.parametrize(
    ("hhi", "level", "distance"),
    [
        (1499.9, "low", 0.1),
        (1500, "moderate", 1000),
        (2500, "moderate", 0),
        (2500.1, "high", None),
    ],
)
def test_level_and_distance_change_exactly_at_the_thresholds(
    scalar: Callable[[str], Any], hhi: float, level: str, distance: float | None
) -> None:
    assert scalar(f"concentration_level({hhi}, 1500, 2500)") == level
    found = scalar(f"distance_to_next({hhi}, 1500, 2500)")
    assert found is None if distance is None else float(found) == pytest.approx(distance)


@pytest.mark.parametrize(
    ("clause", "name"),
    [
        ("", ""),
        ("2", "第二款"),
        ("1(3)", "第一款第三項"),
        ("1(1)(2)", "第一款第一、二項"),
        ("12", "第十二款"),
    ],
)
def test_clauses_are_named_in_chinese(scalar: Callable[[str], Any], clause: str, name: str) -> None:
    assert scalar(f"clause_name_zh('{clause}')") == name


@pytest.mark.parametrize(
    ("named", "clause", "concerns"),
    [
        ("", "1(3)", True),
        ("1", "1(3)", True),
        ("1", "12", False),
        ("2", "1", False),
        ("1(3)", "1", False),
    ],
)
def test_an_event_concerns_a_clause_and_its_parts(
    scalar: Callable[[str], Any], named: str, clause: str, concerns: bool
) -> None:
    assert scalar(f"concerns_clause('{named}', '{clause}')") is concerns


@pytest.mark.parametrize(
    ("frequency", "period", "last", "following"),
    [
        ("month", "2025-12", "2025-12-31", "2026-01"),
        ("month", "2024-02", "2024-02-29", "2024-03"),
        ("year", "2024", "2024-12-31", "2025"),
        ("day", "2026-01-06", "2026-01-06", None),
    ],
)
def test_periods_know_their_last_day_and_their_successor(
    scalar: Callable[[str], Any], frequency: str, period: str, last: str, following: str | None
) -> None:
    assert str(scalar(f"period_last_day('{frequency}', '{period}')")) == last
    assert scalar(f"next_period_of('{frequency}', '{period}')") == following


@settings(max_examples=40, deadline=None)
@given(st.integers(1985, 2099), st.integers(1, 12), st.integers(-60, 60))
def test_month_plus_moves_by_exactly_that_many_months(
    scalar: Callable[[str], Any], year: int, month: int, by: int
) -> None:
    start = f"{year}-{month:02d}"
    moved = scalar(f"month_plus('{start}', {by})")
    assert scalar(f"month_index('{moved}') - month_index('{start}')") == by
