"""The Census Bureau's trade API, its keyless workbook and its country list over the bundled world.

Here: routes, keys, predicates, rows as the API words them. Not here: the values
(`census_world.py`, `census_chapters.py`) or the workbook's layout (`census_workbook.py`). Of the
commodity levels this world has HS2; the others are answered as months without trade are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

import httpx

from tradeflow.answers import RECONSTRUCTED_HEADER
from tradeflow.sandbox import census_chapters, census_workbook, census_world
from tradeflow.sandbox.census_world import EAST_ASIA, PARTNERS, REST, World
from tradeflow.sandbox.world_data import rows as table_rows

_WORKBOOK = "/foreign-trade/balance/country.xlsx"
_COUNTRIES = "/foreign-trade/schedules/c/country.txt"


class _Flow(NamedTuple):
    """One direction of trade and what its variables are called."""

    name: str
    monthly: str
    to_date: str
    commodity: str


_FLOWS = {
    "/data/timeseries/intltrade/exports/hs": _Flow(
        "exports", "ALL_VAL_MO", "ALL_VAL_YR", "E_COMMODITY"
    ),
    "/data/timeseries/intltrade/imports/hs": _Flow(
        "imports", "GEN_VAL_MO", "GEN_VAL_YR", "I_COMMODITY"
    ),
}
_LEVEL = "HS2"
_MISSING_KEY, _INVALID_KEY = "/data/missing_key.html", "/data/invalid_key.html"
_REJECTED_KEY = "invalid"
_TOTAL = "-"
_NAMES = {
    "5700": "CHINA",
    "4280": "GERMANY",
    "5880": "JAPAN",
    "5800": "KOREA, SOUTH",
    "5830": "TAIWAN",
    REST: "REST OF WORLD",
    _TOTAL: "TOTAL FOR ALL COUNTRIES",
}
_GROUPS = {
    "0003": ("EUROPEAN UNION", ("4280",)),
    "0014": ("PACIFIC RIM COUNTRIES", EAST_ASIA),
    "0022": ("OECD", ("4280", "5880", "5800")),
    "0023": ("NATO", ("4280",)),
    "0025": ("EURO AREA", ("4280",)),
    "0026": ("APEC", EAST_ASIA),
    "4XXX": ("EUROPE", ("4280",)),
    "5XXX": ("ASIA", EAST_ASIA),
}
"""Group code of the API → name and members with values here; the workbook has other codes."""
_PREDICATES = ("CTY_CODE", "YEAR", "MONTH", "SUMMARY_LVL", "time")
_RULE = "-" * 70


def handle(request: httpx.Request, as_of: date) -> httpx.Response:
    """Answer one request to the API's or the site's host as it would have on `as_of`."""
    path = request.url.path
    if request.url.host == "www.census.gov":
        if path == _COUNTRIES:
            return _country_list()
        return _workbook(as_of) if path == _WORKBOOK else _html(404, "Page Not Found", "")
    if path == _MISSING_KEY:
        return _html(200, "Missing Key", "A valid key must be included with each data API request.")
    if path == _INVALID_KEY:
        return _html(200, "Invalid Key", "You included a key, however, it is not valid.")
    if path not in _FLOWS:
        return _text(404, "error: unknown/unsupported dataset")
    key = request.url.params.get("key")
    if not key:
        return _redirected(request, _MISSING_KEY)
    if key == _REJECTED_KEY:
        response = _html(200, "Invalid Key", "You included a key, however, it is not valid.")
        response.headers["X-DataWebAPI-KeyError"] = "1"
        return response
    return _data(request.url, path, as_of)


def _data(url: httpx.URL, path: str, as_of: date) -> httpx.Response:
    flow = _FLOWS[path]
    detail = (flow.commodity, "COMM_LVL")
    known = ("CTY_CODE", "CTY_NAME", "SUMMARY_LVL", "YEAR", "MONTH", flow.monthly, flow.to_date)
    wanted = [name for name in url.params.get("get", "").split(",") if name]
    if not wanted:
        return _text(400, "error: missing 'get' argument")
    predicates: dict[str, list[str]] = {}
    for name, value in url.params.multi_items():
        if name not in ("get", "key"):
            predicates.setdefault(name, []).append(value)
    unknown = [name for name in wanted if name not in (*known, *detail)]
    unknown += [name for name in predicates if name not in (*_PREDICATES, *detail)]
    if unknown:
        return _text(400, f"error: unknown variable '{unknown[0]}'")
    world = census_world.world(as_of)
    try:
        periods = _periods(predicates, world)
    except ValueError:
        return _text(400, "error: invalid 'time' argument")
    # Naming a commodity, in whatever place, breaks the answer down by it.
    by_chapter = any(name in (*wanted, *predicates) for name in detail)
    columns = [*wanted, *predicates]
    lines = _rows(world, periods, flow, predicates.get("CTY_CODE"), by_chapter)
    rows = [[row[name] for name in columns] for row in lines if _passes(row, predicates)]
    if not rows:
        return httpx.Response(204)
    body = (
        "[" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in [columns, *rows]) + "]"
    )
    marks: dict[str, object] = {
        "periods": [month for month in world.reconstructed_months if month in periods],
        "partners": [REST, _TOTAL, *_GROUPS],
    }
    headers = {
        "Content-Type": "application/json;charset=utf-8",
        RECONSTRUCTED_HEADER: json.dumps({"all": True} if by_chapter else marks),
    }
    return httpx.Response(200, headers=headers, content=body.encode())


def _rows(
    world: World,
    periods: list[str],
    flow: _Flow,
    codes: list[str] | None,
    by_chapter: bool,
) -> Iterator[dict[str, str]]:
    """Countries, groups and the total, in an order that means nothing but never changes."""
    entries: dict[str, tuple[str, str, tuple[str, ...]]] = {
        code: (_NAMES[code], "DET", (code,)) for code in (*PARTNERS, REST)
    }
    entries |= {code: (name, "CGP", members) for code, (name, members) in _GROUPS.items()}
    entries[_TOTAL] = _NAMES[_TOTAL], "DET", (*PARTNERS, REST)
    order = sorted(entries, key=lambda code: hashlib.sha256(code.encode()).digest())
    asked = [code for code in order if codes is None or "*" in codes or code in codes]
    for month in periods:
        so_far = [other for other in world.months if other[:4] == month[:4] and other <= month]
        for code in asked:
            name, level, members = entries[code]
            common = {
                "CTY_CODE": code,
                "CTY_NAME": name,
                "SUMMARY_LVL": level,
                "YEAR": month[:4],
                "MONTH": month[5:],
                "time": month,
            }
            if not by_chapter:
                yield common | {
                    flow.monthly: str(_dollars(world, [month], members, flow)),
                    flow.to_date: str(_dollars(world, so_far, members, flow)),
                }
                continue
            values = _chapters(world, [month], members, flow)
            sums = _chapters(world, so_far, members, flow)
            for chapter in census_chapters.codes():
                yield common | {
                    "COMM_LVL": _LEVEL,
                    flow.commodity: chapter,
                    flow.monthly: str(values[chapter]),
                    flow.to_date: str(sums[chapter]),
                }


def _dollars(world: World, months: list[str], members: tuple[str, ...], flow: _Flow) -> int:
    """Whole dollars, as the API writes them."""
    return int(sum(getattr(world.total(m, members), flow.name) for m in months) * 1_000_000)


def _chapters(
    world: World, months: list[str], members: tuple[str, ...], flow: _Flow
) -> Mapping[str, int]:
    found = dict.fromkeys(census_chapters.codes(), 0)
    for month in months:
        for code in members:
            total = _dollars(world, [month], (code,), flow)
            for chapter, value in census_chapters.dollars(code, flow.name, month, total).items():
                found[chapter] += value
    return found


def _periods(predicates: Mapping[str, list[str]], world: World) -> list[str]:
    """The public months that `time`, `YEAR` and `MONTH` let through.

    Raises:
        ValueError: `time` is of no known form.
    """
    months = list(world.months)
    for text in predicates.get("time", []):
        words = text.split()
        match words:
            case ["from", first]:
                months = [month for month in months if month >= first]
            case ["from", first, "to", last]:
                months = [
                    month for month in months if first <= month and month[: len(last)] <= last
                ]
            case [period]:
                months = [month for month in months if month.startswith(period)]
            case _:
                raise ValueError(text)
    return months


def _passes(row: dict[str, str], predicates: Mapping[str, list[str]]) -> bool:
    """Whether a row meets every predicate; the row then echoes the predicate's own text."""
    for name, values in predicates.items():
        if name == "time":
            continue
        accepted = [value.zfill(2) for value in values] if name == "MONTH" else values
        if "*" not in values and row[name] not in accepted:
            return False
    return True


def _workbook(as_of: date) -> httpx.Response:
    world = census_world.world(as_of)
    marks = {
        "periods": list(world.reconstructed_months),
        "partners": list(census_workbook.COMPUTED_CODES),
    }
    headers = {
        "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        RECONSTRUCTED_HEADER: json.dumps(marks),
    }
    return httpx.Response(200, headers=headers, content=census_workbook.written(world))


def _country_list() -> httpx.Response:
    """Schedule C in the file's own frame, with the rest of the world among its countries."""
    listed = [(row["code"], row["name"], row["iso2"]) for row in table_rows("census_countries")]
    listed.append((REST, "Rest of World", ""))
    lines = [
        _RULE,
        "Schedule C - Country List (by code) [Produced: 31JAN14]",
        _RULE,
        f"{'Code':<8} |    {'Name':<51} | ISO Code",
        _RULE,
        *(f"{code:<8} |    {name:<51} | {iso2}" for code, name, iso2 in sorted(listed)),
        _RULE,
        "Source: Foreign Trade Division, U.S. Census Bureau, Washington, D.C. 20233",
        "This listing produced...31JAN14",
        _RULE,
    ]
    response = _text(200, "\n".join(lines) + "\n")
    response.headers[RECONSTRUCTED_HEADER] = json.dumps({"partners": [REST]})
    return response


def _redirected(request: httpx.Request, path: str) -> httpx.Response:
    location = f"{request.url.scheme}://{request.url.host}{path}"
    return httpx.Response(302, headers={"Location": location, "X-DataWebAPI-KeyError": "1"})


def _html(status: int, title: str, text: str) -> httpx.Response:
    page = (
        f"<!DOCTYPE html>\n<html lang='en'><head><title>{title}</title></head>"
        f"<body><h1>{title}</h1><p>{text}</p></body></html>\n"
    )
    headers = {"Content-Type": "text/html"}
    return httpx.Response(status, headers=headers, content=page.encode())


def _text(status: int, text: str) -> httpx.Response:
    return httpx.Response(status, headers={"Content-Type": "text/plain"}, content=text.encode())
