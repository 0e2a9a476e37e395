"""What a measure reaches: end uses, licence types, people abroad, and on which laws it rests.

Here: these four, each with its words. Not here: things (`items.py`, `materials.py`), economies
(`targets.py`) and names (`entities.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tradeflow.policy.identity import Identity
from tradeflow.policy.page import Article, Span
from tradeflow.policy.statements import without_asides
from tradeflow.policy.value import Value

END_USE_NAMES = {
    "military_user": "軍事用戶",
    "military_use": "軍事用途",
    "military_strength": "有助提升軍事實力的用途",
}
"""End uses as written in Taiwan, in the order in which a brief names them."""
_END_USES = (
    ("military_user", re.compile(r"军事用户")),
    ("military_use", re.compile(r"军事用途|军事目的")),
    (
        "military_strength",
        re.compile(r"有助于提升[^,。;、]{1,8}军事实力的[^,。;、]{0,12}用途"),
    ),
)
_BARS = re.compile(r"禁止|不予许可|不得(?:向|对|出口)")
_LICENCES = (
    ("individual", "單項許可", re.compile(r"单项许可")),
    ("general", "通用許可", re.compile(r"通用许可")),
    (
        "registration",
        "登記填報憑證",
        re.compile(r"登记填报(?:信息)?(?:的)?(?:方式)?[^,。;]{0,8}?凭证|登记凭证"),
    ),
    ("technology", "技術出口許可", re.compile(r"技术出口许可")),
)
_DUAL_USE = re.compile(r"两用物项(?:和技术)?(?:进?出口)?许可证?件?(?!管理目录)")
_BARRED = re.compile(r"(?:不得|不能|不予|禁止)(?:申请|适用|使用|采用)[^,。;]*$")
_ABROAD = re.compile(
    r"境外(?:组织|出口经营者|特定出口经营者|企业)[^。]{0,12}(?:和个人)?[^。]{0,60}(?:出口|转移|提供|取得)"
    r"|任何国家和地区|禁止境外组织和个人"
)
_BASIS = re.compile(
    r"(?:根据|依据为?|依照|按照)\s*(?P<laws>《[^》]+》(?:[^。;《]{0,16}《[^》]+》)*)"
)
_LAW_NAME = re.compile(r"《(?:[^《》]|〈[^〈〉]*〉)*(?:法|条例|规定|办法)》")
_ORDERS = ("公告", "令", "决定", "通知", "通告", "行政法规")


def is_measure(identity: Identity) -> bool:
    """Whether a page is itself a measure, as against news of one."""
    return identity.key is not None or identity.document_type in _ORDERS


def read_end_uses(article: Article, identity: Identity) -> Iterator[tuple[Value, int]]:
    """The end uses that a numbered notice bars, once a line, with the place of their words."""
    if identity.key is None:
        return
    for span in article.spans:
        if _BARS.search(span.text) is None:
            continue
        plain = without_asides(span.text)
        for name, words in _END_USES:
            match = words.search(plain)
            if match is not None:
                place = span.start + match.start()
                quote = article.quote(place, span.start + match.end())
                value_zh = END_USE_NAMES[name]
                yield Value("end_use", name, quote, "end_use.barred", "high", value_zh), place


def read_licences(article: Article) -> Iterator[Value]:
    """The licence types that a page names: those it asks for or grants, and those it bars.

    Returns:
        Fields `licence_type` and `licence_barred`; `dual_use` stands for the dual-use licence where
        its kind is left open. Each type once a field.
    """
    found: dict[tuple[str, str], Value] = {}
    for line in _lines(article):
        for name, name_zh, words in _LICENCES:
            for match in words.finditer(line.text):
                _keep(found, article, line, match, name, name_zh)
    if not found:
        for line in _lines(article):
            for match in _DUAL_USE.finditer(line.text):
                _keep(found, article, line, match, "dual_use", "兩用物項出口許可")
    yield from found.values()


def _lines(article: Article) -> Iterator[Span]:
    yield Span(article.folded[: len(article.title)], 0)
    yield from article.spans


def _keep(
    found: dict[tuple[str, str], Value],
    article: Article,
    line: Span,
    match: re.Match[str],
    name: str,
    name_zh: str,
) -> None:
    is_barred = _BARRED.search(line.text[: match.start()]) is not None
    field = "licence_barred" if is_barred else "licence_type"
    quote = article.quote(line.start + match.start(), line.start + match.end())
    value = Value(field, name, quote, f"{field}.named", "high", name_zh)
    found.setdefault((field, name), value)


def read_abroad(article: Article, identity: Identity) -> Value | None:
    """The words by which a notice binds people and firms outside China, or None."""
    match = _ABROAD.search(article.folded) if identity.key is not None else None
    if match is None:
        return None
    quote = article.quote(match.start(), match.end())
    return Value("extraterritorial", "true", quote, "extraterritorial.named", "high")


def read_legal_basis(article: Article, identity: Identity) -> list[Value]:
    """The laws that a measure names after 根据, one value a law, as printed."""
    match = _BASIS.search(article.folded) if is_measure(identity) else None
    if match is None:
        return []
    start = match.start("laws")
    quotes = [
        article.quote(start + m.start(), start + m.end()) for m in _LAW_NAME.finditer(match["laws"])
    ]
    return [Value("legal_basis", quote, quote, "legal_basis.named", "high") for quote in quotes]
