"""The two layouts of the Mineral Commodity Summaries' world tables, read into one form.

Here: charset, header, rows, and one cell per economy, measure and year. Not here: which file
is asked for (`usgs.py`), units and what a name stands for (staging and intermediate models).

Layouts, by their headers: `MCS2025_World_Data.csv` is wide, a row an economy and kind of
production with the years side by side, UTF-8 with a byte order mark or Windows-1252, with
blanks inside header names and behind values; `MCS2026_Commodities_Data.csv` is long, a row a
value, Windows-1252, with US statistics and import sources beside the world tables.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tradeflow.answers import Answer, Request
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer
from tradeflow.sources.reading import refuse_empty

PRODUCTION, CAPACITY, RESERVES = "production", "capacity", "reserves"

_WIDE_KEYS = ("SOURCE", "COMMODITY", "COUNTRY", "TYPE", "UNIT_MEAS")
_LONG = (
    "MCS CHAPTER",
    "SECTION",
    "COMMODITY",
    "COUNTRY",
    "STATISTICS",
    "STATISTICS_DETAIL",
    "UNIT",
    "YEAR",
    "VALUE",
    "NOTES",
)
_LONG_EXTRA = re.compile(r"IS CRITICAL MINERAL \d{4}|OTHER NOTES")
_LONG_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Cell:
    """One value of a world table; texts without outer blanks, an empty value as null."""

    source: str
    commodity: str
    country: str
    type: str
    unit: str
    measure: str
    """`production`, `capacity`, `reserves`, or the source's own word in lower case."""
    year: str
    is_estimated: bool
    value: str | None
    """As sent: a number with or without commas, or a mark such as `W` and `NA`."""
    notes: str | None


@dataclass(frozen=True)
class _Column:
    """A column of values in the wide layout."""

    measure: str
    year: str
    is_estimated: bool
    notes: str
    """The column of notes that goes with it."""


def read_world_table(answer: Answer, edition: int) -> list[Cell]:
    """Every cell of an edition's world tables, empty ones included, in file order.

    Raises:
        IncompleteAnswer: no body, or the file breaks off within a row.
        ChangedShape: a page, a damaged charset, another header, another edition's file, or the
            same row twice.
    """
    request = answer.request
    lines = _lines(request, _text(answer))
    header = [_name(field) for field in lines[0]]
    while header and not header[-1]:
        header.pop()
    rows = [_row(request, header, line) for line in lines[1:] if any(map(str.strip, line))]
    read = _read_wide if _WIDE_KEYS[0] in header else _read_long
    named = [dict(zip(header, row, strict=True)) for row in rows]
    cells = read(request, header, named, edition)
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        if row in seen:
            raise ChangedShape(request, "rows", "each row once", f"twice: {', '.join(row[:5])}")
        seen.add(row)
    return cells


def _text(answer: Answer) -> str:
    request = answer.request
    refuse_empty(answer, "a CSV file")
    if answer.body.lstrip()[:1] == b"<":
        raise ChangedShape(request, "body", "a CSV file", "a page")
    if b"\0" in answer.body:
        raise ChangedShape(request, "charset", "UTF-8 or Windows-1252", "zero bytes")
    try:
        text = answer.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Windows-1252 takes nearly any byte, so a UTF-8 file with one damaged byte would pass.
        # A true Windows-1252 file has no two bytes that make a character of UTF-8.
        lenient = answer.body.decode("utf-8", "ignore")
        if not lenient.isascii():
            raise ChangedShape(
                request, "charset", "UTF-8", f"byte {error.start} is damaged"
            ) from error
        try:
            text = answer.body.decode("cp1252")
        except UnicodeDecodeError as second:
            raise ChangedShape(
                request, "charset", "UTF-8 or Windows-1252", f"byte {second.start} fits neither"
            ) from second
    if "\ufffd" in text:
        raise ChangedShape(request, "charset", "readable text", "replacement characters U+FFFD")
    return text


def _lines(request: Request, text: str) -> list[list[str]]:
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise IncompleteAnswer(request, "body", "complete CSV rows", error) from error
    if len(lines) < 2:
        raise IncompleteAnswer(request, "rows", "a header and rows", f"{len(lines)} lines")
    return lines


def _name(field: str) -> str:
    """A header's name in capitals, its blanks around underscores gone: `PROD_EST_ 2024`."""
    return re.sub(r"\s*_\s*", "_", " ".join(field.split())).upper()


def _row(request: Request, header: Sequence[str], line: list[str]) -> tuple[str, ...]:
    fields = [" ".join(field.split()) for field in line]
    if len(fields) < len(header):
        raise IncompleteAnswer(
            request, "rows", f"{len(header)} fields", f"{len(fields)}: {', '.join(fields[:3])}"
        )
    if any(fields[len(header) :]):
        raise ChangedShape(
            request, "rows", f"{len(header)} fields", f"{len(fields)}: {', '.join(fields[:3])}"
        )
    return tuple(fields[: len(header)])


def _read_wide(
    request: Request, header: list[str], rows: Sequence[Mapping[str, str]], edition: int
) -> list[Cell]:
    columns = _wide_columns(edition)
    _check_header(request, header, {*_WIDE_KEYS, *columns, *(c.notes for c in columns.values())})
    cells: list[Cell] = []
    for row in rows:
        if row["SOURCE"] != f"MCS{edition}":
            raise ChangedShape(request, "SOURCE", f"MCS{edition}", row["SOURCE"])
        for name, column in columns.items():
            cells.append(
                Cell(
                    source=row["SOURCE"],
                    commodity=_stated(request, "COMMODITY", row),
                    country=_stated(request, "COUNTRY", row),
                    type=row["TYPE"],
                    unit=row["UNIT_MEAS"],
                    measure=column.measure,
                    year=column.year,
                    is_estimated=column.is_estimated,
                    value=row[name] or None,
                    notes=row[column.notes] or None,
                )
            )
    return cells


def _wide_columns(edition: int) -> dict[str, _Column]:
    before, newest = str(edition - 2), str(edition - 1)
    columns = {}
    for measure, short in ((PRODUCTION, "PROD"), (CAPACITY, "CAP")):
        notes = f"{short}_NOTES"
        columns[f"{short}_{before}"] = _Column(measure, before, False, notes)
        columns[f"{short}_EST_{newest}"] = _Column(measure, newest, True, notes)
    columns[f"RESERVES_{newest}"] = _Column(RESERVES, newest, False, "RESERVE_NOTES")
    return columns


def _read_long(
    request: Request, header: list[str], rows: Sequence[Mapping[str, str]], edition: int
) -> list[Cell]:
    _check_header(request, [name for name in header if not _LONG_EXTRA.fullmatch(name)], set(_LONG))
    newest = str(edition - 1)
    cells = [
        Cell(
            source=f"MCS{edition}",
            commodity=_stated(request, "COMMODITY", row),
            country=_stated(request, "COUNTRY", row),
            type=row["STATISTICS_DETAIL"],
            unit=row["UNIT"],
            measure=row["STATISTICS"].lower(),
            year=row["YEAR"],
            is_estimated=row["YEAR"] == newest and row["STATISTICS"].lower() != RESERVES,
            value=row["VALUE"] or None,
            notes=row["NOTES"] or None,
        )
        for row in rows
        if "world" in row["SECTION"].lower()
    ]
    years = {cell.year for cell in cells if _LONG_YEAR.fullmatch(cell.year)}
    if max(years, default="") != newest:
        raise ChangedShape(request, "YEAR", f"{newest} as the newest", max(years, default="none"))
    return cells


def _check_header(request: Request, header: Sequence[str], agreed: set[str]) -> None:
    missing = sorted(agreed - set(header))
    added = sorted(set(header) - agreed)
    if missing or added or len(set(header)) < len(header):
        raise ChangedShape(
            request,
            (missing or added or ["header"])[0],
            f"the {len(agreed)} agreed columns, once each",
            f"missing: {', '.join(missing) or 'none'}; new: {', '.join(added) or 'none'}",
        )


def _stated(request: Request, field: str, row: Mapping[str, str]) -> str:
    if not row[field]:
        raise ChangedShape(request, field, "a name", "nothing")
    return row[field]
