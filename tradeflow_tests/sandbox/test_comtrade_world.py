"""The trade world against the figures it must bring about."""

from __future__ import annotations

import csv
import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.comtrade_tail import Tail, solve_tail
from tradeflow_tests.sandbox.asking import partner_values

# Reporter → HHI, CR3 in percent, number of partners, as published for exports of 2023 + 2024.
PUBLISHED = {
    "156": (447.18, 27.34, 220),
    "842": (723.51, 40.41, 223),
    "392": (894.65, 44.26, 218),
    "410": (911.24, 46.70, 225),
    "490": (1183.15, 54.08, 221),
}


def pooled(reporter: str, flow: str) -> dict[int, Decimal]:
    first, second = (partner_values(reporter, flow, year) for year in ("2023", "2024"))
    return {code: value + second[code] for code, value in first.items() if code != 0}


@pytest.mark.parametrize("reporter", PUBLISHED)
def test_two_years_of_exports_together_give_the_published_concentration(reporter: str) -> None:
    hhi, cr3, count = PUBLISHED[reporter]
    values = sorted(map(float, pooled(reporter, "X").values()), reverse=True)
    total = sum(values)
    assert len(values) == count
    assert 10_000 * sum((value / total) ** 2 for value in values) == pytest.approx(hhi, abs=0.01)
    assert 100 * sum(values[:3]) / total == pytest.approx(cr3, abs=0.01)


@pytest.mark.parametrize("flow", ["X", "M"])
@pytest.mark.parametrize("reporter", PUBLISHED)
def test_two_years_together_give_the_published_top_twenty_to_the_last_digit(
    reporter: str, flow: str, shared
) -> None:
    with (shared / "facts" / "comtrade_top20_2023_2024_sums.csv").open(encoding="utf-8") as file:
        published = {
            int(row["partner_m49"]): Decimal(row["value_usd_sum_2023_2024"])
            for row in csv.DictReader(file)
            if row["reporter_m49"].replace("158", "490") == reporter and row["flow"] == flow
        }
    sums = pooled(reporter, flow)
    largest = sorted(sums, key=lambda code: -sums[code])[:20]
    assert {code: sums[code] for code in largest} == published


@pytest.mark.parametrize("year", ["2023", "2024"])
@pytest.mark.parametrize("flow", ["X", "M"])
def test_partners_add_up_to_world_exactly(year: str, flow: str) -> None:
    for reporter in PUBLISHED:
        values = partner_values(reporter, flow, year)
        assert sum(value for code, value in values.items() if code != 0) == values[0]


def test_2022_is_the_real_year(shared) -> None:
    with (shared / "facts" / "comtrade_2022_partners.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for reporter, flow in {(row["reporter_code"], row["flow"]) for row in rows}:
        real = {
            int(row["partner_code"]): Decimal(row["value_usd"])
            for row in rows
            if (row["reporter_code"], row["flow"]) == (reporter, flow)
        }
        assert partner_values(reporter, flow, "2022") == real


def test_us_trade_with_taiwan_moves_as_the_census_totals_did_from_either_side() -> None:
    seen_by_us = partner_values("842", "M", "2024")[490] / partner_values("842", "M", "2023")[490]
    mirrored = partner_values("490", "X", "2024")[842] / partner_values("490", "X", "2023")[842]
    census = Decimal("116255.1") / Decimal("87780.7")
    assert float(seen_by_us) == pytest.approx(float(census), rel=1e-9)
    assert float(mirrored) == pytest.approx(float(census), rel=1e-9)


def test_china_exported_the_published_amount_to_vietnam_in_2024() -> None:
    assert partner_values("156", "X", "2024")[704] == 161_800_000_000


def test_no_reporter_trades_with_itself_but_for_the_published_self_rows() -> None:
    own = {
        (reporter, flow): int(reporter) in partner_values(reporter, flow, "2024")
        for reporter in PUBLISHED
        for flow in "XM"
    }
    assert {key for key, present in own.items() if present} == {("156", "M"), ("490", "M")}


def test_reporters_totals_grow_as_stated() -> None:
    after, before = (partner_values("490", "X", year)[0] for year in ("2024", "2023"))
    assert float(after / before) == pytest.approx(1.099, abs=1e-9)


def test_every_partner_of_the_tail_traded_in_2022_and_has_a_name() -> None:
    known = set(comtrade_world.two_year_sums("490", "X"))
    real = {
        code
        for reporter in ("842", "156", "276")
        for code in comtrade_world.flow_values(reporter, "X", "2022")
    }
    assert known <= real


@settings(max_examples=25, deadline=None)
@given(b=st.floats(0.04, 0.3), c=st.floats(0.6, 1.1), size=st.integers(150, 220))
def test_a_tail_is_found_again_from_the_figures_it_brings_about(
    b: float, c: float, size: int
) -> None:
    published = [30.0, 25.0, 20.0, 10.0, 5.0, 2.0]
    values = published + [2.0 * share for share in Tail(b, c).shares(size)]
    total = sum(values)
    found = solve_tail(
        published,
        len(values),
        10_000 * sum((value / total) ** 2 for value in values),
        100 * sum(published[:3]) / total,
    )
    assert math.isclose(found.b, b, rel_tol=1e-4)
    assert math.isclose(found.c, c, rel_tol=1e-4)


def test_figures_no_tail_can_bring_about_are_refused() -> None:
    with pytest.raises(ValueError, match="no tail of 197 partners"):
        solve_tail([30.0, 25.0, 20.0], 200, 9000.0, 50.0)
