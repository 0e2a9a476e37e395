"""Notice keys: the numbers by which notices are named in titles and texts.

A key is lead issuer, document type, year and number (`MOFCOM-公告-2025-61`); State Council
decrees are numbered through without a year (`SC-令-792`). Here: finding such references, with
the clause they single out. Not here: which of them is the page's own (`identity.py`), or what
happens to a notice (`actions.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from tradeflow.policy.gazetteer import issuers
from tradeflow.policy.numbers import NUMERAL, YEAR, numeral

SITE_ISSUER = "MOFCOM"
"""Who is meant where the ministry's own site names a notice without an issuer."""

ISSUER = rf"(?:中华人民共和国)?(?:{issuers().pattern})"
ISSUERS = rf"{ISSUER}(?:[\s、,和及与]{{0,8}}{ISSUER}){{0,15}}"
"""Joint issuers; bounded, so that a line of a thousand names is read in linear time."""
TYPE = r"(?:公告|令)"
_NUMBER = r"(?:\d++|[〇零○一二两三四五六七八九十百千]++)"
_AND = r"\s*(?:、|,|和|及|与|以及|至|到|[-—~～])\s*"
_ASIDE = r"(?:\s*\([^()\n]{0,80}\))?"
_NUMBERS = (
    rf"第?\s*{_NUMBER}\s*(?:号(?:{_ASIDE}{_AND}第?\s*{_NUMBER}\s*号)*"
    rf"|(?:{_AND}第?\s*{_NUMBER})+\s*号)"
)
_YEAR_AND_NUMBERS = rf"[\[(]?\s*(?P<year>{YEAR})\s*[\])]?\s*年?\s*(?P<numbers>{_NUMBERS})"
_ORDINAL = (
    r"(?:第\s*[一二三四五六七八九十\d]+\s*[条款项]|第?\s*\([一二三四五六七八九十\d]+\)\s*[项款]?)"
)
CLAUSE = rf"{_ORDINAL}(?:\s*[、和及与]?\s*{_ORDINAL})*"
"""The words that single out a clause: 第二款, 第一条第（一）项、第（二）项."""

_TYPE_FIRST = re.compile(
    rf"(?P<issuers>{ISSUERS})?\s*(?P<type>{TYPE})\s*[:(]?\s*{_YEAR_AND_NUMBERS}"
)
_TYPE_LAST = re.compile(rf"(?P<issuers>{ISSUERS})?\s*{_YEAR_AND_NUMBERS}\s*(?P<type>{TYPE})")
_DECREE = re.compile(
    rf"(?P<issuers>(?:中华人民共和国)?国务院)\s*(?P<type>令)\s*[:(]?\s*第\s*(?P<numbers>{NUMERAL})\s*号"
)
_NO_YEAR = re.compile(
    rf"(?P<year_before>{YEAR})\s*年(?:\s*{NUMERAL}\s*月\s*{NUMERAL}\s*日"
    rf"(?:{_AND}{NUMERAL}\s*月\s*{NUMERAL}\s*日)*)?(?:发布|公布|印发|作出)?的?\s*"
    rf"(?P<issuers>{ISSUERS})?\s*(?:(?P<numbers>第\s*{_NUMBERS})\s*(?P<type>{TYPE})"
    rf"|(?P<type_first>{TYPE})\s*(?P<numbers_first>第\s*{_NUMBERS}))"
)
_CONTINUED = re.compile(rf"{_AND}(?P<year>{YEAR})\s*年\s*(?P<numbers>第\s*{_NUMBERS})(?!\s*{TYPE})")
_SEPARATE = re.compile(rf"({NUMERAL})")
_RANGE = re.compile(r"至|到|[-—~～]")


@dataclass(frozen=True)
class Reference:
    """A notice named in a text."""

    key: str
    clause: str
    """`''` for the whole notice, else `2` or `1(1)(2)`."""
    start: int
    end: int
    issuers: tuple[str, ...]
    document_type: str
    year: int | None
    number: int
    issuer_stated: bool


def find_references(text: str) -> list[Reference]:
    """Every notice that the text names by number, in order.

    Args:
        text: folded text; places are relative to it.

    Returns:
        One reference a number: `第55号、56号` gives two that share the place of their
        enumeration. Names without a year are left out, decrees of the State Council apart.
    """
    found: list[Reference] = []
    taken: list[tuple[int, int]] = []
    for pattern in (_TYPE_FIRST, _TYPE_LAST, _DECREE, _NO_YEAR):
        for match in pattern.finditer(text):
            start = _start(match)
            if any(start < end and match.end() > begin for begin, end in taken):
                continue
            references = list(_references(match))
            while references and (more := _CONTINUED.match(text, references[-1].end)):
                references.extend(_continued(references[-1], more))
            if references:
                found.extend(references)
                taken.append((start, references[-1].end))
    return sorted(found, key=lambda reference: (reference.start, reference.end))


def notice_key(issuer_code: str, document_type: str, year: int | None, number: int) -> str:
    """Spell the key of a notice."""
    if issuer_code == "SC" and document_type == "令":
        return f"SC-令-{number}"
    return f"{issuer_code}-{document_type}-{year}-{number}"


def issuer_names(text: str) -> tuple[str, ...]:
    """The issuing bodies a text names, in order, without 中华人民共和国 and repetitions."""
    return tuple(dict.fromkeys(text[m.start : m.end] for m in issuers().find(text)))


def clause_label(text: str) -> str:
    """Write 第一条第（一）项、第（二）项 as `1(1)(2)` and 第二款 as `2`."""
    ordinals = [numeral(n) for n in re.findall(r"第?\s*\(?\s*([一二三四五六七八九十\d]+)", text)]
    known = [n for n in ordinals if n is not None]
    return str(known[0]) + "".join(f"({n})" for n in known[1:]) if known else ""


def _start(match: re.Match[str]) -> int:
    if "year_before" not in match.re.groupindex:
        return match.start()
    places = (match.start(name) for name in ("issuers", "numbers", "type_first"))
    return min(place for place in places if place >= 0)


def _references(match: re.Match[str]) -> Iterator[Reference]:
    groups = match.groupdict()
    document_type = groups.get("type") or groups.get("type_first")
    stated_year = groups.get("year") or groups.get("year_before")
    year = numeral(stated_year) if stated_year else None
    names = issuer_names(groups["issuers"] or "")
    code = issuers()[names[0]] if names else SITE_ISSUER
    if document_type == "令" and not names:
        return
    numbers = _numbers(groups.get("numbers") or groups.get("numbers_first") or "")
    for number in numbers:
        yield Reference(
            key=notice_key(code, document_type or "", year, number),
            clause="",
            start=_start(match),
            end=match.end(),
            issuers=names,
            document_type=document_type or "",
            year=year,
            number=number,
            issuer_stated=bool(names),
        )


def _continued(last: Reference, match: re.Match[str]) -> Iterator[Reference]:
    """The notices of `、2025年第22号` after a reference; issuer and type carry over."""
    year, code = numeral(match["year"]), last.key.split("-")[0]
    for number in _numbers(match["numbers"]):
        key = notice_key(code, last.document_type, year, number)
        yield replace(
            last, key=key, year=year, number=number, start=match.start("year"), end=match.end()
        )


def _numbers(text: str) -> list[int]:
    """The numbers of `55号、56号`, or of `55号至58号` with those between."""
    text = re.sub(_ASIDE, "", text)
    places = list(_SEPARATE.finditer(text))
    values = [numeral(place[0]) for place in places]
    listed: list[int] = [v for v in values[:1] if v is not None]
    for (left, right), (low, high) in zip(pairwise(places), pairwise(values), strict=True):
        if low is None or high is None:
            continue
        is_range = _RANGE.search(text[left.end() : right.start()]) and low < high <= low + 50
        listed.extend(range(low + 1, high + 1) if is_range else [high])
    return listed


def with_clauses(references: list[Reference], text: str) -> list[Reference]:
    """Give each reference the clause that its words go on to name.

    Where an enumeration of notices is followed by a clause, the clause belongs to the last.
    """
    result = []
    pattern = re.compile(
        rf"\s*(?:\([^()]{{0,60}}\)|《[^》]{{0,80}}》)?\s*(?:中|里)?的?\s*({CLAUSE})"
    )
    for place, reference in enumerate(references):
        is_last = place + 1 == len(references) or references[place + 1].start != reference.start
        match = pattern.match(text, reference.end) if is_last else None
        if match is None:
            result.append(reference)
        else:
            label = clause_label(match[1])
            result.append(replace(reference, clause=label, end=match.end()))
    return result
