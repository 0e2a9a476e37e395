"""The release calendar: what was public on a day, from the table the SQL models join."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeflow.bundled import sql_root
from tradeflow.errors import InputError
from tradeflow.releases import newest, newest_to_ask


def test_the_calendar_in_use_is_the_recorded_one_with_what_was_found_since(shared: Path):
    ours = (sql_root() / "seeds" / "release_calendar.csv").read_text().splitlines()
    recorded = (shared / "facts" / "release_calendar.csv").read_text().splitlines()
    assert ours[: len(recorded)] == recorded
    added = list(csv.DictReader([ours[0], *ours[len(recorded) :]]))
    assert {(row["source"], row["period"]) for row in added} >= {("usgs", "2025"), ("ots", "2024")}
    assert all(row["basis"] for row in added)


def test_at_the_end_of_2026_w07_the_newest_census_month_is_2025_11():
    assert newest("census", date(2026, 2, 15)) == "2025-11"
    assert newest("census", date(2026, 2, 19)) == "2025-12"


def test_a_period_is_public_on_its_release_day_and_not_the_day_before():
    assert newest("census", date(2026, 1, 29)) == "2025-11"
    assert newest("census", date(2026, 1, 28)) == "2025-10"


def test_an_unknown_source_and_a_day_before_the_calendar_have_no_newest_period():
    assert newest("nobody", date(2026, 1, 1)) is None
    assert newest("comtrade", date(2020, 1, 1)) is None


@given(day=st.dates(date(2025, 1, 1), date(2028, 1, 1)), more=st.integers(0, 400))
def test_a_later_day_never_knows_less(day: date, more: int):
    later = day + timedelta(days=more)
    for source in ("census", "comtrade", "worldbank"):
        assert newest(source, day) <= newest(source, later)
        assert newest_to_ask(source, day) <= newest_to_ask(source, later)
        assert newest(source, day) <= newest_to_ask(source, day)


@given(day=st.dates(date(2025, 1, 1), date(2026, 6, 28)))
def test_within_the_calendar_nothing_later_than_it_is_asked_for(day: date):
    for source in ("census", "comtrade", "worldbank"):
        assert newest_to_ask(source, day) == newest(source, day)


@pytest.mark.parametrize(
    ("source", "day", "period"),
    [
        ("comtrade", date(2026, 6, 30), "2024"),
        ("comtrade", date(2026, 7, 1), "2025"),
        ("worldbank", date(2027, 7, 1), "2026"),
        ("census", date(2026, 7, 12), "2026-05"),
        ("census", date(2027, 1, 5), "2026-10"),
    ],
)
def test_past_the_calendars_end_the_usual_lag_decides(source: str, day: date, period: str):
    """A calendar nobody has extended must not hide newer data."""
    assert newest_to_ask(source, day) == period


def test_asking_before_anything_was_public_is_an_error():
    with pytest.raises(InputError, match="nothing of comtrade public by 2020-01-01"):
        newest_to_ask("comtrade", date(2020, 1, 1))
