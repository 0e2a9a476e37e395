"""What a chart may set side by side: figures of one coverage and one vintage (CHK-CHART-COVERAGE).

Each kind of chart says which of its figures a reader compares and what period each is drawn at;
the rules are the same for all. Not here: which rows a chart draws (`charts_data.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.marts import Fact
from tradeflow.briefing.render import Chart

_MARK = "重建"
_BOUND = "上限"


@dataclass(frozen=True)
class Drawn:
    """A figure at its place in a chart."""

    fact: Fact
    beside: str
    """Figures of one such name are compared with each other."""
    period: str | None = None
    """The period its place says it is of; None where the place says none."""


def chart_faults(charts: Sequence[Chart]) -> Iterator[str]:
    """Every fault of a report's charts, each naming the chart."""
    for chart in charts:
        drawn = list(figures_of(chart.data))
        found = list(_faults(drawn, _MARK in chart.title))
        if isinstance(chart.data, data.ExposureMatrix) and _BOUND not in chart.title:
            found.append("shares of whole codes are upper bounds and the title does not say 上限")
        for fault in found:
            yield f"圖 {chart.number} ({chart.name}): {fault}"


def _faults(drawn: Sequence[Drawn], is_marked: bool) -> Iterator[str]:
    groups: dict[str, list[Fact]] = {}
    for each in drawn:
        groups.setdefault(each.beside, []).append(each.fact)
        if each.period is not None and each.fact.coverage != each.period:
            yield f"{each.fact.fact_id} is of {each.fact.coverage}, drawn at {each.period}"
        if each.fact.is_reconstructed and not is_marked:
            yield f"{each.fact.fact_id} is reconstructed and the title does not say 重建"
    for beside, facts in groups.items():
        for name in ("coverage", "vintage"):
            found = sorted({getattr(fact, name) for fact in facts})
            if len(found) > 1:
                yield f"figures of {beside} have more than one {name}: {', '.join(found)}"


def figures_of(chart: data.ChartData) -> Iterator[Drawn]:
    """Every figure a chart draws, at its place."""
    if isinstance(chart, data.Deficits):
        for _, rows in chart.series:
            for row in rows:
                yield from _each(row.fact("deficit_usd"), row["month"], row["month"])
    elif isinstance(chart, data.Partners):
        for _, rows in chart.series:
            for row in rows:
                for column in ("imports_usd", "exports_usd", "deficit_usd"):
                    yield from _each(row.fact(column), row["month"], row["month"])
    elif isinstance(chart, data.PolicySeries):
        for row in chart.series:
            yield from _each(row.fact("imports_usd"), row["month"], row["month"])
        day = chart.end.isoformat()
        for lane in chart.lanes:
            for state in lane.states:
                yield from _each(state.row.fact("status"), "the states", day)
    elif isinstance(chart, data.YearToDate):
        for story in chart.stories:
            if story.ytd is not None:
                for column in ("imports_usd", "imports_prior_usd", "imports_yoy_pct"):
                    yield from _each(story.ytd.fact(column), "the year to date", None)
    elif isinstance(chart, data.Timeline):
        for row in chart.rows:
            yield from _each(row.fact("days_left"), "the days left", None)
    elif isinstance(chart, data.ConcentrationYears):
        for _, cells in chart.flows:
            for (_, each), fact in cells.items():
                yield Drawn(fact, str(each), str(each))
    elif isinstance(chart, data.ExposureMatrix):
        years = {iso3: str(year) for iso3, _, year in chart.economies}
        for (_, iso3), row in chart.cells.items():
            for column in ("china_share_pct", "imports_usd"):
                yield from _each(row.fact(column), years[iso3], years[iso3])
    elif isinstance(chart, data.TopShares):
        for row in chart.rows:
            yield from _each(row.fact("top_share_pct"), "the shares", str(chart.year))
    elif isinstance(chart, data.StateMatrix):
        for _, states in chart.lanes:
            for held in states:
                if held is not None:
                    yield from _each(held.fact("status"), "the states", chart.end.isoformat())
    else:
        for entry in chart.entries:
            year = str(entry.row["year"])
            yield from _each(entry.row.fact("hhi_partner"), year, year)


def _each(fact: Fact | None, beside: str, period: str | None) -> Iterator[Drawn]:
    if fact is not None:
        yield Drawn(fact, beside, period)
