"""The states of notices' clauses on any day, as each week knew them.

Read from `marts.fct_clause_intervals`; no state is derived here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import duckdb

from tradeflow.errors import InputError

STATES = ("announced", "in_force", "suspended", "lapsed_unconfirmed", "ended")
"""States a clause can be asked for; `policy/status.py` says what they mean."""

_INTERVALS = """
select week, notice_key, clause, status, valid_from, valid_to
from marts.fct_clause_intervals
order by week, notice_key, clause, valid_from
"""


@dataclass(frozen=True)
class _Interval:
    clause: str
    status: str
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class States:
    """Every week's intervals, in memory.

    Args:
        intervals: by week and notice key, in order of clause and day.
    """

    def __init__(self, intervals: dict[tuple[str, str], list[_Interval]]) -> None:
        self._intervals = intervals

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection) -> States:
        """Read the intervals of the warehouse or its published copy."""
        found: defaultdict[tuple[str, str], list[_Interval]] = defaultdict(list)
        for week, notice_key, *fields in con.execute(_INTERVALS).fetchall():
            found[week, notice_key].append(_Interval(*fields))
        return cls(found)

    def of_notice(
        self, week: str, day: date, notice_key: str | None
    ) -> tuple[tuple[str, str], ...]:
        """Clause and state of each clause of a notice on a day; those not announced left out."""
        intervals = self._intervals.get((week, notice_key or ""), ())
        return tuple((each.clause, each.status) for each in intervals if each.holds_on(day))

    def documents(self, week: str, day: date, status: str) -> frozenset[str]:
        """Keys of the notices that have a clause in this state on the day.

        Raises:
            InputError: there is no such state.
        """
        if status not in STATES:
            raise InputError(f"status {status!r} is unknown; known: {', '.join(STATES)}")
        return frozenset(
            notice_key
            for (known_in, notice_key), intervals in self._intervals.items()
            if known_in == week
            and any(each.status == status and each.holds_on(day) for each in intervals)
        )
