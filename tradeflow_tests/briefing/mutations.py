"""Every way of changing one thing in a finished report, in its text and in its record alike.

The record is changed with the text, as a faulty template or composer would; a gate that refuses
these refuses a text that was changed alone, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

STATES = ("執行中", "生效", "暫停", "終止", "已公布未生效", "期滿未確認")
COVERAGE = ("全年", "同期", "連續", "新高", "新低", "紀錄", "以來", "累計", "單月")
OPPOSITES = {
    one: other
    for pair in ("增加 減少", "擴大 收窄", "上升 下降", "推升總額 拉低總額", "多 少")
    for one, other in (pair.split(), pair.split()[::-1])
}
_NUMERAL = re.compile(r"[0-9][0-9.,]*")
_EDGE = re.compile(r"(?<=[。，、：；（）」　|\n])(?=[^\n])")


@dataclass(frozen=True)
class Mutant:
    """A report with one thing changed."""

    place: int
    what: str
    markdown: str
    record: dict[str, Any]


Make = Callable[[], Mutant]
"""Makes one mutant; there are too many to hold them all."""


class Report:
    """A finished report that mutants are made of."""

    def __init__(self, markdown: str, record: dict[str, Any]) -> None:
        self.markdown, self._record = markdown, record
        self._runs = list(_NUMERAL.finditer(markdown))

    def digits(self) -> Iterator[Make]:
        """Each digit raised by one."""
        for number, run in enumerate(self._runs):
            for offset in range(run.start(), run.end()):
                if self.markdown[offset].isdigit():
                    yield partial(self._digit, number, run, offset)

    def headings(self) -> Iterator[Make]:
        """Each heading shortened, dropped, and in the place of the next one."""
        found = list(re.finditer(r"^#+ .*$", self.markdown, re.M))
        for match in found:
            yield partial(self.replaced, match.end() - 1, match.end(), "", "shortened")
            yield partial(self.replaced, match.start(), match.end() + 1, "", "dropped")
        for one, other in pairwise(found):
            between = self.markdown[one.end() : other.start()]
            yield partial(
                self.replaced,
                one.start(),
                other.end(),
                other[0] + between + one[0],
                "changed places",
            )

    def replacements(self, words: tuple[str, ...]) -> Iterator[Make]:
        """Each of the words where it stands, by each other one."""
        for match in _found(words, self.markdown):
            for other in words:
                if other != match[0]:
                    yield partial(self.replaced, *match.span(), other, f"{match[0]} → {other}")

    def directions(self) -> Iterator[Make]:
        """Each word for a rise or fall before a figure, and each sign, turned round."""
        words = "|".join(sorted(OPPOSITES, key=len, reverse=True))
        for match in re.finditer(f"({words})(?= [0-9.,]+ (?:%|個百分點))", self.markdown):
            yield partial(
                self.replaced, *match.span(), OPPOSITES[match[0]], f"{match[0]} turned round"
            )
        for match in re.finditer("(?<=個月年)[增減]", self.markdown):
            other = {"增": "減", "減": "增"}[match[0]]
            yield partial(self.replaced, *match.span(), other, f"年{match[0]} turned round")
        for match in re.finditer("[順逆](?=差 [0-9])", self.markdown):
            other = {"順": "逆", "逆": "順"}[match[0]]
            yield partial(self.replaced, *match.span(), other, f"{match[0]}差 turned round")

    def insertions(self, words: Iterable[str]) -> Iterator[Make]:
        """Each of the words at the beginning of every clause and cell."""
        for match in _EDGE.finditer(self.markdown):
            for word in words:
                yield partial(self.replaced, match.start(), match.start(), word, f"+ {word}")

    def replaced(self, start: int, end: int, text: str, what: str) -> Mutant:
        """The text between two offsets replaced, and what the record says of it with it."""
        by = len(text) - (end - start)
        words = [self._word(entry, start, end, text, by) for entry in self._record["words"]]
        changed = self.markdown[:start] + text + self.markdown[end:]
        return Mutant(start, what, changed, {**self._record, "words": words})

    def _word(
        self, entry: dict[str, Any], start: int, end: int, text: str, by: int
    ) -> dict[str, Any]:
        offset, old = entry["offset"], entry["text"]
        if offset >= end:
            return {**entry, "offset": offset + by}
        if offset <= start and end <= offset + len(old):
            new = old[: start - offset] + text + old[end - offset :]
            return {**entry, "text": new}
        return entry

    def _digit(self, number: int, run: re.Match[str], offset: int) -> Mutant:
        other = str((int(self.markdown[offset]) + 1) % 10)
        numerals = list(self._record["numerals"])
        entry = numerals[number]
        place = offset - run.start()
        new = run[0][:place] + other + run[0][place + 1 :]
        part = list(_NUMERAL.finditer(entry["whole"]))[entry["part"]]
        whole = entry["whole"][: part.start()] + new + entry["whole"][part.end() :]
        first = number - entry["part"]
        for each in range(first, first + len(_NUMERAL.findall(whole))):
            numerals[each] = {**numerals[each], "whole": whole}
        numerals[number] = {**numerals[number], "text": new}
        changed = self.markdown[:offset] + other + self.markdown[offset + 1 :]
        return Mutant(offset, f"{run[0]} → {new}", changed, {**self._record, "numerals": numerals})


def _found(words: tuple[str, ...], text: str) -> Iterator[re.Match[str]]:
    longest = sorted(words, key=len, reverse=True)
    yield from re.finditer("|".join(map(re.escape, longest)), text)
