"""Files a user fetched by hand, recognised and turned into answers of their source.

Three kinds: the CSV of Comtrade Plus' download button, the Census balance workbook, a saved
answer of the Census API. They go through the same parse into the same raw tables. What a file
covers is its request's identity, so a newer file of the same coverage takes its place.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Literal

from tradeflow.answers import Request
from tradeflow.errors import InputError
from tradeflow.settings import Settings
from tradeflow.sources.census import API_FLOWS, workbook_request
from tradeflow.sources.comtrade_records import FIELDS
from tradeflow.thresholds import threshold

ImportSource = Literal["comtrade", "census"]

_DOWNLOAD_URL = "https://comtradeplus.un.org/TradeFlow"
_COVERAGE = ("reporterCode", "flowCode", "period")


def read_import(source: str, path: Path) -> tuple[Request, bytes]:
    """A file's bytes and the request they answer.

    Args:
        source: `comtrade` or `census`.
        path: the file; recognised by its content, its name does not matter.

    Raises:
        InputError: no such file, too large, or not a file of that source; the message says which
            files are understood. What is wrong inside a recognised file is found by `parse`.
    """
    body = _read(path)
    if source == "comtrade":
        return _comtrade_download(path, body), body
    if source == "census":
        return _census_file(path, body), body
    raise InputError(f"files of {source!r} cannot be imported; known: comtrade, census")


def _read(path: Path) -> bytes:
    try:
        size, most = path.stat().st_size, int(threshold("transport_max_bytes"))
        if size > most:
            raise InputError(f"{path}: {size} bytes; files of up to {most} bytes are read")
        body = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if not body.strip():
        raise InputError(f"{path}: the file is empty")
    return body


def _comtrade_download(path: Path, body: bytes) -> Request:
    wrong_kind = InputError(
        f"{path}: not a Comtrade Plus download: expected a CSV whose first line holds "
        f"{FIELDS[0]},{FIELDS[1]},… and {FIELDS[-1]}"
    )
    # Coverage columns are codes, so a charset that never fails is enough here; parse decodes.
    lines = csv.reader(io.StringIO(body.decode("iso-8859-1"), newline=""))
    try:
        header = next(lines)
        places = [header.index(column) for column in _COVERAGE]
        rows = [[row[place] for place in places] for row in lines if row]
    except (ValueError, IndexError, StopIteration, csv.Error):
        raise wrong_kind from None
    if not rows:
        raise InputError(f"{path}: the download has a header but no rows")
    covered = [",".join(sorted({row[place] for row in rows})) for place in range(len(_COVERAGE))]
    reporters, flows, years = covered
    return Request(
        source="comtrade",
        label=f"download of reporters {reporters}, flows {flows}, years {years}",
        url=_DOWNLOAD_URL,
        params=(("Reporters", reporters), ("TradeFlows", flows), ("Years", years)),
        group="download",
        about=(("kind", "download"),),
    )


def _census_file(path: Path, body: bytes) -> Request:
    if body.startswith(b"PK"):
        return workbook_request(Settings.model_fields["census_site_url"].default)
    wrong_kind = InputError(
        f"{path}: not a Census file: expected country.xlsx, or a saved API answer that starts "
        f'with [["CTY_CODE",…'
    )
    try:
        header, *rows = json.loads(body)
        (flow,) = (flow for flow, column in API_FLOWS.items() if column in header)
        months = sorted(_month(dict(zip(header, row, strict=True))) for row in rows)
    except (ValueError, TypeError, KeyError):
        raise wrong_kind from None
    if not months:
        raise InputError(f"{path}: the saved answer has a header but no rows")
    return Request(
        source="census",
        label=f"saved API answer, flow {flow}, {months[0]} to {months[-1]}",
        url=f"{Settings.model_fields['census_api_url'].default}/data/timeseries/intltrade/saved",
        params=(("flow", flow), ("first", months[0]), ("last", months[-1])),
        group="saved",
        about=(("kind", "api"), ("flow", flow), ("first", months[0]), ("last", months[-1])),
    )


def _month(row: dict[str, str]) -> str:
    return row["time"] if "time" in row else f"{row['YEAR']}-{row['MONTH']}"
