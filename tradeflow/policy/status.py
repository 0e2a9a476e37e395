"""In force on this date? The state of a clause on any day, as known at the end of a week.

The states themselves are derived in `dbt_like_sql/` (`fct_clause_intervals`); this module
only asks for one.
"""

from __future__ import annotations

from datetime import date

import duckdb

NOT_ANNOUNCED = "not_announced"
"""The state before a clause's first event, and of a clause nothing is known of."""

_STATUS = """
select status from marts.fct_clause_intervals
where week = $week and notice_key = $notice_key and clause = $clause
    and valid_from <= $day and (valid_to is null or valid_to >= $day)
"""


def status_on(
    con: duckdb.DuckDBPyConnection, week: str, notice_key: str, clause: str, day: date
) -> str:
    """The state of a clause on a day.

    Args:
        con: the warehouse or its published copy.
        week: what was known by then, e.g. `2026-W07`.
        notice_key: e.g. `MOFCOM-公告-2025-56`.
        clause: as the notice numbers it; '' is the whole notice.
        day: any day, also one after the week.

    Returns:
        not_announced, announced, in_force, suspended, lapsed_unconfirmed or ended.
    """
    found = con.execute(
        _STATUS, {"week": week, "notice_key": notice_key, "clause": clause, "day": day}
    ).fetchall()
    return found[0][0] if found else NOT_ANNOUNCED
