"""Monthly series: one chart of all partners' deficits, and a small chart of each partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.charts.canvas import (
    PAPER,
    QUIET,
    SECOND,
    SHADE,
    SIZE,
    SOFT,
    STRONG,
    WIDTH,
    Canvas,
    Scale,
    axis,
    linear,
)
from tradeflow.briefing.charts.plan import HUNDRED_MILLION, Numbers, Plan, value, written
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact, Row

_LABELS = 5
"""Months named under a chart at most."""
_COLUMNS, _GAP, _PANEL = 2, 18, 96


def deficits(chart: data.Deficits, glossary: Glossary, canvas: Canvas) -> Plan:
    """Every partner's deficit on one scale; the first two partners stand out."""
    months = sorted({row["month"] for _, rows in chart.series for row in rows})
    drawn = {
        name: {r["month"]: value(r.fact("deficit_usd")) / HUNDRED_MILLION for r in rows}
        for name, rows in chart.series
    }
    every = [number for line in drawn.values() for number in line.values()]
    scale = axis(every)
    left, right, top, bottom = 40.0, WIDTH - 40.0, 28.0, 250.0
    x = linear(0, max(len(months) - 1, 1), left + 6, right - 4)
    y = linear(scale.low, scale.high, bottom, top)
    canvas.height = bottom + 28
    canvas.text(0, SIZE, glossary.term("chart", "deficit_axis"), fill=SOFT)
    _grid(canvas, scale.ticks, y, left, right)
    for place in _named(len(months)):
        canvas.text(x(place), bottom + 20, months[place], anchor="middle", fill=SOFT)
    names = list(drawn)
    styles = {name: _style(place) for place, name in enumerate(names)}
    for name in reversed(names):
        points = [(x(months.index(m)), y(number)) for m, number in sorted(drawn[name].items())]
        canvas.path(points, stroke_linejoin="round", **styles[name])
    ends = {name: y(drawn[name][max(drawn[name])]) for name in names}
    for name, level in apart(ends, SIZE + 2, bottom).items():
        colour = styles[name]["stroke"] if name in names[:2] else SOFT
        canvas.text(right + 3, level + 4, name, fill=str(colour))
    columns = (glossary.term("chart", "month"), *names)
    rows = [
        (month, *(_written(series, month, "deficit_usd") for _, series in chart.series))
        for month in months
    ]
    name = glossary.term("chart", "deficit_axis")
    return Plan(glossary.term("chart", "deficits"), [Numbers(name, columns, rows)])


def _style(place: int) -> dict[str, object]:
    if place == 0:
        return {"stroke": STRONG, "stroke_width": 3}
    if place == 1:
        return {"stroke": SECOND, "stroke_width": 3, "stroke_dasharray": "8 3"}
    return {"stroke": QUIET, "stroke_width": 1.5}


def _grid(canvas: Canvas, steps: Sequence[float], y: Scale, left: float, right: float) -> None:
    for step in steps:
        canvas.line(left, y(step), right, y(step), **({"stroke": QUIET} if step == 0 else {}))
        canvas.text(left - 4, y(step) + 4, f"{step:,.0f}", anchor="end", fill=SOFT)


def _named(count: int) -> list[int]:
    """The months that are named, counted back from the newest."""
    step = max(1, -(-count // _LABELS))
    return list(range(count - 1, -1, -step))[::-1]


def apart(places: Mapping[str, float], gap: float, lowest: float) -> dict[str, float]:
    """Shift labels upwards so that neighbouring ones do not cover each other."""
    placed: dict[str, float] = {}
    limit = lowest
    for name, place in sorted(places.items(), key=lambda item: (-item[1], item[0])):
        placed[name] = min(place, limit)
        limit = placed[name] - gap
    return placed


def _fact(series: Sequence[Row], month: str, column: str) -> Fact | None:
    return next((row.fact(column) for row in series if row["month"] == month), None)


def _written(series: Sequence[Row], month: str, column: str) -> str:
    return written(_fact(series, month, column), "yi")


def partners(chart: data.Partners, glossary: Glossary, canvas: Canvas) -> Plan:
    """A panel a partner, imports and exports, all on one scale."""
    months = sorted({row["month"] for _, rows in chart.series for row in rows})
    every = [
        value(row.fact(column)) / HUNDRED_MILLION
        for _, rows in chart.series
        for row in rows
        for column in ("imports_usd", "exports_usd")
    ]
    scale = axis(every, 3)
    left = 36.0
    width = (WIDTH - left - _GAP - 4) / _COLUMNS
    tall = _PANEL + 48
    canvas.text(0, SIZE, glossary.term("chart", "trade_axis"), fill=SOFT)
    for place, (name, rows) in enumerate(chart.series):
        column, line = place % _COLUMNS, place // _COLUMNS
        start, top = left + column * (width + _GAP), 44.0 + line * tall
        x = linear(0, max(len(months) - 1, 1), start, start + width)
        y = linear(scale.low, scale.high, top + _PANEL, top)
        _panel(canvas, rows, months, scale.ticks, x, y, labelled=column == 0)
        canvas.text(start, top - 8, name, font_weight="bold")
        canvas.text(start + width, top - 8, _balance(rows[-1], glossary), anchor="end", fill=SOFT)
    count = len(chart.series)
    lines = -(-count // _COLUMNS)
    canvas.height = 44.0 + lines * tall - 20
    free = count % _COLUMNS
    if not free:
        canvas.height += tall - 24
    _key(
        canvas,
        glossary,
        left + free * (width + _GAP),
        44.0 + (lines - (1 if free else 0)) * tall,
    )
    columns = [glossary.term("chart", key) for key in ("month", "partner", "imports", "exports")]
    columns.append(glossary.term("chart", "deficit_axis"))
    numbers = [
        (month, name, *(_written(rows, month, f"{each}_usd") for each in _SERIES))
        for month in months
        for name, rows in chart.series
        if _fact(rows, month, "imports_usd") is not None
    ]
    told = Numbers(glossary.term("chart", "trade_axis"), columns, numbers)
    return Plan(glossary.term("chart", "partners"), [told])


_SERIES = ("imports", "exports", "deficit")


def _panel(
    canvas: Canvas, rows: Sequence[Row], months: Sequence[str], steps: Sequence[float],
    x: Scale, y: Scale, *, labelled: bool,
) -> None:  # fmt: skip
    start, end = x(0), x(len(months) - 1)
    for step in steps:
        canvas.line(start, y(step), end, y(step))
        if labelled:
            canvas.text(start - 4, y(step) + 4, f"{step:,.0f}", anchor="end", fill=SOFT)
    lines = {
        column: [
            (x(months.index(r["month"])), y(value(r.fact(f"{column}_usd")) / HUNDRED_MILLION))
            for r in rows
        ]
        for column in ("imports", "exports")
    }
    canvas.path([*lines["imports"], *reversed(lines["exports"])], fill=SHADE)
    canvas.path(lines["exports"], stroke=SECOND, stroke_width=2, stroke_dasharray="5 3")
    canvas.path(lines["imports"], stroke=STRONG, stroke_width=2.5)
    bottom = y(steps[0]) + 18
    canvas.text(start, bottom, months[0], fill=SOFT)
    if len(months) > 1:
        canvas.text(end, bottom, months[-1], anchor="end", fill=SOFT)


def _balance(row: Row, glossary: Glossary) -> str:
    fact = row.fact("deficit_usd")
    word = glossary.term("chart", "deficit" if value(fact) >= 0 else "surplus")
    return f"{word} {written(fact, 'yi_abs')}"


def _key(canvas: Canvas, glossary: Glossary, x: float, y: float) -> None:
    """What the lines of a panel are, in the place of one."""
    wide = 34
    canvas.line(x, y + 8, x + wide, y + 8, stroke=STRONG, stroke_width=2.5)
    canvas.text(x + wide + 8, y + 13, glossary.term("chart", "imports"))
    canvas.line(x, y + 32, x + wide, y + 32, stroke=SECOND, stroke_width=2, stroke_dasharray="5 3")
    canvas.text(x + wide + 8, y + 37, glossary.term("chart", "exports"))
    canvas.box(x, y + 48, wide, 16, fill=SHADE, stroke=PAPER)
    canvas.text(x + wide + 8, y + 61, glossary.term("chart", "difference"))
