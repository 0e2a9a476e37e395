"""Whom a measure of China is aimed at, on what law it rests, whether it reaches abroad.

An economy that a page merely mentions is no target; it must be the object of China's measure.
"""

from __future__ import annotations

import re

from tradeflow.policy.gazetteer import economies, short_economies
from tradeflow.policy.identity import Identity
from tradeflow.policy.page import Article
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
_ABROAD = re.compile(
    r"境外(?:组织|出口经营者|特定出口经营者|企业)[^。]{0,12}(?:和个人)?[^。]{0,60}(?:出口|转移|提供|取得)"
    r"|任何国家和地区|禁止境外组织和个人"
)
_BASIS = re.compile(
    r"(?:根据|依据为?|依照|按照)\s*(?P<laws>《[^》]+》(?:[^。;《]{0,16}《[^》]+》)*)"
)
_LAW_NAME = re.compile(r"《[^》]*(?:法|条例|规定|办法)》")


def read_targets(article: Article, identity: Identity) -> list[str]:
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
        return _aimed_at(title)
    in_title = _aimed_at(title)
    if in_title:
        return in_title
    return sorted(
        {code for s in article.sentences if _orders(s.text) for code in _aimed_at(s.text)}
    )


def is_extraterritorial(article: Article, identity: Identity) -> bool:
    """Whether a notice binds people and firms outside China."""
    return identity.key is not None and _ABROAD.search(article.folded) is not None


def legal_basis(article: Article) -> str | None:
    """The laws named after 根据, as printed, or None."""
    match = _BASIS.search(article.folded)
    if match is None:
        return None
    start = match.start("laws")
    laws = [
        article.quote(start + m.start(), start + m.end()) for m in _LAW_NAME.finditer(match["laws"])
    ]
    return "、".join(laws) or None


def _orders(sentence: str) -> bool:
    """Whether a sentence orders something itself instead of telling what others did."""
    return re.search(r"决定|公告如下|列入|禁止|不予许可", sentence) is not None and not re.search(
        r"美方|欧方|日方|此前|曾", sentence
    )


def _aimed_at(text: str) -> list[str]:
    named = {economies()[m["name"]] for pattern in _AIMED for m in pattern.finditer(text)}
    shortened = {short_economies()[m["short"]] for m in _AIMED_SHORT.finditer(text)}
    return sorted(named | shortened)
