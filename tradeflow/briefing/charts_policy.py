"""What the policy chart sets beside each other: US imports from China, and states of controls.

The series is the one China's export controls could touch that is published monthly. Whether they
did is not said: the chart shows dates beside figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from tradeflow.briefing.marts import Marts, Row

_SUPPLIER, _BUYER = "CHN", "USA"
_STRICTEST_FIRST = (
    *("in_force", "announced", "suspended", "lapsed_unconfirmed"),
    *("ended", "not_announced"),
)


@dataclass(frozen=True)
class State:
    """A state a measure was in from `first` to `last`, both included."""

    status: str
    first: date
    last: date
    is_open: bool
    """Whether it still held on the last day the report knows of."""
    row: Row


@dataclass(frozen=True)
class Lane:
    """A measure and its states in order."""

    label: str
    states: tuple[State, ...]


@dataclass(frozen=True)
class PolicySeries:
    """Monthly US imports from China, and the states of the controls that reach goods."""

    months: tuple[str, ...]
    """Every month drawn, to that of the last day the report knows of."""
    series: tuple[Row, ...]
    """The published months."""
    lanes: tuple[Lane, ...]
    start: date
    end: date
    last_change: State | None
    """The newest change of a state within the months drawn."""

    @property
    def newest(self) -> Row:
        return self.series[-1]

    @property
    def changed_since(self) -> tuple[str, ...]:
        """Measures whose state changed after the newest published month."""
        year, month = (int(part) for part in self.newest["month"].split("-"))
        following = date(year + month // 12, month % 12 + 1, 1)
        return tuple(
            lane.label
            for lane in self.lanes
            if any(state.first >= following for state in lane.states)
        )


def policy_series(marts: Marts) -> PolicySeries | None:
    """The chart's rows, or None without two published months or without a control."""
    published = [
        row
        for row in marts.rows("fct_us_trade_monthly", partner_iso3=_SUPPLIER)
        if not row.is_reconstructed
    ]
    newest = next((row for row in published if row["is_latest"]), None)
    intervals = marts.rows("fct_clause_intervals")
    if newest is None or not intervals:
        return None
    series = [row for row in published if row["month"] >= (newest["run_start"] or row["month"])]
    series.sort(key=lambda row: row["month"])
    end = date.fromisoformat(intervals[0]["coverage"])
    months = _months(series[0]["month"], f"{end:%Y-%m}")
    start = date.fromisoformat(f"{months[0]}-01")
    lanes = [_lane(marts, row, end) for row in marts.rows("fct_control_measures", is_live=True)]
    lanes = [lane for lane in lanes if any(state.last >= start for state in lane.states)]
    lanes.sort(key=lambda lane: (lane.states[0].first, lane.label))
    if len(series) < 2 or not lanes:
        return None
    changes = [state for lane in lanes for state in lane.states if state.first >= start]
    last = max(changes, key=lambda state: (state.first, state.row.key), default=None)
    return PolicySeries(tuple(months), tuple(series), tuple(lanes), start, end, last)


def _months(first: str, last: str) -> list[str]:
    months = [first]
    while months[-1] < last:
        year, month = (int(part) for part in months[-1].split("-"))
        months.append(f"{year + month // 12}-{month % 12 + 1:02d}")
    return months


def _lane(marts: Marts, measure: Row, end: date) -> Lane:
    """The strictest state of its clauses, day by day, on through the notice that carries it on."""
    notice = marts.one("dim_notices", notice_key=measure["notice_key"])
    aims = (notice["target_iso3"] or ()) if notice is not None else ()
    if aims and _BUYER not in aims:
        return Lane(measure["label_zh"], ())
    own = [
        row
        for row in marts.rows("fct_clause_intervals", notice_key=measure["notice_key"])
        if measure["clause_label"] in ("", row["clause_label"])
    ]
    carrier = measure["control_notice_key"]
    if carrier != measure["notice_key"]:
        own += marts.rows("fct_clause_intervals", notice_key=carrier)
    turns = sorted(
        {row["valid_from"] for row in own}
        | {row["valid_to"] + timedelta(days=1) for row in own if row["valid_to"] is not None}
    )
    turns = [day for day in turns if day <= end]
    states: list[State] = []
    for place, day in enumerate(turns):
        row = strictest(own, day)
        if row is None:
            continue
        is_open = place + 1 == len(turns)
        last = end if is_open else turns[place + 1] - timedelta(days=1)
        if states and states[-1].status == row["status"]:
            states[-1] = replace(states[-1], last=last, is_open=is_open)
        else:
            states.append(State(row["status"], day, last, is_open, row))
    return Lane(measure["label_zh"], tuple(states))


def strictest(rows: list[Row], day: date) -> Row | None:
    """The row that binds most on a day, of the intervals in which clauses stand; None for none."""
    holding = [
        row
        for row in rows
        if row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] >= day)
    ]
    return min(
        holding, key=lambda row: (_STRICTEST_FIRST.index(row["status"]), row.key), default=None
    )
