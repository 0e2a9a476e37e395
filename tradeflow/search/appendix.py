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

    Every document is shown once, under the first question that finds it; what a question was made
    from is not an answer to it. An answer must say enough of the question, in itself and
    beside the best answer; both limits are calibrated on the tuning half of the judged queries.

    Raises:
        InputError: no such kind of report.
    """
    limits = _limits(kind)
    shown: set[str] = set()
    related: list[Related] = []
    for question, origin in _questions(service, week, kind):
        hits = []
        for hit in _good_enough(service.search(question, k=limits.per_question + 1, as_of=week)):
            fits = len(hits) < limits.per_question and len(shown) < limits.in_all
            if fits and hit.document_id not in shown | {origin}:
                shown.add(hit.document_id)
                hits.append(hit)
        related.append(Related(question, tuple(hits)))
    return related


def _questions(service: SearchService, week: Week, kind: str) -> Iterator[tuple[str, str | None]]:
    """Questions, each with the document it was made from."""
    limits, asked = _limits(kind), 0
    seen: set[str] = set()
    for question, origin in (*_of_the_week(service, week), *((each, None) for each in FIXED)):
        if asked == limits.questions:
            return
        if question not in seen:
            seen.add(question)
            asked += 1
            yield question, origin


def _of_the_week(service: SearchService, week: Week) -> Iterator[tuple[str, str | None]]:
    """The subjects of what the week published, notices first, each in order of release."""
    new = [
        document
        for document in service.documents(week)
        if document.layer == POLICY_LAYER and week.start <= document.released_on <= week.end
    ]
    new.sort(key=lambda each: (each.notice_key is None, each.released_on, each.id))
    longest = int(threshold("search_query_characters"))
    for document in new:
        subject = title_subject(document.title)[:longest].strip()
        if subject:
            yield subject, document.id


def _good_enough(hits: list[Hit]) -> list[Hit]:
    least, of_best = threshold("appendix_least_relevance"), threshold("appendix_least_of_best")
    best = max((hit.relevance for hit in hits), default=0.0)
    return [hit for hit in hits if hit.relevance >= max(least, of_best * best)]


def _limits(kind: str) -> Limits:
    if kind not in LIMITS:
        raise InputError(f"kind of report {kind!r} is unknown; known: {', '.join(LIMITS)}")
    return LIMITS[kind]
