"""From when a notice itself takes effect, clause by clause.

Here: the sentences in which a notice speaks of its own start (本公告自…起实施), with the
clauses they single out. Not here: what it does to other notices (`actions.py`), or any state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from tradeflow.policy.identity import Identity
from tradeflow.policy.keys import CLAUSE, clause_label, find_references
from tradeflow.policy.numbers import DATE, find_dates
from tradeflow.policy.page import Article, Span

ON_PUBLICATION = (
    r"自\s*(?:本公告|本决定|本令|本规定)?\s*(?:公布|发布|印发|公告|颁布)\s*之\s*日\s*(?:起|开始)"
    r"|自?\s*即\s*日\s*起|自\s*今\s*日\s*起"
)
"""The words for a start on the day of publication."""

_SELF = r"(?:本|此)(?:公告|决定|令|规定|条例|办法|清单|目录|法|通告|通知|项措施)"
_START = re.compile(
    rf"(?P<publication>{ON_PUBLICATION})"
    rf"|(?:自|从|于|定于|为|由)\s*(?P<from>{DATE})(?:\s*\d{{1,2}}\s*(?:时|:)\s*(?:\d{{1,2}}\s*分?)?)?"
)
_EFFECT = re.compile(
    r"^\s*(?:之日)?(?:起|开始)?\s*,?\s*(?:正式|同步|予以|全面|开始)*(?:实施|施行|生效|执行|适用)(?!的|以来|后|期间)"
)
_CONTROL = re.compile(
    r"^\s*(?:之日)?起?\s*,?\s*对[^。;]{1,80}?实施(?:临时)?(?:出口)?管制(?!的|以来|后|期间)"
)
_EFFECT_BEFORE = re.compile(r"(?:实施|施行|生效|执行)(?:日期|时间|之日)?\s*(?:为|定)?\s*$")
_SINGLED_OUT = re.compile(rf"(?P<clause>{CLAUSE})(?P<rest>[^,;。第]{{0,20}})$")
_NAMED_DOCUMENT = re.compile(r"《[^《》]+》[^《》,;]{0,12}$")
_ELSEWHERE = re.compile(
    r"已于|曾于|曾|此前|早前|原定|原于|业已|美方|美国商务部|欧方|日方|暂停|停止|废止|终止"
)
_LIFTED_NUMBERING = re.compile(r"^\s*(?P<number>[一二三四五六七八九十]+)、\s*(?P<measure>.+)")
MEASURE = re.compile(
    r"^(?:禁止|原则上不予|不予许可|不得|对[^。;]{1,60}?(?:不予许可|实施更严格|从严))"
)
"""How a numbered paragraph begins that is a prohibition of its own."""
_COUNTRY_SCOPED = re.compile(r"对[^,。《》]{1,8}出口(?:管制|管控)")


@dataclass(frozen=True)
class Clause:
    """A start that a notice states for itself or for part of itself."""

    clause: str
    """`''` for the whole notice, else `2` or `1(1)(2)`."""
    effective_date: date | None
    effective_kind: str
    """`on_publication` or `fixed_date`."""
    quote: str
    rule_id: str
    confidence: str
    """`high`; `medium` where the page states two different days for the same clause."""
    materials: tuple[str, ...] = ()
    """Ids of the materials of this clause, where a notice's clauses are measures of their own."""
    end_uses: tuple[str, ...] = ()
    """End uses that this clause bars, likewise (`scope.END_USE_NAMES`)."""


def read_clauses(article: Article, identity: Identity) -> list[Clause]:
    """Read the effective dates of a numbered notice.

    Returns:
        One row a clause; where the page states two days for one, a row for each, the first one
        first, all of confidence `medium`. A start on publication has the issue date, or None
        where the page states none. Nothing for pages that are no notice.
    """
    if identity.key is None:
        return []
    stated = [c for s in article.sentences for c in _statements(article, s, identity)]
    first = {(clause.clause, clause.effective_date): clause for clause in reversed(stated)}
    told = [
        replace(clause, confidence="high" if _agree(clause, stated) else "medium")
        for clause in reversed(first.values())
    ]
    if {clause.clause for clause in told} == {""}:
        labels = read_measures(article)
        return [replace(each, clause=label) for each in told for label in labels] or told
    return told


def _agree(clause: Clause, stated: list[Clause]) -> bool:
    same = {other.effective_date for other in stated if other.clause == clause.clause}
    return same == {clause.effective_date}


def _statements(article: Article, sentence: Span, identity: Identity) -> Iterator[Clause]:
    starts = list(_START.finditer(sentence.text))
    before = 0
    for place, match in enumerate(starts):
        pre = sentence.text[before : match.start()]
        stop = starts[place + 1].start() if place + 1 < len(starts) else len(sentence.text)
        post = sentence.text[match.end() : stop]
        before = match.end()
        rule = _rule(pre, post)
        if rule is None or _speaks_of_another(pre, article, identity):
            continue
        day, kind = _start_day(match, identity)
        if kind == "fixed_date" and day is None:
            continue
        issued = identity.issue_date
        if kind == "fixed_date" and issued is not None and day is not None and day < issued:
            continue
        yield Clause(
            clause=_clause(pre),
            effective_date=day,
            effective_kind=kind,
            quote=article.quote(sentence.start, sentence.end),
            rule_id=f"clause.{rule}.{kind}",
            confidence="high",
        )


def _rule(pre: str, post: str) -> str | None:
    if _EFFECT.search(post):
        return "takes_effect"
    if _CONTROL.search(post):
        return "control_from"
    return "effect_dated" if _EFFECT_BEFORE.search(pre) else None


def _speaks_of_another(pre: str, article: Article, identity: Identity) -> bool:
    """Whether the words before a start name a document other than the page's own."""
    itself = list(re.finditer(_SELF, pre))
    after_itself = pre[itself[-1].end() :] if itself else pre
    if _ELSEWHERE.search(after_itself):
        return True
    if any(reference.key != identity.key for reference in find_references(after_itself)):
        return True
    named = _NAMED_DOCUMENT.search(after_itself)
    if named is None or itself:
        return False
    name = named[0][: named[0].index("》") + 1]
    title = article.folded[: len(article.title)]
    return name not in title and name.strip("《》") not in title


def _start_day(match: re.Match[str], identity: Identity) -> tuple[date | None, str]:
    if match["publication"]:
        return identity.issue_date, "on_publication"
    dates = find_dates(match["from"], identity.issue_date)
    return (dates[0].day if dates else None), "fixed_date"


def _clause(pre: str) -> str:
    singled_out = _SINGLED_OUT.search(pre)
    if singled_out is None or re.search(_SELF, singled_out["rest"]):
        return ""
    return clause_label(singled_out["clause"])


def read_measures(article: Article) -> dict[str, Span]:
    """The paragraphs that are each a measure of their own against one economy, by number.

    Later notices act on such paragraphs singly (暂停第二款), so each has its own history.
    """
    if not _COUNTRY_SCOPED.search(article.folded[: len(article.title)]):
        return {}
    found = []
    for span in article.spans:
        numbered = _LIFTED_NUMBERING.match(span.text)
        if numbered is not None and MEASURE.match(numbered["measure"]):
            found.append((clause_label(f"第{numbered['number']}条"), span))
    measures = dict(found)
    return measures if 1 < len(measures) == len(found) else {}


def paragraph_of(measures: dict[str, Span], place: int) -> str:
    """The number of the measure whose paragraph holds a place of the text, or ''."""
    return next((n for n, span in measures.items() if span.start <= place < span.end), "")
