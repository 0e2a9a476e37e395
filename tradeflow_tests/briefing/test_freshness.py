"""How new data are, judged from the data against the source's own cadence."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest

from tradeflow.briefing.freshness import (
    Freshness,
    health,
    health_on,
    newest_week,
    read_freshness,
)
from tradeflow.errors import StorageError
from tradeflow.periods import Week
from tradeflow.thresholds import threshold

W07 = Week(2026, 7)
EXPECTED = date(2026, 2, 19)
GRACE = timedelta(days=threshold("layer_late_after_days"))
DAY = timedelta(days=1)


def coverage(*rows: tuple[str, str, date | None]) -> duckdb.DuckDBPyConnection:
    """A warehouse with marts of some weeks: (week, newest period, next release)."""
    con = duckdb.connect()
    con.execute(
        "create schema marts; create table marts.fct_layer_coverage (week varchar, layer varchar,"
        " source varchar, source_name_zh varchar, last_period varchar, newest_released_on date,"
        " expected_next_period varchar, expected_next_date date, state varchar,"
        " carried_forward integer, sort_order integer)"
    )
    for week, period, expected in rows:
        con.execute(
            "insert into marts.fct_layer_coverage values"
            " ($1, 'us_trade_census', 'census', '美國普查局', $2, null, null, $3, 'current', 0, 1)",
            [week, period, expected],
        )
    return con


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (EXPECTED, "on_time"),
        (EXPECTED + DAY, "delayed"),
        (EXPECTED + GRACE, "delayed"),
        (EXPECTED + GRACE + DAY, "overdue"),
    ],
)
def test_a_layer_ages_day_by_day_although_nothing_is_run(day: date, expected: str) -> None:
    assert health("current", EXPECTED, day) == expected


def test_a_layer_that_was_late_when_run_and_has_no_calendar_stays_so() -> None:
    assert health("late", None, EXPECTED) == "overdue"
    assert health("no_answer", EXPECTED, EXPECTED + 99 * DAY) == "no_answer"


def test_documents_are_expected_to_be_asked_for_within_a_week() -> None:
    row = Freshness(
        *("cn_export_control", "mofcom", "商務部", "2026-01-06", date(2026, 1, 6)),
        *(None, None, "current", 0),
    )
    asked_again_by = W07.next().end
    assert health_on(row, W07, W07.end) == "on_time"
    assert health_on(row, W07, asked_again_by) == "on_time"
    assert health_on(row, W07, asked_again_by + GRACE + DAY) == "overdue"


def test_running_an_old_week_turns_nothing_fresh() -> None:
    con = coverage(("2026-W07", "2025-11", EXPECTED))
    today = EXPECTED + GRACE + DAY
    before = [health_on(row, W07, today) for row in read_freshness(con, newest_week(con).key)]
    con.execute(
        "insert into marts.fct_layer_coverage select '2025-W10', layer, source, source_name_zh,"
        " '2025-01', null, null, $1, 'current', 0, 1 from marts.fct_layer_coverage",
        [today + 30 * DAY],
    )
    assert newest_week(con) == W07
    after = [health_on(row, W07, today) for row in read_freshness(con, newest_week(con).key)]
    assert before == after == ["overdue"]


def test_an_empty_warehouse_says_what_to_do() -> None:
    for con in (duckdb.connect(), coverage()):
        with pytest.raises(StorageError, match="tradeflow run"):
            newest_week(con)
