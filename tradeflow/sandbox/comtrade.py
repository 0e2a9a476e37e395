"""UN Comtrade's v1 API over the bundled world: annual goods trade, all commodities together.

Here: routes, keys, filters, caps, the 47 fields of a record. Not here: the values
(`comtrade_world.py`). A dimension left unfiltered is answered with its breakdown rows beside
the total, as the real host does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import product

import httpx

from tradeflow.answers import RECONSTRUCTED_HEADER
from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.world_data import rows

_PREVIEW, _KEYED = "/public/v1/preview/C/A/HS", "/data/v1/get/C/A/HS"
_PREVIEW_CAP, _KEYED_CAP = 500, 100_000
_REJECTED_KEY = "invalid"
_FLOWS = {"M": "Import", "X": "Export"}
_DESCRIPTIONS = frozenset(
    {
        "reporterISO",
        "reporterDesc",
        "flowDesc",
        "partnerISO",
        "partnerDesc",
        "partner2ISO",
        "partner2Desc",
        "cmdDesc",
        "customsDesc",
        "motDesc",
        "qtyUnitAbbr",
        "altQtyUnitAbbr",
    }
)
# Total first, then the parts with their shares, per dimension a caller may leave unfiltered.
_PARTNER2 = (
    ("0", "W00", "World", Decimal(1)),
    ("344", "HKG", "China, Hong Kong SAR", Decimal("0.6")),
    ("528", "NLD", "Netherlands", Decimal("0.4")),
)
_TRANSPORT = (
    ("0", "TOTAL MOT", Decimal(1)),
    ("1000", "Air", Decimal("0.25")),
    ("2100", "Sea", Decimal("0.75")),
)
_CUSTOMS = (
    ("C00", "TOTAL CPC", Decimal(1)),
    ("C01", "Bringing goods outright into free circulation", Decimal("0.9")),
    ("C06", "Processing of goods", Decimal("0.1")),
)
_MILL = Decimal("0.001")
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


def handle(request: httpx.Request, as_of: date) -> httpx.Response:
    """Answer one request as the host would have on `as_of`."""
    path = request.url.path
    if path not in (_PREVIEW, _KEYED):
        return _plain(404, {"statusCode": 404, "message": "Resource not found"})
    params = request.url.params
    if path == _KEYED:
        key = request.headers.get("Ocp-Apim-Subscription-Key") or params.get("subscription-key")
        if not key or key == _REJECTED_KEY:
            return _key_refused(bool(key))
    years = comtrade_world.years(as_of)
    # Asked without a period, the host answers for the newest year it has for anyone.
    asked = _listed(params.get("period")) or years[-1:]
    if path == _PREVIEW and len(asked) > 1:
        return _envelope([], status=400, error="Only one period can be requested in a preview")
    found = list(_records(params, [year for year in asked if year in years]))
    cap = _PREVIEW_CAP if path == _PREVIEW else _KEYED_CAP
    reconstructed = any(comtrade_world.is_reconstructed(year) for year, _ in found)
    return _envelope([record for _, record in found[:cap]], reconstructed=reconstructed)


def _records(params: Mapping[str, str], years: list[str]) -> Iterator[tuple[str, str]]:
    """(year, record as JSON) of every row that passes the filters."""
    described = params.get("includeDesc", "").lower() == "true"
    partners = _listed(params.get("partnerCode"))
    commodities = _listed(params.get("cmdCode"))
    if commodities and "TOTAL" not in commodities:
        return
    slices = list(
        product(
            _wanted(_PARTNER2, params.get("partner2Code")),
            _wanted(_TRANSPORT, params.get("motCode")),
            _wanted(_CUSTOMS, params.get("customsCode")),
        )
    )
    flows = [flow for flow in _listed(params.get("flowCode")) or sorted(_FLOWS) if flow in _FLOWS]
    for year in years:
        present = comtrade_world.reporters(year)
        for reporter in _listed(params.get("reporterCode")) or present:
            for flow in flows:
                values = comtrade_world.flow_values(reporter, flow, year)
                for partner, value in values.items():
                    if partners and partner not in partners:
                        continue
                    for second, transport, customs in slices:
                        share = second[-1] * transport[-1] * customs[-1]
                        amount = value if share == 1 else (value * share).quantize(_MILL)
                        cells = _cells(year, reporter, flow, partner, amount)
                        cells |= _slice_cells(second, transport, customs)
                        yield year, _encoded(cells, described)


def _cells(year: str, reporter: str, flow: str, partner: str, value: Decimal) -> dict[str, object]:
    """One record's fields in the host's order; those of the slice are filled in later."""
    areas = _areas()
    return {
        "typeCode": "C",
        "freqCode": "A",
        "refPeriodId": int(f"{year}0101"),
        "refYear": int(year),
        "refMonth": 52,
        "period": year,
        "reporterCode": int(reporter),
        "reporterISO": areas[reporter]["iso3"],
        "reporterDesc": areas[reporter]["name"],
        "flowCode": flow,
        "flowDesc": _FLOWS[flow],
        "partnerCode": int(partner),
        "partnerISO": areas[partner]["iso3"],
        "partnerDesc": areas[partner]["name"],
        "partner2Code": None,
        "partner2ISO": None,
        "partner2Desc": None,
        "classificationCode": "H6",
        "classificationSearchCode": "HS",
        "isOriginalClassification": True,
        "cmdCode": "TOTAL",
        "cmdDesc": "All Commodities",
        "aggrLevel": 0,
        "isLeaf": False,
        "customsCode": None,
        "customsDesc": None,
        "mosCode": "0",
        "motCode": None,
        "motDesc": None,
        "qtyUnitCode": -1,
        "qtyUnitAbbr": "N/A",
        "qty": 0,
        "isQtyEstimated": False,
        "altQtyUnitCode": -1,
        "altQtyUnitAbbr": "N/A",
        "altQty": 0,
        "isAltQtyEstimated": False,
        "netWgt": 0,
        "isNetWgtEstimated": True,
        "grossWgt": 0,
        "isGrossWgtEstimated": False,
        "cifvalue": value if flow == "M" else None,
        "fobvalue": value if flow == "X" else None,
        "primaryValue": value,
        "legacyEstimationFlag": 4,
        "isReported": False,
        "isAggregate": True,
    }


def _slice_cells(
    second: tuple[str, str, str, Decimal],
    transport: tuple[str, str, Decimal],
    customs: tuple[str, str, Decimal],
) -> dict[str, object]:
    return {
        "partner2Code": int(second[0]),
        "partner2ISO": second[1],
        "partner2Desc": second[2],
        "customsCode": customs[0],
        "customsDesc": customs[1],
        "motCode": int(transport[0]),
        "motDesc": transport[1],
    }


def _encoded(cells: Mapping[str, object], described: bool) -> str:
    """The record as JSON text; decimals keep every digit, which a float would not."""
    return (
        "{"
        + ",".join(
            f'"{name}":' + ("null" if name in _DESCRIPTIONS and not described else _json(value))
            for name, value in cells.items()
        )
        + "}"
    )


def _json(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else _ENCODE(value)


@lru_cache(maxsize=1)
def _areas() -> Mapping[str, Mapping[str, str]]:
    return {row["code"]: row for row in rows("comtrade_areas")}


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _wanted(slices: tuple[tuple, ...], text: str | None) -> list[tuple]:
    codes = _listed(text)
    return [entry for entry in slices if not codes or entry[0] in codes]


def _envelope(
    records: list[str], *, status: int = 200, reconstructed: bool = False, error: str = ""
) -> httpx.Response:
    body = (
        f'{{"elapsedTime":"0.05 secs","count":{len(records)},"data":[{",".join(records)}],'
        f'"error":{json.dumps(error)}}}'
    )
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if reconstructed:
        headers[RECONSTRUCTED_HEADER] = json.dumps({"all": True})
    return httpx.Response(status, headers=headers, content=body.encode())


def _key_refused(sent: bool) -> httpx.Response:
    message = (
        "Access denied due to invalid subscription key. Make sure to provide a valid key for an "
        "active subscription."
        if sent
        else "Access denied due to missing subscription key. Make sure to include subscription "
        "key when making requests to an API."
    )
    return _plain(401, {"statusCode": 401, "message": message})


def _plain(status: int, body: Mapping[str, object]) -> httpx.Response:
    return httpx.Response(
        status,
        headers={"Content-Type": "application/json"},
        content=json.dumps(body, ensure_ascii=False).encode(),
    )
