"""UN Comtrade: yearly goods trade of six reporters with every partner, as the API sends it.

Asked are total trade with all partners and, apart, with the World, so that a cut or multiplied
answer shows as a sum that does not fit. Groups, self-partners and code 490 (Taiwan) stay as
sent; staging tells them apart. The site's CSV download fills the same table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tradeflow.answers import Answer, Credential, Request
from tradeflow.releases import newest_to_ask
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, flag, text_frame
from tradeflow.sources.comtrade_csv import read_download
from tradeflow.sources.errors import (
    ChangedShape,
    IncompleteAnswer,
    KeyRejected,
    PermanentError,
    QuotaExceeded,
    TransientError,
)
from tradeflow.sources.reading import as_text, read_json
from tradeflow.thresholds import threshold

REPORTERS = {
    "490": "Taiwan",
    "842": "USA",
    "156": "China",
    "392": "Japan",
    "410": "Korea",
    "276": "Germany",
}
"""Comtrade's own codes: Taiwan is asked as 490 (158 has no rows), the USA as 842."""
FIRST_YEAR = 2022
FLOWS = {"X": "exports", "M": "imports"}

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

TABLE = "comtrade__trade_flows"
SLICE = (("cmdCode", "TOTAL"), ("partner2Code", "0"), ("motCode", "0"), ("customsCode", "C00"))
"""Total goods, every transport, every procedure: without these, breakdown rows multiply a flow."""

_KEY = ("reporterCode", "flowCode", "period", "partnerCode")
_GROUPS = frozenset({"0", "97", "975"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


class Comtrade(Source):
    """UN Comtrade v1: `public/v1/preview` without a key, `data/v1/get` with one."""

    name = "comtrade"
    group = "bilateral_trade_flows"
    parser_version = "1"
    tables: Mapping[str, tuple[str, ...]] = {TABLE: (*FIELDS, "is_reconstructed")}

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """Reporter × flow × year, each once for all partners and once for the World.

        The years run from 2022 to the newest public at `as_of`; one period a call.
        """
        years = range(FIRST_YEAR, int(newest_to_ask(self.name, as_of)) + 1)
        return [
            _request(settings, reporter, flow, str(year), world)
            for reporter in REPORTERS
            for flow in FLOWS
            for year in years
            for world in (False, True)
        ]

    def parse(self, answer: Answer) -> Parsed:
        """Records as sent, one row each.

        Raises:
            IncompleteAnswer: `count` is not the number of rows, the row cap is reached, or a
                download's partners do not add up.
            ChangedShape: other fields than agreed, a filter that was not applied, a key twice.
            KeyRejected, QuotaExceeded, TransientError, PermanentError: an error object instead.
        """
        request = answer.request
        if request.context.get("kind") == "download":
            records = read_download(answer, FIELDS)
            _check_records(request, records)
            _check_each_total(request, records)
        else:
            records = _read_api(answer)
            _check_records(request, records)
        marks = answer.marks
        rows = [
            (
                *(record[field] for field in FIELDS),
                flag(
                    marks.covers(period=record["period"] or "", partner=record["partnerCode"] or "")
                ),
            )
            for record in records
        ]
        return Parsed({TABLE: text_frame(self.tables[TABLE], rows)})

    def audit(self, group: str, parsed: Mapping[Request, Parsed]) -> None:
        """Hold the partners of one reporter, flow and year against its World row.

        Both answers empty is a year not published. Source of the check: cut answers have been
        printed as whole trade before.

        Raises:
            IncompleteAnswer: one of the two is empty, partners are too few, or the sums differ.
        """
        partners = {r: p for r, p in parsed.items() if r.context.get("scope") == "partners"}
        worlds = {r: p for r, p in parsed.items() if r.context.get("scope") == "world"}
        for request, answer in partners.items():
            records = answer.tables[TABLE].to_dicts()
            totals = [row for p in worlds.values() for row in p.tables[TABLE].to_dicts()]
            if not records and not totals:
                continue
            if not records or not totals:
                empty, full = ("partners", "World") if not records else ("World", "partners")
                raise IncompleteAnswer(
                    request, "data", f"rows for {empty}, as for {full}", "no rows"
                )
            _check_total(request, records, totals)


def _request(settings: Settings, reporter: str, flow: str, year: str, world: bool) -> Request:
    keyed = settings.comtrade_api_key is not None
    path = "data/v1/get" if keyed else "public/v1/preview"
    return Request(
        source="comtrade",
        label=(
            f"{FLOWS[flow]} of {reporter} ({REPORTERS[reporter]}) in {year}, "
            f"{'World' if world else 'all partners'}"
        ),
        url=f"{settings.comtrade_url}/{path}/C/A/HS",
        params=(
            ("reporterCode", reporter),
            ("flowCode", flow),
            ("period", year),
            *((("partnerCode", "0"),) if world else ()),
            *SLICE,
            ("includeDesc", "true"),
        ),
        credential=(
            Credential("header", "Ocp-Apim-Subscription-Key", "comtrade_api_key") if keyed else None
        ),
        group=f"{reporter}-{flow}-{year}",
        about=(("scope", "world" if world else "partners"),),
    )


def _read_api(answer: Answer) -> list[dict[str, str | None]]:
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
    preview = "/public/" in request.url
    cap = int(threshold("comtrade_preview_row_cap" if preview else "comtrade_keyed_row_cap"))
    if len(data) >= cap:
        raise IncompleteAnswer(request, "count", f"fewer rows than the cap of {cap}", len(data))
    return [_record(request, record) for record in data]


def _refuse_error_object(request: Request, stated: dict[str, Any]) -> None:
    code, message = stated.get("statusCode"), stated.get("message") or stated.get("error")
    if code is None and not message:
        return
    errors = {"401": KeyRejected, "403": QuotaExceeded, "429": TransientError}
    raise errors.get(str(code), PermanentError)(
        request, "body", "records", f"{code or 'error'}: {message}"
    )


def _record(request: Request, record: dict[str, Any]) -> dict[str, str | None]:
    missing = [field for field in FIELDS if field not in record]
    added = [field for field in record if field not in FIELDS]
    if missing or added:
        raise ChangedShape(
            request,
            (missing or added)[0],
            f"the {len(FIELDS)} agreed fields",
            f"missing: {', '.join(missing) or 'none'}; new: {', '.join(added) or 'none'}",
        )
    try:
        return {field: as_text(record[field]) for field in FIELDS}
    except TypeError as error:
        raise ChangedShape(request, "data", "scalars", error) from error


def _check_records(request: Request, records: list[dict[str, str | None]]) -> None:
    asked = {name: value for name, value in request.params if name in FIELDS}
    asked |= {"typeCode": "C", "freqCode": "A", **dict(SLICE)}
    seen: set[tuple[str | None, ...]] = set()
    for record in records:
        for field, value in asked.items():
            if record[field] != value:
                raise ChangedShape(request, field, value, record[field])
        if record["flowCode"] not in FLOWS:
            raise ChangedShape(request, "flowCode", "X or M", record["flowCode"])
        for field in ("reporterCode", "partnerCode", "period"):
            if not (record[field] or "").isdigit():
                raise ChangedShape(request, field, "a code in digits", record[field])
        if not _NUMBER.fullmatch(record["primaryValue"] or ""):
            raise ChangedShape(request, "primaryValue", "a number", record["primaryValue"])
        key = tuple(record[field] for field in _KEY)
        if key in seen:
            raise ChangedShape(
                request, "partnerCode", "one row per key", f"{'/'.join(map(str, key))} twice"
            )
        seen.add(key)


def _check_each_total(request: Request, records: list[dict[str, str | None]]) -> None:
    slices: dict[tuple[str | None, ...], list[dict[str, str | None]]] = {}
    for record in records:
        slices.setdefault(tuple(record[field] for field in _KEY[:3]), []).append(record)
    for reporter_flow_year, members in slices.items():
        totals = [record for record in members if record["partnerCode"] == "0"]
        if not totals:
            name = "/".join(map(str, reporter_flow_year))
            raise IncompleteAnswer(request, "partnerCode", f"a World row (0) for {name}", "none")
        _check_total(request, members, totals)


def _check_total(
    request: Request,
    records: Iterable[Mapping[str, str | None]],
    totals: Iterable[Mapping[str, str | None]],
) -> None:
    values = {row["partnerCode"]: Decimal(row["primaryValue"] or "NaN") for row in records}
    worlds = {row["partnerCode"]: Decimal(row["primaryValue"] or "NaN") for row in totals}
    world = worlds.get("0")
    if world is None:
        raise IncompleteAnswer(request, "partnerCode", "the World row (0)", "none")
    if values.get("0", world) != world:
        raise IncompleteAnswer(
            request, "primaryValue", f"the same World in both answers ({world})", values["0"]
        )
    partners = [value for code, value in values.items() if code not in _GROUPS]
    least = int(threshold("comtrade_min_partners"))
    if len(partners) < least:
        raise IncompleteAnswer(request, "data", f"at least {least} partners", len(partners))
    tolerance = Decimal(str(threshold("comtrade_partner_sum_tolerance_pct"))) / 100
    if abs(sum(partners) - world) > tolerance * abs(world):
        raise IncompleteAnswer(
            request, "primaryValue", f"partners adding up to World's {world}", sum(partners)
        )
