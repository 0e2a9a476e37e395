"""What the wording of a brief may not do, whatever its numbers say.

Rules on the author's own words only: quoted titles and names are left out. Each fault is an
offset into the text and a reason.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tradeflow.briefing.claim_rules import Claims, Fault, Printed
from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.quality import CheckFamily, check_families
from tradeflow.periods import Week

_MARK = "重建"
_TICK = re.compile(r"\[[ xX]\]|[☐☑☒✓✔✅✗❌]")
"""Boxes and ticks of a checklist; results of checks stand in their table, from the records."""
COUNTED = re.compile("[兩二三四五六七八九十百千萬]+")
"""Chinese numerals; 一 is left out, as it is grammar far more often than a count."""
_CHECK_COLUMNS = ("檢核", "結果", "說明")
_OF_A_LAYER = "fct_layer_coverage:"
"""How many answers a layer has and when they came: counted here, whatever the answers say."""
_OF_A_RATING = re.compile(r"fct_control_severity:.*:(?:severity|score)")
_OF_A_PERIOD = (
    "fct_control_exposure_yearly:",
    "fct_exposed_imports_yearly:",
    "fct_mineral_producers_yearly:",
    "fct_mineral_production_yearly:",
    "fct_source_comparisons:",
    "fct_reporter_flows_yearly:",
    "fct_partner_flows_yearly:",
    "fct_trade_balances_yearly:",
    "fct_concentration_yearly:",
    "fct_us_trade_monthly:",
    "fct_us_trade_ytd:",
)
"""Models whose figures are of the period their row names."""


def wording_faults(
    markdown: str, uses: Sequence[Printed], marts: Marts, glossary: Glossary, issue: Issue
) -> Iterator[Fault]:
    """Every fault in the wording, rule by rule."""
    own = _own_words(markdown, uses)
    yield from _banned(own, glossary)
    yield from _ticks(own)
    yield from _checks(markdown, marts, glossary, issue.frame)
    yield from _news(uses, marts, issue)
    yield from Claims(own, uses, marts, glossary, issue.as_of).faults()
    yield from _coverage(markdown, uses, marts)
    yield from _named_periods(markdown, uses, marts)
    yield from _reconstructed(markdown, uses, marts, issue.frame)
    yield from _counted(own, uses, marts, glossary, issue.frame)


def _own_words(markdown: str, uses: Sequence[Printed]) -> str:
    """The text with every quoted title, name and address blanked out, offsets kept."""
    text = list(markdown)
    for use in uses:
        if use.kind in {"title", "document_number", "url"}:
            text[use.start : use.end] = "〇" * (use.end - use.start)
    return "".join(text)


def _banned(own: str, glossary: Glossary) -> Iterator[Fault]:
    for phrase in glossary.banned:
        offset = own.find(phrase)
        if offset >= 0:
            yield offset, f"{phrase!r} may not stand in a brief"


def _ticks(own: str) -> Iterator[Fault]:
    for match in _TICK.finditer(own):
        yield match.start(), f"{match[0]!r} ticks off what no check has found"


def _counted(
    own: str, uses: Sequence[Printed], marts: Marts, glossary: Glossary, frame: Frame
) -> Iterator[Fault]:
    """A Chinese numeral is written from a mart, or stands in a reviewed phrase or a name.

    Left out are lines that the skeleton fixes: headings and the heads of tables.
    """
    written = {offset for use in uses for offset in range(use.start, use.end)}
    reviewed = {
        offset
        for phrase in (
            *glossary.numeral_phrases,
            *filter(COUNTED.search, marts.economies.values()),
        )
        for match in re.finditer(re.escape(phrase), own)
        for offset in range(*match.span())
    }
    heads = {f"| {' | '.join(columns)} |" for _, columns in frame.columns.values()}
    for match in COUNTED.finditer(own):
        if match.start() in written or match.start() in reviewed:
            continue
        line = own[own.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]
        if not line.startswith("#") and line not in heads:
            yield match.start(), f"{match[0]!r} is a count that no mart states"


def _checks(markdown: str, marts: Marts, glossary: Glossary, frame: Frame) -> Iterator[Fault]:
    """The table of checks holds their recorded outcomes, no row more and no row less."""
    names = [name for name, columns in frame.columns.values() if columns == _CHECK_COLUMNS]
    head = f"| {' | '.join(_CHECK_COLUMNS)} |\n"
    start = markdown.find(head)
    if not names or start < 0:
        return
    wanted = [_check_row(family, glossary) for family in check_families(marts.checks, glossary)]
    offset = markdown.index("\n", start + len(head)) + 1
    for row in wanted:
        line = markdown[offset : markdown.find("\n", offset)]
        if line != row:
            yield offset, f"the outcome of the checks is {row!r}"
        offset += len(line) + 1
    if markdown[offset : offset + 1] == "|":
        yield offset, "the row stands for no check"


def _check_row(family: CheckFamily, glossary: Glossary) -> str:
    word = "failed" if family.failed_rules else "passed"
    counted = f"{family.failed_rules or family.rules:,}"
    rows = f"{family.failing_rows:,}"
    result = glossary.term("check_result", word).format(rules=counted, rows=rows)
    name, meaning = (glossary.term(g, family.name) for g in ("check_name", "check_meaning"))
    return f"| {name} | {result} | {meaning} |"


def _news(uses: Sequence[Printed], marts: Marts, issue: Issue) -> Iterator[Fault]:
    """What a week calls new was posted in it."""
    if not isinstance(issue.period, Week):
        return
    for use in uses:
        row = marts.row(use.reference.partition("#")[0].rpartition(":")[0])
        if row is None or row.model != "fct_new_documents":
            continue
        if not issue.period.start <= row["released_on"] <= issue.period.end:
            yield use.start, f"{use.text!r} was posted on {row['released_on']}, not in the week"


def _named_periods(markdown: str, uses: Sequence[Printed], marts: Marts) -> Iterator[Fault]:
    """A paragraph names the period of every figure of one."""
    lines: dict[int, list[Printed]] = defaultdict(list)
    for use in uses:
        lines[markdown.rfind("\n", 0, use.start) + 1].append(use)
    for start, members in lines.items():
        if markdown[start] in "|表":
            continue
        facts = [(use, marts.facts.get(use.reference)) for use in members]
        named = _periods(members) | {
            str(fact.text) for use, fact in facts if fact is not None and use.form == "month_zh"
        }
        for use, fact in facts:
            measured = fact is not None and fact.exact is not None and not _is_count(use)
            if fact is None or not measured or not use.reference.startswith(_OF_A_PERIOD):
                continue
            spoken = {fact.coverage, *([_year_before(fact.coverage)] * _is_change(fact.column))}
            if not spoken & named:
                yield use.start, f"{use.text!r} is of {fact.coverage}, which its paragraph omits"


def _is_count(use: Printed) -> bool:
    """Whether a figure counts months rather than measuring one, or is of an earlier report."""
    return use.reference.endswith("_streak") or "@" in use.reference


def _is_change(column: str) -> bool:
    return column.endswith(("_yoy_pct", "_change")) or column == "yoy_pct"


def _year_before(coverage: str) -> str:
    return re.sub(r"[0-9]{4}", lambda year: str(int(year[0]) - 1), coverage)


def _coverage(markdown: str, uses: Sequence[Printed], marts: Marts) -> Iterator[Fault]:
    """A row that names one period, itself or in its table's caption, holds figures of it only."""
    rows: dict[int, list[Printed]] = defaultdict(list)
    captions: dict[int, list[Printed]] = defaultdict(list)
    for use in uses:
        start = markdown.rfind("\n", 0, use.start) + 1
        if markdown[start] == "|":
            rows[start].append(use)
        elif markdown[start] == "表":
            captions[start].append(use)
    for start, members in rows.items():
        periods = _periods(members) or _periods(captions[markdown.rfind("\n表 ", 0, start) + 1])
        for use in members:
            if "@" in use.reference:
                continue
            fact = marts.facts.get(use.reference) if use.kind == "fact" else None
            of_period = fact is not None and use.reference.startswith(_OF_A_PERIOD)
            if of_period and fact is not None and periods != {fact.coverage}:
                yield use.start, f"{use.text!r} is of {fact.coverage}, its row of {periods}"


def _periods(members: Sequence[Printed]) -> set[str]:
    return {use.reference.partition(":")[2] for use in members if use.kind == "period"}


def _reconstructed(
    markdown: str, uses: Sequence[Printed], marts: Marts, frame: Frame
) -> Iterator[Fault]:
    headings = [(m.start(), m[0]) for m in re.finditer(r"^#{1,3} .*$", markdown, re.M)]
    for use in uses:
        fact = marts.facts.get(use.reference) if use.kind == "fact" else None
        is_value = not use.reference.startswith(_OF_A_LAYER)
        if fact is None or not fact.is_reconstructed or not is_value:
            continue
        if _OF_A_RATING.fullmatch(use.reference):
            yield use.start, f"rating {use.text!r} rests on reconstructed figures"
        under = [text for start, text in headings if start <= use.start]
        section = next((text for text in reversed(under) if not text.startswith("###")), "")
        for heading in {section, under[-1] if under else ""} & frame.no_reconstructed:
            yield use.start, f"reconstructed figure {use.text!r} stands under {heading!r}"
        start = markdown.rfind("\n", 0, use.start) + 1
        line = markdown[start : markdown.find("\n", use.start)]
        if line.startswith("|"):
            if _MARK not in line:
                yield use.start, f"the row of reconstructed figure {use.text!r} does not say 重建"
            continue
        if section in frame.no_reconstructed_prose:
            yield use.start, f"reconstructed figure {use.text!r} stands in the prose of {section!r}"
        rest = line[use.start - start :].split("。")[0]
        if _MARK not in rest:
            yield use.start, f"reconstructed figure {use.text!r} is not followed by（重建）"
