"""Sentences that can order something, and whether one does.

Here: which sentences belong together, and telling a decision from a question, a wish, history
or another government's act. Not here: verbs and their objects (`verbs.py`), dates (`terms.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tradeflow.policy.numbers import DATE
from tradeflow.policy.page import Article, Span

_QUESTION = re.compile(r"^\s*(?:问|记者问|记者|有记者问|提问)\s*[:]|(?:记者|媒体)问[:]|[?]\s*[”]?$")
_DECREE_HISTORY = re.compile(r"^\s*\(.*(?:公布|发布|修订|通过).*\)\s*$")
_OPENS_LIST = re.compile(rf"(?:下列|以下|如下|{DATE}\s*(?:之?日)?起)[^。;:]*:\s*$")
# 现将有关事项公告如下 opens the notice itself, not a list of what one verb acts on.
_OPENS_NOTICE = re.compile(r"(?:事项|措施|决定|管制)?(?:公告|通知|通告|公布)?如下:\s*$")
_NUMBERED = re.compile(r"^\s*(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d+[.、])")
_GOES_ON = re.compile(r"^\s*(?:上述|以上|前述|该|此次|本次)?(?:暂停|停止|期限|措施|期间)")
_NOT_DECIDED = re.compile(
    r"是否|将视|视情|如果|呼吁|敦促|要求(?:美|对|欧|日)方|考虑|研究|可能|不会|不得|未"
    r"|拟|建议|希望|据报道|传闻|有报道|有媒体|能否|何时|可以申请"
)
_HISTORY = re.compile(r"此前|曾|已于|已经|已由|早在|业已|当时|[当去]年|历史上|自动失效")
_PREDICATE = r"宣布|决定|公布|发布|同意|承诺|将|计划|取消|暂停|停止|终止|恢复|废止"
_SUBJECT = re.compile(
    r"(?<![对向将与就和、])(?:(?P<foreign>美方|美国(?:商务部|财政部|政府)|美商务部|欧方|欧盟委员会|欧委会"
    r"|荷方|荷兰政府|日方|日本政府|英方|英国政府)"
    r"|(?P<own>中方|我国|我方|商务部|国务院|海关总署|不可靠实体清单工作机制))"
    rf"[^,;。]{{0,16}}?(?:{_PREDICATE})"
)


@dataclass(frozen=True)
class Statement:
    """A sentence, or an opening sentence (…如下：) with the list it opens."""

    span: Span
    tail: str
    """The next sentence, where it goes on about the same (上述暂停…)."""

    @property
    def text(self) -> str:
        return self.span.text


def statements(article: Article) -> Iterator[Statement]:
    """The statements of an article's body in order, questions and bracketed histories left out."""
    sentences = article.sentences
    place = 0
    while place < len(sentences):
        first = last = sentences[place]
        if _opens_list(first.text):
            while place + 1 < len(sentences) and _continues_list(sentences[place + 1].text):
                place += 1
                last = sentences[place]
        place += 1
        if _QUESTION.search(first.text) or _DECREE_HISTORY.match(first.text):
            continue
        following = sentences[place].text if place < len(sentences) else ""
        tail = following if _GOES_ON.match(following) else ""
        yield Statement(Span(article.folded[first.start : last.end], first.start), tail)


def _opens_list(sentence: str) -> bool:
    return _OPENS_LIST.search(sentence) is not None and not _OPENS_NOTICE.search(sentence)


def _continues_list(sentence: str) -> bool:
    return _NUMBERED.match(sentence) is not None and not _OPENS_LIST.search(sentence)


def is_decided(before: str, verb: str) -> bool:
    """Whether the words up to a verb make it China's own present decision.

    Args:
        before: the statement up to the verb, folded.
        verb: the verb itself.

    Returns:
        False for what was, may be, is asked for, or is another government's.
    """
    sentence = re.split(r"[;。]", before)[-1]
    if _HISTORY.search(sentence) or _NOT_DECIDED.search(re.split(r"[,;。]", before)[-1]):
        return False
    subjects = list(_SUBJECT.finditer(sentence + verb))
    return not subjects or subjects[-1]["foreign"] is None


def is_quoted(text: str, place: int) -> bool:
    """Whether a place of the text stands in quotation marks: words that are someone else's."""
    return any(q.start() < place < q.end() for q in re.finditer(r"“[^”]*”|「[^」]*」", text))


def without_asides(text: str) -> str:
    """The text with what stands in brackets, quotes and title marks blanked, places kept."""
    blank = re.compile(r"《[^《》]*》|\([^()]*\)|“[^”]*”|「[^」]*」")
    return blank.sub(lambda aside: " " * len(aside[0]), text)
