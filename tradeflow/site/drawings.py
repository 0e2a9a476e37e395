"""Drawings of the site's own pages: a clause's states through time, an economy's concentration.

Inline SVG coloured by the style sheet, so that dark mode and print hold. What a drawing shows
stands as a table beside it. Not here: the charts of reports (`briefing/charts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import Any

_WIDTH, _LABEL, _ROW, _BAR, _TOP = 720, 130, 34, 18, 26
_YEAR, _LINE = 34, 15
"""Room for a year's name along the axis, and for a line of text down it."""
_DAYS_AHEAD = 60
"""Days drawn beyond the last known day, so that an open state is seen to go on."""


@dataclass(frozen=True)
class Interval:
    """A state of a clause; `until` is its last day, None while it is open."""

    status: str
    since: date
    until: date | None


def timeline(
    rows: Sequence[tuple[str, Sequence[Interval]]], today: date, names: Mapping[str, str]
) -> str:
    """The states of clauses as bars over time.

    Args:
        rows: (clause, its states in order), at least one state in all.
        today: the day the page speaks for; a line marks it.
        names: state → its name, printed where it fits.
    """
    every = [one for _, states in rows for one in states]
    first = date(min(one.since for one in every).year, 1, 1)
    known = [one.until or one.since for one in every]
    last = max(*known, today) + timedelta(days=_DAYS_AHEAD)
    scale = (_WIDTH - _LABEL) / (last - first).days

    def x(day: date) -> float:
        return round(_LABEL + (day - first).days * scale, 1)

    height = _TOP + _ROW * len(rows) + 8
    step = 1 if last.year - first.year < 9 else 2
    parts = [
        f'<line class="grid" x1="{x(date(year, 1, 1))}" y1="{_TOP - 6}" '
        f'x2="{x(date(year, 1, 1))}" y2="{height}"/>'
        f'<text class="axis" x="{x(date(year, 1, 1)) + 3}" y="14">{year}</text>'
        for year in range(first.year, last.year + 1, step)
        if x(date(year, 1, 1)) < _WIDTH - _YEAR
    ]
    for place, (clause, states) in enumerate(rows):
        y = _TOP + place * _ROW + 6
        parts.append(f'<text class="label" x="{_LABEL - 8}" y="{y + 14}">{escape(clause)}</text>')
        for one in states:
            end = one.until + timedelta(days=1) if one.until else last
            width = max(round(x(end) - x(one.since), 1), 2)
            name = names[one.status]
            told = f"{clause}：{name}，{one.since} 起{f'至 {one.until}' if one.until else ''}"
            parts.append(
                f'<rect class="bar {one.status}" x="{x(one.since)}" y="{y}" width="{width}" '
                f'height="{_BAR}"><title>{escape(told)}</title></rect>'
            )
            if width > 13 * len(name):
                parts.append(
                    f'<text class="inside {one.status}" x="{x(one.since) + 5}" y="{y + 13.5}">'
                    f"{escape(name)}</text>"
                )
    parts.append(
        f'<line class="today" x1="{x(today)}" y1="{_TOP - 6}" x2="{x(today)}" y2="{height}"/>'
    )
    label = f"各款狀態的起訖，直線標示 {today}；各段起訖見下表。"
    return _svg(parts, height, label)


def concentration(
    series: Mapping[str, Sequence[tuple[int, float]]], limits: Sequence[tuple[float, str]]
) -> str:
    """HHI by year, one line a flow, with the named thresholds across.

    Args:
        series: name of the flow → (year, HHI) in order of years.
        limits: (value, name) of the thresholds.
    """
    points = [point for values in series.values() for point in values]
    years = sorted({year for year, _ in points})
    top = max([value for _, value in points] + [limits[-1][0]]) * 1.06
    left, right, height, base, head = 48, 190, 250, 222, 14
    edge = _WIDTH - right

    def x(year: int) -> float:
        return round(left + 15 + years.index(year) * (edge - left - 30) / max(len(years) - 1, 1), 1)

    def y(value: float) -> float:
        return round(base - (base - head) * value / top, 1)

    parts = [f'<line class="grid" x1="{left}" y1="{base}" x2="{edge}" y2="{base}"/>']
    for value, name in limits:
        parts.append(
            f'<line class="limit" x1="{left}" y1="{y(value)}" x2="{edge}" y2="{y(value)}"/>'
            f'<text class="axis" x="{edge + 58}" y="{y(value) + 4}">{escape(name)}</text>'
            f'<text class="label axis" x="{left - 6}" y="{y(value) + 4}">{value:g}</text>'
        )
    parts += [
        f'<text class="middle axis" x="{x(year)}" y="{base + 18}">{year}</text>' for year in years
    ]
    drawn = {name: values for name, values in series.items() if values}
    for number, (name, values) in enumerate(drawn.items()):
        path = " ".join(f"{x(year)},{y(value)}" for year, value in values)
        parts.append(f'<polyline class="line flow-{number}" points="{path}"/>')
        parts += [
            f'<circle class="dot flow-{number}" cx="{x(year)}" cy="{y(value)}" r="4">'
            f"<title>{escape(name)} {year}：{value:,.1f}</title></circle>"
            for year, value in values
        ]
    ends = {name: y(values[-1][1]) + 4 for name, values in drawn.items()}
    for name, place in _apart(ends).items():
        parts.append(f'<text class="series" x="{edge + 6}" y="{place}">{escape(name)}</text>')
    return _svg(parts, height, f"{'、'.join(drawn)}的 HHI 歷年變化與兩組門檻；數字見下表。")


def _apart(places: Mapping[str, float]) -> dict[str, float]:
    """Labels down an axis, moved so far that none covers another."""
    told: dict[str, float] = {}
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        told[name] = max(place, max(told.values(), default=place - _LINE) + _LINE)
    return told


def _svg(parts: Sequence[Any], height: float, label: str) -> str:
    return (
        f'<div class="drawing" role="region" tabindex="0" aria-label="{escape(label)}">'
        f'<svg class="own" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg></div>'
    )
