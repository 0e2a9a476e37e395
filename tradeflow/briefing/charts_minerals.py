"""What the charts of the critical-minerals report show: shares of producers, states by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tradeflow.briefing.charts_policy import strictest
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.mineral_controls import mineral_notices
from tradeflow.periods import Month

MONTHS_SHOWN = 24


@dataclass(frozen=True)
class TopShares:
    """The largest producer's share of each mineral in one year, the largest first."""

    year: int
    rows: tuple[Row, ...]
    highest: Row | None
    """The row of the highest band, for the names in it."""


@dataclass(frozen=True)
class StateMatrix:
    """The state of each measure at the end of each month, and on the last day known."""

    months: tuple[str, ...]
    end: date
    lanes: tuple[tuple[Row, tuple[Row | None, ...]], ...]
    """Notice → the strictest interval that held in each month; None before it was public."""
    newest: Row
    """The newest change of a state, of the last notice by key where several changed."""


def top_shares(marts: Marts) -> TopShares | None:
    """The chart's rows, or None without two shares of the newest year, published alike."""
    stated = [
        row
        for row in marts.rows("fct_mineral_production_yearly", is_latest=True)
        if row["top_share_pct"] is not None and not row.is_reconstructed
    ]
    year = max((row["year"] for row in stated), default=0)
    rows = [row for row in stated if row["year"] == year]
    vintage = min((row["vintage"] for row in rows), default="")
    rows = [row for row in rows if row["vintage"] == vintage]
    rows.sort(key=lambda row: (-row["top_share_pct"], row["mineral_code"]))
    if len(rows) < 2:
        return None
    highest = marts.one("fct_mineral_bands", band="over_80")
    return TopShares(
        year, tuple(rows), highest if highest and str(year) == highest["coverage"] else None
    )


def state_matrix(marts: Marts, as_of: date) -> StateMatrix | None:
    """The chart's rows, or None without a measure on minerals."""
    keys = mineral_notices(marts)
    known = [
        row
        for row in marts.rows("fct_clause_intervals")
        if row["notice_key"] in keys and row["valid_from"] <= as_of
    ]
    if not known:
        return None
    months = [Month.containing(as_of)]
    while len(months) < MONTHS_SHOWN:
        months.insert(0, months[0].previous())
    days = [min(month.end, as_of) for month in months]
    lanes = []
    for key in sorted({row["notice_key"] for row in known}):
        notice = marts.one("dim_notices", notice_key=key)
        own = [row for row in known if row["notice_key"] == key]
        states = tuple(strictest(own, day) for day in days)
        if notice is not None and any(row and row["status"] != "ended" for row in states):
            lanes.append((notice, states))
    lanes.sort(key=lambda lane: (lane[0]["issue_date"] or lane[0]["released_on"], lane[0].key))
    newest = max(known, key=lambda row: (row["valid_from"], row["notice_key"], row["clause"]))
    return StateMatrix(tuple(m.key for m in months), as_of, tuple(lanes), newest) if lanes else None
