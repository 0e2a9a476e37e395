"""Whom a listing names: how many it says, which names stand on its list, and which list it is.

Here: the stated count, the kind of list, and the names of numbered lines, tables and
enumerations. Not here: comparing names (`names.py`), the state of a listing (its notice's).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tradeflow.policy.identity import Identity
from tradeflow.policy.names import name_key, printable
from tradeflow.policy.numbers import NUMERAL, numeral
from tradeflow.policy.page import Article, Span
from tradeflow.policy.value import Value
from tradeflow.policy.verbs import TAKES_BACK
from tradeflow.thresholds import threshold

LIST_KINDS = (
    ("watch_list", re.compile(r"关注名单")),
    ("unreliable_entities", re.compile(r"不可靠实体清单(?!工作机制)")),
    ("countermeasures", re.compile(r"反制(?:措施|清单)")),
    ("control_list", re.compile(r"管控名单")),
)
"""The four lists and the words that name them."""
_LISTING = re.compile(r"管控名单|关注名单|不可靠实体清单|反制(?:措施|清单)")
_REMOVES = re.compile(r"移出|移除")
_COUNT = re.compile(
    rf"(?P<count>{NUMERAL})\s*(?:家|个|名)[^,。;《》、\d]{{0,24}}?(?:实体|企业|公司|机构|组织|个人)"
)
_NUMBERED = re.compile(r"^\(?(?P<number>\d{1,5})\)?\s*[.、]?\s*(?=[^\d年月日])")
_IN_A_ROW = re.compile(rf"{_NUMBERED.pattern}|(?<=\s)(?P<further>\d{{1,5}})[.、\s]\s*(?=[^\d\s])")
"""Numbers of table rows that hold several names beside each other."""
_NAME_END = re.compile(r"[;,。、\s]+$")
_BEFORE_NAMES = re.compile(r"^.*(?:将|对|附件|[一二三四五六七八九十]、)")
_AFTER_NAMES = re.compile(r"(?:等\s*\d*\s*家?|列入|采取|实施).*$")
_BRACKETED = re.compile(r"[(（](?P<words>[^()（）]*)[)）]")
_LATIN = re.compile(r"[A-Za-z]{2}")
_LONGEST_NAME = 160


@dataclass(frozen=True)
class Entity:
    """One name of a list."""

    entity_no: int
    """Its place on the list, from 1."""
    list_kind: str
    """`control_list`, `watch_list`, `unreliable_entities` or `countermeasures`."""
    action: str
    """`listed` or `delisted`."""
    name_zh_hans: str
    name_en: str | None
    """The name that the list gives in brackets in Latin letters."""
    name_key: str
    economy_iso3: str | None
    """The economy of the title where it names one; None where it names several or none."""
    stated_count: int | None
    quote: str
    rule_id: str
    confidence: str
    """`high` where as many names were read as the notice states."""


def list_kind(article: Article) -> Value | None:
    """Which list a title is about, or None."""
    title = article.folded[: len(article.title)]
    for name, words in LIST_KINDS:
        match = words.search(title)
        if match is not None:
            quote = article.quote(match.start(), match.end())
            return Value("list_kind", name, quote, "list_kind.title", "high")
    return None


def stated_entity_count(article: Article, identity: Identity) -> Value | None:
    """How many entities a listing says it lists.

    Returns:
        The title's number; for notices without one there, that of the first sentence that
        states one. None for pages that list nobody or take a listing back.
    """
    title = article.folded[: len(article.title)]
    if not _LISTING.search(title) or TAKES_BACK.search(title):
        return None
    stretches = [Span(title, 0)]
    if identity.document_type in ("公告", "令", "决定"):
        stretches += article.spans
    for stretch in stretches:
        match = _COUNT.search(stretch.text)
        if match is not None:
            quote = article.quote(stretch.start + match.start(), stretch.start + match.end())
            rule = "entity_count.title" if stretch.start == 0 else "entity_count.text"
            value = numeral(match["count"])
            return Value("entity_count", str(value), quote, rule, "high") if value else None
    return None


def read_entities(
    article: Article, identity: Identity, count: int | None, targets: list[str]
) -> list[Entity]:
    """The names a listing notice lists, in its order.

    Args:
        article: the page.
        identity: the notice it is.
        count: the stated number of entities.
        targets: the economies the page is aimed at.

    Returns:
        One row a name. Numbered lines and tables count when their numbers run from 1 without a
        gap; an enumeration only when it has as many names as the notice states. Nothing where
        there are more than `policy_entities_max` names: no list has been a tenth as long.
    """
    kind = list_kind(article)
    if identity.document_type not in ("公告", "令", "决定") or kind is None:
        return []
    readings = [_numbered(article, _IN_A_ROW), _numbered(article, _NUMBERED)]
    numbered = next((names for names in readings if len(names) == count), None)
    numbered = numbered or next(filter(None, readings), [])
    names = numbered or _enumerated(article, count)
    if len(names) > threshold("policy_entities_max"):
        return []
    removes = _REMOVES.search(article.folded[: len(article.title)]) is not None
    shape = "numbered" if numbered else "enumerated"
    return [
        Entity(
            entity_no=place,
            list_kind=kind.value,
            action="delisted" if removes else "listed",
            name_zh_hans=_name(words),
            name_en=_latin_name(words),
            name_key=name_key(_name(words)),
            economy_iso3=targets[0] if len(targets) == 1 else None,
            stated_count=count,
            quote=words,
            rule_id=f"entity.{shape}",
            confidence="high" if count == len(names) else "medium",
        )
        for place, words in enumerate(names, start=1)
    ]


def _numbered(article: Article, numbering: re.Pattern[str]) -> list[str]:
    rows: dict[int, str] = {}
    for span in article.spans:
        starts = list(numbering.finditer(span.text))
        if not starts or starts[0].start() != 0:
            continue
        for place, match in enumerate(starts):
            end = starts[place + 1].start() if place + 1 < len(starts) else len(span.text)
            words = article.quote(span.start + match.end(), span.start + end)
            if 1 < len(words) <= _LONGEST_NAME and "。" not in words:
                number = next(filter(None, match.groups()))
                rows.setdefault(int(number), _NAME_END.sub("", words))
    if len(rows) < 2 or set(rows) != set(range(1, len(rows) + 1)):
        return []
    return [rows[number] for number in sorted(rows)]


def _enumerated(article: Article, count: int | None) -> list[str]:
    if count is None or count < 2:
        return []
    for span in article.spans:
        for start, end in _stretches(span):
            names = [part.strip() for part in article.text[start:end].split("、")]
            if len(names) == count and all(1 < len(name) <= _LONGEST_NAME for name in names):
                return names
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
    return printable(re.split(r"[(（]", words)[0]) or printable(words)


def _latin_name(words: str) -> str | None:
    """The name in Latin letters that stands in brackets, or None."""
    inside = (printable(match["words"]) for match in _BRACKETED.finditer(words))
    return next((each for each in inside if _LATIN.search(each)), None)
