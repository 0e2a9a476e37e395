"""A chart ready for a page: its SVG and the numbers it draws, as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.charts import bars, heat, lines, minerals, policy
from tradeflow.briefing.charts.canvas import Canvas
from tradeflow.briefing.charts.plan import Numbers, Plan
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.render import Chart

_PLANS: dict[type, Callable[[Any, Glossary, Canvas], Plan]] = {
    data.Deficits: lines.deficits,
    data.Partners: lines.partners,
    data.YearToDate: bars.year_to_date,
    data.Timeline: bars.timeline,
    data.Concentration: bars.concentration,
    data.PolicySeries: policy.policy_series,
    data.ConcentrationYears: heat.concentration_years,
    data.ExposureMatrix: heat.exposure_matrix,
    data.TopShares: minerals.top_shares,
    data.StateMatrix: minerals.state_matrix,
}


@dataclass(frozen=True)
class Drawing:
    """A chart drawn; `figure` makes it part of a page."""

    chart: Chart
    anchor: str
    """The id of the figure, unique in its page."""
    svg: str
    description: str
    numbers: tuple[Numbers, ...]


def draw(chart: Chart, glossary: Glossary, anchor: str = "") -> Drawing:
    """Draw one chart.

    Args:
        anchor: the figure's id in its page; by default that of its number.
    """
    name = anchor or f"figure-{chart.number}"
    canvas = Canvas(name)
    plan = _PLANS[type(chart.data)](chart.data, glossary, canvas)
    svg = canvas.svg(chart.title, plan.description)
    return Drawing(chart, name, svg, plan.description, tuple(plan.numbers))


def figure(drawing: Drawing) -> str:
    """The drawing with its caption, description and numbers, as HTML."""
    number = drawing.chart.number
    label = f"圖 {number}" if number else "圖"
    caption = f"{label}　{drawing.chart.title}" if number else drawing.chart.title
    tables = "\n".join(_table(numbers, label) for numbers in drawing.numbers)
    return (
        f'<figure id="{drawing.anchor}">\n'
        f"<figcaption>{escape(caption)}</figcaption>\n"
        f'<div class="drawing">{drawing.svg}</div>\n'
        f'<p class="note">{escape(drawing.description)}</p>\n'
        f"<details><summary>圖中數字</summary>\n{tables}\n</details>\n</figure>\n"
    )


def _table(numbers: Numbers, label: str) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in numbers.columns)
    return (
        f'<div class="scroll" role="region" tabindex="0" '
        f'aria-label="{escape(f"{label} 的數字：{numbers.name}")}">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{_body(numbers.rows)}</tbody>\n"
        "</table>\n</div>"
    )


def _body(rows: Sequence[Sequence[str]]) -> str:
    return "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows
    )
