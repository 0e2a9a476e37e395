"""The publication gate: reads a finished brief again and refuses what it cannot vouch for.

It takes the Markdown and `figures.json` as a reader would and trusts neither: the two must
agree numeral by numeral, every entry must follow again from the week's marts, and the frame
and the wording must keep the rules. It shares with the renderer only the formats of numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from tradeflow.briefing import chinese
from tradeflow.briefing.chart_rules import chart_faults
from tradeflow.briefing.claim_rules import Printed
from tradeflow.briefing.comparisons import comparisons
from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.gate_rules import wording_faults
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.quality import CheckFamily, check_families
from tradeflow.briefing.render import Chart, share_text, share_traced
from tradeflow.errors import GateRefused
from tradeflow.search.appendix import LIMITS

APPENDIX = "## 附錄：語意搜尋參考"
"""The heading under which search scores may stand."""

_UNREVIEWED = "**未經人工審核**"
_REVIEWED = "人工審核："
_DIGIT_RUN = re.compile(r"[0-9][0-9.,]*")


class Gate:
    """Checks briefs of one week against that week's marts."""

    def __init__(self, marts: Marts, glossary: Glossary, issue: Issue) -> None:
        self._marts, self._glossary, self._issue = marts, glossary, issue
        self._known: dict[tuple[str, str, str, str], str | None] = {}

    def check(self, markdown: str, record: Mapping[str, Any]) -> None:
        """Accept the brief in silence or refuse it.

        Raises:
            GateRefused: the first fault, with its line and the reason.
        """
        for broken in (self._issue.frame.rules or _no_rules)(self._marts):
            self._refuse(markdown, 0, broken)
        self._headings(markdown)
        printed = self._numerals(markdown, record["numerals"])
        printed += self._words(markdown, record["words"])
        self._origins(markdown, printed, record["facts"])
        # What is computed over the others comes last, so that a refusal names the cause.
        stating = [use for use in printed if use.reference != "list"]
        for use in sorted(stating, key=lambda use: use.kind == "computed"):
            fault = self._fault(use, record)
            if fault is not None:
                self._refuse(markdown, use.start, fault)
        self._markers(markdown, printed)
        self._review(markdown)
        self._related(markdown, printed)
        self._tables(markdown, printed)
        faults = wording_faults(markdown, printed, self._marts, self._glossary, self._issue)
        for offset, fault in faults:
            self._refuse(markdown, offset, fault)

    def check_charts(self, charts: Sequence[Chart]) -> None:
        """Accept the charts in silence or refuse them.

        Raises:
            GateRefused: the first fault, with its chart.
        """
        for fault in chart_faults(charts):
            raise GateRefused(f"{self._issue.period} brief, {fault}; nothing was published")

    def _refuse(self, markdown: str, offset: int, reason: str) -> None:
        line = markdown.count("\n", 0, offset) + 1
        start = markdown.rfind("\n", 0, offset) + 1
        text = markdown[start : (markdown + "\n").index("\n", start)]
        shown = _excerpt(text, offset - start)
        raise GateRefused(
            f"{self._issue.period} brief, line {line}: {reason}; the line reads {shown!r}; "
            "nothing was published"
        )

    def _headings(self, markdown: str) -> None:
        expected = (self._issue.title, *self._issue.frame.headings)
        found = [(match.start(), match[0]) for match in re.finditer(r"^ {0,3}#.*$", markdown, re.M)]
        for (offset, text), wanted in zip(found, expected, strict=False):
            if text != wanted:
                self._refuse(markdown, offset, f"heading {text!r} stands where {wanted!r} belongs")
        if len(found) < len(expected):
            self._refuse(markdown, len(markdown), f"heading {expected[len(found)]!r} is missing")
        if len(found) > len(expected):
            offset, text = found[len(expected)]
            self._refuse(markdown, offset, f"heading {text!r} is not in the skeleton")

    def _numerals(self, markdown: str, entries: list[Mapping[str, Any]]) -> list[Printed]:
        runs = list(_DIGIT_RUN.finditer(markdown))
        for run, entry in zip(runs, entries, strict=False):
            if run[0] != entry["text"]:
                self._refuse(
                    markdown,
                    run.start(),
                    f"numeral {run[0]!r} is printed where {entry['text']!r} is recorded",
                )
        if len(runs) > len(entries):
            run = runs[len(entries)]
            self._refuse(markdown, run.start(), f"numeral {run[0]!r} is printed but not recorded")
        if len(entries) > len(runs):
            missing = entries[len(runs)]["text"]
            self._refuse(markdown, len(markdown), f"numeral {missing!r} is recorded but missing")
        return self._wholes(markdown, runs, entries)

    def _wholes(
        self,
        markdown: str,
        runs: Sequence[re.Match[str]],
        entries: Sequence[Mapping[str, Any]],
    ) -> list[Printed]:
        """The uses that the numerals are parts of, each printed as a whole."""
        printed: list[Printed] = []
        for run, entry in zip(runs, entries, strict=True):
            whole = str(entry["whole"])
            parts = list(_DIGIT_RUN.finditer(whole))
            part = int(entry["part"])
            if part >= len(parts) or parts[part][0] != run[0]:
                self._refuse(
                    markdown, run.start(), f"numeral {run[0]!r} is not part {part} of {whole!r}"
                )
            start = run.start() - parts[part].start()
            if markdown[max(start, 0) : start + len(whole)] != whole:
                self._refuse(
                    markdown, run.start(), f"{whole!r} is recorded but not printed as such"
                )
            use = Printed(
                start,
                start + len(whole),
                whole,
                str(entry["kind"]),
                str(entry["reference"]),
                str(entry["format"]),
            )
            if part == 0:
                printed.append(use)
            elif not printed or printed[-1] != use:
                self._refuse(markdown, run.start(), f"part of {whole!r} stands alone")
        return printed

    def _words(self, markdown: str, entries: list[Mapping[str, Any]]) -> list[Printed]:
        printed = []
        for entry in entries:
            start, text = int(entry["offset"]), str(entry["text"])
            if markdown[start : start + len(text)] != text:
                self._refuse(markdown, start, f"{text!r} is recorded here but not printed")
            printed.append(
                Printed(
                    start,
                    start + len(text),
                    text,
                    str(entry["kind"]),
                    str(entry["reference"]),
                    str(entry["format"]),
                )
            )
        return printed

    def _origins(
        self, markdown: str, printed: list[Printed], recorded: Mapping[str, Mapping[str, Any]]
    ) -> None:
        for use in printed:
            fact = self._marts.facts.get(use.reference)
            if use.kind != "fact" or fact is None:
                continue
            told = recorded.get(use.reference)
            if told is None or tuple(told["response_ids"]) != fact.response_ids:
                self._refuse(
                    markdown,
                    use.start,
                    f"the recorded origin of {use.text!r} is not that of its fact",
                )

    def _fault(self, use: Printed, record: Mapping[str, Any]) -> str | None:
        if use.kind == "computed" and use.reference == "traced":
            wanted = share_text(share_traced(record["numerals"], self._marts))
            return (
                None
                if use.text == wanted
                else f"traced share {use.text!r} is {wanted!r} when measured"
            )
        key = (use.kind, use.reference, use.form, use.text)
        if key not in self._known:
            self._known[key] = self._explain(use)
        return self._known[key]

    def _explain(self, use: Printed) -> str | None:
        try:
            wanted = self._again(use)
        except (BriefError, KeyError, ValueError, IndexError, TypeError) as error:
            return f"{use.kind} {use.text!r} cannot be traced to {use.reference!r} ({error})"
        if wanted is None:
            return (
                f"{use.kind} {use.text!r} names {use.reference!r}, which does not exist this week"
            )
        return None if use.text in wanted else f"{use.kind} {use.text!r} should read {wanted[0]!r}"

    def _again(self, use: Printed) -> tuple[str, ...] | None:
        """What the use should read, worked out from the marts alone."""
        marts, reference = self._marts, use.reference
        if use.kind == "fact":
            fact = marts.facts.get(reference)
            if fact is None:
                return None
            if use.form.startswith("term:"):
                return (self._glossary.term(use.form.removeprefix("term:"), fact.text or ""),)
            return (chinese.FACT_FORMATS[use.form](fact),)
        if use.kind == "coded":
            code = marts.cell(reference)
            return (
                None
                if code is None
                else (self._glossary.term(use.form.removeprefix("term:"), str(code)),)
            )
        if use.kind == "date":
            return self._date(reference)
        if use.kind == "period":
            return self._period(reference)
        if use.kind == "document_number":
            return self._document(reference)
        if use.kind == "title":
            return self._title(reference, use.form)
        if use.kind == "url":
            address = self._entry(reference)
            return None if address is None else (chinese.safe_url(str(address)) or "",)
        if use.kind == "hash":
            return (self._issue.data_version,)
        if use.kind == "table_number":
            return self._number_of(reference)
        if use.kind == "literal":
            return self._glossary.literals if reference == "glossary" else None
        if use.kind == "score":
            return (chinese.score(marts.cell(reference)),)
        if use.kind == "computed":
            return self._computed(reference)
        return None

    def _date(self, reference: str) -> tuple[str, ...] | None:
        period = self._issue.period
        if reference == "as_of":
            return (self._issue.as_of.isoformat(),)
        if reference.startswith("issue:"):
            return {
                f"issue:{period.key}:start": (period.start.isoformat(),),
                f"issue:{period.key}:end": (period.end.isoformat(),),
                f"issue:{period.key}:name": (self._issue.frame.period_name(period),),
            }.get(reference)
        value = self._marts.cell(reference)
        return (value.isoformat(),) if isinstance(value, date) else None

    def _period(self, reference: str) -> tuple[str, ...] | None:
        if chinese.period_start(reference) > self._issue.as_of:
            return None
        return (chinese.period_zh(reference),)

    def _document(self, reference: str) -> tuple[str, ...] | None:
        label, row = self._marts.cell(reference), self._marts.row(reference.rpartition(":")[0])
        key = None if row is None else row["notice_key"]
        registered = self._marts.one("dim_notices", notice_key=key)
        return None if label is None or registered is None else (chinese.inert(str(label)),)

    def _title(self, reference: str, form: str) -> tuple[str, ...] | None:
        if reference == "review":
            review = self._issue.review
            return None if review is None else (chinese.inert(review.text),)
        value = self._entry(reference)
        if value is None:
            return None
        readings = {
            "traditional": chinese.traditional,
            "title_subject": chinese.title_subject,
            "notice_key": chinese.notice_key_zh,
            "as_printed": chinese.as_printed,
            "clause": chinese.clause_of,
        }
        return (chinese.inert(readings.get(form, str)(str(value))),)

    def _entry(self, reference: str) -> Any:
        """A cell, or the entry of a list cell that `#` numbers; None where there is none."""
        cell, _, number = reference.partition("#")
        value = self._marts.cell(cell)
        return value[int(number)] if number and value is not None else value

    def _number_of(self, reference: str) -> tuple[str, ...] | None:
        kind, _, number = reference.partition(":")
        if kind == "table":
            return (f"表 {number}",) if int(number) in self._issue.frame.columns else None
        return (f"圖 {int(number)}",)

    def _computed(self, reference: str) -> tuple[str, ...] | None:
        subject, _, name = reference.partition(":")
        if subject == "comparisons":
            return (str(comparisons(self._marts).number(name)),)
        family, _, measure = name.partition(":")
        for found in self._families:
            if found.name == family:
                return (f"{getattr(found, measure):,}",)
        return None

    @cached_property
    def _families(self) -> list[CheckFamily]:
        return check_families(self._marts.checks, self._glossary)

    def _markers(self, markdown: str, printed: list[Printed]) -> None:
        markers = [use for use in printed if use.reference == "list"]
        for number, use in enumerate(markers, 1):
            at_start = markdown[: use.start].endswith("\n") and use.kind == "literal"
            if not at_start or use.text != f"{number}.":
                self._refuse(markdown, use.start, f"{use.text!r} is not list marker {number}")

    def _review(self, markdown: str) -> None:
        """The header claims a review exactly where one is recorded."""
        review = self._issue.review
        stated = _UNREVIEWED if review is None else f"**{_REVIEWED}{chinese.inert(review.text)}**"
        header = markdown.partition("\n## ")[0]
        claims = [claim for claim in (_UNREVIEWED, f"**{_REVIEWED}") if claim in header]
        if stated not in header or len(claims) != 1:
            self._refuse(markdown, 0, f"the header does not state the review as {stated!r}")

    def _related(self, markdown: str, printed: list[Printed]) -> None:
        """Scores stand in the appendix alone, a document once, and no more than its limits."""
        start = markdown.find(f"\n{APPENDIX}\n")
        end = markdown.find("\n## ", start + 1)
        shown: dict[str, int] = {}
        asked: Counter[int] = Counter()
        for use in (use for use in printed if use.kind == "score"):
            if not start <= use.start < end:
                self._refuse(markdown, use.start, f"score {use.text} stands outside the appendix")
            row = self._marts.row(use.reference.rpartition(":")[0])
            assert row is not None  # its cell was read to check the figure
            asked[row["asked"]] += 1
            if row["document_id"] in shown:
                self._refuse(markdown, use.start, f"{row['document_id']} is shown twice")
            shown[row["document_id"]] = use.start
            if row["released_on"] > self._issue.as_of:
                self._refuse(markdown, use.start, f"{row['document_id']} was not public yet")
            limits = LIMITS[self._issue.frame.folder]
            if len(shown) > limits.in_all or asked[row["asked"]] > limits.per_question:
                self._refuse(markdown, use.start, "the appendix shows more than its limits")

    def _tables(self, markdown: str, printed: list[Printed]) -> None:
        captions = list(re.finditer(r"^(表|圖) (\d+)　", markdown, re.M))
        tables = [match for match in captions if match[1] == "表"]
        figures = [match for match in captions if match[1] == "圖"]
        if [int(match[2]) for match in tables] != list(self._issue.frame.columns):
            self._refuse(markdown, 0, "the tables are not the skeleton's, each once and in order")
        if [int(match[2]) for match in figures] != list(range(1, len(figures) + 1)):
            self._refuse(markdown, 0, "the figures are not numbered in order of appearance")
        for use in printed:
            kind, _, number = use.reference.partition(":")
            if kind == "figure" and not 1 <= int(number) <= len(figures):
                self._refuse(markdown, use.start, f"{use.text} is referred to but not drawn")
        heads = {int(match[2]): _table_after(markdown, match.end()) for match in tables}
        for table, lines in heads.items():
            columns = self._issue.frame.columns[table][1]
            offset = next(match.start() for match in tables if int(match[2]) == table)
            if lines and lines[0] != f"| {' | '.join(columns)} |":
                self._refuse(
                    markdown, offset, f"the columns of table {table} are not the skeleton's"
                )
            for line in lines[2:]:
                if len(re.split(r"(?<!\\)\|", line)) != len(columns) + 2:
                    self._refuse(
                        markdown, offset, f"a row of table {table} has not {len(columns)} cells"
                    )


def _excerpt(line: str, place: int) -> str:
    """At most 80 characters of a line, with the place in question among them."""
    start = max(0, min(place - 40, len(line) - 80))
    end = start + 80
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"


def _no_rules(_: Marts) -> Iterator[str]:
    yield from ()


def _table_after(markdown: str, position: int) -> list[str]:
    lines = markdown[position:].split("\n")[1:]
    return list(_leading_table(lines[1:] if lines and not lines[0] else lines))


def _leading_table(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield line
