"""Sorted bars of producers' shares with named limits, and a matrix of states by month."""

from __future__ import annotations

from tradeflow.briefing import charts_data as data
from tradeflow.briefing.charts.canvas import (
    PAPER,
    QUIET,
    RULE,
    SECOND,
    SOFT,
    STRONG,
    WIDTH,
    Canvas,
    linear,
    width_of,
)
from tradeflow.briefing.charts.plan import Numbers, Plan, value, written
from tradeflow.briefing.charts.policy import state_bar, state_key
from tradeflow.briefing.glossary import Glossary
from tradeflow.thresholds import threshold

_LIMITS = ("mineral_band_low_pct", "mineral_band_middle_pct", "mineral_band_high_pct")
_CHINA = "CHN"


def top_shares(chart: data.TopShares, glossary: Glossary, canvas: Canvas) -> Plan:
    """A bar a mineral, China's in the strong colour; the limits of the bands as named lines."""
    rows = [
        (row["mineral_name_zh"], row["top_name_zh"], row["top_iso3"], row.fact("top_share_pct"))
        for row in chart.rows
    ]
    words = [glossary.term("chart", "limits"), *(name for name, *_ in rows)]
    left, right = max(map(width_of, words)) + 10, WIDTH - 62.0
    top, tall = 46.0, 24.0
    bottom = top + tall * len(rows)
    x = linear(0, 100, left, right)
    canvas.height = bottom + 10
    second = left + 30 + width_of(glossary.term("chart", "in_china"))
    canvas.box(left, 2, 12, 12, fill=STRONG)
    canvas.text(left + 18, 13, glossary.term("chart", "in_china"))
    canvas.box(second, 2, 12, 12, fill=SECOND)
    canvas.text(second + 18, 13, glossary.term("chart", "elsewhere"))
    for name in _LIMITS:
        limit = threshold(name)
        canvas.line(x(limit), top - 8, x(limit), bottom, stroke=SOFT, stroke_dasharray="4 3")
        canvas.text(x(limit), top - 12, f"{limit:.0f}", anchor="middle", fill=SOFT)
    canvas.text(left - 8, top - 12, glossary.term("chart", "limits"), anchor="end", fill=SOFT)
    for place, (mineral, producer, iso3, share) in enumerate(rows):
        y = top + tall * place
        end = x(value(share))
        canvas.text(left - 8, y + 17, mineral, anchor="end")
        canvas.box(left, y + 5, end - left, 14, fill=STRONG if iso3 == _CHINA else SECOND)
        told = written(share, "share_plain")
        label = told if iso3 == _CHINA else f"{told} {producer}"
        fits = end + 5 + width_of(label) <= WIDTH
        canvas.text(end + 5, y + 17, label if fits else told, halo=True)
        if not fits:
            canvas.text(end - 5, y + 17, producer, anchor="end", fill=PAPER)
    columns = [glossary.term("chart", key) for key in ("mineral", "producer", "share")]
    told_rows = [
        (mineral, producer, written(share, "share")) for mineral, producer, _, share in rows
    ]
    numbers = Numbers(glossary.term("chart", "share"), columns, told_rows)
    return Plan(glossary.term("chart", "top_shares"), [numbers])


def state_matrix(chart: data.StateMatrix, glossary: Glossary, canvas: Canvas) -> Plan:
    """A row a measure, a cell a month; an empty cell is a month without the measure."""
    left = max(width_of(notice["label_zh"]) for notice, _ in chart.lanes) + 10
    right, top, tall = WIDTH - 2.0, 22.0, 20.0
    wide = (right - left) / len(chart.months)
    bottom = top + tall * len(chart.lanes)
    for place, month in enumerate(chart.months):
        if month[5:] in {"01", "07"}:
            x = left + wide * place
            canvas.line(x, top - 4, x, bottom, stroke=RULE)
            if x + width_of(month) <= right + 2:
                canvas.text(x + 2, top - 8, month, fill=SOFT)
    for place, (notice, states) in enumerate(chart.lanes):
        y = top + tall * place
        canvas.text(left - 6, y + 15, notice["label_zh"], anchor="end")
        for column, row in enumerate(states):
            x = left + wide * column
            if row is None or row["status"] in {"ended", "not_announced"}:
                canvas.line(x + 1, y + tall / 2, x + wide - 1, y + tall / 2, stroke=QUIET)
            else:
                state_bar(canvas, row["status"], x + 0.5, y + 3, wide - 1, tall - 6)
    shown = {row["status"] for _, states in chart.lanes for row in states if row is not None}
    canvas.height = state_key(canvas, shown, bottom + 24, glossary) + 8
    none = glossary.term("cell", "none")
    rows = [
        (
            notice["label_zh"],
            *(none if row is None else glossary.term("status", row["status"]) for row in states),
        )
        for notice, states in chart.lanes
    ]
    columns = (glossary.term("chart", "measure"), *chart.months)
    numbers = Numbers(glossary.term("chart", "states"), columns, rows)
    return Plan(glossary.term("chart", "state_matrix"), [numbers])
