"""The brief's charts as SVG: one message each, drawn from the same facts as the tables.

altair and vl-convert are imported only when a chart is drawn. Equal facts give equal bytes.
Text stays text; the page's fonts are named as a CSS list and chosen by the reader's browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.chinese import FACT_FORMATS
from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact, Row
from tradeflow.briefing.render import Chart

FONTS = "'Noto Sans TC','Noto Sans CJK TC','PingFang TC','Microsoft JhengHei',sans-serif"
WIDTH = 430
"""Width of the plot itself, without margins."""
_MARGINS = {"right": 100, "top": 26, "bottom": 50}
_LEFT = {"deficits": 60, "year_to_date": 70, "timeline": 165, "concentration": 150}
_STRONG, _SECOND, _QUIET, _RULE = "#b23a1e", "#1f5582", "#8a8f94", "#5a5f64"
_HUNDRED_MILLION = 1e8


@dataclass(frozen=True)
class Drawing:
    """A chart ready for the page."""

    chart: Chart
    svg: str
    description: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The numbers drawn, formatted as in the brief."""


def draw(chart: Chart, glossary: Glossary) -> Drawing:
    """Draw one chart."""
    description, columns, rows, layers = _PLANS[type(chart.data)](chart.data, glossary)
    return Drawing(
        chart, _svg(chart, description, layers), description, tuple(columns), tuple(rows)
    )


_Plan = tuple[str, Sequence[str], Sequence[tuple[str, ...]], Any]


def _value(fact: Fact | None) -> float:
    if fact is None:
        raise BriefError("a chart cannot draw a missing figure")
    return float(fact.number)


def _text(fact: Fact | None, form: str) -> str:
    return "" if fact is None else FACT_FORMATS[form](fact)


def _deficits(chart: data.Deficits, glossary: Glossary) -> _Plan:
    import altair as alt

    points = [
        {
            "partner": name,
            "month": row["month"],
            "value": _value(row.fact("deficit_usd")) / _HUNDRED_MILLION,
        }
        for name, rows in chart.series
        for row in rows
    ]
    months = sorted({point["month"] for point in points})
    names = [name for name, _ in chart.series]
    ends = [
        max((p for p in points if p["partner"] == name), key=lambda p: p["month"]) for name in names
    ]
    ends = _apart(ends, (max(p["value"] for p in points) - min(p["value"] for p in points)) / 14)
    colours = alt.Scale(domain=names, range=[_STRONG, _SECOND, *[_QUIET] * (len(names) - 2)])
    x = alt.X(
        "month:O",
        sort=months,
        axis=alt.Axis(title=None, values=_ticks(months), labelAngle=0, labelOverlap=False),
    )
    y_axis = alt.Axis(
        title=glossary.term("chart", "deficit_axis"), tickCount=5,
        titleAngle=0, titleAlign="left", titleAnchor="end", titleX=0, titleY=-12,
    )  # fmt: skip
    y = alt.Y("value:Q", axis=y_axis)
    colour = alt.Color("partner:N", scale=colours, legend=None)
    lines = alt.Chart(alt.Data(values=points)).mark_line().encode(
        x=x, y=y, color=colour, detail="partner:N",
        strokeWidth=alt.condition(
            alt.FieldOneOfPredicate("partner", names[:2]), alt.value(3), alt.value(1.5)
        ),
    )  # fmt: skip
    labels = alt.Chart(alt.Data(values=ends)).mark_text(align="left", dx=6).encode(
        x=x, y=alt.Y("shown:Q"), text="partner:N", color=colour
    )  # fmt: skip
    rows = [
        (month, *(_text(_row_of(series, month, "deficit_usd"), "yi") for _, series in chart.series))
        for month in months
    ]
    return (
        glossary.term("chart", "deficits"),
        (glossary.term("chart", "month"), *names),
        rows,
        lines + labels,
    )


def _ticks(months: Sequence[str]) -> list[str]:
    """Every fourth month, counted back from the newest."""
    return list(months[::-1][::4][::-1])


def _apart(ends: list[dict[str, Any]], gap: float) -> list[dict[str, Any]]:
    """Shift end labels so that neighbouring ones do not cover each other."""
    placed: list[dict[str, Any]] = []
    for end in sorted(ends, key=lambda p: (p["value"], p["partner"])):
        lowest = placed[-1]["shown"] + gap if placed else end["value"]
        placed.append({**end, "shown": max(end["value"], lowest)})
    return placed


def _row_of(series: Sequence[Row], month: str, column: str) -> Fact | None:
    return next((row.fact(column) for row in series if row["month"] == month), None)


def _year_to_date(chart: data.YearToDate, glossary: Glossary) -> _Plan:
    import altair as alt

    now, before = glossary.term("chart", "now"), glossary.term("chart", "before")
    points, rows = [], []
    stories = sorted(
        chart.stories, key=lambda s: (-_value(s.ytd.fact("imports_usd")) if s.ytd else 0, s.name)
    )
    for story in stories:
        if story.ytd is None:
            continue
        present, past = story.ytd.fact("imports_usd"), story.ytd.fact("imports_prior_usd")
        change = _text(story.ytd.fact("imports_yoy_pct"), "pct")
        for label, fact in ((before, past), (now, present)):
            points.append(
                {
                    "partner": story.name,
                    "when": label,
                    "value": _value(fact) / _HUNDRED_MILLION,
                    "change": change,
                }
            )
        rows.append((story.name, _text(present, "yi"), _text(past, "yi"), change))
    order = [row[0] for row in rows]
    y = alt.Y("partner:N", sort=order, axis=alt.Axis(title=None, labelFontSize=14))
    base = alt.Chart(alt.Data(values=points))
    x = alt.X("value:Q", axis=alt.Axis(title=glossary.term("chart", "imports_axis"), tickCount=5))
    spans = base.mark_line(color=_QUIET, strokeWidth=2).encode(
        x=x, y=y, detail="partner:N"
    )  # fmt: skip
    dots = base.mark_point(size=110, filled=True, opacity=1).encode(
        x="value:Q", y=y,
        color=alt.Color(
            "when:N", scale=alt.Scale(domain=[now, before], range=[_STRONG, _QUIET]), legend=None
        ),
    )  # fmt: skip
    keys = alt.Chart(alt.Data(values=_widest(points))).mark_text(dy=20, color=_RULE).encode(
        x="value:Q", y=y, text="when:N"
    )  # fmt: skip
    label = (
        base.transform_filter(alt.FieldEqualPredicate(now, "when"))
        .mark_text(dy=-14, color=_RULE)
        .encode(x="value:Q", y=y, text="change:N")
    )
    columns = [glossary.term("chart", key) for key in ("partner", "now", "before", "change")]
    return (
        glossary.term("chart", "year_to_date"),
        columns,
        rows,
        (spans + dots + label + keys).properties(height=250),
    )


def _widest(points: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The two points of the partner with the widest gap: there is room to name them there."""
    pairs: dict[str, list[dict[str, Any]]] = {}
    for point in points:
        pairs.setdefault(point["partner"], []).append(point)
    return max(pairs.values(), key=lambda pair: abs(pair[0]["value"] - pair[1]["value"]))


def _timeline(chart: data.Timeline, glossary: Glossary) -> _Plan:
    import altair as alt

    points, rows = [], []
    for row in chart.rows:
        left, until = row.fact("days_left"), row["until_date"].isoformat()
        points.append({"measure": row["label_zh"], "days": _value(left), "until": until})
        rows.append((row["label_zh"], until, _text(left, "whole")))
    order = [point["measure"] for point in points]
    y = alt.Y("measure:N", sort=order, axis=alt.Axis(title=None))
    base = alt.Chart(alt.Data(values=points))
    x = alt.X("days:Q", axis=alt.Axis(title=glossary.term("chart", "days_axis"), tickCount=5))
    bars = base.mark_bar(color=_SECOND, height=12).encode(x=x, y=y)
    label = base.mark_text(align="left", dx=5, color=_RULE).encode(x="days:Q", y=y, text="until:N")
    layers = (bars + label).properties(height=26 * max(len(points), 2))
    columns = [glossary.term("chart", key) for key in ("measure", "until", "days")]
    return glossary.term("chart", "timeline"), columns, rows, layers


def _concentration(chart: data.Concentration, glossary: Glossary) -> _Plan:
    import altair as alt

    mark = glossary.term("mark", "reconstructed")
    points: list[dict[str, Any]] = []
    rows: list[tuple[str, ...]] = []
    for entry in chart.entries:
        hhi = entry.row.fact("hhi_partner")
        name = f"{entry.name} {entry.row['year']}" + (mark if entry.row.is_reconstructed else "")
        points.append({"economy": name, "hhi": _value(hhi), "label": _text(hhi, "one")})
        rows.append((name, _text(hhi, "one")))
    order = [point["economy"] for point in points]
    y = alt.Y("economy:N", sort=order, axis=alt.Axis(title=None))
    top = max(1700.0, max(point["hhi"] for point in points) * 1.1)
    x = alt.X("hhi:Q", scale=alt.Scale(domain=[0, top]), axis=alt.Axis(title="HHI", tickCount=5))
    base = alt.Chart(alt.Data(values=points))
    bars = base.mark_bar(color=_SECOND, height=16).encode(x=x, y=y)
    label = base.mark_text(align="left", dx=5, color=_RULE).encode(x=x, y=y, text="label:N")
    named = [
        {"hhi": 1000, "name": glossary.term("chart", "threshold_1000")},
        {"hhi": 1500, "name": glossary.term("chart", "threshold_1500")},
    ]
    rules = (
        alt.Chart(alt.Data(values=named))
        .mark_rule(color=_STRONG, strokeDash=[5, 4])
        .encode(x="hhi:Q")
    )
    names = (
        alt.Chart(alt.Data(values=named))
        .mark_text(align="left", baseline="bottom", dx=3, dy=-3, color=_STRONG)
        .encode(x="hhi:Q", y=alt.value(0), text="name:N")
    )
    layers = (bars + label + rules + names).properties(height=34 * len(points))
    columns = [glossary.term("chart", "economy"), "HHI"]
    return glossary.term("chart", "concentration"), columns, rows, layers


_PLANS: dict[type, Callable[[Any, Glossary], _Plan]] = {
    data.Deficits: _deficits,
    data.YearToDate: _year_to_date,
    data.Timeline: _timeline,
    data.Concentration: _concentration,
}


def _svg(chart: Chart, description: str, layers: Any) -> str:
    import altair as alt
    import vl_convert

    left = _LEFT[chart.name]
    # Nothing may be placed by the measured width of a text: which fonts the machine has would
    # then show in the bytes. Margins and axis depths are therefore stated, not fitted.
    figure = layers.properties(width=WIDTH, autosize=alt.AutoSizeParams(type="none"))
    figure = figure.configure(
        font=FONTS, background="transparent", padding={**_MARGINS, "left": left}
    )
    figure = figure.configure_axis(
        labelFontSize=13,
        titleFontSize=13,
        titleFontWeight="normal",
        gridColor="#dddddd",
        labelLimit=0,
        labelOverlap=False,
        labelBound=False,
        labelFlush=False,
    )
    figure = figure.configure_axisX(minExtent=24, maxExtent=24)
    figure = figure.configure_axisY(minExtent=left, maxExtent=left)
    figure = figure.configure_view(stroke=None).configure_text(fontSize=13)
    svg = vl_convert.vegalite_to_svg(figure.to_dict(validate=False))
    svg = re.sub(r'\b(id="|url\(#|href="#)', rf"\g<1>{chart.name}-", svg)
    head = re.match(r"<svg[^>]*>", svg)
    if head is None:
        raise BriefError(f"chart {chart.name} was not drawn as SVG")
    box = re.search(r'viewBox="[^"]*"', head[0])
    name = f"figure-{chart.number}"
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box[0] if box else ""} role="img" '
        f'aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(chart.title)}</title>'
        f'<desc id="{name}-description">{escape(description)}</desc>'
    )
    return opening + svg[head.end() :]
