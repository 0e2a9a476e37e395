"""Trade records of UN Comtrade, read strictly from the API or from the site's download.

Here: the envelope every answer of the API comes in, the 47 fields of a record, and whether the
rows answer what was asked. Not here: sums over answers (`comtrade_sums.py`), the download's
bytes (`comtrade_csv.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tradeflow.answers import Answer, Request
from tradeflow.sources.comtrade_requests import (
    CHAPTERS,
    DOWNLOAD,
    FLOWS,
    HS2,
    HS6_WORLD,
    PART,
    SLICE,
    TOTAL_PARTNERS,
    TOTAL_WORLD,
    WORLD,
)
from tradeflow.sources.errors import (
    ChangedShape,
    IncompleteAnswer,
    KeyRejected,
    PermanentError,
    QuotaExceeded,
    TooManyRows,
    TransientError,
)
from tradeflow.sources.reading import as_text, read_json
from tradeflow.thresholds import threshold

# fmt: off
FIELDS = (
    "typeCode", "freqCode", "refPeriodId", "refYear", "refMonth", "period", "reporterCode",
    "reporterISO", "reporterDesc", "flowCode", "flowDesc", "partnerCode", "partnerISO",
    "partnerDesc", "partner2Code", "partner2ISO", "partner2Desc", "classificationCode",
    "classificationSearchCode", "isOriginalClassification", "cmdCode", "cmdDesc", "aggrLevel",
    "isLeaf", "customsCode", "customsDesc", "mosCode", "motCode", "motDesc", "qtyUnitCode",
    "qtyUnitAbbr", "qty", "isQtyEstimated", "altQtyUnitCode", "altQtyUnitAbbr", "altQty",
    "isAltQtyEstimated", "netWgt", "isNetWgtEstimated", "grossWgt", "isGrossWgtEstimated",
    "cifvalue", "fobvalue", "primaryValue", "legacyEstimationFlag", "isReported", "isAggregate",
)
# fmt: on
"""The fields of one record, in the order the API sends them."""

Record = Mapping[str, str | None]
KEY = ("reporterCode", "flowCode", "period", "partnerCode", "cmdCode")
"""What tells one record of the total slice from another."""

_FIELD_SET = frozenset(FIELDS)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_COMMODITY = re.compile(r"TOTAL|\d{2}|\d{4}|\d{6}")
_CHAPTER = re.compile(r"\d{2}")
_LISTS = ("reporterCode", "flowCode", "period", "partnerCode", "cmdCode")
"""Parameters that may name several values, comma-separated."""
_ERRORS = {"401": KeyRejected, "403": QuotaExceeded, "429": TransientError}


def read_records(answer: Answer) -> list[dict[str, str | None]]:
    """The records of an answer of the API, values as sent.

    Raises:
        TooManyRows: the row cap is reached, so rows may be missing.
        IncompleteAnswer: `count` is not the number of rows; no rows although the source lists
            the dataset as released.
        ChangedShape: other fields than agreed, a filter that was not applied, a key twice.
        KeyRejected, QuotaExceeded, TransientError, PermanentError: an error object instead.
    """
    request = answer.request
    data = read_envelope(answer)
    preview = "/public/" in request.url
    cap = int(threshold("comtrade_preview_row_cap" if preview else "comtrade_keyed_row_cap"))
    if len(data) >= cap:
        raise TooManyRows(request, "count", f"fewer rows than the cap of {cap}", len(data))
    if not data and _must_have_rows(request):
        raise IncompleteAnswer(
            request, "data", f"rows of the dataset released {request.context['released']}", "none"
        )
    records = [_record(request, record) for record in data]
    check_records(request, records)
    return records


def read_envelope(answer: Answer) -> list[dict[str, Any]]:
    """The rows under `data` of an answer `{elapsedTime, count, data, error}`.

    Raises:
        IncompleteAnswer: `count` is not the number of rows.
        ChangedShape: no such object, or rows that are none.
        KeyRejected, QuotaExceeded, TransientError, PermanentError: an error object instead.
    """
    request = answer.request
    stated = read_json(answer)
    if not isinstance(stated, dict):
        raise ChangedShape(request, "body", "an object", type(stated).__name__)
    _refuse_error_object(request, stated)
    for field in ("count", "data"):
        if field not in stated:
            raise ChangedShape(request, field, "present", "absent")
    data = stated["data"]
    if not isinstance(data, list) or not all(isinstance(record, dict) for record in data):
        raise ChangedShape(request, "data", "a list of records", type(data).__name__)
    if str(stated["count"]) != str(len(data)):
        raise IncompleteAnswer(request, "count", f"{stated['count']} rows", f"{len(data)} rows")
    return data


def check_records(request: Request, records: Iterable[Record]) -> None:
    """Hold every row against what was asked, and every key against the others.

    A code that was asked may have no rows; a row that was not asked for means that the filter
    was not applied.

    Raises:
        ChangedShape: names the field, what was asked and what came.
    """
    params = dict(request.params)
    fixed = {"typeCode": "C", "freqCode": "A", **dict(SLICE)}
    if request.context.get("kind") == DOWNLOAD:
        fixed["cmdCode"] = "TOTAL"
    asked = {name: params[name].split(",") for name in _LISTS if name in params}
    only_chapters = asked.get("cmdCode") == [CHAPTERS]
    if only_chapters or not asked.get("cmdCode"):
        asked.pop("cmdCode", None)
    seen: set[tuple[str | None, ...]] = set()
    for record in records:
        for field, value in fixed.items():
            if record[field] != value:
                raise ChangedShape(request, field, value, record[field])
        for field, values in asked.items():
            if record[field] not in values:
                raise ChangedShape(request, field, _some(values), record[field])
        _check_codes(request, record)
        if only_chapters and not _CHAPTER.fullmatch(record["cmdCode"] or ""):
            raise ChangedShape(request, "cmdCode", "two-digit HS codes", record["cmdCode"])
        key = tuple(record[field] for field in KEY)
        if key in seen:
            raise ChangedShape(
                request, "partnerCode", "one row per key", f"{'/'.join(map(str, key))} twice"
            )
        seen.add(key)


def _check_codes(request: Request, record: Record) -> None:
    if record["flowCode"] not in FLOWS:
        raise ChangedShape(request, "flowCode", "X or M", record["flowCode"])
    for field in ("reporterCode", "partnerCode", "period"):
        if not (record[field] or "").isdigit():
            raise ChangedShape(request, field, "a code in digits", record[field])
    if not _COMMODITY.fullmatch(record["cmdCode"] or ""):
        raise ChangedShape(request, "cmdCode", "TOTAL or an HS code", record["cmdCode"])
    if not _NUMBER.fullmatch(record["primaryValue"] or ""):
        raise ChangedShape(request, "primaryValue", "a number", record["primaryValue"])


def _must_have_rows(request: Request) -> bool:
    """Whether no rows contradict the source's own list of releases.

    Totals and World's commodities cannot be empty for a released dataset; a batch of codes or
    of partners can, and so can a part of a split question.
    """
    context = request.context
    if "released" not in context:
        return False
    if PART in context:
        return False
    if context["scope"] == HS2:
        return WORLD in dict(request.params)["partnerCode"].split(",")
    return context["scope"] in (TOTAL_PARTNERS, TOTAL_WORLD, HS6_WORLD)


def _refuse_error_object(request: Request, stated: dict[str, Any]) -> None:
    """Refuse the three shapes errors come in.

    `{statusCode, message}` of the gateway, `{error}` beside an empty answer, and `{title,
    status, errors}` of the service behind it.
    """
    code = stated.get("statusCode", stated.get("status"))
    message = stated.get("message") or stated.get("error") or stated.get("title")
    if code is None and not message:
        return
    raise _ERRORS.get(str(code), PermanentError)(
        request, "body", "records", f"{code or 'error'}: {message}"
    )


def _record(request: Request, record: dict[str, Any]) -> dict[str, str | None]:
    if record.keys() != _FIELD_SET:
        refuse_fields(request, record, FIELDS)
    try:
        return {field: as_text(record[field]) for field in FIELDS}
    except TypeError as error:
        raise ChangedShape(request, "data", "scalars", error) from error


def refuse_fields(
    request: Request,
    record: Mapping[str, Any],
    required: Sequence[str],
    optional: Sequence[str] = (),
) -> None:
    """Refuse a record that lacks an agreed field or brings one nobody agreed on.

    Raises:
        ChangedShape: names every field that is missing or new.
    """
    missing = [field for field in required if field not in record]
    added = [field for field in record if field not in required and field not in optional]
    if missing or added:
        raise ChangedShape(
            request,
            (missing or added)[0],
            f"the {len(required)} agreed fields",
            f"missing: {', '.join(missing) or 'none'}; new: {', '.join(added) or 'none'}",
        )


def _some(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else f"one of {', '.join(values)}"
