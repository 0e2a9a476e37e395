"""ISO weeks in Taipei: their edges, their years, the day each speaks for."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeflow.errors import InputError
from tradeflow.periods import TAIPEI, Month, Week, Year, parse_period

days = st.dates(min_value=date(2000, 1, 3), max_value=date(2099, 12, 27))


def test_week_07_of_2026_runs_from_the_9th_to_the_15th_of_february() -> None:
    """CHK-ISOWEEK: weeks are ISO weeks, not seven days from an arbitrary start."""
    week = Week.parse("2026-W07")
    assert (week.start, week.end) == (date(2026, 2, 9), date(2026, 2, 15))


def test_a_dagster_partition_key_reads_as_the_same_week() -> None:
    assert Week.parse("2026-W07-1") == Week.parse("2026-W07")
    assert Week.parse("2026-W07").partition_key == "2026-W07-1"


@pytest.mark.parametrize("text", ["2026-7", "W07", "2026-W07-2", "2026W07", "", "2026-W"])
def test_a_malformed_week_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match="2026-W07"):
        Week.parse(text)


@pytest.mark.parametrize("text", ["2025-W53", "2026-W54", "2026-W00"])
def test_a_week_the_calendar_lacks_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="does not exist"):
        Week.parse(text)


def test_years_with_53_weeks_keep_their_53rd() -> None:
    assert Week.parse("2026-W53").next() == Week.parse("2027-W01")
    assert Week.parse("2026-W01").previous() == Week.parse("2025-W52")


@given(days)
def test_every_day_lies_in_the_week_that_contains_it(day: date) -> None:
    week = Week.containing(day)
    assert week.start <= day <= week.end
    assert week.start.isoweekday() == 1
    assert Week.parse(week.key) == week


@given(days)
def test_next_and_previous_are_inverse_and_seven_days_apart(day: date) -> None:
    week = Week.containing(day)
    assert week.next().previous() == week
    assert week.next().start - week.start == timedelta(days=7)


def test_a_week_closes_at_midnight_in_taipei_not_in_utc() -> None:
    week = Week.parse("2026-W07")
    assert not week.is_closed(datetime(2026, 2, 15, 15, 59, tzinfo=UTC))
    assert week.is_closed(datetime(2026, 2, 15, 16, 0, tzinfo=UTC))


def test_a_closed_week_speaks_for_its_sunday_and_a_running_one_for_today() -> None:
    week = Week.parse("2026-W07")
    assert week.as_of(datetime(2026, 3, 1, tzinfo=TAIPEI)) == date(2026, 2, 15)
    assert week.as_of(datetime(2026, 2, 11, 23, 0, tzinfo=TAIPEI)) == date(2026, 2, 11)


def test_a_week_that_has_not_begun_cannot_speak() -> None:
    with pytest.raises(InputError, match="begins on 2026-02-09"):
        Week.parse("2026-W07").as_of(datetime(2026, 2, 8, 12, 0, tzinfo=TAIPEI))


def test_the_last_week_of_a_year_is_followed_by_the_first_of_the_next() -> None:
    assert Week(2025, 52).next() == Week(2026, 1)
    assert Week(2026, 53).next() == Week(2027, 1)
    assert Week(2027, 1).previous() == Week(2026, 53)


@given(days)
def test_every_day_lies_in_its_month_and_year(day: date) -> None:
    for period in (Month.containing(day), Year.containing(day)):
        assert period.start <= day <= period.end
        assert period.next().previous() == period
        assert period.next().start == period.end + timedelta(days=1)
        assert type(period).parse(period.key) == period


@pytest.mark.parametrize("text", ["2026-13", "2026-2", "2026-W07", "202602"])
def test_a_malformed_month_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match="2026-02"):
        Month.parse(text)


def test_a_month_reads_the_last_week_that_closed_within_it() -> None:
    later = datetime(2026, 6, 1, tzinfo=UTC)
    assert Month.parse("2026-02").last_week(later) == Week.parse("2026-W08")
    assert Month.parse("2026-05").last_week(later) == Week.parse("2026-W22")
    assert Year.parse("2025").last_week(later) == Week.parse("2025-W52")


def test_a_running_month_reads_the_last_closed_week_and_has_none_in_its_first_days() -> None:
    month = Month.parse("2026-04")
    running = datetime(2026, 4, 15, 12, tzinfo=TAIPEI)
    assert not month.is_closed(running)
    assert month.last_week(running) == Week.parse("2026-W15")
    with pytest.raises(InputError, match="no week of 2026-04 has closed"):
        month.last_week(datetime(2026, 4, 2, tzinfo=TAIPEI))


@pytest.mark.parametrize(
    ("text", "kind"), [("2026-W07", Week), ("2026-02", Month), ("2026", Year), (" 2026 ", Year)]
)
def test_a_period_is_read_in_the_form_it_is_written_in(text: str, kind: type) -> None:
    assert type(parse_period(text)) is kind


@pytest.mark.parametrize("text", ["2026-2", "2026-W60", "26", ""])
def test_what_is_no_period_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(InputError, match="2026-W07, 2026-02 or 2026"):
        parse_period(text)
