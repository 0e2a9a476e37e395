"""Trade records of UN Comtrade, read strictly from the API or from the site's download.

Here: the envelope every answer of the API comes in, the 47 fields of a record, and whether the
rows answer what was asked. Not here: sums over answers (`comtrade_sums.py`), the download's
bytes (`comtrade_csv.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import eq, itemgetter
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
from tradeflow.sources.reading import as_text, field_text, read_json
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

Columns = dict[str, list[str | None]]
"""Records by field: a hundred thousand of them are checked as columns, not one by one."""
KEY = ("reporterCode", "flowCode", "period", "partnerCode", "cmdCode")
"""What tells one record of the total slice from another."""

_FIELD_SET = frozenset(FIELDS)
_IN_ORDER = itemgetter(*FIELDS)
_FLAGS: dict[bool, str | None] = {truth: as_text(truth) for truth in (True, False)}
_CHAPTER = re.compile(r"\d{2}")
_DIGITS = re.compile(r"\d+")
_PATTERNS = {
    "flowCode": (re.compile("|".join(FLOWS)), "X or M"),
    "reporterCode": (_DIGITS, "a code in digits"),
    "partnerCode": (_DIGITS, "a code in digits"),
    "period": (_DIGITS, "a code in digits"),
    "cmdCode": (re.compile(r"TOTAL|\d{2}|\d{4}|\d{6}"), "TOTAL or an HS code"),
    "primaryValue": (re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?"), "a number"),
}
_ERRORS = {"401": KeyRejected, "403": QuotaExceeded, "429": TransientError}


def read_records(answer: Answer) -> Columns:
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
    for record in data:
        if record.keys() != _FIELD_SET:
            refuse_fields(request, record, FIELDS)
    rows = zip(*map(_IN_ORDER, data), strict=True) if data else ([] for _ in FIELDS)
    columns = {
        field: _texts(request, field, list(values))
        for field, values in zip(FIELDS, rows, strict=True)
    }
    check_records(request, columns)
    return columns


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


def check_records(request: Request, columns: Columns) -> None:
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
    for field, value in fixed.items():
        _require(request, field, columns[field], partial(eq, value), value)
    for field, (pattern, expected) in _PATTERNS.items():
        _require(request, field, columns[field], _matches(pattern), expected)
    for field in KEY:
        values = params.get(field, "").split(",")
        if values == [CHAPTERS]:
            _require(request, field, columns[field], _matches(_CHAPTER), "two-digit HS codes")
        elif values != [""]:
            asked = frozenset(values)
            _require(request, field, columns[field], asked.__contains__, _some(values))
    seen: set[tuple[str | None, ...]] = set()
    for key in zip(*(columns[field] for field in KEY), strict=True):
        if key in seen:
            raise ChangedShape(
                request, "partnerCode", "one row per key", f"{'/'.join(map(str, key))} twice"
            )
        seen.add(key)


def _require(
    request: Request,
    field: str,
    values: Iterable[str | None],
    holds: Callable[[str | None], bool],
    expected: str,
) -> None:
    """Refuse a column with a value that does not hold; each value is judged once."""
    wrong = [value for value in dict.fromkeys(values) if not holds(value)]
    if wrong:
        raise ChangedShape(request, field, expected, wrong[0])


def _matches(pattern: re.Pattern[str]) -> Callable[[str | None], bool]:
    return lambda value: value is not None and pattern.fullmatch(value) is not None


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


def _texts(request: Request, field: str, values: list[Any]) -> list[str | None]:
    """A column as raw tables store it; most are text or null throughout."""
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return values
    if kinds == {bool}:
        return list(map(_FLAGS.__getitem__, values))
    return [field_text(request, field, value) for value in values]


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
