"""Whom a listing names: how many it says, and which names stand on its list.

Here: the stated count and the names of numbered lines, tables and enumerations. Not here:
whether count and names agree (a check compares them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tradeflow.policy.identity import Identity
from tradeflow.policy.numbers import NUMERAL, numeral
from tradeflow.policy.page import Article, Span
from tradeflow.policy.verbs import TAKES_BACK

_LISTING = re.compile(r"管控名单|关注名单|不可靠实体清单|反制(?:措施|清单)")
_COUNT = re.compile(
    rf"(?P<count>{NUMERAL})\s*(?:家|个|名)[^,。;《》、\d]{{0,24}}?(?:实体|企业|公司|机构|组织|个人)"
)
_NUMBERED = re.compile(r"(?:^|(?<=\s))\(?(?P<number>\d{1,3})\)?\s*[.、]?\s*(?=\D)")
_NAME_END = re.compile(r"[;,。、\s]+$")
_BEFORE_NAMES = re.compile(r"^.*(?:将|对|附件|[一二三四五六七八九十]、)")
_AFTER_NAMES = re.compile(r"(?:等\s*\d*\s*家?|列入|采取|实施).*$")
_LONGEST_NAME = 160


def stated_entity_count(article: Article, identity: Identity) -> int | None:
    """How many entities a listing says it lists.

    Returns:
        The title's number; for notices without one there, that of the first sentence that
        states one. None for pages that list nobody or take a listing back.
    """
    title = article.folded[: len(article.title)]
    if not _LISTING.search(title) or TAKES_BACK.search(title):
        return None
    is_notice = identity.document_type in ("公告", "令", "决定")
    texts = (title, *(span.text for span in article.spans)) if is_notice else (title,)
    match = next(filter(None, map(_COUNT.search, texts)), None)
    return numeral(match["count"]) if match is not None else None


def read_entities(article: Article, identity: Identity) -> list[tuple[str, str]]:
    """The names a listing notice lists, in its order.

    Returns:
        Pairs of name and the words that give it (with the name in other languages). Numbered
        lines and tables count when their numbers run from 1 without a gap; an enumeration only
        when it has as many names as the notice states.
    """
    if identity.document_type not in ("公告", "令", "决定"):
        return []
    if not _LISTING.search(article.folded[: len(article.title)]):
        return []
    return _numbered(article) or _enumerated(article, stated_entity_count(article, identity))


def _numbered(article: Article) -> list[tuple[str, str]]:
    rows: dict[int, str] = {}
    for span in article.spans:
        starts = list(_NUMBERED.finditer(span.text))
        if not starts or starts[0].start() != 0:
            continue
        for place, match in enumerate(starts):
            end = starts[place + 1].start() if place + 1 < len(starts) else len(span.text)
            words = article.quote(span.start + match.end(), span.start + end)
            if 1 < len(words) <= _LONGEST_NAME and "。" not in words:
                rows.setdefault(int(match["number"]), _NAME_END.sub("", words))
    if len(rows) < 2 or set(rows) != set(range(1, len(rows) + 1)):
        return []
    return [(_name(rows[number]), rows[number]) for number in sorted(rows)]


def _enumerated(article: Article, count: int | None) -> list[tuple[str, str]]:
    if count is None or count < 2:
        return []
    for span in article.spans:
        for start, end in _stretches(span):
            names = [part.strip() for part in article.text[start:end].split("、")]
            if len(names) == count and all(1 < len(name) <= _LONGEST_NAME for name in names):
                return [(_name(name), name) for name in names]
    return []


def _stretches(span: Span) -> Iterator[tuple[int, int]]:
    """Stretches without a break, less the words that lead to the names and follow them."""
    for match in re.finditer(r"[^::,;。\n]+", span.text):
        lead = _BEFORE_NAMES.match(match[0])
        start = match.start() + (lead.end() if lead is not None else 0)
        rest = _AFTER_NAMES.search(span.text[start : match.end()])
        end = start + rest.start() if rest is not None else match.end()
        yield span.start + start, span.start + end


def _name(words: str) -> str:
    return re.split(r"[(（]", words)[0].strip() or words
