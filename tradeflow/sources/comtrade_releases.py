"""Comtrade's own list of released datasets: which reporter-years exist, and since when.

The list is the signal of change: a dataset whose last release is the one already asked needs no
asking. Source of the fields: `public/v1/getDA` as the client `comtradeapicall` calls it
(`getFinalDataAvailability`); one row a reporter, year and classification as reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from tradeflow.answers import Answer, Request
from tradeflow.sources.base import flag
from tradeflow.sources.comtrade_records import read_envelope, refuse_fields
from tradeflow.sources.comtrade_requests import FIRST_YEAR
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer
from tradeflow.sources.reading import field_text

RELEASES_TABLE = "comtrade__releases"
# fmt: off
FIELDS = (
    "datasetCode", "typeCode", "freqCode", "period", "reporterCode", "reporterISO",
    "reporterDesc", "classificationCode", "classificationSearchCode",
    "isOriginalClassification", "isExtendedFlowCode", "isExtendedPartnerCode",
    "isExtendedPartner2Code", "isExtendedCmdCode", "isExtendedCustomsCode",
    "isExtendedMotCode", "totalRecords", "datasetChecksum", "firstReleased", "lastReleased",
)
# fmt: on
COLUMNS = (*FIELDS, "is_reconstructed")
_SEEN_ELSEWHERE = ("lengthCmdCode",)
"""A field some answers carried beside the agreed ones; nothing reads it."""


@dataclass(frozen=True)
class Release:
    """One reporter-year the source says it has."""

    reporter: str
    year: str
    first_released: date
    last_released: str
    """The source's stamp as sent, of its newest dataset of that reporter and year."""


def read_releases(answer: Answer) -> list[tuple[str | None, ...]]:
    """Datasets as sent, in the order of `COLUMNS`.

    Raises:
        IncompleteAnswer: `count` is not the number of rows, or a reporter has no dataset at all.
        ChangedShape: other fields than agreed, another reporter or rhythm than asked, a stamp
            that is no date, a dataset twice.
        KeyRejected, QuotaExceeded, TransientError, PermanentError: an error object instead.
    """
    request = answer.request
    rows: list[tuple[str | None, ...]] = []
    reporters = dict(request.params)["reporterCode"].split(",")
    datasets: set[str | None] = set()
    for entry in read_envelope(answer):
        refuse_fields(request, entry, FIELDS, _SEEN_ELSEWHERE)
        text = {field: field_text(request, field, entry[field]) for field in FIELDS}
        _check_dataset(request, text, reporters)
        if text["datasetCode"] in datasets:
            raise ChangedShape(
                request, "datasetCode", "each dataset once", f"{text['datasetCode']} twice"
            )
        datasets.add(text["datasetCode"])
        marked = answer.marks.covers(period=text["period"] or "")
        rows.append((*text.values(), flag(marked)))
    present = {row[FIELDS.index("reporterCode")] for row in rows}
    for reporter in reporters:
        if reporter not in present:
            raise IncompleteAnswer(request, "reporterCode", f"a dataset of {reporter}", "none")
    return rows


def releases_to_ask(request: Request, listed: pl.DataFrame) -> Iterator[Release]:
    """The reporter-years to ask data for, in order.

    Years before `FIRST_YEAR` or after the request's `last_year` are left out, and those first
    released after its `as_of`. Of several datasets of a year the newest release is its stamp.
    """
    last_year, as_of = request.context["last_year"], date.fromisoformat(request.context["as_of"])
    years: dict[tuple[int, int], Release] = {}
    names = ("reporterCode", "period", "firstReleased", "lastReleased")
    for reporter, period, first, last in listed.select(names).iter_rows():
        if not FIRST_YEAR <= int(period) <= int(last_year):
            continue
        known = years.get((int(reporter), int(period)))
        day = date.fromisoformat(first[:10])
        years[int(reporter), int(period)] = Release(
            reporter,
            period,
            day if known is None else min(day, known.first_released),
            last if known is None else max(last, known.last_released),
        )
    for _, release in sorted(years.items()):
        if release.first_released <= as_of:
            yield release


def _check_dataset(request: Request, text: dict[str, str | None], reporters: list[str]) -> None:
    for field, value in (("typeCode", "C"), ("freqCode", "A")):
        if text[field] != value:
            raise ChangedShape(request, field, value, text[field])
    if text["reporterCode"] not in reporters:
        raise ChangedShape(
            request, "reporterCode", f"one of {', '.join(reporters)}", text["reporterCode"]
        )
    if len(text["period"] or "") != 4 or not (text["period"] or "").isdigit():
        raise ChangedShape(request, "period", "a year", text["period"])
    if not text["datasetCode"]:
        raise ChangedShape(request, "datasetCode", "a code", text["datasetCode"])
    for field in ("firstReleased", "lastReleased"):
        try:
            date.fromisoformat((text[field] or "")[:10])
        except ValueError:
            raise ChangedShape(
                request, field, "a stamp like 2024-06-13T10:13:44", text[field]
            ) from None
