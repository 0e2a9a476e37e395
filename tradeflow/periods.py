"""Weeks, months and years in Asia/Taipei: the partitions of layers, marts and reports.

Layers, marts and the weekly report are partitioned by ISO week; the other reports by month and
year, and read the marts of the last week that had closed by then. Not here: what a source
publishes when (`releases.py`), or how Dagster spells its partitions (`orchestration/`).
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tradeflow.errors import InputError

TAIPEI = ZoneInfo("Asia/Taipei")
"""The zone every week edge, schedule and release day is read in."""

_WEEK = re.compile(r"(\d{4})-W(\d{2})(?:-1)?")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True, order=True)
class Week:
    """One ISO week, Monday to Sunday, Asia/Taipei. `2026-W07` is 2026-02-09…02-15."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Week:
        """Read `2026-W07`, or a Dagster partition key `2026-W07-1`.

        Raises:
            InputError: not of that form, or no such week in that year.
        """
        match = _WEEK.fullmatch(text.strip())
        if match is None:
            raise InputError(f"week {text!r} is not of the form 2026-W07")
        year, number = int(match[1]), int(match[2])
        try:
            date.fromisocalendar(year, number, 1)
        except ValueError as error:
            raise InputError(f"week {text!r} does not exist in the ISO calendar") from error
        return cls(year, number)

    @classmethod
    def containing(cls, day: date) -> Week:
        """The ISO week that `day` falls in."""
        iso = day.isocalendar()
        return cls(iso.year, iso.week)

    @classmethod
    def current(cls, now: datetime) -> Week:
        """The running week at the instant `now` (timezone-aware)."""
        return cls.containing(now.astimezone(TAIPEI).date())

    @property
    def key(self) -> str:
        """The week as the CLI and all file names write it: `2026-W07`."""
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def partition_key(self) -> str:
        """The week as Dagster's partitions definition writes it: `2026-W07-1`."""
        return f"{self.key}-1"

    @property
    def start(self) -> date:
        """Monday of the week."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def end(self) -> date:
        """Sunday of the week."""
        return self.start + timedelta(days=6)

    def next(self) -> Week:
        return Week.containing(self.start + timedelta(days=7))

    def previous(self) -> Week:
        return Week.containing(self.start - timedelta(days=7))

    def is_closed(self, now: datetime) -> bool:
        """Whether the whole week lies before `now`."""
        return now >= datetime.combine(self.next().start, time(), TAIPEI)

    def as_of(self, now: datetime) -> date:
        """The last day the week's partition may know of.

        Its Sunday once the week is closed, today's date in Taipei while it runs.

        Raises:
            InputError: the week has not begun at `now`.
        """
        if self.is_closed(now):
            return self.end
        today = now.astimezone(TAIPEI).date()
        if today < self.start:
            raise InputError(f"week {self.key} begins on {self.start}; it is still {today}")
        return today

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True, order=True)
class Month:
    """One calendar month in Asia/Taipei. `2026-02` is 2026-02-01…02-28."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `2026-02`.

        Raises:
            InputError: not of that form.
        """
        match = _MONTH.fullmatch(text.strip())
        if match is None:
            raise InputError(f"month {text!r} is not of the form 2026-02")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def containing(cls, day: date) -> Month:
        """The month that `day` falls in."""
        return cls(day.year, day.month)

    @property
    def key(self) -> str:
        """The month as the CLI, file names and Dagster write it: `2026-02`."""
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def start(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def end(self) -> date:
        return self.next().start - timedelta(days=1)

    def next(self) -> Month:
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def previous(self) -> Month:
        return Month.containing(self.start - timedelta(days=1))

    def is_closed(self, now: datetime) -> bool:
        """Whether the whole month lies before `now`."""
        return now >= datetime.combine(self.next().start, time(), TAIPEI)

    def last_week(self, now: datetime) -> Week:
        """The last week that had closed by the month's end, or by `now` while it runs.

        Raises:
            InputError: no week of the month has closed yet.
        """
        return _last_week(self, now)

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True, order=True)
class Year:
    """One calendar year in Asia/Taipei."""

    year: int

    @classmethod
    def parse(cls, text: str) -> Year:
        """Read `2026`.

        Raises:
            InputError: not of that form.
        """
        if _YEAR.fullmatch(text.strip()) is None:
            raise InputError(f"year {text!r} is not of the form 2026")
        return cls(int(text))

    @classmethod
    def containing(cls, day: date) -> Year:
        """The year that `day` falls in."""
        return cls(day.year)

    @property
    def key(self) -> str:
        """The year as the CLI, file names and Dagster write it: `2026`."""
        return f"{self.year:04d}"

    @property
    def start(self) -> date:
        return date(self.year, 1, 1)

    @property
    def end(self) -> date:
        return date(self.year, 12, 31)

    def next(self) -> Year:
        return Year(self.year + 1)

    def previous(self) -> Year:
        return Year(self.year - 1)

    def is_closed(self, now: datetime) -> bool:
        """Whether the whole year lies before `now`."""
        return now >= datetime.combine(self.next().start, time(), TAIPEI)

    def last_week(self, now: datetime) -> Week:
        """The last week that had closed by the year's end, or by `now` while it runs.

        Raises:
            InputError: no week of the year has closed yet.
        """
        return _last_week(self, now)

    def __str__(self) -> str:
        return self.key


Period = Week | Month | Year
"""What a report is about."""


def parse_period(text: str) -> Period:
    """Read `2026-W07`, `2026-02` or `2026`.

    Raises:
        InputError: of none of these forms, or no such period.
    """
    for kind in (Month, Year):
        with suppress(InputError):
            return kind.parse(text.strip())
    with suppress(InputError):
        return Week.parse(text)
    raise InputError(f"period {text!r} is not of the form 2026-W07, 2026-02 or 2026")


def _last_week(period: Month | Year, now: datetime) -> Week:
    week = Week.containing(period.end)
    if week.end > period.end:
        week = week.previous()
    while not week.is_closed(now):
        week = week.previous()
    if week.end < period.start:
        raise InputError(f"no week of {period} has closed yet")
    return week
