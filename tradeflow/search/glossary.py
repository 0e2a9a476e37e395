"""The field's vocabulary: which words of any script or language name the same thing.

Here: concepts from `glossary.csv`, to which the project's own lists add their names (elements
and economies from the seeds, materials and issuers from the policy rules), and finding them in
a text. Not here: how a text is cut into words (`text.py`).
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from babel import Locale

from tradeflow.errors import InputError
from tradeflow.policy.gazetteer import listed_economies, listed_issuers, listed_materials
from tradeflow.reference import all_economies, elements
from tradeflow.search.fold import folded, is_han

_PAIRED = "CHN"
"""The economy that headlines pair with another by their short names (中欧, 美中)."""
_PAIRED_SHORT = "中"
_BEFORE_SHORT = ("对", "涉", "赴", "在", "与")
_AFTER_SHORT = ("方", "企", "籍", "资", "政府", "制裁", "将", "军")
_SHORTEST = 2
"""Characters of the shortest name that part of a word is taken for."""
_SELF_STANDING = 3
"""From so many characters on, a Chinese name is taken for one even across the edges of words."""


@dataclass
class Concept:
    """Something the field speaks of, under one id.

    `parts` are concepts that the word itself says (自衛隊 says Japan and military); `broader` are
    wider ones: a text about holmium answers a question about rare earths, not the reverse.
    """

    id: str
    names: set[str] = field(default_factory=set)
    parts: tuple[str, ...] = ()
    broader: tuple[str, ...] = ()


@dataclass(frozen=True)
class Named:
    """A concept where a text names it."""

    concept: str
    start: int
    end: int


class Glossary:
    """Concepts by name; names are folded (`fold.py`).

    Args:
        concepts: every concept once.
        economies: which of them are economies, under their ISO 3166 alpha-3 codes.
    """

    def __init__(self, concepts: Iterable[Concept], economies: Iterable[str] = ()) -> None:
        self.economies = frozenset(economies)
        self.concepts = {each.id: each for each in concepts}
        self._ids: dict[str, str] = {}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for each in self.concepts.values():
            for name in each.names:
                self._ids.setdefault(name, each.id)
                lengths[name[0]].add(len(name))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}
        self._parts = {each: self._closure(each, with_broader=False) for each in self.concepts}
        self._wider = {each: self._closure(each, with_broader=True) for each in self.concepts}

    @property
    def han_names(self) -> list[str]:
        """Names of Chinese characters alone, for the segmenter's dictionary, sorted."""
        return sorted(name for name in self._ids if len(name) > 1 and all(map(is_han, name)))

    def concept_of(self, name: str) -> str | None:
        """The concept that goes by exactly this name, in either script."""
        return self._ids.get(folded(name))

    @property
    def digest(self) -> str:
        """What the concepts and names are, as 16 hex digits."""
        stated = [
            (each.id, sorted(each.names), each.parts, each.broader)
            for _, each in sorted(self.concepts.items())
        ]
        return hashlib.sha256(repr(stated).encode()).hexdigest()[:16]

    def find(self, text: str, edges: Collection[int]) -> Iterator[Named]:
        """Concepts named in a folded text, from the left, the longest name at each place.

        Args:
            text: folded text.
            edges: the places where words begin or end. Short names count between two of them
                only, so that 中日 is not found in 其中日本.
        """
        place = 0
        while place < len(text):
            for length in self._lengths.get(text[place], ()):
                end = place + length
                concept = self._ids.get(text[place:end])
                if concept and end <= len(text) and self._stands(text, place, end, edges):
                    yield Named(concept, place, end)
                    place = end - 1
                    break
            place += 1

    def seams(self, word: str) -> list[int]:
        """Where a word that is nothing but names falls into them (美国|进口); else nowhere."""
        if len(word) < 2 * _SHORTEST or word in self._ids or not is_han(word[0]):
            return []
        ways: dict[int, list[int]] = {0: []}
        for end in range(_SHORTEST, len(word) + 1):
            for start in range(end - _SHORTEST + 1):
                if start in ways and end not in ways and word[start:end] in self._ids:
                    ways[end] = [*ways[start], end]
        return ways.get(len(word), [])[:-1]

    @staticmethod
    def _stands(text: str, start: int, end: int, edges: Collection[int]) -> bool:
        if start in edges and end in edges:
            return True
        return end - start >= _SELF_STANDING and is_han(text[start]) and is_han(text[end - 1])

    def parts(self, concept: str) -> frozenset[str]:
        """What else a text says that names the concept."""
        return self._parts[concept]

    def wider(self, concept: str) -> frozenset[str]:
        """The concept's parts and every wider concept a text about it belongs to."""
        return self._wider[concept]

    def _closure(self, concept: str, *, with_broader: bool) -> frozenset[str]:
        found: set[str] = set()
        waiting = [concept]
        while waiting:
            each = self.concepts[waiting.pop()]
            for other in (*each.parts, *(each.broader if with_broader else ())):
                if other not in self.concepts:
                    raise InputError(f"glossary: {each.id} names {other!r}, which is no concept")
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return frozenset(found - {concept})


@cache
def glossary() -> Glossary:
    """The glossary with every list the project keeps.

    Raises:
        InputError: a row is malformed or names an unknown concept.
    """
    concepts: dict[str, Concept] = {}
    for row in _rows():
        concept = _concept(concepts, row["concept"])
        concept.parts = tuple(filter(None, row["parts"].split("|")))
        concept.broader = tuple(filter(None, row["broader"].split("|")))
        _add(concept, row["zh_tw"], row["zh_cn"], row["en"], *row["aliases"].split("|"))
    for element in elements():
        concept = _concept(concepts, element.symbol)
        _add(concept, element.name_zh_tw, element.name_en, *element.chinese_names)
        if element.family == "rare_earth":
            light = element.class_china == "light"
            concept.broader += ("light_rare_earth" if light else "medium_heavy_rare_earth",)
            concept.broader += ("rare_earth",)
    for material in listed_materials():
        _add(_concept(concepts, material.id), material.name_zh_tw, *material.names)
    for body in listed_issuers():
        _add(_concept(concepts, body.id), *body.names)
    economies = _add_economies(concepts)
    return Glossary(concepts.values(), economies)


def _rows() -> list[dict[str, str]]:
    with (files("tradeflow.search") / "glossary.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, strict=True))


def _concept(concepts: dict[str, Concept], concept_id: str) -> Concept:
    return concepts.setdefault(concept_id, Concept(concept_id))


def _add(concept: Concept, *names: str) -> None:
    concept.names |= {folded(name.strip()) for name in names} - {""}


def _add_economies(concepts: dict[str, Concept]) -> set[str]:
    mainland = Locale("zh", script="Hans").territories
    for each in all_economies():
        names = (each.name_zh_tw, each.name_en, mainland.get(each.iso2, ""))
        _add(_concept(concepts, each.iso3), *names)
    for economy in listed_economies():
        concept = _concept(concepts, economy.id)
        _add(concept, *economy.names)
        if economy.short:
            _add(concept, *(f"{word}{economy.short}" for word in _BEFORE_SHORT))
            _add(concept, *(f"{economy.short}{word}" for word in _AFTER_SHORT))
            pair = _concept(concepts, f"{_PAIRED}_{economy.id}")
            pair.parts = (_PAIRED, economy.id)
            _add(pair, _PAIRED_SHORT + economy.short, economy.short + _PAIRED_SHORT)
    return {each.iso3 for each in all_economies()} | {each.id for each in listed_economies()}
