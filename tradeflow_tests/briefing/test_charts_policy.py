"""The policy chart sets states of controls beside a series, and claims no more than that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree

import pytest

from tradeflow.briefing.charts.drawing import draw
from tradeflow.briefing.charts_policy import PolicySeries, policy_series
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.render import Chart, render

from .conftest import Change, Rows

Changed = Callable[[Change], Marts]
SVG = "{http://www.w3.org/2000/svg}"


def of(marts: Marts) -> PolicySeries:
    found = policy_series(marts)
    assert found is not None
    return found


def chart_of(marts: Marts, glossary: Glossary, issue: Issue) -> Chart:
    rendered = render(marts, glossary, issue)
    return next(chart for chart in rendered.charts if chart.name == "policy_series")


def test_a_lane_holds_the_states_by_the_last_known_day(marts: Marts) -> None:
    lanes = {lane.label: lane.states for lane in of(marts).lanes}
    told = [(s.status, s.first, s.last, s.is_open) for s in lanes["2025 年第 55 號"]]
    assert told == [
        ("announced", date(2025, 10, 9), date(2025, 11, 6), False),
        ("suspended", date(2025, 11, 7), date(2026, 2, 15), True),
    ], "what lies after the last known day is not foretold"
    assert [s.status for s in lanes["2025 年第 18 號"]] == ["in_force"]


def test_months_without_a_publication_are_hatched_and_named(
    marts: Marts, glossary: Glossary, issue: Issue
) -> None:
    chart = chart_of(marts, glossary, issue)
    assert isinstance(chart.data, PolicySeries)
    assert chart.data.months[-3:] == ("2025-12", "2026-01", "2026-02")
    drawing = draw(chart, glossary)
    root = ElementTree.fromstring(drawing.svg)
    tall = [r for r in root.iter(f"{SVG}rect") if float(r.get("height", "0")) == 124]
    assert len(tall) == 3 and all("hatch" in r.get("fill", "") for r in tall)
    assert "尚未發布" in [text.text for text in root.iter(f"{SVG}text")]
    assert drawing.numbers[0].rows[-3:] == [
        (month, "尚未發布") for month in ("2025-12", "2026-01", "2026-02")
    ]


def test_the_words_claim_no_cause(marts: Marts, glossary: Glossary, issue: Issue) -> None:
    chart = chart_of(marts, glossary, issue)
    assert "最近一次變動在 2025-11-07" in chart.title
    assert "不表示因果" in draw(chart, glossary).description
    for word in ("因此", "導致", "造成", "影響", "受到", "使得"):
        assert word not in chart.title + draw(chart, glossary).description


def test_a_change_after_the_newest_month_has_no_figure_beside_it(
    changed: Changed, glossary: Glossary, issue: Issue
) -> None:
    def resume(rows: Rows) -> None:
        for row in rows["fct_clause_intervals"]:
            if row["notice_key"].endswith("-55") and row["status"] == "suspended":
                row["valid_to"] = date(2026, 1, 9)
            if row["notice_key"].endswith("-55") and row["status"] == "lapsed_unconfirmed":
                row |= {"valid_from": date(2026, 1, 10), "status": "in_force"}

    chart = chart_of(changed(resume), glossary, issue)
    assert isinstance(chart.data, PolicySeries)
    assert chart.data.changed_since == ("2025 年第 55 號",)
    assert chart.title.endswith("之後狀態有變的措施尚無資料可對照")


def test_a_quiet_span_is_said_to_be_quiet(
    changed: Changed, glossary: Glossary, issue: Issue
) -> None:
    def settle(rows: Rows) -> None:
        kept = [r for r in rows["fct_clause_intervals"] if r["status"] == "suspended"]
        for row in kept:
            row |= {"valid_from": date(2023, 1, 1), "valid_to": None, "status": "in_force"}
        rows["fct_clause_intervals"] = kept

    title = chart_of(changed(settle), glossary, issue).title
    assert title.endswith("圖示期間各措施的狀態沒有變動")


def test_of_several_clauses_the_strictest_is_drawn(changed: Changed) -> None:
    def split(rows: Rows) -> None:
        row = next(r for r in rows["fct_clause_intervals"] if r["notice_key"].endswith("-55"))
        rows["fct_clause_intervals"].append(
            row | {"clause": "1(3)", "clause_label": "第一款第三項", "status": "in_force"}
        )

    lanes = {lane.label: lane.states for lane in of(changed(split)).lanes}
    assert [s.status for s in lanes["2025 年第 55 號"]] == ["in_force", "suspended"]


def test_a_control_goes_on_in_the_notice_that_carries_it(changed: Changed) -> None:
    def replace(rows: Rows) -> None:
        for row in rows["fct_control_measures"]:
            if row["notice_key"].endswith("-18"):
                row["control_notice_key"] = "MOFCOM-公告-2025-99"
        first = next(r for r in rows["fct_clause_intervals"] if r["notice_key"].endswith("-18"))
        first["valid_to"] = date(2025, 8, 31)
        key = {"notice_key": "MOFCOM-公告-2025-99", "valid_from": date(2025, 9, 1)}
        rows["fct_clause_intervals"] += [
            first | {"valid_from": date(2025, 9, 1), "status": "ended", "valid_to": None},
            first | key | {"status": "in_force", "valid_to": None},
        ]

    states = {lane.label: lane.states for lane in of(changed(replace)).lanes}["2025 年第 18 號"]
    assert [(s.status, s.first, s.last) for s in states] == [
        ("in_force", date(2025, 4, 4), date(2026, 2, 15))
    ]


def test_a_control_aimed_at_another_economy_is_no_lane(changed: Changed) -> None:
    def aim(rows: Rows) -> None:
        for row in rows["dim_notices"]:
            if row["notice_key"].endswith("2025-58"):
                row["target_iso3"] = ["JPN"]

    assert "2025 年第 58 號" not in [lane.label for lane in of(changed(aim)).lanes]


@pytest.mark.parametrize("lacking", ["fct_clause_intervals", "fct_control_measures"])
def test_without_states_there_is_no_chart(changed: Changed, lacking: str) -> None:
    assert policy_series(changed(lambda rows: rows[lacking].clear())) is None


def test_reconstructed_months_are_not_drawn(changed: Changed) -> None:
    def reconstruct(rows: Rows) -> None:
        for row in rows["fct_us_trade_monthly"]:
            row["is_reconstructed"] = True

    assert policy_series(changed(reconstruct)) is None
