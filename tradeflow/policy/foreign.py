"""Measures of other economies that the reports follow, as China's ministry reports them.

Here: sentences that name a measure of the reviewed list and say, with a date, that its own
government announced, suspended, ended or resumed it. Not here: China's own notices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tradeflow.policy.actions import Action
from tradeflow.policy.gazetteer import ForeignMeasure, foreign_measures
from tradeflow.policy.numbers import find_dates
from tradeflow.policy.page import Article, Span
from tradeflow.policy.terms import start_date, term_end, until_date

_VERBS = (
    ("suspended", r"(?:暂停|中止)(?!期|措施)(?:实施|执行|适用|施行)?"),
    ("resumed", r"恢复(?:实施|执行)"),
    ("ended", r"取消|撤销|废止|终止|停止(?:实施|执行)"),
    ("announced_foreign", r"发布|公布|出台|颁布|推出|生效"),
)
_NOT_DECIDED = re.compile(r"敦促|呼吁|要求|希望|应当?|立即|尽快|是否|如果|能够|考虑|可能|将会")
_QUESTION = re.compile(r"^\s*(?:问|记者问|记者|有记者问)\s*[:]|[?]")
_SAID_BEFORE = r"(?:上述|该|此|这一|有关|前述)规则"


def read_foreign_actions(article: Article) -> list[Action]:
    """Read what a page reports of the foreign measures on the reviewed list.

    Returns:
        One row a measure and event; of several announcement days the first. A date without a
        year takes it from the page's date and lowers the confidence.
    """
    found: dict[tuple[str, str], Action] = {}
    for measure in foreign_measures():
        is_known = measure.names.search(article.folded[: article.body_start]) is not None
        for sentence in article.sentences:
            if _QUESTION.search(sentence.text):
                continue
            named = measure.names.pattern + (f"|{_SAID_BEFORE}" if is_known else "")
            action = _action(article, measure, sentence, re.compile(named))
            if action is not None:
                known = found.setdefault((measure.key, action.verb), action)
                if action.event_date < known.event_date:
                    found[measure.key, action.verb] = action
            is_known = is_known or measure.names.search(sentence.text) is not None
    return list(found.values())


def _action(
    article: Article, measure: ForeignMeasure, sentence: Span, named: re.Pattern[str]
) -> Action | None:
    """The event of one sentence: the first verb of the list that it states with a date."""
    text = sentence.text
    if measure.actors.search(text) is None:
        return None
    for verb, words in _VERBS:
        match = next(_beside_the_name(named, words, text), None)
        if match is None or _NOT_DECIDED.search(text[: match.start()]):
            continue
        start, year_stated = start_date(text, match.start(), article.page_date)
        if start is None and verb == "announced_foreign":
            earlier = [d for d in find_dates(text, article.page_date) if d.start < match.start()]
            if earlier:
                start, year_stated = earlier[-1].day, earlier[-1].year_stated
        if start is None:
            continue
        until, rule = None, "dated"
        if verb == "suspended":
            until = until_date(text, article.page_date)
            if until is None:
                until = term_end([text[match.start() :], text[: match.start()]], start)
                rule = "dated_term"
        return Action(
            verb=verb,
            target_key=measure.key,
            target_clause="",
            event_date=start,
            until_date=until,
            quote=article.quote(sentence.start, sentence.end),
            rule_id=f"foreign.{verb}.{rule}",
            confidence="high" if year_stated else "medium",
        )
    return None


def _beside_the_name(named: re.Pattern[str], words: str, text: str) -> Iterator[re.Match[str]]:
    """Verbs that share a part of the sentence (up to ;) with the measure's name."""
    for match in re.finditer(words, text):
        for name in named.finditer(text):
            low, high = sorted((match.start(), name.start()))
            if ";" not in text[low:high]:
                yield match
