"""Open Trade Statistics' API over the bundled world: Comtrade's flows under ISO codes.

Here: routes, filters, codes, error shapes. The service is fed from Comtrade's records, so the
values are those of `comtrade_goods.py`, in whole dollars; a year comes two months after
Comtrade's. Of the six-digit codes it has those of that world, about a hundred.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

import httpx

from tradeflow.answers import RECONSTRUCTED_HEADER
from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.comtrade_commodities import nomenclature, of_level
from tradeflow.sandbox.comtrade_goods import values
from tradeflow.sandbox.world_data import release_days, rows

_ALL = "all"
_FILTERS = {"yr": ("r",), "yrp": ("r", "p"), "yrc": ("r", "c")}
_FIELDS = {"r": "reporter_iso", "p": "partner_iso", "c": "commodity_code"}
_VALUES = ("trade_value_usd_imp", "trade_value_usd_exp")
_NOTHING = "No data available for these filtering parameters"
_NOT_FOUND = "404 - Resource Not Found"


def handle(request: httpx.Request, as_of: date) -> httpx.Response:
    """Answer one request as the host would have on `as_of`."""
    route = request.url.path.removeprefix("/")
    if route not in _FILTERS:
        # The service's earlier server, still met behind a trailing slash, wraps every text.
        error = [_NOT_FOUND] if route.endswith("/") else _NOT_FOUND
        return _json({"error": error}, status=404)
    asked = {name: request.url.params.get(name, _ALL).lower() for name in ("y", *_FILTERS[route])}
    year = asked["y"]
    found = _rows(route, asked) if year in _years(as_of) else []
    if not found:
        echo = {_FIELDS[name]: asked[name] for name in _FILTERS[route]}
        stated = int(year) if year.isdigit() else year
        return _json([{"year": stated, **echo, "observation": _NOTHING}])
    # How total trade falls into commodities is computed in every year of this world.
    computed = route == "yrc" or comtrade_world.is_reconstructed(year)
    return _json(found, reconstructed=computed)


def _years(as_of: date) -> set[str]:
    return {year for year, day in release_days("ots").items() if day <= as_of}


def _rows(route: str, asked: Mapping[str, str]) -> list[dict[str, object]]:
    year = asked["y"]
    found: list[dict[str, object]] = []
    for reporter in comtrade_world.reporters(year):
        if asked["r"] not in (_ALL, _code(reporter)):
            continue
        keys = {"year": int(year), "reporter_iso": _code(reporter)}
        for more, imports, exports in _flows(route, reporter, asked):
            row = {**keys, **more}
            for field, value in zip(_VALUES, (imports, exports), strict=True):
                # R's JSON writer leaves out NA: a flow nobody recorded is no field of its row.
                if value is not None:
                    row[field] = int(value.to_integral_value(ROUND_HALF_EVEN))
            found.append(row)
    return found


def _flows(
    route: str, reporter: str, asked: Mapping[str, str]
) -> Iterator[tuple[dict[str, str], Decimal | None, Decimal | None]]:
    """(further keys, imports, exports) of each row of one reporter."""
    year = asked["y"]
    if route == "yrc":
        for code in of_level(6):
            imports, exports = (_world(reporter, flow, year, code) for flow in "MX")
            if asked["c"] in (_ALL, code) and (imports is not None or exports is not None):
                yield {"commodity_code": code}, imports, exports
        return
    imported, exported = (comtrade_world.flow_values(reporter, flow, year) for flow in "MX")
    if route == "yr":
        yield {}, imported.get(comtrade_world.WORLD), exported.get(comtrade_world.WORLD)
        return
    for partner in sorted({*imported, *exported} - {comtrade_world.WORLD}, key=_code):
        if asked["p"] in (_ALL, _code(partner)):
            yield {"partner_iso": _code(partner)}, imported.get(partner), exported.get(partner)


# More than reporters, flows, years and codes: fewer would be recomputed in every week of a range.
@lru_cache(maxsize=16384)
def _world(reporter: str, flow: str, year: str, code: str) -> Decimal | None:
    """Trade of a six-digit code with all partners; None where there is none."""
    return values(reporter, flow, year, nomenclature()[code]).get(comtrade_world.WORLD)


@lru_cache(maxsize=512)
def _code(comtrade_code: str) -> str:
    """ISO 3166 alpha-3 in lower case; `e-490` and its like for areas without one."""
    iso3 = _areas().get(comtrade_code, "").strip()
    is_iso = len(iso3) == 3 and iso3.isalpha() and iso3.isupper()
    return iso3.lower() if is_iso else f"e-{comtrade_code}"


@lru_cache(maxsize=1)
def _areas() -> Mapping[str, str]:
    return {row["code"]: row["iso3"] for row in rows("comtrade_areas")}


def _json(body: object, *, status: int = 200, reconstructed: bool = False) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    if reconstructed:
        headers[RECONSTRUCTED_HEADER] = json.dumps({"all": True})
    content = json.dumps(body, separators=(",", ":")).encode()
    return httpx.Response(status, headers=headers, content=content)
