"""Measures of other economies that the reports follow, as China's ministry reports them.

Here: sentences that name a measure of the reviewed list and say, with a date, that its own
government announced, suspended, ended or resumed it. Not here: China's own notices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from tradeflow.policy.actions import Action
from tradeflow.policy.gazetteer import ForeignMeasure, foreign_measures
from tradeflow.policy.numbers import find_dates
from tradeflow.policy.page import Article, Span
from tradeflow.policy.terms import start_date, term_end, until_date

_VERBS = (
    ("suspended", r"暂停(?:实施|执行|适用|施行)?|中止"),
    ("resumed", r"恢复(?:实施|执行)"),
    ("ended", r"取消|撤销|废止|终止|停止(?:实施|执行)"),
    ("announced_foreign", r"发布|公布|出台|颁布|推出|生效"),
)
_NOT_DECIDED = re.compile(r"敦促|呼吁|要求|希望|应当?|立即|尽快|是否|如果|能够|考虑|可能|将会")
_QUESTION = re.compile(r"^\s*(?:问|记者问|记者|有记者问)\s*[::]|[??]")


def read_foreign_actions(article: Article) -> list[Action]:
    """Read what a page reports of the foreign measures on the reviewed list.

    Returns:
        One row a measure and event. The announcement takes the day its publication is dated to;
        a date without a year takes it from the page's date and lowers the confidence.
    """
    found: dict[tuple[str, str, date], Action] = {}
    sentences = article.sentences
    for place, sentence in enumerate(sentences):
        for measure in foreign_measures():
            named = measure.names.search(sentence.text)
            if named is None or _QUESTION.search(sentence.text):
                continue
            before = sentences[place - 1] if place else None
            for action in _actions(article, measure, sentence, before):
                found.setdefault((action.target_key, action.verb, action.event_date), action)
    announced = [a for a in found.values() if a.verb == "announced_foreign"]
    first = {
        a.target_key: min(b.event_date for b in announced if b.target_key == a.target_key)
        for a in announced
    }
    return [
        a
        for a in found.values()
        if a.verb != "announced_foreign" or a.event_date == first[a.target_key]
    ]


def _actions(
    article: Article, measure: ForeignMeasure, sentence: Span, before: Span | None
) -> Iterator[Action]:
    text = sentence.text
    if not measure.actors.search(text) and not (before and measure.actors.search(before.text)):
        return
    for verb, words in _VERBS:
        match = next(iter(_near(measure, words, text)), None)
        if match is None or _NOT_DECIDED.search(text[: match.start()]):
            continue
        start, year_stated = start_date(text, match.start(), article.page_date)
        if start is None and verb == "announced_foreign":
            dates = [d for d in find_dates(text, article.page_date) if d.start < match.start()]
            start, year_stated = (dates[-1].day, dates[-1].year_stated) if dates else (None, False)
        if start is None:
            continue
        until = None
        rule = "dated"
        if verb == "suspended":
            until = until_date(text, article.page_date)
            if until is None:
                until = term_end([text[match.start() :], text[: match.start()]], start)
                rule = "dated_term"
        yield Action(
            verb=verb,
            target_key=measure.key,
            target_clause="",
            event_date=start,
            until_date=until,
            quote=article.quote(sentence.start, sentence.end),
            rule_id=f"foreign.{verb}.{rule}",
            confidence=0.9 if year_stated else 0.8,
        )
        return


def _near(measure: ForeignMeasure, words: str, text: str) -> Iterator[re.Match[str]]:
    """Verbs that share a part of the sentence (up to ; and 。) with the measure's name."""
    for match in re.finditer(words, text):
        for name in measure.names.finditer(text):
            low, high = sorted((match.start(), name.start()))
            if ";" not in text[low:high]:
                yield match
