"""A monthly series above the states of the controls, on one axis of time.

It sets dates beside figures and claims nothing more; months without a publication are hatched.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.charts.canvas import (
    INK,
    PAPER,
    QUIET,
    RULE,
    SECOND,
    SIZE,
    SOFT,
    STRONG,
    WIDTH,
    Canvas,
    axis,
    linear,
    width_of,
)
from tradeflow.briefing.charts.plan import HUNDRED_MILLION, Numbers, Plan, value, written
from tradeflow.briefing.glossary import Glossary

_TOP, _BOTTOM, _LANE = 26.0, 150.0, 20.0
_STATES = ("in_force", "suspended", "announced", "lapsed_unconfirmed")
"""States that are drawn; one that has ended or is not announced leaves its lane empty."""


def policy_series(chart: data.PolicySeries, glossary: Glossary, canvas: Canvas) -> Plan:
    """Columns of the month's imports, a lane a measure."""
    left = max(width_of(lane.label) for lane in chart.lanes) + 10
    right = WIDTH - 2.0
    wide = (right - left) / len(chart.months)
    drawn = {row["month"]: value(row.fact("imports_usd")) / HUNDRED_MILLION for row in chart.series}
    scale = axis(drawn.values(), 3)
    y = linear(scale.low, scale.high, _BOTTOM, _TOP)
    end = _BOTTOM + 10 + _LANE * len(chart.lanes)
    canvas.text(0, SIZE, glossary.term("chart", "series_axis"), fill=SOFT)
    for step in scale.ticks:
        canvas.line(left, y(step), right, y(step))
        canvas.text(left - 4, y(step) + 4, f"{step:,.0f}", anchor="end", fill=SOFT)
    for place, month in enumerate(chart.months):
        x = left + wide * place
        if month[5:] == "01":
            canvas.line(x, _TOP, x, end, stroke=RULE)
            if x + width_of(month[:4]) <= right:
                canvas.text(x + 2, end + 16, month[:4], fill=SOFT)
        if month in drawn:
            top = y(drawn[month])
            canvas.box(x + wide * 0.12, top, wide * 0.76, _BOTTOM - top, fill=STRONG)
    _unpublished(canvas, chart, left, right, wide, glossary)
    x_of = _days(chart.months, left, wide)
    for place, lane in enumerate(chart.lanes):
        top = _BOTTOM + 10 + _LANE * place
        canvas.line(left, top + _LANE / 2, right, top + _LANE / 2)
        canvas.text(left - 6, top + 15, lane.label, anchor="end")
        for state in lane.states:
            if state.status in _STATES and state.last >= chart.start:
                start = x_of(max(state.first, chart.start))
                stop = x_of(state.last) + wide / 31
                state_bar(canvas, state.status, start, top + 4, max(stop - start, 2), _LANE - 8)
    shown = {state.status for lane in chart.lanes for state in lane.states}
    canvas.height = state_key(canvas, shown, end + 34, glossary) + 8
    return Plan(glossary.term("chart", "policy_series"), _numbers(chart, glossary))


def _days(months: tuple[str, ...], left: float, wide: float) -> Callable[[date], float]:
    """Where a day lies; months are equally wide."""
    places = {month: place for place, month in enumerate(months)}
    return lambda day: left + wide * (places[f"{day:%Y-%m}"] + (day.day - 1) / 31)


def _unpublished(
    canvas: Canvas, chart: data.PolicySeries, left: float, right: float, wide: float,
    glossary: Glossary,
) -> None:  # fmt: skip
    known = {row["month"] for row in chart.series}
    missing = [place for place, month in enumerate(chart.months) if month not in known]
    for place in missing:
        canvas.box(left + wide * place, _TOP, wide, _BOTTOM - _TOP, fill=canvas.hatch)
    if missing:
        word = glossary.term("chart", "unpublished")
        middle = left + wide * (missing[-1] + missing[0] + 1) / 2
        x = min(middle, right - width_of(word) / 2)
        canvas.text(x, _TOP - 6, word, anchor="middle", halo=True)


def state_bar(canvas: Canvas, status: str, x: float, y: float, wide: float, tall: float) -> None:
    """In force is full, suspended hatched, announced hollow, lapsed dashed."""
    if status == "in_force":
        canvas.box(x, y, wide, tall, fill=SECOND)
    elif status == "suspended":
        canvas.box(x, y, wide, tall, fill=canvas.hatch, stroke=INK)
    elif status == "announced":
        canvas.box(x, y, wide, tall, fill=PAPER, stroke=SECOND, stroke_width=1.5)
    else:
        canvas.box(x, y, wide, tall, fill=PAPER, stroke=QUIET, stroke_dasharray="3 2")


def state_key(canvas: Canvas, shown: set[str], y: float, glossary: Glossary) -> float:
    """What the bars of the states shown mean; where the last line of it stands."""
    x = 0.0
    for status in _STATES:
        if status not in shown:
            continue
        word = glossary.term("status", status)
        needed = 26 + width_of(word) + 16
        if x + needed > WIDTH:
            x, y = 0.0, y + 22
        state_bar(canvas, status, x, y - 11, 22, 12)
        canvas.text(x + 28, y, word)
        x += needed
    return y


def _numbers(chart: data.PolicySeries, glossary: Glossary) -> list[Numbers]:
    none = glossary.term("cell", "none")
    known = {row["month"]: written(row.fact("imports_usd"), "yi") for row in chart.series}
    missing = glossary.term("chart", "unpublished")
    series = [(month, known.get(month, missing)) for month in chart.months]
    states = [
        (
            lane.label,
            glossary.term("status", state.status),
            state.first.isoformat(),
            none if state.is_open else state.last.isoformat(),
        )
        for lane in chart.lanes
        for state in lane.states
    ]
    month, axis = (glossary.term("chart", key) for key in ("month", "series_axis"))
    columns = [glossary.term("chart", key) for key in ("measure", "state", "first", "last")]
    name = glossary.term("chart", "states")
    return [Numbers(axis, (month, axis), series), Numbers(name, columns, states)]
