"""What a report claims in words: full years, runs, records, spans, directions and legal states.

A word that claims something stands inside a word written from a mart, or beside the figure that
bears it out; anywhere else it is refused. Phrases that explain a term without claiming anything
are listed in the glossary. Not here: figures themselves (`gate.py`), where reconstructed figures
may stand (`gate_rules.py`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any

from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row

Fault = tuple[int, str]


@dataclass(frozen=True)
class Printed:
    """A recorded use at the place where it stands in the text."""

    start: int
    end: int
    text: str
    kind: str
    reference: str
    form: str


_FULL_YEAR = "全年"
_TWELVE_MONTHS = re.compile(r"[a-z]+:([0-9]{4})-01\.\.\1-12")
_RUN = re.compile(r"連續(第)?[ 第]*")
_RUN_COLUMNS = ("imports_yoy_streak", "exports_yoy_streak", "streak_months")
_SINCE = "以來"
_STATE_FORMS = frozenset({"term:status", "term:next_event", "term:field"})
_STATE_COLUMNS = ("status", "control_status")
_RISE = ("增加", "多", "擴大", "上升", "推升總額", "成長")
_FALL = ("減少", "少", "收窄", "下降", "拉低總額", "萎縮")
_MOST = re.compile(r"([增減])[加少]最多")
_SIZES = frozenset({"pct_abs", "ppt_abs", "one_abs"})
"""Formats that leave the sign to the words before them."""
_AFTER_RUN = re.compile(r" ?個月的?年([增減])")
_BEFORE_RUN = re.compile(r"年([增減])(?:至少|已)?連續$")
_BALANCE = re.compile(r"balance(_prior)?_usd|(other_)?deficit(_prior_month)?_usd")
_POSITIVE = {"b": "順差", "d": "逆差", "o": "逆差"}
"""What a balance or a deficit above zero is called, by the first letter of its column."""
_COMPARATIVE = re.compile("高於|低於|大於")
_LEAST = frozenset({"最低", "最少", "最小"})
_LARGE = frozenset({"最大", "最多"})
_LISTED = "表列"
_FIRST_THREE = "前三大"
_SENTENCE_ENDS = "。\n"
_TABLE = re.compile(r"表 [0-9]+　.*\n\n(?:\|.*\n)+")
"""A caption and the rows below it."""


class Claims:
    """The claims of one text, with what stands beside each word."""

    def __init__(
        self, own: str, uses: Sequence[Printed], marts: Marts, glossary: Glossary, as_of: date
    ) -> None:
        """
        Args:
            own: the text with quoted titles, names and addresses blanked out, offsets kept.
            as_of: the day the report speaks for.
        """
        self._own, self._marts, self._glossary, self._as_of = own, marts, glossary, as_of
        self._uses = sorted(uses, key=lambda use: use.start)
        self._starts = {use.start: use for use in self._uses}

    def faults(self) -> Iterator[Fault]:
        """Every fault, rule by rule."""
        yield from self._full_years()
        yield from self._runs()
        yield from self._records()
        yield from self._spans()
        yield from self._directions()
        yield from self._comparatives()
        yield from self._ranks()
        yield from self._first_three()
        yield from self._states()
        yield from self._whose_states()

    def _full_years(self) -> Iterator[Fault]:
        for start, word in self._words([_FULL_YEAR], self._glossary.full_year_exempt):
            use = self._covering(start)
            whole = False
            if use is not None and use.form == "full_year":
                column = f"{_row_name(use)}:prior_year_imports_usd"
                whole = self._marts.cell(column) is not None
            elif use is not None and use.kind == "period":
                whole = _TWELVE_MONTHS.fullmatch(use.reference) is not None
            if not whole:
                yield start, f"{word} stands without twelve months behind it"

    def _runs(self) -> Iterator[Fault]:
        for match in _RUN.finditer(self._own):
            use = self._starts.get(match.end())
            row = None if use is None else self._row(use)
            if use is None or row is None or not _is_run(use, row):
                yield match.start(), "連續 stands without a count of a run"
            elif self._marts.facts[use.reference].is_reconstructed:
                yield match.start(), "a run of months rests on reconstructed figures"
            elif match[1] and self._is_cut(use, row):
                yield match.start(), "連續第 counts a run whose start is not known"

    def _is_cut(self, use: Printed, row: Row) -> bool:
        """Whether nothing is known of the month before the run, so that it may be longer."""
        column = use.reference.rpartition(":")[2].replace("streak", "pct")
        if column not in row.values:
            return False
        year, month = (int(part) for part in str(row["month"]).split("-"))
        length = abs(int(self._marts.facts[use.reference].number))
        years, place = divmod(year * 12 + month - 1 - length, 12)
        before = self._marts.one(
            row.model, partner_iso3=row["partner_iso3"], month=f"{years}-{place + 1:02d}"
        )
        return before is None or before.is_reconstructed or before[column] is None

    def _records(self) -> Iterator[Fault]:
        for start, word in self._words(self._glossary.record_words, self._glossary.record_exempt):
            if word != _SINCE:
                yield start, f"{word} stands without a record computed over the run"
                continue
            use = self._starts.get(start + len(word))
            if use is None or use.form != "term:extreme":
                yield start, "以來 stands without a record computed over the run"
            elif self._marts.cell(f"{_row_name(use)}:is_reconstructed"):
                yield start, "a record rests on reconstructed figures"

    def _spans(self) -> Iterator[Fault]:
        """累計 stands beside a figure of several months, 單月 beside one of a single month."""
        phrases = self._glossary.span_phrases
        for start, word in self._words(self._glossary.span_words, self._glossary.span_exempt):
            spans = {
                fact.coverage
                for use in self._beside(start)
                if (fact := self._marts.facts.get(use.reference)) is not None
            }
            wanted = {phrases[each] for each in phrases if _within(self._own, start, word, each)}
            if not any(_asks(span) & wanted for span in spans):
                yield start, f"{word} stands without a figure of such a span"

    def _directions(self) -> Iterator[Fault]:
        """A figure printed without its sign follows a word for it."""
        for use in self._uses:
            fact = self._marts.facts.get(use.reference) if use.kind == "fact" else None
            if fact is None or not fact.exact or fact.column == "threshold":
                continue
            before = self._own[self._sentence(use.start)[0] : use.start].rstrip()
            told: set[bool] = set()
            if use.form in _SIZES:
                told = _told(before)
            elif use.form == "whole_abs":
                run = _AFTER_RUN.match(self._own, use.end) or _BEFORE_RUN.search(before)
                told = set() if run is None else {run[1] == "增"}
            elif use.form == "money" and _BALANCE.match(fact.column):
                named = re.findall(r"[順逆]差", before)[-1:]
                told = {name == _POSITIVE[fact.column[0]] for name in named}
            if (fact.exact < 0) in told:
                yield use.start, f"the words before {use.text!r} are not of its figure's sign"

    def _comparatives(self) -> Iterator[Fault]:
        """高於 and 低於 between two sums of money, or before both, hold of them."""
        for match in _COMPARATIVE.finditer(self._own):
            money = [use for use in self._beside(match.start()) if use.form == "money"]
            ahead = [use for use in money if use.start > match.start()]
            pair = [use for use in money if use.start < match.start()][-1:] + ahead[:1]
            sums = [self._marts.facts.get(use.reference) for use in (pair, ahead)[len(pair) < 2]]
            if len(sums) < 2 or sums[0] is None or sums[1] is None:
                continue
            one, other = abs(sums[0].number), abs(sums[1].number)
            if (one >= other) if match[0] == "低於" else (one <= other):
                yield match.start(), f"{match[0]} stands between {one} and {other}"

    def _ranks(self) -> Iterator[Fault]:
        """What is called the largest stands beside a figure that none of its like exceeds."""
        for start, word in self._words(self._glossary.rank_words, self._glossary.rank_exempt):
            if self._covering(start) is None and not any(
                self._leads(use, word, start) for use in self._beside(start)
            ):
                yield start, f"{word} stands without a figure that leads its like"

    def _first_three(self) -> Iterator[Fault]:
        """Partners named beside 前三大 are the first three of the ranking."""
        for match in re.finditer(_FIRST_THREE, self._own):
            for use in self._beside(match.start()):
                row = self._row(use) if use.kind == "title" else None
                rank = None if row is None else row.values.get("partner_rank")
                if rank is not None and rank > 3:
                    yield use.start, f"{use.text!r} is number {rank}, not of the first three"

    def _leads(self, use: Printed, word: str, start: int) -> bool:
        """Whether a figure is the first of its like; where one below zero is large, the lowest."""
        row, fact = self._row(use), self._marts.facts.get(use.reference)
        if row is None or fact is None or fact.exact is None or fact.column == "threshold":
            return False
        value = row[fact.column]
        lowest = word in _LEAST or (word in _LARGE and value < 0)
        return any(
            value <= min(others) if lowest else value >= max(others)
            for others in self._likes(row, fact.column, start)
        )

    def _likes(self, row: Row, column: str, start: int) -> list[list[Any]]:
        """The figures one is compared with: those of its period whose key differs in one part
        alone, part by part, or those that the words before the claim say."""
        before = self._own[self._sentence(start)[0] : start]
        told = [each for phrase, each in self._glossary.rank_among.items() if phrase in before]
        same = ["coverage", *chain.from_iterable(told)]
        listed = self._listed if _LISTED in before else None
        key, found = row.key.split("|"), defaultdict[int, list[Any]](lambda: [row[column]])
        for other in self._marts.rows(row.model):
            if (
                other[column] is None
                or other.values.get("is_self_partner")
                or other.is_reconstructed != row.is_reconstructed
                or any(other.values.get(name) != row.values.get(name) for name in same)
                or (listed is not None and f"{other.model}:{other.key}" not in listed)
            ):
                continue
            parts = enumerate(zip(key, other.key.split("|"), strict=False))
            apart = [part for part, (one, another) in parts if one != another]
            if told or len(apart) == 1:
                found[0 if told else apart[0]].append(other[column])
        return list(found.values()) or [[row[column]]]

    @cached_property
    def _listed(self) -> set[str]:
        """The rows of which a table of the text prints something."""
        return {
            _row_name(use)
            for use in self._uses
            if self._own[self._own.rfind("\n", 0, use.start) + 1] == "|"
        }

    def _states(self) -> Iterator[Fault]:
        phrases = self._glossary.state_phrases
        for start, word in self._words(self._glossary.state_words, self._glossary.state_exempt):
            use = self._covering(start)
            if use is not None and use.form in _STATE_FORMS:
                fault = self._contradicted(use)
                if fault is not None:
                    yield start, f"{use.text}: {fault}"
                continue
            held = [phrases[each] for each in phrases if _within(self._own, start, word, each)]
            if use is not None or not any(self._is_borne_out(start, each) for each in held):
                yield start, f"{word} stands where no status of {self._as_of} says so"

    def _contradicted(self, use: Printed) -> str | None:
        """Why the dates of its row rule out a state on the day the report speaks for."""
        row = self._row(use)
        if row is None:
            return None
        code = str(row[use.reference.rpartition(":")[2]])
        until, ahead = row.values.get("until_date"), row.values.get("next_date")
        if code == "suspended" and until is not None and until < self._as_of:
            return f"the suspension ended on {until}, before {self._as_of}"
        if code in {"announced", "takes_effect"} and ahead is not None and ahead <= self._as_of:
            return f"it took effect on {ahead}, not after {self._as_of}"
        if code == "in_force" and row.values.get("next_event") == "takes_effect":
            return f"it takes effect on {ahead} only"
        return None

    def _is_borne_out(self, start: int, wanted: Mapping[str, str]) -> bool:
        """Whether a row beside the phrase has one of the values it stands for."""
        return any(
            row.values.get(column) == value
            for use in self._beside(start)
            if (row := self._row(use)) is not None
            for column, value in wanted.items()
        )

    def _whose_states(self) -> Iterator[Fault]:
        """A state printed beside one notice alone is the state of that notice."""
        for use in self._uses:
            row = self._row(use) if use.form == "term:status" else None
            if row is None or not row.values.get("notice_key"):
                continue
            named = {
                str(other["notice_key"])
                for each in self._beside(use.start)
                if each.kind == "document_number"
                and (other := self._row(each)) is not None
                and other.values.get("notice_key")
            }
            if named and str(row["notice_key"]) not in named:
                yield use.start, f"{use.text} is the state of {row['notice_key']}, not of {named}"

    def _words(
        self, words: Sequence[str] | Mapping[str, str], exempt: Sequence[str]
    ) -> Iterator[tuple[int, str]]:
        """Where the words stand outside exempt phrases, the longer one where two begin."""
        longest = sorted(words, key=lambda word: (-len(word), word))
        for match in re.finditer("|".join(map(re.escape, longest)), self._own):
            if not any(_within(self._own, match.start(), match[0], each) for each in exempt):
                yield match.start(), match[0]

    def _covering(self, offset: int) -> Printed | None:
        return next((use for use in self._uses if use.start <= offset < use.end), None)

    def _sentence(self, offset: int) -> tuple[int, int]:
        """The sentence at an offset, or its row in a table; of a caption, its table too."""
        start = max(self._own.rfind(end, 0, offset) for end in _SENTENCE_ENDS) + 1
        ends = [self._own.find(end, offset) for end in _SENTENCE_ENDS]
        table = _TABLE.match(self._own, start)
        end = min((each for each in ends if each >= 0), default=len(self._own))
        return start, table.end() if table else end

    def _beside(self, offset: int) -> list[Printed]:
        """The uses in the sentence at an offset."""
        start, end = self._sentence(offset)
        return [use for use in self._uses if start <= use.start < end]

    def _row(self, use: Printed) -> Row | None:
        return self._marts.row(_row_name(use))


def _row_name(use: Printed) -> str:
    return use.reference.partition("#")[0].rpartition(":")[0]


def _is_run(use: Printed, row: Row) -> bool:
    column = use.reference.rpartition(":")[2]
    counts = column == "value" and row.values.get("rule_id") == "SIG-US-STREAK"
    return use.kind == "fact" and (column in _RUN_COLUMNS or counts)


def _asks(coverage: str) -> set[str]:
    """Which phrases on spans a figure bears out; January is the year to date by itself."""
    if ".." in coverage:
        return {"several"}
    return {"one", "several"} if coverage.endswith("-01") else {"one"}


def _told(before: str) -> set[bool]:
    """What the words before a figure say of it: a rise (True), a fall (False)."""
    told = {most == "增" for most in _MOST.findall(before)[-1:]}
    if before.endswith(_RISE + _FALL):
        told.add(before.endswith(_RISE))
    return told


def _within(text: str, offset: int, word: str, phrase: str) -> bool:
    """Whether the word at an offset is part of a phrase that stands there."""
    return any(
        text.startswith(phrase, offset - match.start())
        for match in re.finditer(re.escape(word), phrase)
    )
