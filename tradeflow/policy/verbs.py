"""What may happen to a notice, and which verb of a statement governs which notice.

Here: the verb lexicon and word order. Not here: whether the statement is a decision
(`statements.py`) and when it takes effect (`terms.py`).
"""

from __future__ import annotations

import re

from tradeflow.policy.keys import Reference
from tradeflow.policy.numbers import NUMERAL
from tradeflow.policy.statements import is_quoted, without_asides

_NOT_A_NOUN = r"(?!(?:实施|执行)?(?:措施|期间|期限|期内|期后|安排|之列|不等于))"
_LEXICON = (
    ("suspended", rf"(?:继续)?(?:予以)?(?:暂停|中止){_NOT_A_NOUN}(?:实施|执行|适用|施行)?"),
    ("resumed", r"恢复(?:实施|执行|适用)"),
    ("replaced", r"(?:予以|同时|即行)?废止|替代|代替|取代"),
    ("ended", r"(?:停止|终止)(?:实施|执行|适用)?|不再(?:实施|执行|适用)|取消|解除|撤销"),
    ("amended", r"修订|修改|调整(?:发布|为)?"),
)
_VERB = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _LEXICON))
TAKES_BACK = re.compile(r"暂停|中止|停止|终止|取消|解除|撤销")
"""In a title: the notice takes a measure back and is aimed at nobody."""
_CLOSES = re.compile(rf"\s*(?:[,;:。)]|$|至|到|期|为期|{NUMERAL}\s*(?:年|天|日|个月))")
_LEADS_TO_VERB = re.compile(r"[^,;。\n]*(?:,\s*(?:自|从|于|继续|予以|至)[^,;。\n本该其]*)*")
_OBJECT_FIRST = re.compile(r"(?:对|将|就)\s*$")
_NOT_AN_OBJECT = re.compile(r"(?:由|根据|依据|依照|按照|仍按|按|比照|见|与|适用|影响|系|同)\s*$")
_LIST_ANNOUNCED = re.compile(r"下列|以下|如下")


def find_verbs(text: str) -> list[re.Match[str]]:
    """The verbs of a folded statement, in order; those in quotes, brackets and titles left out.

    Returns:
        Matches whose `lastgroup` is suspended, resumed, replaced, ended or amended.
    """
    return list(_VERB.finditer(without_asides(text)))


def governing_verb(
    verbs: list[re.Match[str]], target: Reference, text: str
) -> re.Match[str] | None:
    """The verb whose object a notice is, or None.

    A verb governs the notices that follow it without a break (暂停实施A、B), those it closes
    (对A停止实施; A、B同时废止), and, in the line that opens a list, the notices of the list.

    Args:
        verbs: `find_verbs(text)`.
        target: a notice the statement names.
        text: the folded statement, list lines included.
    """
    if _NOT_AN_OBJECT.search(text[: target.start]) or is_quoted(text, target.start):
        return None
    plain = without_asides(text)
    line_start = text.rfind("\n", 0, target.start) + 1
    before = [v for v in verbs if line_start <= v.start() and v.end() <= target.start]
    leading = next(
        (v for v in reversed(before) if not re.search(r"[,;。]", plain[v.end() : target.start])),
        None,
    )
    closing = next((v for v in verbs if v.start() >= target.end), None)
    if closing is not None and not (
        _LEADS_TO_VERB.fullmatch(plain[target.end : closing.start()])
        and _CLOSES.match(plain[closing.end() :])
    ):
        closing = None
    if closing is not None and (leading is None or _OBJECT_FIRST.search(text[: target.start])):
        return closing
    return leading or _of_the_list(verbs, text, line_start)


def _of_the_list(verbs: list[re.Match[str]], text: str, line_start: int) -> re.Match[str] | None:
    opening = text[: text.find("\n")] if line_start else ""
    if not _LIST_ANNOUNCED.search(opening):
        return None
    in_opening = [v for v in verbs if v.end() <= len(opening)]
    return in_opening[-1] if in_opening else None
