"""The charts of the critical-minerals report: sorted shares with their limits, states by month."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tradeflow.briefing.chart_rules import chart_faults
from tradeflow.briefing.charts.drawing import Drawing, draw, figure
from tradeflow.briefing.charts_minerals import state_matrix, top_shares
from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.render import Rendered, render
from tradeflow.periods import Week

from .conftest import Rows
from .week_of_marts import AS_OF, WEEK
from .year_of_marts import E_46, YEAR, year_marts


@pytest.fixture(scope="module")
def marts() -> Marts:
    return year_marts()


@pytest.fixture(scope="module")
def rendered(marts: Marts, glossary: Glossary) -> Rendered:
    issue = Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", True, True, None, MINERALS, YEAR)
    return render(marts, glossary, issue)


@pytest.fixture(scope="module")
def drawings(rendered: Rendered, glossary: Glossary) -> dict[str, Drawing]:
    return {chart.name: draw(chart, glossary) for chart in rendered.charts}


def test_the_charts_keep_the_rules_and_say_what_they_show(
    rendered: Rendered, drawings: dict[str, Drawing]
) -> None:
    assert list(chart_faults(rendered.charts)) == []
    assert [chart.name for chart in rendered.charts] == ["top_shares", "state_matrix"]
    assert rendered.charts[0].title == "鎵、鈮、鎢的首位產地占全球產量超過八成（2024 年）"
    assert rendered.charts[1].title.startswith("礦物管制的狀態最近一次變動在 2025-11-09，是")
    for drawing in drawings.values():
        assert "<title" in drawing.svg and drawing.description in figure(drawing)


def test_bars_are_sorted_and_the_limits_named(drawings: dict[str, Drawing]) -> None:
    drawing = drawings["top_shares"]
    shares = [float(row[2].split()[0]) for row in drawing.numbers[0].rows]
    assert shares == sorted(shares, reverse=True) and len(shares) == 6
    for limit in ("60", "70", "80", "門檻（%）"):
        assert f">{limit}</text>" in drawing.svg
    assert "鍺" not in drawing.svg, "a mineral without a share has no bar"


def test_a_computed_share_and_one_of_another_year_have_no_bar() -> None:
    def change(rows: Rows) -> None:
        for row in rows["fct_mineral_production_yearly"]:
            if row["mineral_code"] == "GALLIUM":
                row["is_reconstructed"] = True
            if row["mineral_code"] == "COBALT":
                row |= {"year": 2023, "coverage": "2023"}

    chart = top_shares(year_marts(change))
    assert chart is not None
    assert [row["mineral_code"] for row in chart.rows][:2] == ["NIOBIUM", "TUNGSTEN"]
    assert {row["year"] for row in chart.rows} == {2024} and len(chart.rows) == 4


def test_the_matrix_shows_each_month_end_and_the_last_known_day(
    marts: Marts, drawings: dict[str, Drawing]
) -> None:
    chart = state_matrix(marts, AS_OF)
    assert chart is not None
    assert chart.months[0] == "2024-03" and chart.months[-1] == "2026-02"
    lanes = {notice["label_zh"]: states for notice, states in chart.lanes}
    told = [None if row is None else row["status"] for row in lanes["2025 年第 57 號"]]
    assert told == [None] * 19 + ["announced"] + ["suspended"] * 4
    columns = drawings["state_matrix"].numbers[0].columns
    assert columns[1:] == chart.months


def test_of_several_clauses_the_strictest_is_drawn(marts: Marts) -> None:
    chart = state_matrix(marts, AS_OF)
    assert chart is not None
    states = next(states for notice, states in chart.lanes if notice["notice_key"] == E_46)
    assert states[-1] is not None and states[-1]["status"] == "in_force"


def test_nothing_announced_for_later_is_drawn(marts: Marts) -> None:
    """The year's table says what announced dates will change; the chart is of what was."""
    chart = state_matrix(marts, date(2025, 10, 20))
    assert chart is not None
    told = {row["status"] for _, states in chart.lanes for row in states if row is not None}
    assert "suspended" not in told and "lapsed_unconfirmed" not in told


def test_without_measures_there_is_no_matrix() -> None:
    assert (
        state_matrix(year_marts(lambda rows: rows["fct_clause_intervals"].clear()), AS_OF) is None
    )


def test_outside_text_cannot_leave_its_place(glossary: Glossary) -> None:
    def poison(rows: Rows) -> None:
        for row in rows["dim_notices"]:
            row["label_zh"] = "<script>alert(1)</script>"
        for row in rows["fct_mineral_production_yearly"]:
            row["top_name_zh"] = "<b>巴西</b>"

    marts = year_marts(poison)
    issue = Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", True, True, None, MINERALS, YEAR)
    for chart in render(marts, glossary, issue).charts:
        shown = figure(draw(chart, glossary))
        assert not re.search(r"<(script|b)>", shown)
