"""What a report's appendix asks of the search, and which answers it may show.

Here: the questions of a week, from what was published in it and a fixed list, and the limits of
each kind of report. Not here: how an appendix is printed. Its scores order related
reading; no figure of a report rests on them, and they stand nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tradeflow.briefing.chinese import title_subject
from tradeflow.errors import InputError
from tradeflow.periods import Week
from tradeflow.policy.gazetteer import material
from tradeflow.search.documents import POLICY_LAYER
from tradeflow.search.service import Hit, SearchService
from tradeflow.thresholds import threshold

FIXED = (
    "稀土出口管制",
    "美國貿易逆差",
    "出口市場集中度",
    "半導體出口管制",
    "列入管控名單的實體",
    "關鍵礦產的世界產量",
    "暫停實施的管制",
    "兩用物項出口管制條例",
)
"""Asked in this order after what the week published, until the report has its questions."""


_FIXED_AT_LEAST = 2
"""Of a report's questions, so that an appendix always looks beyond the week."""


@dataclass(frozen=True)
class Limits:
    """How much a kind of report asks and shows at most."""

    questions: int
    per_question: int
    in_all: int
    characters: int = 200
    """Of an answer's excerpt."""


LIMITS = {
    "weekly": Limits(questions=5, per_question=5, in_all=10),
    "monthly": Limits(questions=8, per_question=5, in_all=15),
    "policy": Limits(questions=8, per_question=5, in_all=15),
    "media": Limits(questions=3, per_question=3, in_all=6),
    "digest": Limits(questions=5, per_question=3, in_all=10),
}


@dataclass(frozen=True)
class Related:
    """A question and the documents shown for it, best first; there may be none."""

    question: str
    hits: tuple[Hit, ...]


def appendix_questions(service: SearchService, week: Week, kind: str) -> list[str]:
    """What the appendix of a week's report asks.

    Args:
        kind: one of `LIMITS`.

    Raises:
        InputError: no such kind of report.
    """
    return [question for question, _ in _questions(service, week, kind)]


def appendix(service: SearchService, week: Week, kind: str) -> list[Related]:
    """The related documents of a week's report, as of the week's last day.

    Questions take turns, best answers first, until the report has as many as it shows. Every
    document is shown once; what a question was made from is not an answer to it. An answer must say
    enough of the question, in itself and beside the best answer; both limits are calibrated on
    the tuning half of the judged queries.

    Raises:
        InputError: no such kind of report.
    """
    limits = _limits(kind)
    asked = list(_questions(service, week, kind))
    found = [_answers(service, week, limits, *each) for each in asked]
    shown: set[str] = set()
    kept: list[list[Hit]] = [[] for _ in asked]
    for _ in range(limits.per_question):
        for place, hits in enumerate(found):
            fresh = next((hit for hit in hits if hit.document_id not in shown), None)
            if fresh is not None and len(shown) < limits.in_all:
                shown.add(fresh.document_id)
                kept[place].append(fresh)
    return [Related(question, tuple(hits)) for (question, _), hits in zip(asked, kept, strict=True)]


def _questions(service: SearchService, week: Week, kind: str) -> Iterator[tuple[str, str | None]]:
    """Questions, each with the document it was made from."""
    limits = _limits(kind)
    questions = dict(_of_the_week(service, week))
    of_the_week = list(questions.items())[: limits.questions - _FIXED_AT_LEAST]
    fixed = [(question, None) for question in FIXED if question not in questions]
    yield from [*of_the_week, *fixed][: limits.questions]


def _of_the_week(service: SearchService, week: Week) -> Iterator[tuple[str, str | None]]:
    """What the week published: subjects of notices, their materials, then subjects of news."""
    longest = int(threshold("search_query_characters"))
    new = [
        document
        for document in service.documents(week)
        if document.layer == POLICY_LAYER and week.start <= document.released_on <= week.end
    ]
    new.sort(key=lambda each: (each.notice_key is None, each.released_on, each.id))
    for document in new:
        subject = title_subject(document.title)[:longest].strip()
        if subject:
            yield subject, document.id
        names = [name for name in map(_material_name, document.materials) if name]
        if document.notice_key is not None and names and not any(n in subject for n in names):
            yield f"{'、'.join(names)}的出口管制", document.id


def _material_name(concept: str) -> str | None:
    try:
        return material(concept).name_zh_tw
    except KeyError:
        return None


def _answers(
    service: SearchService, week: Week, limits: Limits, question: str, origin: str | None
) -> list[Hit]:
    """The answers good enough to show, best first; not what the question was made from."""
    # One more than is shown, for that one is found as well.
    found = service.search(question, k=limits.per_question + 1, as_of=week)
    hits = [hit for hit in found if hit.document_id != origin]
    best = max((hit.relevance for hit in hits), default=0.0)
    least = max(threshold("appendix_least_relevance"), threshold("appendix_least_of_best") * best)
    return [hit for hit in hits if hit.relevance >= least]


def _limits(kind: str) -> Limits:
    if kind not in LIMITS:
        raise InputError(f"kind of report {kind!r} is unknown; known: {', '.join(LIMITS)}")
    return LIMITS[kind]
