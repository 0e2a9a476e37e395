"""The closed lists the rules look names up in: issuers, materials, economies, foreign measures.

Here: reading the data files and finding their names in a text, the longest name first. Elements
are the seed's that are marked as watched. Not here: whether a name found means anything in its
sentence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tradeflow.policy.page import fold
from tradeflow.reference import Element, elements


@dataclass(frozen=True)
class Mention:
    """A listed name where it stands in a text."""

    id: str
    start: int
    end: int
    rule: str = "named"
    """By which rule the name counts (`title`, `heading`, `order`, `measure`)."""


@dataclass(frozen=True)
class Material:
    """A controlled material; `id` is the element's symbol where it is an element."""

    id: str
    name_zh_tw: str
    family: str


@dataclass(frozen=True)
class ForeignMeasure:
    """A measure of another economy that the reports follow, from the reviewed list."""

    key: str
    actors: re.Pattern[str]
    names: re.Pattern[str]


@dataclass(frozen=True)
class Listed:
    """An entry of one of the lists, with every name it goes by in mainland texts."""

    id: str
    names: tuple[str, ...]
    name_zh_tw: str = ""
    short: str = ""
    """The one character that headlines use."""


def listed_issuers() -> Iterator[Listed]:
    """Every name of an issuing body, in the order of the list."""
    return (Listed(row["code"], (row["name"],)) for row in _rows("issuers"))


def listed_materials() -> Iterator[Listed]:
    """Every material that is no element, in the order of the list."""
    for row in _rows("materials"):
        yield Listed(row["id"], tuple(row["names"].split("|")), row["name_zh_tw"])


def listed_economies() -> Iterator[Listed]:
    """Every economy that notices are read for, in the order of the list."""
    for row in _rows("economies"):
        yield Listed(row["iso3"], tuple(row["names"].split("|")), short=row["short"])


def _rows(name: str) -> list[dict[str, str]]:
    with (files("tradeflow.policy") / "data" / f"{name}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


class NameIndex:
    """Finds every listed name in a text; where names overlap, the longest from the left wins."""

    def __init__(self, names: dict[str, str]) -> None:
        """Args: names: folded name → id."""
        self._ids = names
        longest_first = sorted(names, key=lambda name: (-len(name), name))
        self.pattern = "|".join(map(re.escape, longest_first))
        self._regex = re.compile(self.pattern)

    def find(self, text: str) -> Iterator[Mention]:
        for match in self._regex.finditer(text):
            yield Mention(self._ids[match[0]], match.start(), match.end())

    def __getitem__(self, name: str) -> str:
        return self._ids[name]


@cache
def issuers() -> NameIndex:
    """Issuing bodies by name; the id is the code that begins a notice key."""
    return NameIndex({fold(row["name"]): row["code"] for row in _rows("issuers")})


@cache
def economies() -> NameIndex:
    """Economies by full name; the id is the ISO 3166 alpha-3 code, EUU for the European Union."""
    return NameIndex(
        {fold(name): row["iso3"] for row in _rows("economies") for name in row["names"].split("|")}
    )


@cache
def short_economies() -> dict[str, str]:
    """Economies by the one character that headlines use (对日, 涉欧)."""
    return {row["short"]: row["iso3"] for row in _rows("economies") if row["short"]}


@cache
def materials() -> NameIndex:
    """Elements and materials by name; the id is the element's symbol or the material's name."""
    names = {fold(name): each.symbol for each in _watched() for name in each.chinese_names}
    for row in _rows("materials"):
        names |= {fold(name): row["id"] for name in row["names"].split("|")}
    return NameIndex(names)


@cache
def material(material_id: str) -> Material:
    """The material with this id."""
    return _materials_by_id()[material_id]


@cache
def _materials_by_id() -> dict[str, Material]:
    chemical = [Material(each.symbol, each.name_zh_tw, each.family) for each in _watched()]
    others = [Material(r["id"], r["name_zh_tw"], r["family"]) for r in _rows("materials")]
    return {each.id: each for each in (*chemical, *others)}


def _watched() -> list[Element]:
    return [each for each in elements() if each.is_watched]


@cache
def foreign_measures() -> tuple[ForeignMeasure, ...]:
    """The reviewed list of foreign measures."""
    return tuple(
        ForeignMeasure(
            row["key"],
            re.compile(fold(row["actors"])),
            re.compile(fold(row["pattern"])),
        )
        for row in _rows("foreign_measures")
    )
