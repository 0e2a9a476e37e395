"""Formulas of the relations between trade structures against their published definitions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

money = st.integers(min_value=0, max_value=10**12)
pairs = st.lists(st.tuples(money, money), min_size=1, max_size=40).filter(
    lambda rows: sum(x + m for x, m in rows) > 0
)
structures = st.lists(st.tuples(money, money), min_size=1, max_size=40).filter(
    lambda rows: sum(a for a, _ in rows) > 0 and sum(b for _, b in rows) > 0
)

OverPairs = Callable[..., Any]


@pytest.fixture(scope="module")
def scalar(connection: duckdb.DuckDBPyConnection) -> Callable[[str], Any]:
    return lambda expression: connection.execute(f"select {expression}").fetchall()[0][0]


@pytest.fixture(scope="module")
def over(connection: duckdb.DuckDBPyConnection) -> OverPairs:
    """Evaluate an aggregate over rows with the columns `a` and `b`."""

    def evaluate(expression: str, rows: list, kind: str = "decimal(24, 4)") -> Any:
        return connection.execute(
            f"select {expression} from (select unnest(cast($a as {kind}[])) as a,"
            f" unnest(cast($b as {kind}[])) as b)",
            {"a": [row[0] for row in rows], "b": [row[1] for row in rows]},
        ).fetchall()[0][0]

    return evaluate


def shares_of(rows: list) -> list[tuple[float, float]]:
    """Both columns as shares that add up to 100."""
    first, second = sum(a for a, _ in rows), sum(b for _, b in rows)
    return [(100 * a / first, 100 * b / second) for a, b in rows]


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_grubel_lloyd_is_twice_the_overlap_over_all_trade(over: OverPairs, rows: list) -> None:
    expected = sum(2 * min(x, m) for x, m in rows) / sum(x + m for x, m in rows)
    found = over("grubel_lloyd(a, b)", rows)
    assert found == pytest.approx(expected, abs=1e-9)
    assert 0 <= found <= 1


@settings(max_examples=40, deadline=None)
@given(pairs, st.integers(min_value=2, max_value=1000), st.randoms(use_true_random=False))
def test_grubel_lloyd_knows_no_direction_order_or_unit(
    over: OverPairs, rows: list, factor: int, random: Any
) -> None:
    found = over("grubel_lloyd(a, b)", rows)
    assert over("grubel_lloyd(b, a)", rows) == found
    assert over("grubel_lloyd(a, b)", random.sample(rows, len(rows))) == found
    scaled = [(x * factor, m * factor) for x, m in rows]
    assert over("grubel_lloyd(a, b)", scaled) == pytest.approx(found, abs=1e-9)


def test_grubel_lloyd_of_matched_one_way_and_no_trade(over: OverPairs) -> None:
    assert over("grubel_lloyd(a, b)", [(5, 5), (9, 9)]) == 1
    assert over("grubel_lloyd(a, b)", [(5, 0), (0, 9)]) == 0
    assert over("grubel_lloyd(a, b)", [(0, 0)]) is None


@settings(max_examples=60, deadline=None)
@given(structures)
def test_overlap_is_finger_and_kreinins_and_michaelys_index(over: OverPairs, rows: list) -> None:
    """Two published formulas of one number, as both columns add up to 100."""
    shares = shares_of(rows)
    found = over("overlap_pct(a, b)", shares, "double")
    assert found == pytest.approx(sum(min(a, b) for a, b in shares), abs=1e-9)
    assert found == pytest.approx(100 - sum(abs(a - b) for a, b in shares) / 2, abs=1e-6)
    assert over("overlap_pct(b, a)", shares, "double") == found


@settings(max_examples=20, deadline=None)
@given(structures)
def test_a_structure_is_wholly_like_itself(over: OverPairs, rows: list) -> None:
    same = [(a, a) for a, _ in shares_of(rows)]
    assert over("overlap_pct(a, b)", same, "double") == pytest.approx(100)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(money, st.integers(min_value=1, max_value=10**12)), min_size=2, max_size=20
    ).filter(lambda rows: sum(part for part, _ in rows) > 0)
)
def test_relative_shares_weighted_by_size_average_to_one(over: OverPairs, rows: list) -> None:
    """Balassa's index over the covered reporters: each whole holds its part."""
    wholes = [(min(part, whole), whole) for part, whole in rows]
    if sum(part for part, _ in wholes) == 0:
        return
    part, whole = (sum(row[i] for row in wholes) for i in (0, 1))
    mean = over(f"sum(relative_share_of(a, b, {part}, {whole}) * b / {whole})", wholes)
    assert mean == pytest.approx(1, rel=1e-9)


def test_relative_share_of_worked_examples(scalar: Callable[[str], Any]) -> None:
    assert scalar("relative_share_of(30, 100, 100, 400)") == pytest.approx(1.2)
    assert scalar("relative_share_of(0, 100, 100, 400)") == 0
    assert scalar("relative_share_of(0, 100, 0, 400)") is None
    assert scalar("relative_share_of(0, 0, 100, 400)") is None


@pytest.mark.parametrize(
    ("imports", "exports", "ratio"),
    [("8", "4", 2), ("8", "0", 9999), ("90000000", "1", 9999), ("8", "null", None)],
)
def test_import_export_ratio_has_a_greatest_value_and_knows_what_is_unknown(
    scalar: Callable[[str], Any], imports: str, exports: str, ratio: float | None
) -> None:
    found = scalar(f"import_export_ratio_of({imports}, {exports})")
    assert (found is None) if ratio is None else (float(found) == ratio)


@pytest.mark.parametrize("years", list(product([True, False, None], repeat=3)))
def test_a_rule_over_years_is_open_exactly_while_unknown_years_could_decide_it(
    scalar: Callable[[str], Any], years: tuple[bool | None, ...]
) -> None:
    outcomes = {
        sum(filled) >= 2
        for filled in product([True, False], repeat=3)
        if all(known is None or known == value for known, value in zip(years, filled, strict=True))
    }
    met, assessed = years.count(True), 3 - years.count(None)
    expected = outcomes.pop() if len(outcomes) == 1 else None
    assert scalar(f"holds_in_years({met}, {assessed}, 2, 3)") is expected


@pytest.mark.parametrize(
    ("exports", "imports", "basis"),
    [
        ("'FOB'", "'CIF'", "cif_over_fob"),
        ("'FOB'", "'FOB'", "same_basis"),
        ("'CIF'", "'FOB'", "basis_unstated"),
        ("'unstated'", "'unstated'", "basis_unstated"),
        ("'FOB'", "null", None),
        ("null", "'CIF'", None),
        ("'unstated'", "'CIF'", "basis_unstated"),
    ],
)
def test_mirror_basis_claims_only_what_both_answers_state(
    scalar: Callable[[str], Any], exports: str, imports: str, basis: str | None
) -> None:
    assert scalar(f"mirror_basis_of({exports}, {imports})") == basis
