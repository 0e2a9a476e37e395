"""Comtrade's reference files: reporters, partner areas and HS codes, as data.

Which code stands for whom changes: expired codes share a name and an ISO code with those that
replaced them, and 490 is a group in the file yet is Taiwan. Rows are kept as sent; telling
them apart is staging's work. The files on transport modes and data items are not asked for:
every request pins the mode to 0, and the fields are those of `comtrade_records.FIELDS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tradeflow.answers import Answer, Request
from tradeflow.sources.base import flag
from tradeflow.sources.comtrade_records import refuse_fields
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer
from tradeflow.sources.reading import field_text, read_json
from tradeflow.thresholds import threshold

AREAS = "comtrade__areas"
COMMODITIES_TABLE = "comtrade__commodities"
# fmt: off
COLUMNS: dict[str, tuple[str, ...]] = {
    AREAS: (
        "list", "code", "name", "note", "iso2", "iso3", "entry_effective_date",
        "entry_expired_date", "is_group", "is_reconstructed",
    ),
    COMMODITIES_TABLE: (
        "id", "text", "parent", "is_leaf", "aggr_level", "standard_unit", "is_reconstructed",
    ),
}
# fmt: on
_PREFIXES = {"reporters": "reporter", "partners": "Partner"}
_HS_FIELDS = ("id", "text", "parent", "isLeaf", "aggrLevel", "standardUnitAbbr")

Row = tuple[str | None, ...]


def read_areas(answer: Answer) -> list[Row]:
    """Rows of one list of areas, in the order of `COLUMNS[AREAS]`.

    Both files hold `{"results": [...]}`; the fields carry the list's name (`reporterCode`,
    `PartnerCode`). A note, an ISO code and the day an entry expired may be absent.

    Raises:
        IncompleteAnswer: no entries or too few.
        ChangedShape: other fields than agreed, an id that is no code, a code twice.
    """
    request = answer.request
    which = request.context["kind"]
    prefix = _PREFIXES[which]
    code, iso2, iso3 = f"{prefix}Code", f"{prefix}CodeIsoAlpha2", f"{prefix}CodeIsoAlpha3"
    required = ("id", "text", code, f"{prefix}Desc", "entryEffectiveDate", "isGroup")
    note = f"{prefix[0].lower()}{prefix[1:]}Note"
    optional = (note, iso2, iso3, "entryExpiredDate")
    marked = flag(answer.marks.covers())
    rows: list[Row] = []
    for entry in _results(answer):
        refuse_fields(request, entry, required, optional)
        text = _texts(request, entry, (*required, *optional))
        if text["id"] != text[code] or not (text[code] or "").isdigit():
            raise ChangedShape(request, code, f"the id {text['id']} in digits", text[code])
        rows.append(
            (
                which,
                text[code],
                text["text"],
                text[note],
                text[iso2],
                text[iso3],
                text["entryEffectiveDate"],
                text["entryExpiredDate"],
                text["isGroup"],
                marked,
            )
        )
    _refuse_twice(request, code, [row[1] for row in rows])
    _refuse_few(request, "areas", len(rows), "comtrade_min_areas")
    return rows


def read_commodities(answer: Answer) -> list[Row]:
    """Rows of the HS code list, in the order of `COLUMNS[COMMODITIES_TABLE]`.

    Every edition's codes stand side by side; `isLeaf` is the text 0 or 1, `aggrLevel` a number.

    Raises:
        IncompleteAnswer: no entries, too few chapters, or the file says there are more.
        ChangedShape: other fields than agreed, or an id twice.
    """
    request = answer.request
    marked = flag(answer.marks.covers())
    rows: list[Row] = []
    for entry in _results(answer):
        refuse_fields(request, entry, _HS_FIELDS)
        text = _texts(request, entry, _HS_FIELDS)
        if not text["id"] or not (text["aggrLevel"] or "").isdigit():
            raise ChangedShape(
                request, "aggrLevel", f"a number for {text['id']}", text["aggrLevel"]
            )
        rows.append((*(text[field] for field in _HS_FIELDS), marked))
    _refuse_twice(request, "id", [row[0] for row in rows])
    chapters = sum(len(row[0] or "") == 2 for row in rows)
    _refuse_few(request, "chapters", chapters, "comtrade_min_chapters")
    return rows


def _results(answer: Answer) -> list[dict[str, Any]]:
    request = answer.request
    stated = read_json(answer)
    if not isinstance(stated, dict):
        raise ChangedShape(request, "body", "an object", type(stated).__name__)
    results = stated.get("results")
    if not isinstance(results, list) or not all(isinstance(entry, dict) for entry in results):
        raise ChangedShape(request, "results", "a list of entries", type(results).__name__)
    if not results:
        raise IncompleteAnswer(request, "results", "entries", "none")
    if stated.get("more"):
        raise IncompleteAnswer(request, "more", "the whole list", "a first page of it")
    return results


def _texts(request: Request, entry: dict[str, Any], fields: Sequence[str]) -> dict[str, str | None]:
    return {field: field_text(request, field, entry.get(field)) for field in fields}


def _refuse_few(request: Request, things: str, count: int, least: str) -> None:
    if count < threshold(least):
        raise IncompleteAnswer(
            request, "results", f"at least {threshold(least):.0f} {things}", count
        )


def _refuse_twice(request: Request, field: str, codes: Sequence[str | None]) -> None:
    seen: set[str | None] = set()
    for code in codes:
        if code in seen:
            raise ChangedShape(request, field, "each code once", f"{code} twice")
        seen.add(code)
