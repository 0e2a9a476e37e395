"""Sorted dots and bars: this year against the last, days left, concentration by thresholds."""

from __future__ import annotations

from collections.abc import Iterable

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.charts.canvas import (
    PAPER,
    QUIET,
    SECOND,
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

_HHI_TOP = 2800.0
"""The scale of concentration reaches past the last threshold at least."""
_FIRST_SET, _SECOND_SET = (1500, 2500), (1000, 1800)
_LEVELS = ("low", "moderate", "high")


def year_to_date(chart: data.YearToDate, glossary: Glossary, canvas: Canvas) -> Plan:
    """Two dots a partner: a full one for this year, a hollow one for the year before."""
    now, before = glossary.term("chart", "now"), glossary.term("chart", "before")
    found = [
        (story.name, story.ytd.fact("imports_usd"), story.ytd.fact("imports_prior_usd"),
         written(story.ytd.fact("imports_yoy_pct"), "pct"))
        for story in chart.stories
        if story.ytd is not None
    ]  # fmt: skip
    found.sort(key=lambda entry: (-value(entry[1]), entry[0]))
    numbers = [value(fact) / HUNDRED_MILLION for _, *pair, _ in found for fact in pair]
    scale = axis(numbers, 4)
    left, right, top, tall = _left(name for name, *_ in found), WIDTH - 22.0, 40.0, 40
    bottom = top + tall * len(found)
    x = linear(scale.low, scale.high, left, right)
    canvas.height = bottom + 44
    canvas.dot(left + 6, 9, fill=STRONG)
    canvas.text(left + 17, 14, now)
    second = left + 30 + width_of(now)
    canvas.dot(second, 9, fill=PAPER, stroke=SOFT, stroke_width=2)
    canvas.text(second + 11, 14, before)
    for step in scale.ticks:
        canvas.line(x(step), top - 14, x(step), bottom)
        canvas.text(x(step), bottom + 18, f"{step:,.0f}", anchor="middle", fill=SOFT)
    canvas.text(left, bottom + 38, glossary.term("chart", "imports_axis"), fill=SOFT)
    for place, (name, present, past, change) in enumerate(found):
        y = top + tall * (place + 0.5)
        one, other = (x(value(fact) / HUNDRED_MILLION) for fact in (present, past))
        canvas.text(left - 8, y + 5, name, anchor="end")
        canvas.line(one, y, other, y, stroke=QUIET, stroke_width=2)
        canvas.dot(other, y, fill=PAPER, stroke=SOFT, stroke_width=2)
        canvas.dot(one, y, fill=STRONG)
        canvas.text(one, y - 10, change, anchor="middle", halo=True)
    columns = [glossary.term("chart", key) for key in ("partner", "now", "before", "change")]
    rows = [
        (name, written(present, "yi"), written(past, "yi"), change)
        for name, present, past, change in found
    ]
    told = Numbers(glossary.term("chart", "imports_axis"), columns, rows)
    return Plan(glossary.term("chart", "year_to_date"), [told])


def _left(names: Iterable[str]) -> float:
    """Room for the names of the rows."""
    return max(width_of(name) for name in names) + 10


def timeline(chart: data.Timeline, glossary: Glossary, canvas: Canvas) -> Plan:
    """A bar a measure as long as its days left, with the last day at its end."""
    rows = [
        (row["label_zh"], row["until_date"].isoformat(), row.fact("days_left"))
        for row in chart.rows
    ]
    scale = axis((value(days) for *_, days in rows), 3)
    left, right, top, tall = _left(name for name, *_ in rows), WIDTH - 84.0, 4.0, 26
    bottom = top + tall * len(rows)
    x = linear(scale.low, scale.high, left, right)
    canvas.height = bottom + 44
    for step in scale.ticks:
        canvas.line(x(step), top, x(step), bottom)
        canvas.text(x(step), bottom + 18, f"{step:,.0f}", anchor="middle", fill=SOFT)
    canvas.text(left, bottom + 38, glossary.term("chart", "days_axis"), fill=SOFT)
    for place, (name, until, days) in enumerate(rows):
        y = top + tall * place
        canvas.text(left - 8, y + 18, name, anchor="end")
        canvas.box(left, y + 6, max(x(value(days)) - left, 1), 14, fill=SECOND)
        canvas.text(x(value(days)) + 5, y + 18, until, halo=True)
    columns = [glossary.term("chart", key) for key in ("measure", "until", "days")]
    told = [(name, until, written(days, "whole")) for name, until, days in rows]
    numbers = Numbers(glossary.term("chart", "days_axis"), columns, told)
    return Plan(glossary.term("chart", "timeline"), [numbers])


def concentration(chart: data.Concentration, glossary: Glossary, canvas: Canvas) -> Plan:
    """Bars by HHI; both sets of thresholds stand as named lines."""
    mark = glossary.term("mark", "reconstructed")
    found = [
        (
            f"{entry.name} {entry.row['year']}" + (mark if entry.row.is_reconstructed else ""),
            entry.row.fact("hhi_partner"),
        )
        for entry in chart.entries
    ]
    left, right, top, tall = _left(name for name, _ in found), WIDTH - 4.0, 42.0, 30
    bottom = top + tall * len(found)
    x = linear(0, max(_HHI_TOP, max(value(hhi) for _, hhi in found) * 1.15), left, right)
    canvas.height = bottom + 46
    edges = (0.0, *_FIRST_SET)
    for level, low, high in zip(_LEVELS, edges, (*_FIRST_SET, None), strict=True):
        middle = (x(low) + (right if high is None else x(high))) / 2
        canvas.text(middle, 14, glossary.term("level", level), anchor="middle", fill=STRONG)
    for limit in _FIRST_SET:
        canvas.line(x(limit), 4, x(limit), bottom, stroke=STRONG, stroke_width=1.5)
        canvas.text(x(limit), 32, str(limit), anchor="middle", fill=STRONG, halo=True)
    for limit, level in zip(_SECOND_SET, _LEVELS[1:], strict=True):
        canvas.line(
            x(limit), top, x(limit), bottom + 6, stroke=SOFT, stroke_width=1.5,
            stroke_dasharray="4 3",
        )  # fmt: skip
        words = f"{glossary.term('level', level)} {limit}"
        canvas.text(x(limit), bottom + 20, words, anchor="middle", fill=SOFT)
    canvas.text(left, bottom + 40, glossary.term("chart", "second_set"), fill=SOFT)
    canvas.text(left - 8, 32, "HHI", anchor="end", fill=SOFT)
    for place, (name, hhi) in enumerate(found):
        y = top + tall * place
        canvas.text(left - 8, y + 20, name, anchor="end")
        canvas.box(left, y + 7, x(value(hhi)) - left, 16, fill=SECOND)
        canvas.text(x(value(hhi)) + 5, y + 20, written(hhi, "one"), halo=True)
    columns = [glossary.term("chart", "economy"), "HHI"]
    rows = [(name, written(hhi, "one")) for name, hhi in found]
    return Plan(glossary.term("chart", "concentration"), [Numbers("HHI", columns, rows)])
