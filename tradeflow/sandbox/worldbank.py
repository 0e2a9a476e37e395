"""The World Bank's v2 indicator API over the bundled world: four indicators, five economies.

Here: routes, filters, pages, error texts in a 200 answer, and which value was public when.
Taiwan is no economy of this source, so asking for it is answered as any unknown code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from math import ceil
from xml.sax.saxutils import escape

import httpx

from tradeflow.sandbox.world_data import release_days, rows, visible_from

_INDICATORS = {
    "NY.GDP.MKTP.KD.ZG": ("GDP growth (annual %)", 1),
    "NY.GDP.MKTP.CD": ("GDP (current US$)", 0),
    "NE.TRD.GNFS.ZS": ("Trade (% of GDP)", 1),
    "BN.CAB.XOKA.CD": ("Current account balance (BoP, current US$)", 0),
}
"""Indicator code → name and the decimals the source recommends."""
_COUNTRIES = {
    "CHN": ("CN", "China"),
    "DEU": ("DE", "Germany"),
    "JPN": ("JP", "Japan"),
    "KOR": ("KR", "Korea, Rep."),
    "USA": ("US", "United States"),
}
_FIRST_YEAR = 1960
_DEFAULT_PER_PAGE = 50


def handle(request: httpx.Request, as_of: date) -> httpx.Response:
    """Answer one request as the host would have on `as_of`."""
    match request.url.path.strip("/").split("/"):
        case ["v2", "country", countries, "indicator", indicator]:
            pass
        case _:
            return httpx.Response(404, headers={"Content-Type": "text/html"}, content=b"Not Found")
    params = request.url.params
    if params.get("format") != "json":
        # The host's default format is XML, which nothing here reads.
        return _error_xml("format", "Only format=json is served by the sandbox")
    economies = _economies(countries)
    years = _years(params.get("date"), as_of)
    if economies is None or indicator not in _INDICATORS or years is None:
        return _json([{"message": [_INVALID]}])
    try:
        page, per_page = int(params.get("page", 1)), int(params.get("per_page", _DEFAULT_PER_PAGE))
    except ValueError:
        return _json([{"message": [_INVALID]}])
    if page < 1 or per_page < 1:
        return _json([{"message": [_INVALID]}])
    found = [_row(iso3, indicator, year, as_of) for iso3 in economies for year in years]
    pages = ceil(len(found) / per_page)
    meta = {
        "page": page if found else 0,
        "pages": pages,
        "per_page": per_page,
        "total": len(found),
        "sourceid": "2",
        "lastupdated": _last_updated(as_of).isoformat(),
    }
    return _json([meta, found[(page - 1) * per_page : page * per_page] or None])


_INVALID = {
    "id": "120",
    "key": "Invalid value",
    "value": "The provided parameter value is not valid",
}


def _economies(text: str) -> list[str] | None:
    """ISO3 codes asked for, in the host's order; None if one of them is unknown."""
    if text.lower() == "all":
        return list(_COUNTRIES)
    by_code = {iso2: iso3 for iso3, (iso2, _) in _COUNTRIES.items()}
    asked = {by_code.get(code.upper(), code.upper()) for code in text.split(";")}
    return [code for code in _COUNTRIES if code in asked] if asked <= set(_COUNTRIES) else None


def _years(text: str | None, as_of: date) -> list[int] | None:
    """Years asked for, newest first, none after the last completed one; None if malformed."""
    last = as_of.year - 1
    if text is None:
        return list(range(last, _FIRST_YEAR - 1, -1))
    bounds = text.split(":")
    if len(bounds) > 2 or not all(bound.isdigit() for bound in bounds):
        return None
    first, final = int(bounds[0]), int(bounds[-1])
    return list(range(min(final, last), max(first, _FIRST_YEAR) - 1, -1))


def _row(iso3: str, indicator: str, year: int, as_of: date) -> dict[str, object]:
    iso2, country = _COUNTRIES[iso3]
    name, decimals = _INDICATORS[indicator]
    return {
        "indicator": {"id": indicator, "value": name},
        "country": {"id": iso2, "value": country},
        "countryiso3code": iso3,
        "date": str(year),
        "value": _value(iso3, indicator, str(year), as_of),
        "unit": "",
        "obs_status": "",
        "decimal": decimals,
    }


def _value(iso3: str, indicator: str, year: str, as_of: date) -> float | int | None:
    vintages = _vintages().get((iso3, indicator, year), {})
    public = [
        first_seen
        for first_seen in vintages
        if as_of
        >= (
            visible_from("worldbank", year, first_seen)
            if first_seen == min(vintages)
            else first_seen
        )
    ]
    # Shortest digits of a double are the source's own; json keeps them.
    return json.loads(vintages[max(public)]) if public else None


@lru_cache(maxsize=1)
def _vintages() -> Mapping[tuple[str, str, str], Mapping[date, str]]:
    vintages: dict[tuple[str, str, str], dict[date, str]] = {}
    for row in rows("worldbank"):
        key = row["iso3"], row["indicator_code"], row["year"]
        vintages.setdefault(key, {})[date.fromisoformat(row["first_seen"])] = row["value"]
    return vintages


def _last_updated(as_of: date) -> date:
    """The last day by then on which the host published or revised anything."""
    revised = {
        first_seen
        for known in _vintages().values()
        for first_seen in known
        if len(known) > 1 and first_seen != min(known)
    }
    return max(day for day in revised | set(release_days("worldbank").values()) if day <= as_of)


def _json(body: object) -> httpx.Response:
    headers = {"Content-Type": "application/json;charset=utf-8"}
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return httpx.Response(200, headers=headers, content=content)


def _error_xml(key: str, text: str) -> httpx.Response:
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<wb:error xmlns:wb="http://www.worldbank.org">'
        f'<wb:message id="120" key="{escape(key)}">{escape(text)}</wb:message></wb:error>'
    )
    headers = {"Content-Type": "application/xml;charset=utf-8"}
    return httpx.Response(200, headers=headers, content=body.encode())
