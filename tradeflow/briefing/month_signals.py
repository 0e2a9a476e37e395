"""重要信號: what met a rule at the month's end, one line a rule, the gravest first.

The words of each rule are in `reports/templates/monthly_signals.md.j2`; a rule without words of
its own there is named with the items that meet it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.month_marts import MonthMarts

SEVERITIES = ("very_high", "high", "medium_high", "medium", "low")
TOLD = SEVERITIES[:4]
"""Levels of which every rule is told; of the others only what is new."""
MOST_ITEMS = 4


@dataclass(frozen=True)
class Signal:
    """All items that meet one rule."""

    rule: str
    rows: tuple[Row, ...]
    """The gravest first."""
    fresh: tuple[Row, ...]
    """Those that did not meet it a month ago; empty where that is not known."""

    @property
    def lead(self) -> Row:
        """The row whose level the line states."""
        return self.rows[0]

    @property
    def shown(self) -> tuple[Row, ...]:
        return self.rows[:MOST_ITEMS]

    @property
    def state(self) -> str:
        """Code of the glossary: all items new, some new, or none."""
        if len(self.fresh) == len(self.rows):
            return "new"
        return "some_new" if self.fresh else "continuing"


@dataclass(frozen=True)
class Signals:
    """What 重要信號 says."""

    told: tuple[Signal, ...]
    quiet: tuple[Signal, ...]
    """Rules met at a lower level, without anything new."""
    can_compare: bool
    not_assessed: bool
    """Whether rules were left unassessed because their figures are reconstructed."""


def signals(marts: MonthMarts) -> Signals:
    """Group what met a rule."""
    met: dict[str, list[Row]] = defaultdict(list)
    for row in marts.rows("fct_signals", assessment="met"):
        met[row["rule_id"]].append(row)
    known = _known(marts.before)
    found = [_signal(rule, rows, known) for rule, rows in met.items()]
    found.sort(key=lambda s: (SEVERITIES.index(s.lead["severity"]), s.lead["sort_order"]))
    told = tuple(s for s in found if s.lead["severity"] in TOLD or s.fresh)
    return Signals(
        told=told,
        quiet=tuple(s for s in found if s not in told),
        can_compare=known is not None,
        not_assessed=bool(marts.rows("fct_signals", assessment_gap="reconstructed")),
    )


def _known(before: Marts | None) -> set[str] | None:
    if before is None or not before.rows("fct_signals"):
        return None
    return {row.key for row in before.rows("fct_signals", assessment="met")}


def _signal(rule: str, rows: list[Row], known: set[str] | None) -> Signal:
    ordered = sorted(rows, key=_gravity)
    fresh = [] if known is None else [row for row in ordered if row.key not in known]
    return Signal(rule, tuple(ordered), tuple(fresh))


def _gravity(row: Row) -> tuple[Any, ...]:
    value = row["value"]
    size = abs(value) if value is not None and row["unit"] != "days" else -(value or 0)
    return SEVERITIES.index(row["severity"]), -size, row["item_key"]


def run_is_cut(marts: Marts, row: Row) -> bool:
    """Whether the month before a run has no comparison that could have ended it."""
    partner, flow = item(row, 0), item(row, 1)
    year, month = (int(part) for part in str(row["coverage"]).split("-"))
    years, place = divmod(year * 12 + month - 1 - abs(int(row["value"])), 12)
    before = marts.one(
        "fct_us_trade_monthly", partner_iso3=partner, month=f"{years}-{place + 1:02d}"
    )
    column = "imports_yoy_pct" if flow == "M" else "exports_yoy_pct"
    return before is None or before.is_reconstructed or before[column] is None


def item(row: Row, place: int) -> str:
    """A part of an item's key: `CHN|M` has CHN at 0 and M at 1."""
    return str(row["item_key"]).split("|")[place]
