"""ScienceBase over the bundled world: the catalogue of editions and the file of one of them.

Here: routes, and the 2025 edition's world table as the real file is written, with blanks inside
header names and behind values, units by row, marks in place of values, and Windows-1252. The
values are the published ones of each mineral's leading producer and of the world; the rest of
the world is the difference and marked reconstructed. The world has no later edition: the
catalogue never lists one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import httpx

from tradeflow.answers import RECONSTRUCTED_HEADER
from tradeflow.sandbox.world_data import release_days, rows

_FILE_ITEM, _FILE = "6798fd34d34ea8c18376e8ee", "MCS2025_World_Data.csv"
_CENTER = "5c8c03e4e4b0938824529f7d"
_HEADER = (
    "SOURCE",
    "COMMODITY",
    "COUNTRY",
    "TYPE",
    "UNIT_MEAS",
    "PROD_2023",
    "PROD_EST_ 2024",
    "PROD_NOTES",
    "CAP_2023",
    "CAP_EST_ 2024",
    "CAP_NOTES",
    "RESERVES_2024",
    "RESERVE_NOTES",
)
_TONNES = {
    "metric tons": Decimal(1),
    "thousand metric tons": Decimal(1000),
    "kilograms": Decimal("0.001"),
}
_OTHERS = "Other countries"
_WITHOUT_USA = {"Lithium"}
"""The source withholds the US and states the world without it."""
_NOTE = "Data in metric tons of rare-earth-oxide (REO) equivalent \u2014 content, unless noted"


def handle(request: httpx.Request, as_of: date) -> httpx.Response:
    """Answer one request as the host would have on `as_of`."""
    params = request.url.params
    is_public = as_of >= release_days("usgs")["2024"]
    match request.url.path.strip("/").split("/"):
        case ["catalog", "items"] if params.get("format") == "json":
            return _catalogue(params.get("parentId"), is_public)
        case ["catalog", "file", "get", item] if item == _FILE_ITEM and is_public:
            if params.get("name") == _FILE:
                return _file()
    return httpx.Response(
        404, headers={"Content-Type": "text/html"}, content=b"<html>Item not found</html>"
    )


def _catalogue(parent: str | None, is_public: bool) -> httpx.Response:
    editions = {
        "65a6e45fd34e5af967a46749": (2024, "world.zip"),
        "677eaf95d34e760b392c4970": (2025, "World_Data_Release_MCS_2025.zip"),
    }
    items = [
        {
            "id": item,
            "title": f"U.S. Geological Survey Mineral Commodity Summaries {edition} Data Release",
            "files": [{"name": file}],
        }
        for item, (edition, file) in editions.items()
        if parent == _CENTER and (edition < 2025 or is_public)
    ]
    content = json.dumps({"total": len(items), "items": items}).encode()
    return httpx.Response(200, headers={"Content-Type": "application/json"}, content=content)


def _file() -> httpx.Response:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEADER)
    writer.writerows(_lines())
    headers = {
        "Content-Type": "text/csv",
        RECONSTRUCTED_HEADER: json.dumps({"partners": [_OTHERS]}),
    }
    return httpx.Response(200, headers=headers, content=text.getvalue().encode("cp1252"))


def _lines() -> Iterator[tuple[str, ...]]:
    more = _further_rows()
    for mineral in rows("usgs_minerals"):
        commodity = mineral["commodity"]
        further = more.get(commodity.strip(), [])
        leading = mineral["leading_country"], mineral["leading_t"], mineral["leading_reserves_t"]
        yield _line(mineral, *leading)
        for row in further:
            yield _line(mineral, row["country"], row["production_t"], row["reserves_t"])
        yield _line(mineral, _OTHERS, _rest(mineral, further))
        name = "World total (rounded)"
        if commodity.strip() in _WITHOUT_USA:
            name = "World total (rounded), excluding U.S. production"
        yield _line(mineral, name, mineral["world_t"])


def _line(
    mineral: Mapping[str, str], country: str, production: str, reserves: str = ""
) -> tuple[str, ...]:
    unit = mineral["unit"]
    note = _NOTE if mineral["commodity"] == "Rare earths" else ""
    return (
        "MCS2025",
        mineral["commodity"],
        country,
        mineral["type"],
        unit,
        "",
        _in_unit(production, unit),
        note,
        "",
        "",
        "",
        _in_unit(reserves, unit),
        "",
    )


def _rest(mineral: Mapping[str, str], further: list[Mapping[str, str]]) -> str:
    """What is left of the world's production; not available where the world is not."""
    if mineral["world_t"] == "NA":
        return "NA"
    named = [mineral["leading_t"], *(row["production_t"] for row in further)]
    stated = [Decimal(value) for value in named if value not in ("", "W", "NA")]
    return str(Decimal(mineral["world_t"]) - sum(stated, Decimal(0)))


def _in_unit(tonnes: str, unit: str) -> str:
    if tonnes in ("", "W", "NA"):
        return tonnes
    return f"{(Decimal(tonnes) / _TONNES[unit]).normalize():f}"


def _further_rows() -> Mapping[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for row in rows("usgs_countries"):
        found.setdefault(row["commodity"], []).append(row)
    return found
