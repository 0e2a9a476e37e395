"""A chart sets side by side only figures of one coverage and one vintage (CHK-CHART-COVERAGE)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.chart_rules import chart_faults
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts, Row, load_marts
from tradeflow.briefing.produce import produce
from tradeflow.briefing.render import Chart, Rendered, render
from tradeflow.errors import GateRefused
from tradeflow.periods import Week

from .conftest import Change, Rows
from .month_of_marts import MONTH, month_marts
from .week_of_marts import AS_OF, WEEK, build

Changed = Callable[[Change], Marts]


def charts_of(rendered: Rendered) -> dict[str, Chart]:
    return {chart.name: chart for chart in rendered.charts}


def restated(row: Row, **told: Any) -> Row:
    """The row with what its facts state replaced."""
    facts = {
        name: replace(fact, **told)
        for name, fact in row.facts.items()
        if name.startswith(f"{row.model}:{row.key}:")
    }
    return replace(row, facts={**row.facts, **facts})


def test_the_charts_of_the_week_keep_the_rules(
    rendered: Rendered, marts: Marts, glossary: Glossary, issue: Issue
) -> None:
    assert len(rendered.charts) == 7
    assert list(chart_faults(rendered.charts)) == []
    Gate(marts, glossary, issue).check_charts(rendered.charts)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"coverage": "2025-01..2025-12"}, "have more than one coverage"),
        ({"vintage": "observed"}, "have more than one vintage"),
        ({"is_reconstructed": True}, "the title does not say 重建"),
    ],
)
def test_one_partner_of_another_span_is_refused(
    rendered: Rendered,
    marts: Marts,
    glossary: Glossary,
    issue: Issue,
    told: dict[str, Any],
    fault: str,
) -> None:
    """E25: the home page's pie had China for eleven months beside Taiwan for twelve."""
    chart = charts_of(rendered)["year_to_date"]
    assert isinstance(chart.data, data.YearToDate)
    first, *rest = chart.data.stories
    assert first.ytd is not None
    other = replace(first, ytd=restated(first.ytd, **told))
    mixed = replace(chart, data=replace(chart.data, stories=(other, *rest)))
    with pytest.raises(GateRefused, match=f"圖 2 .*{fault}"):
        Gate(marts, glossary, issue).check_charts([mixed])


def test_a_month_of_another_coverage_is_refused(rendered: Rendered) -> None:
    """E05: the cumulated value of ten months drawn as October."""
    chart = charts_of(rendered)["deficits"]
    assert isinstance(chart.data, data.Deficits)
    (name, run), *rest = chart.data.series
    summed = (*run[:-1], restated(run[-1], coverage="2025-01..2025-11"))
    mixed = replace(chart, data=replace(chart.data, series=((name, summed), *rest)))
    assert any("drawn at 2025-11" in fault for fault in chart_faults([mixed]))


def test_a_report_with_such_a_chart_is_not_published(issue: Issue, tmp_path: Path) -> None:
    """The month stands in no table, so that the chart alone gives it away."""

    def sum_up(rows: Rows) -> None:
        row = next(r for r in rows["fct_us_trade_monthly"] if r["month"] == "2025-03")
        row["coverage"] = "2025-01..2025-03"

    with duckdb.connect() as con, pytest.raises(GateRefused, match=r"圖 1 .*drawn at 2025-03"):
        produce(con, load_marts(build(con, sum_up), WEEK), issue, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_years_summed_are_refused(rendered: Rendered) -> None:
    """E06."""
    chart = charts_of(rendered)["concentration"]
    assert isinstance(chart.data, data.Concentration)
    first, *rest = chart.data.entries
    summed = replace(first, row=restated(first.row, coverage="2023..2024"))
    mixed = replace(chart, data=replace(chart.data, entries=(summed, *rest)))
    assert any("is of 2023..2024, drawn at 2024" in fault for fault in chart_faults([mixed]))


@pytest.mark.parametrize("name", ["partners", "policy_series", "concentration_years"])
@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"coverage": "2023..2024"}, "is of 2023..2024, drawn at"),
        ({"is_reconstructed": True}, "the title does not say 重建"),
    ],
)
def test_every_kind_of_chart_keeps_the_rules(
    rendered: Rendered, name: str, told: dict[str, Any], fault: str
) -> None:
    chart = charts_of(rendered)[name]
    plain = replace(chart, title=chart.title.replace("重建", ""))
    assert any(fault in found for found in chart_faults([with_one_fact(plain, **told)]))


def with_one_fact(chart: Chart, **told: Any) -> Chart:
    """The chart with what one of its figures states replaced."""
    if isinstance(chart.data, data.ConcentrationYears):
        (flow, cells), *rest = chart.data.flows
        place = next(iter(cells))
        altered = {**cells, place: replace(cells[place], **told)}
        return replace(chart, data=replace(chart.data, flows=((flow, altered), *rest)))
    if isinstance(chart.data, data.Partners):
        (name, run), *others = chart.data.series
        series = ((name, (*run[:-1], restated(run[-1], **told))), *others)
        return replace(chart, data=replace(chart.data, series=series))
    assert isinstance(chart.data, data.PolicySeries)
    months = (*chart.data.series[:-1], restated(chart.data.series[-1], **told))
    return replace(chart, data=replace(chart.data, series=months))


def test_cells_of_one_year_have_one_vintage(rendered: Rendered) -> None:
    """E25."""
    mixed = with_one_fact(charts_of(rendered)["concentration_years"], vintage="observed")
    assert any("more than one vintage" in fault for fault in chart_faults([mixed]))


def test_a_matrix_mixes_no_years_within_an_economy_and_says_upper_bound(
    glossary: Glossary,
) -> None:
    month = Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", True, False, None, MONTHLY, MONTH)
    chart = charts_of(render(month_marts(), glossary, month))["exposure_matrix"]
    assert list(chart_faults([chart])) == []
    unsaid = replace(chart, title=chart.title.replace("上限", ""))
    assert any("does not say 上限" in fault for fault in chart_faults([unsaid]))
    assert isinstance(chart.data, data.ExposureMatrix)
    place = next(iter(chart.data.cells))
    cells = {**chart.data.cells, place: restated(chart.data.cells[place], coverage="2022")}
    mixed = replace(chart, data=replace(chart.data, cells=cells))
    assert any("is of 2022, drawn at 2024" in fault for fault in chart_faults([mixed]))


def test_reconstructed_bars_are_said_in_the_title(rendered: Rendered) -> None:
    chart = charts_of(rendered)["concentration"]
    assert "重建" in chart.title
    unsaid = replace(chart, title=chart.title.replace("重建", ""))
    assert any("does not say 重建" in fault for fault in chart_faults([unsaid]))


def test_a_partner_that_lags_is_left_out_rather_than_drawn_beside_the_others(
    changed: Changed, glossary: Glossary, issue: Issue
) -> None:
    def lag(rows: Rows) -> None:
        for row in rows["fct_us_trade_ytd"]:
            if row["partner_iso3"] == "DEU":
                row |= {
                    "through_month": "2025-10",
                    "months": 10,
                    "coverage": "2025-01..2025-10",
                }

    marts = changed(lag)
    rendered = render(marts, glossary, issue)
    chart = charts_of(rendered)["year_to_date"]
    assert isinstance(chart.data, data.YearToDate)
    assert "德國" not in [story.name for story in chart.data.stories]
    Gate(marts, glossary, issue).check_charts(rendered.charts)
