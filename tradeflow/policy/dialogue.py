"""Questions and answers of a page in which a spokesman is asked.

Here: pairs of a question and all the lines that answer it. Not here: what is decided in an
answer (`actions.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tradeflow.policy.numbers import only_date
from tradeflow.policy.page import Article

_QUESTION = re.compile(r"^\s*(?:有)?(?:记者|媒体)?(?:提)?问\s*[:]\s*|^\s*问\s*[:]\s*")
_ANSWER = re.compile(
    r"^\s*(?:[^,。;:]{0,16}?(?:发言人|负责人)[^,。;:]{0,8})?\s*答(?:复|记者问)?\s*[:]\s*"
)


@dataclass(frozen=True)
class Dialogue:
    """One question with its answer, both as the page prints them, without 问： and 答：."""

    question: str
    answer: str
    rule_id: str
    confidence: str


def read_dialogue(article: Article) -> list[Dialogue]:
    """Every question of a page that is answered, in order.

    Returns:
        Pairs; lines after an answer belong to it up to the next question, a closing date apart.
        Nothing where a question has no line that begins 答：.
    """
    pairs: list[Dialogue] = []
    question: tuple[int, int] | None = None
    answer: tuple[int, int] | None = None
    for span in (*article.spans, None):
        asked = _QUESTION.match(span.text) if span is not None else None
        if span is None or asked is not None:
            if question is not None and answer is not None:
                words = article.quote(*question), article.quote(*answer)
                pairs.append(Dialogue(*words, "dialogue.marked", "high"))
            question, answer = None, None
        if span is None:
            break
        if asked is not None:
            question = span.start + asked.end(), span.end
            continue
        answered = _ANSWER.match(span.text)
        if answered is not None and question is not None and answer is None:
            answer = span.start + answered.end(), span.end
        elif answer is not None and only_date(span.text) is None:
            answer = answer[0], span.end
        elif question is not None and answer is None:
            question = question[0], span.end
    return pairs
