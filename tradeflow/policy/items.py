"""What a notice controls: item codes, customs codes, materials, listed entities.

Here: values that stand in the notice's operative text. Materials count where the notice
controls them (title, headings of items, 对…实施出口管制), not where it merely names a compound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tradeflow.policy.gazetteer import Mention, material, materials
from tradeflow.policy.identity import Identity
from tradeflow.policy.numbers import NUMERAL, numeral
from tradeflow.policy.page import Article, Span

_ITEM_CODE = re.compile(r"(?<![0-9A-Za-z.])\d[A-E]\d{3}(?:\.[a-z](?:\.\d+)?)*(?![0-9A-Za-z])")
_CUSTOMS_CONTEXT = re.compile(
    r"(?:海关|商品|税则|税号|HS)[^\n。;]{0,12}?(?:编号|编码|号列|税号|代码)?"
)
_CUSTOMS_CODE = re.compile(
    r"(?<![0-9A-Za-z.])\d{4}\.?\d{2}(?:\.?\d{2}){0,2}(?:xx)?(?![0-9A-Za-z年])"
)
_HEADING = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]+[、章节]|\([一二三四五六七八九十]+\)|\d[A-E]\d{3})"
)
_CONTROL_OBJECT = re.compile(
    r"(?:对|将|就|关于|禁止|向)(?P<object>[^。;\n《]{1,90}?)(?:实施|采取|进行)?(?:临时)?(?:出口)?(?:管制|管控|不予许可|列为|列入)"
)
_COUNTRY_OBJECT = re.compile(r"(?:原则上)?不予许可(?P<object>[^。;\n]{1,60}?)对")
_STATED = re.compile(
    rf"(?P<count>{NUMERAL})\s*(?:家|个|名)[^,。;《》、\d]{{0,24}}?(?:实体|企业|公司|机构|组织)"
)
_LISTS = r"(?:出口管制)?管控名单|关注名单|不可靠实体清单|反制(?:措施|清单)"
_ENTITY_LINE = re.compile(
    r"^\s*(?:\(?\d{1,3}\)?\s*[.、,\)]\s*|\(?[一二三四五六七八九十]{1,3}\)?[、.)]\s*)(?P<name>\S.*)$"
)
_FOREIGN_NAME = re.compile(r"\((?=[^()]*[A-Za-z]{2})[^()]*\)|[A-Za-z][A-Za-z&.,'\- ]{5,}")
_LIST_FOLLOWS = re.compile(r"(?:名单|清单|如下|附件|实体|企业)[^。]{0,20}[::]?\s*$")
_CLASS_FAMILIES = frozenset(("rare_earth_class",))


@dataclass(frozen=True)
class Item:
    """A controlled thing or listed entity, with the words that name it."""

    kind: str
    """`item_code`, `customs_code`, `material` or `entity`."""
    value: str
    quote: str


def read_items(article: Article, identity: Identity) -> list[Item]:
    """Every code, material and entity of the page, once each, in order of the text.

    Codes and entities are read from numbered notices alone; materials from every page.
    """
    found = [Item("material", m.id, _words(article, m)) for m in read_materials(article)]
    if identity.key is not None or identity.document_type == "公告":
        for span in article.spans:
            found.extend(_codes(article, span))
        found.extend(_entities(article))
    return list({(item.kind, item.value): item for item in reversed(found)}.values())[::-1]


def read_materials(article: Article) -> list[Mention]:
    """The materials a page is about, places in the article's text.

    The title's materials; where it names none, only a class (中重稀土) or says 等, also those of
    the item headings and of the sentences that order the control. A class gives way to its
    members, and a general name (石墨) to a special one of its family (石墨负极).
    """
    title = article.folded[: len(article.title)]
    found = list(materials().find(title))
    if not found or "等" in title or all(_is_class(m.id) for m in found):
        named = [*found, *_in_headings(article), *_in_orders(article)]
    else:
        named = found
    return _tidied(named)


def stated_entity_count(article: Article) -> int | None:
    """How many entities the page says it lists, from the title or else the first sentence."""
    title = article.folded[: len(article.title)]
    if not re.search(rf"{_LISTS}|列入|制裁", title):
        return None
    for text in (title, *(span.text for span in article.spans[:6])):
        match = _STATED.search(text)
        if match is not None:
            return numeral(match["count"])
    return None


def _words(article: Article, mention: Mention) -> str:
    return article.quote(mention.start, mention.end)


def _is_class(material_id: str) -> bool:
    return material(material_id).family in _CLASS_FAMILIES


def _shifted(mentions: Iterable[Mention], by: int) -> Iterator[Mention]:
    for mention in mentions:
        yield Mention(mention.id, mention.start + by, mention.end + by)


def _in_headings(article: Article) -> Iterator[Mention]:
    for span in article.spans:
        if not _HEADING.match(span.text):
            continue
        heading = re.search(r"^[^。;:]{1,60}?(?:相关)?物项", span.text)
        if heading is not None:
            yield from _shifted(materials().find(heading[0]), span.start)


def _in_orders(article: Article) -> Iterator[Mention]:
    for sentence in article.sentences:
        for pattern in (_CONTROL_OBJECT, _COUNTRY_OBJECT):
            for match in pattern.finditer(sentence.text):
                place = sentence.start + match.start("object")
                yield from _shifted(materials().find(match["object"]), place)


def _tidied(mentions: Iterable[Mention]) -> list[Mention]:
    first: dict[str, Mention] = {}
    for mention in mentions:
        first.setdefault(mention.id, mention)
    has_rare_earth = any(material(each).family == "rare_earth" for each in first)
    specific_classes = {"rare_earth_equipment", "rare_earth_technology", "medium_heavy_rare_earth"}
    kept = []
    for each, mention in first.items():
        if _is_class(each) and has_rare_earth:
            continue
        if each == "rare_earth" and specific_classes & first.keys():
            continue
        if each == "graphite" and "graphite_anode" in first:
            continue
        kept.append(mention)
    return kept


def _codes(article: Article, span: Span) -> Iterator[Item]:
    for match in _ITEM_CODE.finditer(span.text):
        start = span.start + match.start()
        yield Item("item_code", match[0], article.quote(start, start + len(match[0])))
    if _CUSTOMS_CONTEXT.search(span.text) is None:
        return
    for match in _CUSTOMS_CODE.finditer(span.text):
        start = span.start + match.start()
        words = article.quote(start, start + len(match[0]))
        yield Item("customs_code", match[0].replace(".", ""), words)


def _entities(article: Article) -> Iterator[Item]:
    """Names on the numbered lines of a list; a notice that lists nobody has none."""
    if not re.search(_LISTS, article.folded):
        return
    for span in article.spans:
        match = _ENTITY_LINE.match(span.text)
        if match is None or not _FOREIGN_NAME.search(match["name"]):
            continue
        if re.search(r"[。;]", match["name"].rstrip("。;,")):
            continue
        start = span.start + match.start("name")
        words = article.quote(start, span.end).rstrip("。;；,，、")
        yield Item("entity", re.split(r"[(（]", words)[0].strip() or words, words)
