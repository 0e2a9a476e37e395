"""UN Comtrade's v1 API over the bundled world: annual goods trade, what is released, code lists.

Here: routes, keys, filters, caps. Not here: the values (`comtrade_goods.py`), a record's
fields (`comtrade_record.py`), the list of releases (`comtrade_releases.py`), the reference
files (`comtrade_reference.py`). A dimension left unfiltered is answered with its breakdown rows
beside the total, as the real host does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

import httpx

from tradeflow.answers import RECONSTRUCTED_HEADER
from tradeflow.sandbox import (
    comtrade_goods,
    comtrade_reference,
    comtrade_releases,
    comtrade_world,
)
from tradeflow.sandbox.comtrade_commodities import asked
from tradeflow.sandbox.comtrade_record import FLOWS, Code, Key, Slice, encoded

_PREVIEW, _KEYED = "/public/v1/preview/C/A/HS", "/data/v1/get/C/A/HS"
_AVAILABILITY = "/public/v1/getda/c/a/hs"
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_PREVIEW_CAP, _KEYED_CAP = 500, 100_000
_REJECTED_KEY = "invalid"
# Total first, then its parts with their shares, per dimension a caller may leave unfiltered.
_PARTNER2 = (
    (Code("0", "World", "W00"), Decimal(1)),
    (Code("344", "China, Hong Kong SAR", "HKG"), Decimal("0.6")),
    (Code("528", "Netherlands", "NLD"), Decimal("0.4")),
)
_TRANSPORT = (
    (Code("0", "TOTAL MOT"), Decimal(1)),
    (Code("1000", "Air"), Decimal("0.25")),
    (Code("2100", "Sea"), Decimal("0.75")),
)
_CUSTOMS = (
    (Code("C00", "TOTAL CPC"), Decimal(1)),
    (Code("C01", "Bringing goods outright into free circulation"), Decimal("0.9")),
    (Code("C06", "Processing of goods"), Decimal("0.1")),
)
_MILL = Decimal("0.001")


def handle(request: httpx.Request, as_of: date) -> httpx.Response:
    """Answer one request as the host would have on `as_of`."""
    path = request.url.path
    params = request.url.params
    reference = comtrade_reference.body(path)
    if reference is not None:
        return httpx.Response(200, headers=_JSON, content=reference)
    # The gateway does not tell getDA from getDa.
    if path.lower() == _AVAILABILITY:
        return _envelope(
            comtrade_releases.records(
                as_of, _listed(params.get("reporterCode")), _listed(params.get("period"))
            )
        )
    if path not in (_PREVIEW, _KEYED):
        return _plain(404, {"statusCode": 404, "message": "Resource not found"})
    if path == _KEYED:
        key = request.headers.get("Ocp-Apim-Subscription-Key") or params.get("subscription-key")
        if not key or key == _REJECTED_KEY:
            return _key_refused(bool(key))
    years = comtrade_world.years(as_of)
    # Asked without a period, the host answers for the newest year it has for anyone.
    periods = _listed(params.get("period")) or years[-1:]
    if path == _PREVIEW and len(periods) > 1:
        return _envelope([], status=400, error="Only one period can be requested in a preview")
    cap = _PREVIEW_CAP if path == _PREVIEW else _KEYED_CAP
    found = _found(params, tuple(year for year in periods if year in years), cap)
    return _envelope([row.text for row in found], _marks(found))


class _Row(NamedTuple):
    year: str
    computed: bool
    text: str


# More than the questions of a week: what a range of weeks asks again is made once.
@lru_cache(maxsize=512)
def _found(params: httpx.QueryParams, years: tuple[str, ...], cap: int) -> tuple[_Row, ...]:
    return tuple(islice(_records(params, years), cap))


def _records(params: Mapping[str, str], years: Sequence[str]) -> Iterator[_Row]:
    """Every row that passes the filters, one at a time: the cap ends the search."""
    described = params.get("includeDesc", "").lower() == "true"
    partners = set(_listed(params.get("partnerCode")))
    commodities = list(asked(_listed(params.get("cmdCode"))))
    slices = [
        (Slice(partner2, transport, customs), by_partner2 * by_transport * by_customs)
        for (partner2, by_partner2), (transport, by_transport), (customs, by_customs) in product(
            _wanted(_PARTNER2, params.get("partner2Code")),
            _wanted(_TRANSPORT, params.get("motCode")),
            _wanted(_CUSTOMS, params.get("customsCode")),
        )
    ]
    flows = [flow for flow in _listed(params.get("flowCode")) or sorted(FLOWS) if flow in FLOWS]
    for year, flow in product(years, flows):
        real = not comtrade_world.is_reconstructed(year)
        for reporter in _listed(params.get("reporterCode")) or comtrade_world.reporters(year):
            for commodity in commodities:
                computed = not (real and commodity.level == 0)
                values = comtrade_goods.values(reporter, flow, year, commodity)
                for partner, value in values.items():
                    if partners and partner not in partners:
                        continue
                    for part, share in slices:
                        amount = value if share == 1 else (value * share).quantize(_MILL)
                        key = Key(year, reporter, flow, partner)
                        text = encoded(key, commodity, part, amount, described)
                        yield _Row(year, computed, text)


def _marks(found: Sequence[_Row]) -> dict[str, object]:
    """What of an answer is reconstructed.

    Commodities are in every year. Where an answer has them beside the real year's total, all
    of it is marked: a mark names years, not commodities.
    """
    real = {row.year for row in found} - {row.year for row in found if row.computed}
    computed = sorted({row.year for row in found if row.computed})
    if not computed:
        return {}
    return {"periods": computed} if real else {"all": True}


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _wanted(parts: Sequence[tuple[Code, Decimal]], text: str | None) -> list[tuple[Code, Decimal]]:
    asked = _listed(text)
    return [part for part in parts if not asked or part[0].code in asked]


def _envelope(
    records: Sequence[str],
    marks: Mapping[str, object] | None = None,
    *,
    status: int = 200,
    error: str = "",
) -> httpx.Response:
    body = (
        f'{{"elapsedTime":"0.05 secs","count":{len(records)},"data":[{",".join(records)}],'
        f'"error":{json.dumps(error)}}}'
    )
    headers = _JSON | ({RECONSTRUCTED_HEADER: json.dumps(marks)} if marks else {})
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
