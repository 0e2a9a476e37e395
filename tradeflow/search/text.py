"""Words of a text for the sparse index: what it says, whichever way it is written.

Here: notice numbers, dates, item and customs codes and percentages as one term each, concepts
of the glossary, and the remaining words as jieba cuts them. Documents and queries go through
the same rules; every term keeps its place, for highlighting. Not here: weights (`sparse.py`).

A term is a string: `#Sb` a concept, `no:2025-57` a notice number that is named and `own:2025-57`
the number of the notice itself, `day:2025-10-09`,
`code:1c909.a`, `hs:850760`, `pct:0.1`, `count:20` companies, else a word. jieba (MIT licence) cuts
by the most probable path through its dictionary, which the glossary's names extend.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from tradeflow.policy.keys import find_references
from tradeflow.policy.numbers import NUMERAL, YEAR, find_dates, numeral
from tradeflow.search.fold import folded, is_han
from tradeflow.search.glossary import glossary

TEXT_VERSION = "2"
"""Raised whenever the rules would cut any text otherwise; vectors are then made anew."""

_BARE_NUMBER = re.compile(
    rf"(?:(?P<type>公告|令)\s*[\[(]?\s*)?(?:(?P<year>{YEAR})\s*[\])]?\s*年?\s*)?第?\s*"
    rf"(?P<number>{NUMERAL})\s*号\s*(?P<type_after>公告|令)?"
)
_MONTH = re.compile(rf"(?P<year>{YEAR})\s*年\s*(?P<month>{NUMERAL})\s*月(?!\s*{NUMERAL}\s*日)")
_REPUBLIC = re.compile(r"民国\s*(?P<year>\d{2,3})\s*(?=年)")
_REPUBLIC_BEGAN = 1911
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH_NAME = (
    r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_ENGLISH_DATE = re.compile(
    rf"\b(?:{_MONTH_NAME.format('a')}\s+(?P<day_a>\d{{1,2}})(?:st|nd|rd|th)?,?\s+"
    rf"|(?P<day_b>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH_NAME.format('b')},?\s+"
    rf"|{_MONTH_NAME.format('c')},?\s+)(?P<year>\d{{4}})\b"
)
_ITEM_CODE = re.compile(r"(?<![0-9a-z])\d[a-e]\d{3}(?:\.[a-z](?:\.\d+)*)*(?![0-9a-z])")
_CUSTOMS_CODE = re.compile(
    r"(?<![\d.])(?:\d{4}\.\d{2}(?:\.\d{2}){0,2}|\d{8}(?:\d{2}|xx)?|\d{6})(?![\d.]|[a-z])"
)
_HEADING_CODE = re.compile(
    r"(?:hs(?: code)?|税号|税则(?:号列)?|商品编码|品目)\s*:?\s*(\d{4})(?!\d)"
)
_PERCENT = re.compile(
    rf"(?P<digits>\d+(?:\.\d+)?)\s*(?:%|percent\b|per cent\b)"
    rf"|(?P<base>百|千|万)分之\s*(?P<part>{NUMERAL})"
)
_COUNT = re.compile(rf"(?P<count>{NUMERAL})\s*[家间]")
_BASES = {"百": 1.0, "千": 0.1, "万": 0.01}
_HAN_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]+")
_WORD = re.compile(r"[^\W_]+(?:[.'][^\W_]+)*")
_NAME_FREQUENCY = 2000
"""How often jieba is told that a glossary name occurs; its dictionary has 机构 5,000 times."""
_STOP = frozenset(
    "的了和与及等在对将就为于是其该并或所之由从向至有也都而被把以但要先才能可吗呢"
) | {
    *("可以", "可能", "以及", "进行", "有关", "相关", "关于", "如下", "其他", "什么", "哪些"),
    *("如何", "怎么", "多少", "the", "a", "an", "of", "to", "in", "on", "for", "and", "or", "by"),
    *("with", "at", "from", "as", "is", "are", "be", "was", "were", "that", "this", "its"),
    *("until", "what", "which", "how"),
}
"""Words that say nothing of a text's subject."""


@dataclass(frozen=True)
class Term:
    """A term where a text says it; `start` and `end` are places of the original text."""

    term: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """The terms of a text, in order of place."""

    terms: tuple[Term, ...]
    implied: tuple[Term, ...]
    """What the named concepts also say or belong to, at the same places."""


def read_text(text: str, page_date: date | None = None) -> Reading:
    """Cut a text of a document into terms.

    Args:
        text: as shown, in either script.
        page_date: gives the year to dates without one.
    """
    marks, rest = _marks(folded(text), page_date)
    named, words = _words(rest)
    wider = glossary().wider
    return _reading([*marks, *named, *words], named, wider)


def read_query(text: str) -> Reading:
    """Cut a query into terms; concepts imply their parts, not what they belong to."""
    marks, rest = _marks(folded(text), None)
    named, words = _words(rest)
    return _reading([*marks, *named, *words], named, glossary().parts)


def read_words(text: str) -> Reading:
    """Cut into words alone, without concepts, numbers or dates: what the rest is measured by."""
    return Reading(tuple(_free_words(_pieces(folded(text)))), ())


def places(text: str, wanted: Collection[str]) -> list[tuple[int, int]]:
    """Where a text says any of these terms, for highlighting: merged stretches in order.

    A concept is looked for under all its names, without regard to the edges of words.
    """
    plain = folded(text)
    surfaces = {each for each in wanted if each[:1] != "#" and ":" not in each}
    for each in wanted:
        if each.startswith("#"):
            surfaces |= glossary().concepts[each[1:]].names
    found: list[tuple[int, int]] = []
    if surfaces:
        longest_first = sorted(surfaces, key=lambda name: (-len(name), name))
        pattern = "|".join(
            re.escape(each) if is_han(each[0]) else rf"\b{re.escape(each)}(?:s|es)?\b"
            for each in longest_first
        )
        found += [match.span() for match in re.finditer(pattern, plain)]
    if any(":" in each for each in wanted):
        marks, _ = _marks(plain, None)
        found += [(each.start, each.end) for each in marks if each.term in wanted]
    return _merged(found)


def _merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def concept_terms(concepts: Iterable[str]) -> list[str]:
    """The terms of concepts known by id, with what they belong to."""
    known = [each for each in concepts if each in glossary().concepts]
    wider = [other for each in known for other in sorted(glossary().wider(each))]
    return [f"#{each}" for each in dict.fromkeys([*known, *wider])]


def day_terms(day: date) -> list[str]:
    """The terms of a date: the day and its month."""
    return [f"day:{day.isoformat()}", f"month:{day:%Y-%m}"]


def number_terms(document_type: str, year: int | None, number: int) -> list[str]:
    """The terms of a notice number, from the number alone to the most precise."""
    terms = [f"no:{number}", f"no:{document_type}{number}" if document_type else ""]
    if year is not None:
        terms += [f"no:{year}-{number}"]
    return [term for term in terms if term]


def own_number_term(year: int, number: int) -> str:
    """The term of the number that a notice itself bears; asking for a number asks for it too."""
    return f"own:{year}-{number}"


def _reading(terms: list[Term], named: list[Term], implied_by: Any) -> Reading:
    said = {each.term for each in named}
    implied = {
        Term(f"#{other}", each.start, each.end)
        for each in named
        for other in implied_by(each.term[1:])
        if f"#{other}" not in said
    }
    return Reading(tuple(sorted(terms, key=_place)), tuple(sorted(implied, key=_place)))


def _place(term: Term) -> tuple[int, int, str]:
    return term.start, term.end, term.term


def _marks(text: str, page_date: date | None) -> tuple[list[Term], str]:
    """Terms of numbers, dates, codes and percentages, and the text with those blanked out."""
    text = _REPUBLIC.sub(_in_common_era, text)
    found: list[Term] = []
    taken: list[tuple[int, int]] = []
    for match in _ITEM_CODE.finditer(text):
        parts = match[0].split(".")
        codes = [".".join(parts[: place + 1]) for place in range(len(parts))]
        _take(found, taken, match.start(), match.end(), [f"code:{each}" for each in codes])
    for each in find_dates(text, page_date):
        _take(found, taken, each.start, each.end, day_terms(each.day))
    for term, start, end in _english_dates(text):
        _take(found, taken, start, end, term)
    for match in _MONTH.finditer(text):
        year, month = numeral(match["year"]), numeral(match["month"])
        if year and month and month <= 12:
            _take(found, taken, match.start(), match.end(), [f"month:{year}-{month:02}"])
    for start, end, terms in _numbers(text):
        _take(found, taken, start, end, terms)
    for match in _CUSTOMS_CODE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        prefixes = [digits[:length] for length in (4, 6, 8, 10) if length <= len(digits)]
        _take(found, taken, match.start(), match.end(), [f"hs:{each}" for each in prefixes])
    for match in _HEADING_CODE.finditer(text):
        _take(found, taken, match.start(1), match.end(1), [f"hs:{match[1]}"])
    for match in _PERCENT.finditer(text):
        value = _percent(match)
        if value is not None:
            found.append(Term(f"pct:{value:g}", match.start(), match.end()))
    for match in _COUNT.finditer(text):
        counted = numeral(match["count"])
        if counted:
            found.append(Term(f"count:{counted}", match.start(), match.end()))
    return found, _blanked(text, taken)


def _take(
    found: list[Term], taken: list[tuple[int, int]], start: int, end: int, terms: list[str]
) -> None:
    if any(start < other_end and end > other for other, other_end in taken[-50:]):
        return
    taken.append((start, end))
    found.extend(Term(term, start, end) for term in terms)


def _in_common_era(match: re.Match[str]) -> str:
    # As long as what it replaces, so that no place moves.
    return str(int(match["year"]) + _REPUBLIC_BEGAN).rjust(len(match[0]))


def _english_dates(text: str) -> Iterator[tuple[list[str], int, int]]:
    for match in _ENGLISH_DATE.finditer(text):
        name = match["a"] or match["b"] or match["c"]
        year, month = int(match["year"]), _MONTHS.index(name[:3]) + 1
        day = match["day_a"] or match["day_b"]
        if day is None:
            yield [f"month:{year}-{month:02}"], match.start(), match.end()
            continue
        try:
            yield day_terms(date(year, month, int(day))), match.start(), match.end()
        except ValueError:
            continue


def _numbers(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Notice numbers; an enumeration (第55号、56号) is one stretch with the terms of each."""
    stretches: dict[tuple[int, int], list[str]] = {}
    for each in find_references(text):
        start = _digits_begin(text, each.start, each.end)
        terms = number_terms(each.document_type, each.year, each.number)
        stretches.setdefault((start, each.end), []).extend(terms)
    for (start, end), terms in stretches.items():
        yield start, end, list(dict.fromkeys(terms))
    for match in _BARE_NUMBER.finditer(text):
        number = numeral(match["number"])
        if number is None:
            continue
        year = numeral(match["year"]) if match["year"] else None
        document_type = match["type"] or match["type_after"] or ""
        yield match.start(), match.end(), number_terms(document_type, year, number)


def _digits_begin(text: str, start: int, end: int) -> int:
    """Where a reference leaves off naming the issuer: its words stay words."""
    first = re.search(rf"公告|令|第|{YEAR}|\d", text[start:end])
    return start + first.start() if first is not None else start


def _percent(match: re.Match[str]) -> float | None:
    if match["digits"]:
        return float(match["digits"])
    part = numeral(match["part"])
    return None if part is None else round(part * _BASES[match["base"]], 6)


def _blanked(text: str, taken: list[tuple[int, int]]) -> str:
    out = io.StringIO()
    place = 0
    for start, end in sorted(taken):
        out.write(text[place:start])
        out.write(" " * (end - max(start, place)))
        place = max(place, end)
    out.write(text[place:])
    return out.getvalue()


def _words(text: str) -> tuple[list[Term], list[Term]]:
    """Concepts of the glossary, and words."""
    pieces = list(_pieces(text))
    edges = {edge for _, start, end in pieces for edge in (start, end)}
    for word, start, _ in pieces:
        edges |= {start + place for place in glossary().seams(word)}
    named = [
        Term(f"#{each.concept}", each.start, each.end) for each in glossary().find(text, edges)
    ]
    words = _free_words(pieces)
    # A name's own words would count the concept again, for one spelling more than for another.
    spoken_for = {place for each in named for place in range(each.start, each.end)}
    free = [each for each in words if not (each.start in spoken_for and each.end - 1 in spoken_for)]
    return named, free


def _free_words(pieces: Iterable[tuple[str, int, int]]) -> list[Term]:
    """Words, the words inside them, and pairs of characters that belong to none."""
    words: list[Term] = []
    lone: tuple[str, int] | None = None
    for word, start, end in pieces:
        if len(word) > 1 or not is_han(word):
            words.extend(_forms(word, start, end))
            continue
        if lone is not None and lone[1] == start:
            words.append(Term(lone[0] + word, start - 1, end))
        lone = (word, end)
    return [each for each in words if each.term not in _STOP]


def _forms(word: str, start: int, end: int) -> Iterator[Term]:
    if not is_han(word[0]):
        stem = word.removesuffix("'s")
        plural = len(stem) > 3 and stem.endswith("s") and not stem.endswith("ss")
        yield Term(stem[:-1] if plural else stem, start, end)
        return
    yield Term(word, start, end)
    if len(word) > 2:
        # The words inside a long one, as jieba's search mode has them.
        for size in (2, 3):
            for place in range(len(word) - size + 1):
                inner = word[place : place + size]
                if size < len(word) and _segmenter().FREQ.get(inner):
                    yield Term(inner, start + place, start + place + size)


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _WORD.finditer(text):
        yield from _cut(match[0], match.start())


def _cut(word: str, start: int) -> Iterator[tuple[str, int, int]]:
    place = 0
    for run in _HAN_RUN.finditer(word):
        if run.start() > place:
            yield word[place : run.start()], start + place, start + run.start()
        at = start + run.start()
        for piece in _segmenter().cut(run[0], HMM=True):
            yield piece, at, at + len(piece)
            at += len(piece)
        place = run.end()
    if place < len(word):
        yield word[place:], start + place, start + len(word)


@cache
def _segmenter() -> Any:
    """jieba's segmenter with the glossary's names; about a second at the first call."""
    import jieba

    segmenter = jieba.Tokenizer()
    # Straight from the dictionary: jieba's own way leaves a cache in the shared temporary folder.
    segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
    segmenter.initialized = True
    for name in glossary().han_names:
        segmenter.add_word(name, max(_NAME_FREQUENCY, segmenter.FREQ.get(name, 0)))
    return segmenter
