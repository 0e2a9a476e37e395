"""Answers of the Census trade API: totals by country, and HS chapters of one country.

An answer is a list of lists whose first is the header. Columns are found by name: those used as
filters come back once more, last, in no fixed order. Every value is text. Group rows and control
totals stay as sent. Not here: what is asked (`census.py`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from typing import Any, NamedTuple

import polars as pl

from tradeflow.answers import Answer, Request
from tradeflow.sources.base import flag, text_frame
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, KeyRejected
from tradeflow.sources.reading import read_json, refuse_empty

API_FLOWS = {"X": "ALL_VAL_MO", "M": "GEN_VAL_MO"}
"""Total exports (domestic and foreign) and general imports, in dollars of the month."""
COMMODITY_COLUMNS = {"X": "E_COMMODITY", "M": "I_COMMODITY"}
API_COLUMNS = (
    "cty_code",
    "cty_name",
    "commodity",
    "year",
    "month",
    "flow",
    "value_usd",
    "summary_lvl",
    "is_reconstructed",
)
CONTROL = "-"
"""Country code of the control total."""
GOODS = "-"
"""What `commodity` says of a total: no code means all goods."""

_LEVEL = "HS2"
_NULLABLE = ("CTY_NAME", "SUMMARY_LVL")
"""Unidentified countries (8220) have come without a name."""
_PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_INTEGER = re.compile(r"-?\d+")
_CHAPTER = re.compile(r"\d\d")


class _Row(NamedTuple):
    code: str
    name: str | None
    commodity: str
    year: str
    month: str
    flow: str
    value: str
    level: str | None

    @property
    def period(self) -> str:
        return f"{self.year}-{self.month}"


def read_totals(answer: Answer) -> pl.DataFrame:
    """All goods by country and month, under `API_COLUMNS`.

    Raises:
        IncompleteAnswer: no rows, fewer months than `about` states, no control total, or
            countries that do not add up to it exactly.
        ChangedShape: other columns or cells, a country and month twice, or a month before
            the first asked for.
        KeyRejected: a page about the key instead of rows.
    """
    request = answer.request
    flow, header, rows = _table(answer)
    read = _read(request, flow, header, rows, needed=("CTY_CODE", "CTY_NAME"))
    _check_once(request, read)
    _check_months(request, read)
    _check_control_totals(request, read)
    return _framed(answer, read)


def read_chapters(answer: Answer) -> pl.DataFrame:
    """HS chapters of the one country asked for, under `API_COLUMNS`; explicit zeros stay.

    Raises:
        IncompleteAnswer: no rows, or chapters that do not add up to the totals that the
            question states, month by month.
        ChangedShape: other columns or cells, another level, another country, a chapter and
            month twice, a month without a total.
        KeyRejected: a page about the key instead of rows.
    """
    request = answer.request
    flow, header, rows = _table(answer)
    commodity = COMMODITY_COLUMNS[flow]
    read = _read(
        request, flow, header, rows, needed=("CTY_CODE", "CTY_NAME", "COMM_LVL", commodity)
    )
    country = request.context["country"]
    for row in read:
        if row.code != country:
            raise ChangedShape(request, "CTY_CODE", country, row.code)
        if not _CHAPTER.fullmatch(row.commodity):
            raise ChangedShape(request, commodity, "a chapter of two digits", row.commodity)
    _check_once(request, read)
    _check_chapter_sums(request, read)
    return _framed(answer, read)


def written_totals(months: pl.DataFrame) -> str:
    """One country's totals as a chapters request carries them: `2024-01=12067700000,…`."""
    cells = months.select("year", "month", "value_usd").sort("year", "month").iter_rows()
    return ",".join(f"{year}-{month}={value}" for year, month, value in cells)


def _table(answer: Answer) -> tuple[str, list[str], list[list[Any]]]:
    request = answer.request
    refuse_empty(answer, "a list of rows")
    start = answer.body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"<" and b"key" in start.lower():
        raise KeyRejected(request, "body", "a list of rows", "a page about the key")
    if start[:1] != b"[":
        got = start[:80].decode("utf-8", "replace")
        raise ChangedShape(request, "body", "a list that starts with [", got)
    table = read_json(answer)
    if not all(isinstance(row, list) for row in table):
        raise ChangedShape(request, "body", "a list of lists", "a list of other things")
    if len(table) < 2:
        raise IncompleteAnswer(request, "body", "a header and rows", f"{len(table)} rows")
    header, *rows = table
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ChangedShape(request, f"row {number}", f"{len(header)} fields", len(row))
    asked = request.context.get("flow")
    flows = [flow for flow, column in API_FLOWS.items() if column in header]
    if len(flows) != 1 or asked not in (None, flows[0]):
        expected = API_FLOWS[asked] if asked else " or ".join(API_FLOWS.values())
        raise ChangedShape(request, "header", expected, header)
    return flows[0], header, rows


def _read(
    request: Request,
    flow: str,
    header: list[str],
    rows: list[list[Any]],
    needed: tuple[str, ...],
) -> list[_Row]:
    period = ("time",) if "time" in header else ("YEAR", "MONTH")
    required = {*needed, API_FLOWS[flow], *period}
    commodity = COMMODITY_COLUMNS[flow]
    known = required | {"SUMMARY_LVL", "YEAR", "MONTH", "time"}
    if commodity in needed:
        known |= {f"{commodity}_SDESC", f"{commodity}_LDESC"}
    for column in [*sorted(required - set(header)), *(c for c in header if c not in known)]:
        raise ChangedShape(
            request, column, "the columns asked for", f"header {', '.join(map(str, header))}"
        )
    return [_row(request, flow, header, row) for row in rows]


def _row(request: Request, flow: str, header: list[str], row: list[Any]) -> _Row:
    cells: dict[str, Any] = {}
    for column, cell in zip(header, row, strict=True):
        if not isinstance(cell, str) and not (cell is None and column in _NULLABLE):
            raise ChangedShape(request, column, "text", cell)
        if cells.setdefault(column, cell) != cell:
            # A filter comes back as a column of its own beside the one asked for by name.
            raise ChangedShape(request, column, "one value per row", f"{cells[column]} and {cell}")
    if cells.get("COMM_LVL", _LEVEL) != _LEVEL:
        raise ChangedShape(request, "COMM_LVL", f"{_LEVEL}, the chapters", cells["COMM_LVL"])
    period = cells["time"] if "time" in cells else f"{cells['YEAR']}-{cells['MONTH']}"
    if not _PERIOD.fullmatch(period):
        raise ChangedShape(request, "time", "a month like 2025-11", period)
    value = cells[API_FLOWS[flow]]
    if not _INTEGER.fullmatch(value):
        raise ChangedShape(request, API_FLOWS[flow], "whole dollars", value)
    year, month = period.split("-")
    return _Row(
        cells["CTY_CODE"],
        cells["CTY_NAME"],
        cells.get(COMMODITY_COLUMNS[flow], GOODS),
        year,
        month,
        flow,
        value,
        cells.get("SUMMARY_LVL"),
    )


def _framed(answer: Answer, rows: list[_Row]) -> pl.DataFrame:
    marks = answer.marks
    return text_frame(
        API_COLUMNS,
        [(*row, flag(marks.covers(period=row.period, partner=row.code))) for row in rows],
    )


def _check_once(request: Request, rows: list[_Row]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        key = row.code, row.commodity, row.period
        if key in seen:
            what = row.code if row.commodity == GOODS else f"{row.code} chapter {row.commodity}"
            raise ChangedShape(
                request, "CTY_CODE", "one row per country and month", f"{what} {row.period} twice"
            )
        seen.add(key)


def _check_months(request: Request, rows: list[_Row]) -> None:
    months = sorted({row.period for row in rows})
    first, last = (request.context.get(end) for end in ("first", "last"))
    if first and months[0] < first:
        raise ChangedShape(request, "time", f"months from {first} on", months[0])
    if first and months[0] > first:
        raise IncompleteAnswer(request, "time", f"months from {first} on", months[0])
    for before, after in pairwise(months):
        if after != _month_after(before):
            raise IncompleteAnswer(request, "time", _month_after(before), f"{after} next")
    if last and months[-1] < last:
        raise IncompleteAnswer(request, "time", f"months up to {last}, public by then", months[-1])


def _check_control_totals(request: Request, rows: list[_Row]) -> None:
    totals: dict[str, int] = {}
    countries: dict[str, int] = defaultdict(int)
    for row in rows:
        countries[row.period] += int(row.value) if _is_country(row) else 0
        if row.code == CONTROL:
            totals[row.period] = int(row.value)
    for period, total in sorted(countries.items()):
        if period not in totals:
            raise IncompleteAnswer(request, "CTY_CODE", f"the control total - of {period}", "none")
        if total != totals[period]:
            raise IncompleteAnswer(
                request, "CTY_CODE", f"countries adding up to {totals[period]} in {period}", total
            )


def _check_chapter_sums(request: Request, rows: list[_Row]) -> None:
    pairs = (cell.split("=") for cell in request.context["totals"].split(","))
    totals = {period: int(value) for period, value in pairs}
    sums = dict.fromkeys(totals, 0)
    for row in rows:
        if row.period not in sums:
            raise IncompleteAnswer(
                request, "time", f"months up to {max(totals)}, as the totals have", row.period
            )
        sums[row.period] += int(row.value)
    for period, total in sorted(totals.items()):
        if sums[period] != total:
            raise IncompleteAnswer(
                request,
                COMMODITY_COLUMNS[request.context["flow"]],
                f"chapters adding up to {total} in {period}",
                sums[period],
            )


def _is_country(row: _Row) -> bool:
    # The control total and groups like 1XXX have carried the level of a country, so the level
    # alone does not decide.
    return row.code.isdigit() and "1000" <= row.code <= "8999" and row.level in (None, "DET")


def _month_after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
