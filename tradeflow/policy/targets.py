"""Whom a measure of China is aimed at.

An economy that a page merely mentions is no target; it must be the object of China's measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tradeflow.policy.gazetteer import economies, short_economies
from tradeflow.policy.identity import Identity
from tradeflow.policy.page import Article, Span
from tradeflow.policy.value import Value
from tradeflow.policy.verbs import TAKES_BACK

_NAME = rf"(?P<name>{economies().pattern})"
_AIMED = tuple(
    re.compile(words)
    for words in (
        rf"对{_NAME}(?:军事用户|[^,。;《》]{{0,10}}?)?(?:实施)?出口(?:管制|管控)",
        rf"对{_NAME}[^,。;《》]{{0,40}}?(?:采取|实施)[^,。;]{{0,4}}反制",
        rf"对[^,。;《》]{{0,20}}?(?:家|个){_NAME}[^,。;《》]{{0,20}}?(?:采取|实施)",
        rf"(?:将|对)[^,。;《》]{{0,24}}?(?:家|个|名){_NAME}[^,。;《》]{{0,12}}?(?:实体|企业|公司|机构)",
        rf"对(?:原产于)?{_NAME}[^,。;《》]{{0,30}}?(?:不予许可|禁止出口)",
    )
)
_AIMED_SHORT = re.compile(
    rf"对(?P<short>[{''.join(short_economies())}])(?:方|国)?(?:相关)?(?:两用物项)?出口(?:管制|管控)"
)
_FOREIGN_SUBJECT = re.compile(
    r"发言人就(?:美|日|欧|英|荷|德|法)(?!国|本|盟)|^商务部:坚决反对"
    r"|(?:美|日|英|荷|欧)(?:方|商务部)?(?:将我|发布|制裁|对)"
)
_SPOKESMAN = re.compile(r"商务部(?:新闻)?发言人|商务部(?:回应|:)")


def read_targets(article: Article, identity: Identity) -> list[Value]:
    """The economies a measure of China is aimed at, as ISO3 codes (EUU for the EU), sorted.

    Read from the title, and for numbered notices without one there from the operative
    sentences; nothing for news of other governments' measures and for notices that take a
    measure back.
    """
    title = article.folded[: len(article.title)]
    if TAKES_BACK.search(title):
        return []
    if identity.key is None and identity.document_type not in ("公告", "决定"):
        if not _SPOKESMAN.search(title) or _FOREIGN_SUBJECT.search(title):
            return []
        return _values(article, [Span(title, 0)], "target.title")
    in_title = _values(article, [Span(title, 0)], "target.title")
    if in_title:
        return in_title
    orders = [sentence for sentence in article.sentences if _orders(sentence.text)]
    return _values(article, orders, "target.order")


def _values(article: Article, stretches: Iterable[Span], rule: str) -> list[Value]:
    found: dict[str, Value] = {}
    for stretch in stretches:
        for code, start, end in _aimed_at(stretch.text):
            quote = article.quote(stretch.start + start, stretch.start + end)
            found.setdefault(code, Value("target", code, quote, rule, "high"))
    return [found[code] for code in sorted(found)]


def _orders(sentence: str) -> bool:
    """Whether a sentence orders something itself instead of telling what others did."""
    return re.search(r"决定|公告如下|列入|禁止|不予许可", sentence) is not None and not re.search(
        r"美方|欧方|日方|此前|曾", sentence
    )


def _aimed_at(text: str) -> Iterator[tuple[str, int, int]]:
    """Codes of the economies that a text aims at, each with the place of the words that do."""
    for pattern in _AIMED:
        for match in pattern.finditer(text):
            yield economies()[match["name"]], match.start(), match.end()
    for match in _AIMED_SHORT.finditer(text):
        yield short_economies()[match["short"]], match.start(), match.end()
