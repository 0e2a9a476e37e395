"""What says, for a few requests, that a source has something new: its own lists of releases.

Here: which questions to ask on a day, and what of the answers to remember. Pure, as the sources
are. Not here: sending (`transport.py`), when to look and what to run (`orchestration/`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from tradeflow.answers import Request
from tradeflow.errors import InputError
from tradeflow.releases import newest_to_ask
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed
from tradeflow.sources.census import WORKBOOK_TABLE, workbook_request
from tradeflow.sources.census_workbook import MONTHS, WORLD
from tradeflow.sources.comtrade_releases import RELEASES_TABLE
from tradeflow.sources.comtrade_requests import releases_request
from tradeflow.sources.mofcom import LISTINGS
from tradeflow.sources.registry import SOURCES


@dataclass(frozen=True)
class Watch:
    """One source's list of releases."""

    source: str
    """Short name."""
    listed: str
    """What is looked at, for the UI."""
    every: timedelta
    """How long between two looks: often enough to matter, seldom enough to be polite."""
    requests: Callable[[date, Settings, str | None], list[Request]]
    """The questions of a day, given the stamp of the last look; none where nothing is due."""
    stamp: Callable[[Iterable[Parsed]], str]
    """What changes when the source releases something, from the answers to all questions."""


def _comtrade_requests(day: date, settings: Settings, _seen: str | None) -> list[Request]:
    return [releases_request(settings, newest_to_ask("comtrade", day), day.isoformat())]


def _comtrade_stamp(parsed: Iterable[Parsed]) -> str:
    """Reporters, years and stamps of every dataset."""
    columns = ("reporterCode", "period", "datasetCode", "lastReleased")
    return _digest(row for each in parsed for row in each.tables[RELEASES_TABLE][columns].rows())


def _census_requests(day: date, settings: Settings, seen: str | None) -> list[Request]:
    """The workbook, on and after the day the calendar says that a month should be in it."""
    try:
        due = newest_to_ask("census", day)
    except InputError:
        return []
    return [] if seen is not None and due <= seen else [workbook_request(settings.census_site_url)]


def _census_stamp(parsed: Iterable[Parsed]) -> str:
    """The newest month: the last whose World exports are not 0, as a month to come is."""
    (workbook,) = (each.tables[WORKBOOK_TABLE] for each in parsed)
    names = [f"E{month}" for month in MONTHS]
    rows = workbook.filter(pl.col("CTY_CODE") == WORLD).select("year", *names).iter_rows()
    return max(
        f"{year}-{number:02d}"
        for year, *values in rows
        for number, value in enumerate(values, 1)
        if float(value) != 0
    )


def _mofcom_requests(day: date, settings: Settings, _seen: str | None) -> list[Request]:
    return SOURCES["mofcom"].requests(day, settings)


def _mofcom_stamp(parsed: Iterable[Parsed]) -> str:
    """Title, address and day of the newest page of every listing."""
    columns = ("source_host", "column_id", "title", "url", "publish_date")
    return _digest(row for each in parsed for row in each.tables[LISTINGS][columns].rows())


def _digest(rows: Iterable[tuple[str | None, ...]]) -> str:
    return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()[:16]


WATCHES: Mapping[str, Watch] = {
    watch.source: watch
    for watch in (
        Watch(
            "comtrade",
            "the list of datasets that reporters have released",
            timedelta(hours=6),
            _comtrade_requests,
            _comtrade_stamp,
        ),
        Watch(
            "census",
            "the balance workbook, once the release calendar says that a month is due",
            timedelta(hours=1),
            _census_requests,
            _census_stamp,
        ),
        Watch(
            "mofcom",
            "the first pages of the ministry's listings",
            timedelta(hours=2),
            _mofcom_requests,
            _mofcom_stamp,
        ),
    )
}
"""The sources that release at days of their own choosing, by short name."""
