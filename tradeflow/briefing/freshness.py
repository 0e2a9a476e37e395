"""How new each source's data are, as reports, the terminal, the site and Dagster show it.

Judged from the data alone – the newest period against the source's own cadence – so that
running an old week turns nothing fresh. A report judges on its week's last day, whoever looks
after the system on today's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from tradeflow.briefing.glossary import Glossary
from tradeflow.errors import StorageError
from tradeflow.periods import Week
from tradeflow.thresholds import threshold

HEADINGS = ("來源", "最新期間", "公布日", "下一期", "預計公布", "狀態", "沿用")
"""Columns of the table of freshness; `cells` fills a row."""

_ROWS = """
select layer, source, source_name_zh, last_period, newest_released_on, expected_next_period,
    expected_next_date, state, carried_forward
from marts.fct_layer_coverage
where week = $1
order by sort_order
"""


@dataclass(frozen=True)
class Freshness:
    """How new one source's data are, relative to the week's end."""

    layer: str
    source: str
    """Short name: `census`."""
    name: str
    last_period: str | None
    newest_released_on: date | None
    expected_next_period: str | None
    expected_next_date: date | None
    state: str
    """'current', 'late', 'not_published' or 'no_answer'."""
    carried_forward: int


def read_freshness(con: duckdb.DuckDBPyConnection, week: str) -> tuple[Freshness, ...]:
    """How new each source's data are, one entry a source, in the order of table 15.

    Raises:
        StorageError: the warehouse holds no marts of the week.
    """
    try:
        rows = con.execute(_ROWS, [week]).fetchall()
    except duckdb.CatalogException:
        rows = []
    if not rows:
        raise StorageError(f"no marts of {week} yet; make them: tradeflow run --week {week}")
    return tuple(Freshness(*row) for row in rows)


def newest_week(con: duckdb.DuckDBPyConnection) -> Week:
    """The newest week whose marts are stored, whichever was run last.

    Raises:
        StorageError: the warehouse holds no marts.
    """
    try:
        row = con.execute("select max(week) from marts.fct_layer_coverage").fetchone()
    except duckdb.CatalogException:
        row = None
    if row is None or row[0] is None:
        raise StorageError("no marts yet; make some: tradeflow run")
    return Week.parse(row[0])


def health(state: str, expected_next_date: date | None, as_of: date) -> str:
    """Where a layer stands in its own cycle on a day.

    Args:
        state: of `fct_layer_coverage`, as its week knew it.
        expected_next_date: the day its next period is expected; None for documents.

    Returns:
        'on_time', 'delayed' (the day has passed, the days of grace have not), 'overdue', or the
        state itself where the source has published or answered nothing.
    """
    if state not in ("current", "late"):
        return state
    if expected_next_date is None:
        return "on_time" if state == "current" else "overdue"
    days_past = (as_of - expected_next_date).days
    if days_past > threshold("layer_late_after_days"):
        return "overdue"
    return "delayed" if days_past > 0 else "on_time"


def health_on(row: Freshness, week: Week, day: date) -> str:
    """Where a layer of a week's marts stands on a day at or after the week's end.

    Documents have no calendar: they are expected to be asked for again within the next week.
    """
    expected = row.expected_next_date or (week.next().end if day > week.end else None)
    return health(row.state, expected, day)


def cells(row: Freshness, week: Week, day: date, glossary: Glossary) -> tuple[str, ...]:
    """One row of the table of freshness, judged on a day."""
    no_next = "不定期" if row.last_period else "無"
    return (
        row.name,
        row.last_period or "無",
        str(row.newest_released_on or "無"),
        row.expected_next_period or no_next,
        str(row.expected_next_date or no_next),
        glossary.term("layer_health", health_on(row, week, day)),
        str(row.carried_forward),
    )
