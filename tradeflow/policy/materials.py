"""Which materials a page is about, as against those it merely names.

Here: the title's materials, and for titles that stay general those of item headings and orders.
Not here: the names themselves (`gazetteer.py`, data files).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tradeflow.policy.clauses import MEASURE
from tradeflow.policy.gazetteer import Mention, material, materials
from tradeflow.policy.page import Article
from tradeflow.policy.statements import without_asides

_CLASS = "rare_earth_class"
_CODE = r"\d[A-E]\d{3}(?:\.[a-z](?:\.\d+)?)*"
_HEADING = re.compile(
    rf"^\s*(?:第?[一二三四五六七八九十]+[、章节]|\([一二三四五六七八九十]+\)|\d+[.、])\s*(?:{_CODE}\s*)?"
    r"(?P<object>[^,。;:()]{1,30}?)相关物项"
)
_CODED_METAL = re.compile(rf"{_CODE}\s*(?P<object>金属[^,。;、\s]{{1,4}})")
_ORDER = re.compile(
    r"(?:对|就)(?P<object>[^。;\n]{1,90}?)实施(?:临时)?(?:出口)?管制(?!的措施|措施)"
)
_NUMBERED = re.compile(r"^\s*[一二三四五六七八九十]+、\s*(?P<measure>.+)")
_PART_OF_A_NAME = re.compile(r"^[^、,。;\s]{0,8}?(?:公司|企业|集团|大学|研究所)")


def read_materials(article: Article) -> list[Mention]:
    """The materials a page is about, with their places in the article's text.

    Returns:
        The title's materials; where it names none, only a class (中重稀土) or says 等, also those
        of the item headings and of the sentences that order a control. A class gives way to
        its members, a general name (石墨) to a special one (石墨负极材料).
    """
    title = article.folded[: len(article.title)]
    found = list(_named(title, 0, "title"))
    if not found or "等" in title or all(_is_class(each.id) for each in found):
        found += [*_in_headings(article), *_in_orders(article), *_in_measures(article)]
    return _tidied(found)


def _named(text: str, start: int, rule: str) -> Iterator[Mention]:
    for mention in materials().find(text):
        if _PART_OF_A_NAME.match(text[mention.end :]) is None:
            yield Mention(mention.id, start + mention.start, start + mention.end, rule)


def _in_headings(article: Article) -> Iterator[Mention]:
    for span in article.spans:
        for match in (_HEADING.match(span.text), *_CODED_METAL.finditer(span.text)):
            if match is not None:
                yield from _named(match["object"], span.start + match.start("object"), "heading")


def _in_orders(article: Article) -> Iterator[Mention]:
    for sentence in article.sentences:
        for match in _ORDER.finditer(without_asides(sentence.text)):
            yield from _named(match["object"], sentence.start + match.start("object"), "order")


def _in_measures(article: Article) -> Iterator[Mention]:
    """Materials of numbered paragraphs that are prohibitions (二、原则上不予许可镓、锗…)."""
    for span in article.spans:
        match = _NUMBERED.match(span.text)
        if match is not None and MEASURE.match(match["measure"]):
            yield from _named(without_asides(span.text), span.start, "measure")


def _is_class(material_id: str) -> bool:
    return material(material_id).family == _CLASS


def _tidied(mentions: Iterable[Mention]) -> list[Mention]:
    first: dict[str, Mention] = {}
    for mention in mentions:
        first.setdefault(mention.id, mention)
    has_member = any(material(each).family == "rare_earth" for each in first)
    special_classes = [each for each in first if _is_class(each) and each != "rare_earth"]
    dropped = {each for each in first if has_member and _is_class(each)}
    if special_classes:
        dropped.add("rare_earth")
    if "graphite_anode" in first:
        dropped.add("graphite")
    return [mention for each, mention in first.items() if each not in dropped]
