"""UN Comtrade: yearly goods trade of six reporters, in total, by chapter and by controlled code.

The source's own list of releases says which reporter-years exist; each is asked in total with
all partners and with World, by HS chapter with the main partners, and by the six-digit codes
under Chinese export control with all partners. A dataset already asked under its last release
stands. Groups, self-partners and code 490 (Taiwan) stay as sent; staging tells them apart. The
site's CSV download fills the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from tradeflow.answers import Answer, Marks, Request
from tradeflow.releases import newest_to_ask
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, Total, flag, text_frame
from tradeflow.sources.comtrade_csv import read_download
from tradeflow.sources.comtrade_records import FIELDS, Columns, check_records, read_records
from tradeflow.sources.comtrade_reference import (
    AREAS,
    COLUMNS,
    COMMODITIES_TABLE,
    read_areas,
    read_commodities,
)
from tradeflow.sources.comtrade_releases import COLUMNS as RELEASE_COLUMNS
from tradeflow.sources.comtrade_releases import RELEASES_TABLE, read_releases, releases_to_ask
from tradeflow.sources.comtrade_requests import (
    AREA_LISTS,
    COMMODITIES,
    DATA,
    DOWNLOAD,
    RELEASES,
    TOTAL_PARTNERS,
    TOTAL_WORLD,
    data_requests,
    parts_of,
    reference_requests,
    releases_request,
)
from tradeflow.sources.comtrade_sums import audit_flow, check_download, totals_of

TABLE = "comtrade__trade_flows"


class Comtrade(Source):
    """UN Comtrade v1: `public/v1/preview` without a key, `data/v1/get` with one."""

    name = "comtrade"
    group = "bilateral_trade_flows"
    parser_version = "2"
    tables: Mapping[str, tuple[str, ...]] = {
        TABLE: (*FIELDS, "is_reconstructed"),
        **COLUMNS,
        RELEASES_TABLE: RELEASE_COLUMNS,
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """The list of releases and the reference files; `follow` asks the data.

        Data are asked from 2022 to the newest year public at `as_of`.
        """
        newest = newest_to_ask(self.name, as_of)
        listing = releases_request(settings, newest, as_of.isoformat())
        return [listing, *reference_requests(settings)]

    def parse(self, answer: Answer) -> Parsed:
        """Records as sent, one row each.

        Raises:
            TooManyRows: the row cap is reached.
            IncompleteAnswer: `count` is not the number of rows, a released dataset has none, a
                list breaks off, or a download's partners do not add up.
            ChangedShape: other fields than agreed, a filter that was not applied, a key twice.
            KeyRejected, QuotaExceeded, TransientError, PermanentError: an error object instead.
        """
        kind = answer.request.context.get("kind", DATA)
        if kind == RELEASES:
            return self._parsed(RELEASES_TABLE, read_releases(answer))
        if kind in AREA_LISTS:
            return self._parsed(AREAS, read_areas(answer))
        if kind == COMMODITIES:
            return self._parsed(COMMODITIES_TABLE, read_commodities(answer))
        if kind == DOWNLOAD:
            columns = read_download(answer, FIELDS)
            check_records(answer.request, columns)
            check_download(answer.request, columns)
        else:
            columns = read_records(answer)
        marked = _marked(answer.marks, columns)
        schema = dict.fromkeys(self.tables[TABLE], pl.Utf8)
        return Parsed({TABLE: pl.DataFrame({**columns, "is_reconstructed": marked}, schema)})

    def follow(self, answer: Answer, parsed: Parsed) -> list[Request]:
        """What to ask of each reporter-year the list of releases names."""
        request = answer.request
        if request.context.get("kind") != RELEASES:
            return []
        releases = releases_to_ask(request, parsed.tables[RELEASES_TABLE])
        return data_requests(
            request, [(one.reporter, one.year, one.last_released) for one in releases]
        )

    def leads_on(self, request: Request) -> bool:
        return request.context.get("kind") == RELEASES

    def may_fail(self, request: Request) -> bool:
        """Totals and the list of releases may not; commodities and reference files may.

        A first fetch without a key can take more calls than a day allows: the totals of that day
        stand, and the next run asks what is missing.
        """
        context = request.context
        if context.get("kind") == DATA:
            return context["scope"] not in (TOTAL_PARTNERS, TOTAL_WORLD)
        return context.get("kind") in (*AREA_LISTS, COMMODITIES)

    def split(self, request: Request) -> list[Request]:
        """Halves by code, then by partner."""
        return parts_of(request)

    def stands(self, request: Request) -> bool:
        """Data stand as long as the source lists the same last release of their dataset."""
        return "released" in request.context

    def totals(self, parsed: Parsed) -> Mapping[str, Total]:
        """Value of each closed year (`totals_of`), and the length of the reference lists.

        The list of releases states no total: reporter-years come and are compared in SQL.
        """
        found: dict[str, Total] = {}
        for table, frame in parsed.tables.items():
            if table == TABLE:
                found |= totals_of(frame)
            elif table != RELEASES_TABLE:
                found[f"entries of {table}"] = Total(Decimal(frame.height), frame.height)
        return found

    def audit(self, group: str, parsed: Mapping[Request, Parsed]) -> None:
        """Hold the answers about one reporter, flow and year against each other.

        Source of the check: cut answers have been printed as whole trade before.

        Raises:
            IncompleteAnswer: they do not add up; see `audit_flow`.
        """
        flows = {r: one.tables[TABLE] for r, one in parsed.items() if TABLE in one.tables}
        audit_flow(flows)

    def _parsed(self, table: str, rows: list[tuple[str | None, ...]]) -> Parsed:
        return Parsed({table: text_frame(self.tables[table], rows)})


def _marked(marks: Marks, columns: Columns) -> list[str]:
    """`is_reconstructed` of every row; real sources mark none."""
    pairs = zip(columns["period"], columns["partnerCode"], strict=True)
    if marks == Marks():
        return [flag(False) for _ in pairs]
    return [flag(marks.covers(period=year or "", partner=code or "")) for year, code in pairs]
