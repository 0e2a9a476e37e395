"""Reads the bundled world's tables and answers what had been published by a given day.

Here: CSV loading and release days. Not here: how any one source's values are made from the
tables (`*_world.py`) or how a host words them (`comtrade.py`, `census.py`, `worldbank.py`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of `data/<name>.csv`, all values text, in file order."""
    text = files("tradeflow.sandbox").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def release_days(source: str) -> Mapping[str, date]:
    """Period → the day the source published it first, for `comtrade`, `census`, `worldbank`."""
    return {
        row["period"]: date.fromisoformat(row["released_at"])
        for row in rows("release_days")
        if row["source"] == source
    }


def visible_from(source: str, period: str, first_seen: date) -> date:
    """The day a period's first value became public.

    The day a value was first seen is only an upper bound, so an earlier release day wins.
    """
    return min(release_days(source).get(period, first_seen), first_seen)
