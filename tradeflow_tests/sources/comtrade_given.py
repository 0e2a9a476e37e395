"""Comtrade's answers made by hand: records, envelopes, lists, and a small host with a row cap."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date

from tradeflow.answers import Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed
from tradeflow.sources.comtrade import Comtrade
from tradeflow.sources.comtrade_records import FIELDS
from tradeflow.sources.comtrade_releases import FIELDS as RELEASE_FIELDS

from .conftest import answer_to

COMTRADE = Comtrade()
AS_OF = date(2026, 2, 15)
RELEASED = "2024-06-13T10:13:44"

Trade = Mapping[tuple[str, str], int]
"""(partner, commodity) -> value."""


def record(partner: str = "392", value: object = 100, **changes: object) -> dict[str, object]:
    """One record of US imports in 2023, as the API writes it."""
    row: dict[str, object] = dict.fromkeys(FIELDS, "x")
    row |= {"typeCode": "C", "freqCode": "A", "period": "2023", "refYear": 2023}
    row |= {"reporterCode": 842, "flowCode": "M", "partnerCode": int(partner), "partner2Code": 0}
    row |= {"cmdCode": "TOTAL", "customsCode": "C00", "motCode": 0, "cifvalue": None}
    return row | {"isReported": False, "primaryValue": value} | changes


def body(records: list[dict[str, object]], **changes: object) -> str:
    """The envelope of the API around records."""
    stated = {"elapsedTime": "0.1 secs", "count": len(records), "data": records, "error": ""}
    return json.dumps(stated | changes)


def partners(count: int = 200, value: int = 10) -> list[dict[str, object]]:
    """Total imports from that many partners."""
    return [record(str(code), value) for code in range(1000, 1000 + count)]


def release(reporter: int = 842, year: int = 2023, **changes: object) -> dict[str, object]:
    """One dataset of the list of releases; numbers and truth values as the API writes them."""
    row: dict[str, object] = dict.fromkeys(RELEASE_FIELDS, False)
    row |= {"datasetCode": int(f"20{reporter:03d}{year}0101"), "typeCode": "C", "freqCode": "A"}
    row |= {"period": year, "reporterCode": reporter, "reporterISO": "x", "reporterDesc": "x"}
    row |= {"classificationCode": "H6", "classificationSearchCode": "HS"}
    row |= {"isOriginalClassification": True, "totalRecords": 9, "datasetChecksum": -7}
    return row | {"firstReleased": "2024-03-01T01:02:03", "lastReleased": RELEASED} | changes


REPORTERS = (490, 842, 156, 392, 410, 276)


def releases(*years: int) -> list[dict[str, object]]:
    """The list of releases with the same years for each reporter."""
    return [release(reporter, year) for reporter in REPORTERS for year in years]


def entries(kind: str) -> list[dict[str, object]]:
    """A reference list long enough to be whole, with only the fields that must be there."""
    if kind == "commodities":
        fields = ("text", "parent", "isLeaf", "standardUnitAbbr")
        return [
            dict.fromkeys(fields, "0") | {"id": f"{chapter:02d}", "aggrLevel": 2}
            for chapter in range(1, 98)
        ]
    prefix = {"reporters": "reporter", "partners": "Partner"}[kind]
    return [
        {
            "id": code,
            "text": "Areas, nes",
            f"{prefix}Code": code,
            f"{prefix}Desc": "Areas, nes",
            "entryEffectiveDate": "1900-01-01T00:00:00",
            "isGroup": False,
        }
        for code in range(700, 900)
    ]


def listing(settings: Settings, as_of: date = AS_OF) -> Request:
    """The request for the list of releases."""
    return COMTRADE.requests(as_of, settings)[0]


def data_requests(
    settings: Settings, group: str = "842-M-2023", stamp: str = RELEASED
) -> list[Request]:
    """What is asked of one reporter, flow and year once its release is listed; codes too."""
    asked = listing(settings)
    rows = [row | {"lastReleased": stamp} for row in releases(2022, 2023, 2024)]
    answer = answer_to(asked, body(rows))
    following = COMTRADE.follow(answer, COMTRADE.parse(answer))
    return [request for request in following if request.group in (group, f"{group}-HS6")]


def scope(requests: Iterable[Request], name: str) -> list[Request]:
    """The requests of one scope."""
    return [request for request in requests if request.context.get("scope") == name]


def host_answer(request: Request, trade: Trade) -> str:
    """What a host with that trade answers: filtered, and silently cut at the preview's cap."""
    asked = dict(request.params)
    codes = asked["cmdCode"].split(",")
    wanted = asked["partnerCode"].split(",") if "partnerCode" in asked else None
    found = [
        record(partner, value, cmdCode=code)
        for (partner, code), value in sorted(trade.items())
        if (code in codes or (codes == ["AG2"] and len(code) == 2))
        and (wanted is None or partner in wanted)
    ]
    return body(found[:500])


def parse(request: Request, records: list[dict[str, object]]) -> Parsed:
    """The answer with those records, parsed."""
    return COMTRADE.parse(answer_to(request, body(records)))
