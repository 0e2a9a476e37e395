"""ISO weeks in Asia/Taipei, the partition of every layer, mart and weekly report.

Here: what a week is, when it closes, which day it speaks for. Not here: what a source
publishes when (`releases.py`), or how Dagster spells its partitions (`orchestration/`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tradeflow.errors import InputError

TAIPEI = ZoneInfo("Asia/Taipei")
"""The zone every week edge, schedule and release day is read in."""

_WEEK = re.compile(r"(\d{4})-W(\d{2})(?:-1)?")


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
