"""The release calendar: when a source made a period public.

Read from `dbt_like_sql/seeds/release_calendar.csv`, the same table the SQL models join. Not
here: weeks (`periods.py`), or when a particular answer was fetched (receipts).
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from functools import cache

from tradeflow.bundled import sql_root
from tradeflow.errors import InputError

_MONTHLY_LAG = timedelta(days=40)
_YEARLY_LAG_MONTH = 7


def newest(source: str, as_of: date) -> str | None:
    """The newest period of `source` that was public on `as_of`; None if there was none."""
    return max((p for p, day in _calendar().get(source, {}).items() if day <= as_of), default=None)


def newest_to_ask(source: str, as_of: date) -> str:
    """The newest period worth asking `source` for on `as_of`.

    The calendar's newest public period; past the calendar's end the usual lag decides (40 days
    after a month, the July after a year), so that an old calendar never hides new data.

    Raises:
        InputError: nothing of the source was public by then.
    """
    known = newest(source, as_of)
    if known is None:
        raise InputError(f"the release calendar has nothing of {source} public by {as_of}")
    last = max(_calendar()[source])
    if known < last:
        return known
    if len(last) == len("2024"):
        return max(last, str(as_of.year - (1 if as_of.month >= _YEARLY_LAG_MONTH else 2)))
    month = (as_of - _MONTHLY_LAG).replace(day=1) - timedelta(days=1)
    return max(last, f"{month:%Y-%m}")


@cache
def _calendar() -> dict[str, dict[str, date]]:
    path = sql_root() / "seeds" / "release_calendar.csv"
    calendar: dict[str, dict[str, date]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                days = calendar.setdefault(row["source"], {})
                if row["period"] in days:
                    raise InputError(f"{path}: {row['source']} {row['period']} stands twice")
                days[row["period"]] = date.fromisoformat(row["released_at"])
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    return calendar
