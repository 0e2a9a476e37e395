"""USGS Mineral Commodity Summaries: world production, capacity and reserves by economy.

Asked are the file of the 2025 edition, whose address is fixed, and the catalogue of the
National Minerals Information Center, which names the editions after it: item ids follow no
pattern, so a newer edition is found there and nowhere else. Not here: the files' layouts
(`usgs_csv.py`), units and shares (`int_mineral_production__released`).

Addresses: data release doi 10.5066/P13XCP3R (2025) and 10.5066/P1WKQ63T (2026) on
ScienceBase, whose `catalog/items` and `catalog/file/get` are its documented interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tradeflow.answers import Answer, Request
from tradeflow.releases import newest
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, Total, flag, text_frame
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer
from tradeflow.sources.reading import read_json
from tradeflow.sources.usgs_csv import Cell, read_world_table
from tradeflow.thresholds import threshold

TABLE = "usgs__world_production"
FIRST_EDITION = 2025

_FIRST_ITEM = "6798fd34d34ea8c18376e8ee"
_CENTER = "5c8c03e4e4b0938824529f7d"
_TITLE = re.compile(r"\bMineral Commodity Summaries (\d{4}) Data Release\b")
_ITEM_ID = re.compile(r"[0-9a-f]{24}")
_NUMBER = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?")
_NO_NUMBERS = frozenset(("nan", "inf", "infinity", "null", "none", "#n/a", "#value!", "#ref!"))


class Usgs(Source):
    """`MCS2025_World_Data.csv` and the `MCS<year>_Commodities_Data.csv` of later editions."""

    name = "usgs"
    group = "critical_minerals"
    parser_version = "1"
    tables: Mapping[str, tuple[str, ...]] = {
        TABLE: (
            "edition",
            "source",
            "commodity",
            "country",
            "type",
            "unit_meas",
            "measure",
            "year",
            "is_estimated",
            "value",
            "notes",
            "is_reconstructed",
        )
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """The catalogue of editions and, once it is public, the first edition's file."""
        base = f"{settings.usgs_url}/catalog"
        catalogue = Request(
            source=self.name,
            label="catalogue of the Mineral Commodity Summaries",
            url=f"{base}/items",
            params=(
                ("parentId", _CENTER),
                ("q", "Mineral Commodity Summaries Data Release"),
                ("fields", "title,files"),
                ("max", "100"),
                ("format", "json"),
            ),
            about=(("kind", "catalogue"),),
        )
        if newest(self.name, as_of) is None:
            return [catalogue]
        first = _edition(base, FIRST_EDITION, _FIRST_ITEM, f"MCS{FIRST_EDITION}_World_Data.csv")
        return [first, catalogue]

    def parse(self, answer: Answer) -> Parsed:
        """One row per economy, measure and year of an edition; none for the catalogue.

        Raises:
            IncompleteAnswer: the file breaks off, or has too few commodities or world totals.
            ChangedShape: other columns than agreed, another edition, a page, or a catalogue
                that names a newer edition without the file agreed on.
        """
        if answer.request.context["kind"] == "catalogue":
            list(_newer_editions(answer))
            return Parsed({TABLE: text_frame(self.tables[TABLE], [])})
        edition = answer.request.context["edition"]
        cells = read_world_table(answer, int(edition))
        _check_complete(answer.request, cells)
        _check_values(answer.request, cells)
        marks = answer.marks
        rows: list[tuple[str | None, ...]] = [
            (
                edition,
                cell.source,
                cell.commodity,
                cell.country,
                cell.type,
                cell.unit,
                cell.measure,
                cell.year,
                flag(cell.is_estimated),
                cell.value,
                cell.notes,
                flag(marks.covers(period=cell.year, partner=cell.country)),
            )
            for cell in cells
        ]
        return Parsed({TABLE: text_frame(self.tables[TABLE], rows)})

    def leads_on(self, request: Request) -> bool:
        return request.context["kind"] == "catalogue"

    def follow(self, answer: Answer, parsed: Parsed) -> list[Request]:
        """The files of editions after the first, by the catalogue."""
        if answer.request.context["kind"] != "catalogue":
            return []
        base = answer.request.url.removesuffix("/items")
        return [_edition(base, *found) for found in sorted(_newer_editions(answer))]

    def may_fail(self, request: Request) -> bool:
        """All but the first edition: the layer stands on the editions it has."""
        return request.context.get("edition") != str(FIRST_EDITION)

    def totals(self, parsed: Parsed) -> Mapping[str, Total]:
        """World totals as stated, with how many rows stand behind each, in the file's unit."""
        rows: dict[tuple[str, ...], int] = {}
        worlds: dict[tuple[str, ...], tuple[str, Decimal]] = {}
        for row in parsed.tables[TABLE].to_dicts():
            key = row["commodity"], row["measure"], row["year"]
            number = _number(row["value"])
            if number is None:
                continue
            rows[key] = rows.get(key, 0) + 1
            if _is_world(row["country"]):
                name = " ".join((row["commodity"], row["country"], row["type"], *key[1:]))
                worlds[(*key, name)] = name, number
        return {name: Total(value, rows[key[:3]]) for key, (name, value) in worlds.items()}


def _edition(base: str, edition: int, item: str, file: str) -> Request:
    return Request(
        source="usgs",
        label=f"Mineral Commodity Summaries {edition}, world tables",
        url=f"{base}/file/get/{item}",
        params=(("name", file),),
        about=(("kind", "edition"), ("edition", str(edition))),
    )


def _newer_editions(answer: Answer) -> Iterator[tuple[int, str, str]]:
    """(edition, item id, file name) of every edition after the first that the catalogue lists."""
    request = answer.request
    stated = read_json(answer)
    items = stated.get("items") if isinstance(stated, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ChangedShape(request, "items", "a list of items", str(stated)[:80])
    titles = [(_TITLE.search(str(item.get("title"))), item) for item in items]
    for item in items:
        if not isinstance(item.get("title"), str):
            raise ChangedShape(request, "title", "text", item.get("title", "absent"))
    editions = {int(found[1]): item for found, item in titles if found}
    if not editions:
        raise IncompleteAnswer(
            request, "items", "editions of the summaries", f"{len(items)} other items"
        )
    for edition, item in editions.items():
        if edition > FIRST_EDITION:
            yield edition, _item_id(request, item), _world_file(request, edition, item)


def _item_id(request: Request, item: Mapping[str, Any]) -> str:
    if not _ITEM_ID.fullmatch(str(item.get("id"))):
        raise ChangedShape(request, "id", "24 hex digits", item.get("id", "absent"))
    return str(item["id"])


def _world_file(request: Request, edition: int, item: Mapping[str, Any]) -> str:
    wanted = f"MCS{edition}_Commodities_Data.csv"
    files = item.get("files")
    names = [file.get("name") for file in files or () if isinstance(file, dict)]
    if wanted not in names:
        raise ChangedShape(
            request, "files", wanted, ", ".join(map(str, names[:4])) or f"none for {edition}"
        )
    return wanted


def _check_complete(request: Request, cells: list[Cell]) -> None:
    commodities = {cell.commodity for cell in cells}
    least = int(threshold("usgs_min_commodities"))
    if len(commodities) < least:
        raise IncompleteAnswer(
            request, "COMMODITY", f"at least {least} commodities", len(commodities)
        )
    totalled = {cell.commodity for cell in cells if _is_world(cell.country)}
    share = 100 * len(totalled) / len(commodities)
    enough = threshold("usgs_min_world_totals_pct")
    if share < enough:
        raise IncompleteAnswer(
            request,
            "COUNTRY",
            f"a world total for {enough:g}% of the commodities",
            f"{len(totalled)} of {len(commodities)}",
        )


def _check_values(request: Request, cells: list[Cell]) -> None:
    """Refuse a column of words where numbers stood, and what programs write for no number.

    A word by itself may be a mark of the source (`W`, `Large`); a column of them is not.
    """
    columns: dict[str, list[str]] = {}
    for cell in cells:
        if cell.value is not None:
            name = f"{cell.measure} of {cell.year}"
            if cell.value.casefold() in _NO_NUMBERS:
                raise ChangedShape(request, name, "a number or a mark of the source", cell.value)
            columns.setdefault(name, []).append(cell.value)
    enough = threshold("usgs_min_numbers_pct")
    for name, values in columns.items():
        numbers = sum(_number(value) is not None for value in values)
        if 100 * numbers < enough * len(values):
            raise ChangedShape(
                request, name, f"numbers in {enough:g}% of the cells", f"{numbers} of {len(values)}"
            )


def _is_world(country: str) -> bool:
    return country.lower().startswith("world")


def _number(value: str | None) -> Decimal | None:
    if value is None or not _NUMBER.fullmatch(value):
        return None
    return Decimal(value.replace(",", ""))
