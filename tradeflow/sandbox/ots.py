"""Open Trade Statistics' API over the bundled world: Comtrade's flows under ISO codes.

Here: routes, filters, codes, error shapes. The service is fed from Comtrade's records, so the
values are those of `comtrade_world.py`, in whole dollars; a year comes two months after
Comtrade's. Commodities are not part of this world: asking for them finds nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

import httpx

from tradeflow.answers import RECONSTRUCTED_HEADER
from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.world_data import release_days, rows

_ALL = "all"
_FILTERS = {"yr": ("r",), "yrp": ("r", "p"), "yrc": ("r", "c")}
_FIELDS = {"r": "reporter_iso", "p": "partner_iso", "c": "commodity_code"}
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
    return _json(found, reconstructed=comtrade_world.is_reconstructed(year))


def _years(as_of: date) -> set[str]:
    return {year for year, day in release_days("ots").items() if day <= as_of}


def _rows(route: str, asked: Mapping[str, str]) -> list[dict[str, object]]:
    if route == "yrc":
        return []
    year = asked["y"]
    found: list[dict[str, object]] = []
    for reporter in comtrade_world.reporters(year):
        if asked["r"] not in (_ALL, _code(reporter)):
            continue
        flows = {flow: comtrade_world.flow_values(reporter, flow, year) for flow in "MX"}
        partners = sorted({*flows["M"], *flows["X"]} - {comtrade_world.WORLD}, key=_code)
        listed = partners if route == "yrp" else [comtrade_world.WORLD]
        for partner in listed:
            if route == "yrp" and asked["p"] not in (_ALL, _code(partner)):
                continue
            found.append(
                {
                    "year": int(year),
                    "reporter_iso": _code(reporter),
                    **({"partner_iso": _code(partner)} if route == "yrp" else {}),
                    **_dollars("trade_value_usd_imp", flows["M"].get(partner)),
                    **_dollars("trade_value_usd_exp", flows["X"].get(partner)),
                }
            )
    return found


def _dollars(field: str, value: Decimal | None) -> dict[str, int]:
    """Whole dollars; a flow nobody recorded is left out, as R's JSON writer leaves out NA."""
    return {} if value is None else {field: int(value.to_integral_value(ROUND_HALF_EVEN))}


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
