"""What a notice controls: item codes, customs codes, materials, technologies, equipment, entities.

Here: the codes and the two kinds of phrases, and the order in which all are put together. Not
here: which materials count (`materials.py`), who is listed (`entities.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tradeflow.policy.clauses import paragraph_of
from tradeflow.policy.entities import Entity
from tradeflow.policy.gazetteer import material
from tradeflow.policy.identity import Identity
from tradeflow.policy.keys import find_references
from tradeflow.policy.materials import read_materials
from tradeflow.policy.page import Article, Span

_ITEM_CODE = re.compile(r"(?<![0-9A-Za-z.])\d[A-E]\d{3}(?:\.[a-z](?:\.\d+)?)*(?![0-9A-Za-z])")
_CUSTOMS_CODE = re.compile(
    r"(?<![0-9A-Za-z.])\d{4}\.?\d{2}(?:\.?\d{2}){1,2}(?:xx)?(?![0-9A-Za-z年])"
)
_CUSTOMS_HEADING = re.compile(r"(?:海关|税则|商品|HS)[^\n。;]{0,12}?(?:编号|编码|号列|税号|代码)")
_LISTED = re.compile(
    r"^\s*(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d+[.、]|(?=\d[A-E]\d{3}))\s*"
)
_BLANKED = re.compile(rf"\([^()]*(?:编号|编码)[^()]*\)|{_ITEM_CODE.pattern}")
# Where one listed thing ends: a stop, a customs code, or what is said of the things before it.
_BREAK = re.compile(r"[,;:。]|\d{6,}|(?<!\w)(?:未经许可|应当|不得|可以|一并)")
_SHARED_HEAD = re.compile(
    r"(?:相关|等)(?:技术|工艺)(?:及|和)?(?:其)?(?:载体|资料)?$|(?:设备|软件)、[^、]*和技术$"
    r"|^(?!.*(?:设备|装置))[^、]*的[^、]*、.*技术$"
)
"""Enumerations whose last word belongs to every member (稀土的提炼、加工、利用技术)."""
_HEADING = re.compile(r"相关物项\s*$")
_CUSTOMS_ASIDE = re.compile(r"\s*[(（][^()（）]*(?:编号|编码)[^()（）]*[)）]")
_KIND = {
    "technology": re.compile(r"(?:技术|工艺)(?:及资料|及其载体|资料)?$"),
    "equipment": re.compile(r"(?:设备|装置|生产线|炉)(?:及其[^、]{0,12}零部件)?$"),
}
_BOTH = re.compile(r"(?:设备|装置|生产线)\s*[、和及以].*(?:技术|工艺)$")
_LEADING = re.compile(r"^(?:包括|以及|及其|及|和|其|下列|上述)+")
_TRAILING = re.compile(r"(?:等)?(?:相关)?(?:物项)?(?:等)?$")
_OF_ANOTHER = re.compile(r"列入|列明|限制类|禁止类|条目|上述措施")


@dataclass(frozen=True)
class Item:
    """A controlled thing or listed entity, with the words that name it."""

    kind: str
    """`item_code`, `customs_code`, `material`, `technology`, `equipment` or `entity`."""
    value: str
    """A code, a material's id, a phrase or a name."""
    quote: str
    rule_id: str
    confidence: str
    clause: str = ""
    """The numbered paragraph the words stand in where it is a measure of its own, else `''`."""
    value_zh: str = ""
    """A material's name as written in Taiwan; empty for the others."""


def read_items(
    article: Article,
    identity: Identity,
    entities: list[Entity],
    measures: dict[str, Span] | None = None,
) -> list[Item]:
    """Every material, code, technology, equipment and entity of a page, once each.

    Codes, technologies and equipment are read from numbered notices alone, customs codes only
    where the page speaks of customs codes; materials from every page.

    Args:
        article: the page.
        identity: the notice it is, if it is one.
        entities: `read_entities` of the page.
        measures: `clauses.read_measures` of the page.
    """
    found = [
        Item(
            "material",
            each.id,
            article.quote(each.start, each.end),
            f"item.material.{each.rule}",
            "high",
            paragraph_of(measures or {}, each.start),
            material(each.id).name_zh_tw,
        )
        for each in read_materials(article)
    ]
    if identity.key is not None:
        has_customs_codes = _CUSTOMS_HEADING.search(article.folded) is not None
        before = ""
        for span in article.spans:
            found.extend(_codes(article, span, "item_code", _ITEM_CODE))
            if has_customs_codes:
                found.extend(_codes(article, span, "customs_code", _CUSTOMS_CODE))
            found.extend(_phrases(article, span, before))
            before = span.text
    found.extend(
        Item("entity", each.name_zh_hans, each.quote, each.rule_id, each.confidence)
        for each in entities
    )
    return list({(item.kind, item.value): item for item in reversed(found)}.values())[::-1]


def _codes(article: Article, span: Span, kind: str, pattern: re.Pattern[str]) -> Iterator[Item]:
    for match in pattern.finditer(span.text):
        words = article.quote(span.start + match.start(), span.start + match.end())
        value = match[0].replace(".", "") if kind == "customs_code" else match[0]
        yield Item(kind, value, words, f"item.{kind}.pattern", "high")


def _phrases(article: Article, span: Span, before: str) -> Iterator[Item]:
    """Technologies and equipment of one listed line: numbered, with a code, or under a heading."""
    lead = _LISTED.match(span.text)
    if (lead is None and not _HEADING.search(before)) or find_references(span.text):
        return
    plain = _BLANKED.sub(lambda m: " " * len(m[0]), span.text)
    start = lead.end() if lead is not None else 0
    for stop in (*_BREAK.finditer(plain, start), None):
        end = stop.start() if stop is not None else len(plain)
        for left, right in _things(plain, start, end):
            words = article.quote(span.start + left, span.start + right)
            if len(words) > 2 and _OF_ANOTHER.search(plain[left:right]) is None:
                name = _CUSTOMS_ASIDE.sub("", words)
                for kind in _kinds(plain[left:right]):
                    yield Item(kind, name, words, f"item.{kind}.listed", "high")
        start = stop.end() if stop is not None else end


def _things(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Each thing of an enumeration, or the whole stretch where the last word is shared."""
    stretch = _TRAILING.sub("", plain[start:end].rstrip())
    parts = [(0, len(stretch))]
    if _SHARED_HEAD.search(stretch) is None:
        parts = [(m.start(), m.end()) for m in re.finditer(r"[^、]+", stretch)]
    for left, right in parts:
        words = stretch[left:right]
        left += len(words) - len(words.lstrip())
        led = _LEADING.match(stretch[left:right])
        left += led.end() if led is not None else 0
        right -= len(stretch[left:right]) - len(stretch[left:right].rstrip())
        if left < right:
            yield start + left, start + right


def _kinds(words: str) -> Iterator[str]:
    if _BOTH.search(words):
        yield from _KIND
        return
    yield from (kind for kind, pattern in _KIND.items() if pattern.search(words))
