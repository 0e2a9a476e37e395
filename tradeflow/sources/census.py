"""US Census: monthly US goods trade with every country, from two places.

The keyed API (asked when a key is set) gives dollars with a control total `-` that countries
must add up to exactly; the keyless workbook (`census_workbook.py`) gives the same months in
million dollars. Group rows and totals stay as sent; the two places use different group codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from tradeflow.answers import Answer, Credential, Request
from tradeflow.releases import newest_to_ask
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, flag, text_frame
from tradeflow.sources.census_workbook import COLUMNS as WORKBOOK_COLUMNS
from tradeflow.sources.census_workbook import read_workbook
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, KeyRejected
from tradeflow.sources.reading import read_json

FIRST_MONTH = "2024-01"
API_FLOWS = {"X": "ALL_VAL_MO", "M": "GEN_VAL_MO"}
"""Total exports (domestic and foreign) and general imports, in dollars of the month."""

API_TABLE = "census__trade_months"
WORKBOOK_TABLE = "census__balance_months"

_PATHS = {"X": "exports", "M": "imports"}
_CONTROL = "-"
_PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_INTEGER = re.compile(r"-?\d+")
_Row = tuple[str, str, str, str, str, str, str | None]


class Census(Source):
    """`timeseries/intltrade/{exports,imports}/hs` and `foreign-trade/balance/country.xlsx`."""

    name = "census"
    group = "us_trade_census"
    parser_version = "1"
    tables: Mapping[str, tuple[str, ...]] = {
        API_TABLE: (
            "cty_code",
            "cty_name",
            "year",
            "month",
            "flow",
            "value_usd",
            "summary_lvl",
            "is_reconstructed",
        ),
        WORKBOOK_TABLE: (*WORKBOOK_COLUMNS, "is_reconstructed_months"),
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """One call per flow from 2024-01 to the newest month public at `as_of`, and the workbook.

        No commodity is named: that is the total. Without a key only the workbook is asked.
        """
        last = newest_to_ask(self.name, as_of)
        keyed = settings.census_api_key is not None
        api = [_api_request(settings, flow, last) for flow in API_FLOWS] if keyed else []
        return [*api, workbook_request(settings.census_site_url)]

    def parse(self, answer: Answer) -> Parsed:
        """Rows as sent: one per country, month and flow, or one per country and year (workbook).

        Raises:
            IncompleteAnswer: no rows, a month missing between others, no control total, or
                countries that do not add up to it.
            ChangedShape: other columns, values that are no integers, a key twice, a month that
                was not asked for.
            KeyRejected: the refusal of a missing or wrong key, whatever its status says.
        """
        if answer.request.context.get("kind") == "workbook":
            return Parsed({WORKBOOK_TABLE: read_workbook(answer, self.tables[WORKBOOK_TABLE])})
        rows = _read_api(answer)
        _check_months(answer.request, rows)
        _check_control_totals(answer.request, rows)
        marks = answer.marks
        return Parsed(
            {
                API_TABLE: text_frame(
                    self.tables[API_TABLE],
                    [
                        (*row, flag(marks.covers(period=f"{row[2]}-{row[3]}", partner=row[0])))
                        for row in rows
                    ],
                )
            }
        )


def _api_request(settings: Settings, flow: str, last: str) -> Request:
    return Request(
        source="census",
        label=f"US {_PATHS[flow]} by country, {FIRST_MONTH} to {last}",
        url=f"{settings.census_api_url}/data/timeseries/intltrade/{_PATHS[flow]}/hs",
        params=(
            ("get", f"CTY_CODE,CTY_NAME,{API_FLOWS[flow]},SUMMARY_LVL"),
            ("time", f"from {FIRST_MONTH} to {last}"),
        ),
        credential=Credential("query", "key", "census_api_key"),
        group=f"api-{flow}",
        about=(("kind", "api"), ("flow", flow), ("first", FIRST_MONTH), ("last", last)),
    )


def workbook_request(site_url: str) -> Request:
    """The question the balance workbook answers, fetched or handed over as a file."""
    return Request(
        source="census",
        label="balance workbook of all countries (country.xlsx)",
        url=f"{site_url}/foreign-trade/balance/country.xlsx",
        group="workbook",
        about=(("kind", "workbook"),),
    )


def _read_api(answer: Answer) -> list[_Row]:
    request = answer.request
    if answer.body.lstrip()[:1] == b"<" and b"key" in answer.body.lower():
        raise KeyRejected(request, "body", "a list of rows", "a page about the key")
    table = read_json(answer)
    if not isinstance(table, list) or not all(isinstance(row, list) for row in table):
        raise ChangedShape(request, "body", "a list of lists", type(table).__name__)
    if len(table) < 2:
        raise IncompleteAnswer(request, "body", "a header and rows", f"{len(table)} rows")
    header, *rows = table
    flow, positions = _positions(request, header)
    read = []
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ChangedShape(request, f"row {number}", f"{len(header)} fields", len(row))
        read.append(_row(request, row, flow, positions))
    return read


def _positions(request: Request, header: list[Any]) -> tuple[str, dict[str, int]]:
    asked_flow = request.context.get("flow")
    flows = [flow for flow, column in API_FLOWS.items() if column in header]
    if len(flows) != 1 or asked_flow not in (None, flows[0]):
        expected = API_FLOWS[asked_flow] if asked_flow else " or ".join(API_FLOWS.values())
        raise ChangedShape(request, "header", expected, header)
    period = ("time",) if "time" in header else ("YEAR", "MONTH")
    needed = {"CTY_CODE", "CTY_NAME", API_FLOWS[flows[0]], *period}
    known = needed | {"SUMMARY_LVL", "YEAR", "MONTH", "time"}
    for column in [*sorted(needed - set(header)), *(c for c in header if c not in known)]:
        raise ChangedShape(
            request, column, "the columns asked for", f"header {', '.join(map(str, header))}"
        )
    if len(set(header)) != len(header):
        raise ChangedShape(request, "header", "each column once", header)
    return flows[0], {column: place for place, column in enumerate(header)}


def _row(request: Request, row: list[Any], flow: str, positions: dict[str, int]) -> _Row:
    cells = {column: row[place] for column, place in positions.items()}
    for column, cell in cells.items():
        if not isinstance(cell, str) and not (cell is None and column == "SUMMARY_LVL"):
            raise ChangedShape(request, column, "text", cell)
    period = cells["time"] if "time" in cells else f"{cells['YEAR']}-{cells['MONTH']}"
    if not _PERIOD.fullmatch(period):
        raise ChangedShape(request, "time", "a month like 2025-11", period)
    value = cells[API_FLOWS[flow]]
    if not _INTEGER.fullmatch(value):
        raise ChangedShape(request, API_FLOWS[flow], "whole dollars", value)
    year, month = period.split("-")
    code, name = cells["CTY_CODE"], cells["CTY_NAME"]
    return (code, name, year, month, flow, value, cells.get("SUMMARY_LVL"))


def _check_months(request: Request, rows: list[_Row]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for code, _, year, month, *_ in rows:
        if (code, year, month) in seen:
            raise ChangedShape(
                request, "CTY_CODE", "one row per country and month", f"{code} {year}-{month} twice"
            )
        seen.add((code, year, month))
    months = sorted({f"{year}-{month}" for _, year, month in seen})
    first, last = (request.context.get(end) for end in ("first", "last"))
    if first and last:
        for month in months:
            if not first <= month <= last:
                raise ChangedShape(request, "time", f"{first} to {last}", month)
        if months[0] != first:
            raise IncompleteAnswer(request, "time", f"months from {first} on", months[0])
    for before, after in pairwise(months):
        if after != _month_after(before):
            raise IncompleteAnswer(request, "time", _month_after(before), f"{after} next")


def _check_control_totals(request: Request, rows: list[_Row]) -> None:
    totals: dict[str, int] = {}
    countries: dict[str, int] = {}
    for code, _, year, month, _, value, level in rows:
        period = f"{year}-{month}"
        countries.setdefault(period, 0)
        if code == _CONTROL:
            totals[period] = int(value)
        elif _is_country(code, level):
            countries[period] += int(value)
    for period, total in sorted(countries.items()):
        if period not in totals:
            raise IncompleteAnswer(request, "CTY_CODE", f"the control total - of {period}", "none")
        if total != totals[period]:
            raise IncompleteAnswer(
                request, "CTY_CODE", f"countries adding up to {totals[period]} in {period}", total
            )


def _is_country(code: str, level: str | None) -> bool:
    # The control total and groups like 1XXX have carried the level of a country, so the level
    # alone does not decide.
    return code.isdigit() and "1000" <= code <= "8999" and level in (None, "DET")


def _month_after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
