"""What a notice controls: item codes, customs codes, materials, listed entities.

Here: the codes, and the order in which the four kinds are put together. Not here: which
materials count (`materials.py`), who is listed (`entities.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tradeflow.policy.entities import read_entities
from tradeflow.policy.identity import Identity
from tradeflow.policy.materials import read_materials
from tradeflow.policy.page import Article, Span

_ITEM_CODE = re.compile(r"(?<![0-9A-Za-z.])\d[A-E]\d{3}(?:\.[a-z](?:\.\d+)?)*(?![0-9A-Za-z])")
_CUSTOMS_CODE = re.compile(
    r"(?<![0-9A-Za-z.])\d{4}\.?\d{2}(?:\.?\d{2}){1,2}(?:xx)?(?![0-9A-Za-z年])"
)
_CUSTOMS_HEADING = re.compile(r"(?:海关|税则|商品|HS)[^\n。;]{0,12}?(?:编号|编码|号列|税号|代码)")


@dataclass(frozen=True)
class Item:
    """A controlled thing or listed entity, with the words that name it."""

    kind: str
    """`item_code`, `customs_code`, `material` or `entity`."""
    value: str
    """A code, a material's id, or a name."""
    quote: str


def read_items(article: Article, identity: Identity) -> list[Item]:
    """Every material, code and entity of a page, once each, in order of the text.

    Codes are read from numbered notices alone, customs codes only where the page speaks of
    customs codes; materials from every page.
    """
    found = [
        Item("material", each.id, article.quote(each.start, each.end))
        for each in read_materials(article)
    ]
    if identity.key is not None:
        has_customs_codes = _CUSTOMS_HEADING.search(article.folded) is not None
        for span in article.spans:
            found.extend(_codes(article, span, "item_code", _ITEM_CODE))
            if has_customs_codes:
                found.extend(_codes(article, span, "customs_code", _CUSTOMS_CODE))
    found.extend(Item("entity", *names) for names in read_entities(article, identity))
    return list({(item.kind, item.value): item for item in reversed(found)}.values())[::-1]


def _codes(article: Article, span: Span, kind: str, pattern: re.Pattern[str]) -> Iterator[Item]:
    for match in pattern.finditer(span.text):
        words = article.quote(span.start + match.start(), span.start + match.end())
        value = match[0].replace(".", "") if kind == "customs_code" else match[0]
        yield Item(kind, value, words)
