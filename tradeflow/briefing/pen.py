"""The pen every numeral is written with: it formats, and records what it wrote.

A mark wraps the written text in private-use characters that no source text can contain. After
rendering, `settle` strips them and yields the positional record: each ASCII digit run in
order, with its kind and reference. The gate reads the finished text without this module.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from tradeflow.briefing import chinese
from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact, Row

DIGIT_RUN = re.compile(r"[0-9][0-9.,]*")
"""What counts as one numeral in the printed text."""

_FIRST = 0xF0000
_LAST = 0xFFFFD
_CLOSE = "\ue001"
_MARKED = re.compile(f"([{chr(_FIRST)}-{chr(_LAST)}])([^{_CLOSE}]*){_CLOSE}")

_CJK = "\u4e00-\u9fff"
_MARKS = f"{chr(_FIRST)}-{chr(_LAST)}"
SPACING = re.compile(
    f"(?<=[{_CJK}])(?=[{_MARKS}][0-9])|(?<=[{_CJK}]{_CLOSE})(?=[{_MARKS}][0-9])"
    f"|(?<=[0-9%]{_CLOSE})(?=[{_MARKS}]?[{_CJK}])"
)
"""Where a mark's edge joins a digit to a Chinese character and a space belongs."""


@dataclass(frozen=True)
class Use:
    """One thing written with the pen."""

    text: str
    kind: str
    reference: str
    form: str = ""


@dataclass(frozen=True)
class Numeral:
    """One digit run of the finished text and the use it is part of."""

    text: str
    kind: str
    reference: str
    form: str
    whole: str
    part: int
    """Which digit run of `whole` this is, from 0."""


@dataclass(frozen=True)
class Word:
    """A use without ASCII digits (執行中, 兩, 最高) and where it stands in the text."""

    offset: int
    text: str
    kind: str
    reference: str
    form: str


@dataclass(frozen=True)
class Settled:
    """The finished text with its positional record."""

    text: str
    numerals: tuple[Numeral, ...]
    words: tuple[Word, ...]


class Pen:
    """Writes marked text; one pen per brief."""

    def __init__(self, glossary: Glossary) -> None:
        self._glossary = glossary
        self._uses: list[Use] = []
        self._numbers: dict[Use, int] = {}

    def mark(self, text: str, kind: str, reference: str, form: str = "") -> str:
        """Wrap `text` so that the finished document knows where it came from."""
        use = Use(text, kind, reference, form)
        number = self._numbers.get(use)
        if number is None:
            number = self._numbers[use] = len(self._uses)
            self._uses.append(use)
            if _FIRST + number > _LAST:
                raise BriefError("the brief has more figures than the pen can number")
        return f"{chr(_FIRST + number)}{text}{_CLOSE}"

    def fact(self, fact: Fact | None, form: str) -> str:
        """Write a fact in one of `chinese.FACT_FORMATS`."""
        if fact is None:
            raise BriefError(f"a missing fact cannot be written as {form}")
        return self.mark(chinese.FACT_FORMATS[form](fact), "fact", fact.fact_id, form)

    def coded(self, row: Row, column: str, group: str) -> str:
        """Write a code of a mart row (a status, a record, a level) in the glossary's word."""
        code = row[column]
        if code is None:
            raise BriefError(f"{row.fact_id(column)} has no code to write")
        kind = "fact" if row.fact_id(column) in row.facts else "coded"
        return self.mark(
            self._glossary.term(group, str(code)), kind, row.fact_id(column), f"term:{group}"
        )

    def period(self, reference: str) -> str:
        """Write a period: `zh:2025-11`, `zh:2025-01..2025-11`, `zh:2024`, `iso:2025-11`."""
        return self.mark(chinese.period_zh(reference), "period", reference)

    def day(self, row: Row, column: str) -> str:
        """Write a date of a mart row, as a fact where it is one."""
        value = row[column]
        if not isinstance(value, date):
            raise BriefError(f"{row.fact_id(column)} is not a date")
        if row.fact_id(column) in row.facts:
            return self.fact(row.fact(column), "day")
        return self.mark(value.isoformat(), "date", row.fact_id(column))

    def known_day(self, value: date, reference: str) -> str:
        """Write a date of the partition itself: week start, week end, as_of."""
        return self.mark(value.isoformat(), "date", reference)

    def notice(self, row: Row, column: str = "label_zh") -> str:
        """Write a document number or a measure's label."""
        return self.mark(chinese.inert(row[column]), "document_number", row.fact_id(column))

    def quoted(self, row: Row, column: str) -> str:
        """Write a text of a mart row as it is, made inert."""
        return self.mark(chinese.inert(str(row[column])), "title", row.fact_id(column))

    def as_printed(self, row: Row, column: str) -> str:
        """Write a text of another publication, its long numbers with separators."""
        text = chinese.inert(chinese.as_printed(str(row[column])))
        return self.mark(text, "title", row.fact_id(column), "as_printed")

    def converted(self, row: Row, column: str) -> str:
        """Write a title of a mart row in traditional characters, without issuer and number."""
        text = chinese.inert(chinese.title_subject(str(row[column])))
        return self.mark(text, "title", row.fact_id(column), "title_subject")

    def unregistered(self, row: Row, column: str) -> str:
        """Write a subject that no registry knows; a notice key reads as a document number."""
        text = chinese.inert(chinese.notice_key_zh(str(row[column])))
        return self.mark(text, "title", row.fact_id(column), "notice_key")

    def clause(self, row: Row, column: str) -> str:
        """Write the clause of a subject that names a notice and a clause of it."""
        text = chinese.inert(chinese.clause_of(str(row[column])))
        return self.mark(text, "title", row.fact_id(column), "clause") if text else ""

    def item(self, row: Row, column: str, number: int, form: str = "") -> str:
        """Write one entry of a list column of a mart row."""
        text = str(row[column][number])
        shown = chinese.traditional(text) if form == "traditional" else text
        return self.mark(chinese.inert(shown), "title", f"{row.fact_id(column)}#{number}", form)

    def link(self, name: str, url: str, reference: str) -> str:
        """Write a Markdown link; an address that is not http(s) is left out."""
        safe = chinese.safe_url(url)
        return f"[{name}]({self.mark(safe, 'url', reference)})" if safe else name

    def table(self, number: int) -> str:
        """Write a table's number: 表 4."""
        return self.mark(f"表 {number}", "table_number", f"table:{number}")

    def figure(self, number: int) -> str:
        """Write a chart's number: 圖 2."""
        return self.mark(f"圖 {number}", "table_number", f"figure:{number}")

    def ordinal(self, number: int) -> str:
        """Write a list marker: `1.`"""
        return self.mark(f"{number}.", "literal", "list")

    def computed(self, text: str, reference: str) -> str:
        """Write a value the brief computes of itself, which the gate computes again."""
        return self.mark(text, "computed", reference)

    def settle(self, marked: str) -> Settled:
        """Strip the marks and list every numeral and every marked word, in order.

        Raises:
            BriefError: a numeral was written without the pen, or runs over a mark's edge.
        """
        pieces: list[str] = []
        spans: list[tuple[int, int, Use]] = []
        length = position = 0
        for match in _MARKED.finditer(marked):
            before = marked[position : match.start()]
            pieces += [before, match[2]]
            length += len(before)
            spans.append((length, length + len(match[2]), self._uses[ord(match[1]) - _FIRST]))
            length += len(match[2])
            position = match.end()
        pieces.append(marked[position:])
        text = "".join(pieces)
        return Settled(text, tuple(self._numerals(text, spans)), tuple(_words(spans)))

    def _numerals(self, text: str, spans: list[tuple[int, int, Use]]) -> list[Numeral]:
        found: list[Numeral] = []
        literal = self._glossary.literal_spans(text)
        by_start = [(start, end, use) for start, end, use in spans if DIGIT_RUN.search(use.text)]
        parts: Counter[int] = Counter()
        cursor = 0
        for match in DIGIT_RUN.finditer(text):
            while cursor < len(by_start) and by_start[cursor][1] <= match.start():
                cursor += 1
            if cursor < len(by_start) and by_start[cursor][0] <= match.start():
                start, end, use = by_start[cursor]
                if match.end() > end:
                    raise BriefError(f"numeral {match[0]!r} runs over the edge of {use.text!r}")
                found.append(
                    Numeral(match[0], use.kind, use.reference, use.form, use.text, parts[start])
                )
                parts[start] += 1
                continue
            phrase = next(
                (span for span in literal if span[0] <= match.start() and match.end() <= span[1]),
                None,
            )
            if phrase is None:
                near = text[max(0, match.start() - 20) : match.end() + 20].replace("\n", " ")
                raise BriefError(f"numeral {match[0]!r} was written without the pen, near {near!r}")
            part = len(DIGIT_RUN.findall(text[phrase[0] : match.start()]))
            found.append(Numeral(match[0], "literal", "glossary", "", text[slice(*phrase)], part))
        return found


def _words(spans: list[tuple[int, int, Use]]) -> list[Word]:
    return [
        Word(start, use.text, use.kind, use.reference, use.form)
        for start, _, use in spans
        if not DIGIT_RUN.search(use.text)
    ]


def strip(marked: str) -> str:
    """The text without marks."""
    return _MARKED.sub(r"\2", marked)


def as_json(settled: Settled) -> dict[str, Any]:
    """The positional record as `figures.json` keeps it."""
    return {
        "numerals": [
            {
                "text": n.text,
                "kind": n.kind,
                "reference": n.reference,
                "format": n.form,
                "whole": n.whole,
                "part": n.part,
            }
            for n in settled.numerals
        ],
        "words": [
            {
                "offset": w.offset,
                "text": w.text,
                "kind": w.kind,
                "reference": w.reference,
                "format": w.form,
            }
            for w in settled.words
        ],
    }
