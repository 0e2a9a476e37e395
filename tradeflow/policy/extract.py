"""One page in, one record out: everything the rules read, nothing they do not.

Here: the order in which the readers run, and the record they fill. Not here: any rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from tradeflow.policy.actions import Action, read_actions
from tradeflow.policy.category import classify
from tradeflow.policy.clauses import Clause, paragraph_of, read_clauses, read_measures
from tradeflow.policy.dialogue import Dialogue, read_dialogue
from tradeflow.policy.entities import Entity, list_kind, read_entities, stated_entity_count
from tradeflow.policy.foreign import read_foreign_actions
from tradeflow.policy.gazetteer import material
from tradeflow.policy.identity import Identity, identify
from tradeflow.policy.items import Item, read_items
from tradeflow.policy.likeness import sketch
from tradeflow.policy.limits import check_article, check_html
from tradeflow.policy.links import Link, read_links
from tradeflow.policy.page import UNCONFIRMED, Article, read_article
from tradeflow.policy.scope import (
    END_USE_NAMES,
    read_abroad,
    read_end_uses,
    read_legal_basis,
    read_licences,
)
from tradeflow.policy.targets import read_targets
from tradeflow.policy.value import Value
from tradeflow.script import traditional

EXTRACTOR_VERSION = "2"
"""Raised when a rule changes what is read; pages are then read anew."""

_SUPPLEMENT = re.compile(r"\[补充\]")
_FOLDER = re.compile(r"/(?P<year>20\d{2})/?(?P<month>0[1-9]|1[0-2])(?:/|(?=\d{2}/))")


@dataclass(frozen=True)
class PageRecord:
    """All that one page says."""

    url: str
    host: str
    article: Article
    identity: Identity
    folder_month: date | None
    fields: tuple[Value, ...]
    """Every value read of the page as a whole, field by field, each with its words and rule."""
    clauses: tuple[Clause, ...]
    actions: tuple[Action, ...]
    items: tuple[Item, ...]
    entities: tuple[Entity, ...]
    links: tuple[Link, ...]
    dialogues: tuple[Dialogue, ...]
    sketch: tuple[int, ...]

    def values(self, field: str) -> tuple[str, ...]:
        """The values of one field, in order of the record."""
        return tuple(each.value for each in self.fields if each.field == field)

    def value(self, field: str) -> Value:
        """The first value of a field that is known to have one.

        Raises:
            StopIteration: it has none.
        """
        return next(each for each in self.fields if each.field == field)

    @property
    def category(self) -> str:
        return self.values("category")[0]

    @property
    def title_zh_hant(self) -> str:
        """The title in Traditional characters, word for word; a conversion, never the original."""
        return traditional(self.article.title)

    @property
    def materials(self) -> tuple[str, ...]:
        return tuple(item.value for item in self.items if item.kind == "material")

    @property
    def materials_zh(self) -> tuple[str, ...]:
        """The materials' names as written in Taiwan, in the same order."""
        return tuple(item.value_zh for item in self.items if item.kind == "material")

    @property
    def end_uses_zh(self) -> tuple[str, ...]:
        return _end_use_names(self.values("end_use"))

    @property
    def target_iso3(self) -> tuple[str, ...]:
        return self.values("target")

    @property
    def entity_count(self) -> int | None:
        return next((int(count) for count in self.values("entity_count")), None)

    @property
    def is_extraterritorial(self) -> bool:
        return bool(self.values("extraterritorial"))

    @property
    def is_supplement(self) -> bool:
        return bool(self.values("supplement"))

    @property
    def is_unconfirmed(self) -> bool:
        """The page calls itself unconfirmed; a mark inside a sentence lowers that row alone."""
        return bool(self.values("unconfirmed"))

    @property
    def legal_basis(self) -> str | None:
        return "、".join(self.values("legal_basis")) or None

    @property
    def released_on(self) -> date | None:
        """The later of the page's date and the first day of its URL folder's month."""
        return max(filter(None, (self.article.page_date, self.folder_month)), default=None)


def extract_page(
    url: str, html: str, listed_title: str = "", listed_date: str = ""
) -> PageRecord | None:
    """Read one page of the ministry's sites.

    Args:
        url: the page's address; its folder dates the posting.
        html: the page, decoded.
        listed_title: the title in the site's list.
        listed_date: the date in the site's list.

    Returns:
        The record, or None where the page holds no article (an error text under a good status).

    Raises:
        PageRefused: the page is too large or too tangled to be read (`limits.py`).
    """
    check_html(html)
    article = read_article(html, listed_title, listed_date)
    if article is None:
        return None
    check_article(article)
    identity = identify(article)
    measures = read_measures(article)
    clauses = read_clauses(article, identity)
    actions = [*read_actions(article, identity, clauses), *read_foreign_actions(article)]
    targets = read_targets(article, identity)
    count = stated_entity_count(article, identity)
    entities = read_entities(
        article,
        identity,
        int(count.value) if count is not None else None,
        [target.value for target in targets],
    )
    items = read_items(article, identity, entities, measures)
    end_uses = list(read_end_uses(article, identity))
    by_clause = [(paragraph_of(measures, place), use.value) for use, place in end_uses]
    return PageRecord(
        url=url,
        host=urlsplit(url).hostname or "",
        article=article,
        identity=identity,
        folder_month=folder_month(url),
        fields=(
            *_identity_fields(article, identity),
            _category(article),
            *targets,
            *(value for value in (list_kind(article), count) if value is not None),
            *_once(use for use, _ in end_uses),
            *read_licences(article),
            *filter(None, [read_abroad(article, identity)]),
            *read_legal_basis(article, identity),
            *_marks(article),
        ),
        clauses=tuple(
            replace(
                clause,
                materials=tuple(
                    item.value
                    for item in items
                    if clause.clause and item.kind == "material" and item.clause == clause.clause
                ),
                end_uses=tuple(
                    dict.fromkeys(
                        use for label, use in by_clause if clause.clause and label == clause.clause
                    )
                ),
            )
            for clause in _own_clauses(identity, clauses, actions)
        ),
        actions=tuple(actions),
        items=tuple(items),
        entities=tuple(entities),
        links=tuple(read_links(article, identity, actions)),
        dialogues=tuple(read_dialogue(article)),
        sketch=sketch(article),
    )


def folder_month(url: str) -> date | None:
    """First day of the month that a URL folder names: /202510/ or /2025/10/, or None."""
    found = _FOLDER.findall(urlsplit(url).path + "/")
    return date(int(found[-1][0]), int(found[-1][1]), 1) if found else None


def clause_names(clause: Clause) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A clause's materials and end uses as written in Taiwan."""
    names = tuple(material(each).name_zh_tw for each in clause.materials)
    return names, _end_use_names(clause.end_uses)


def _end_use_names(uses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for use, name in END_USE_NAMES.items() if use in uses)


def _once(values: Iterable[Value]) -> list[Value]:
    first: dict[str, Value] = {}
    for value in values:
        first.setdefault(value.value, value)
    return list(first.values())


def _identity_fields(article: Article, identity: Identity) -> list[Value]:
    """The page's own number, title, issuers and days as values; what is missing has none."""
    found = []
    if identity.key is not None and identity.key_quote and identity.key_rule:
        is_sure = not identity.key_rule.endswith(("site_issuer", "differs"))
        confidence = "high" if is_sure else "medium"
        found.append(Value("key", identity.key, identity.key_quote, identity.key_rule, confidence))
    if article.title:
        converted = traditional(article.title)
        found.append(Value("title", article.title, article.title, article.title_rule, "high"))
        found.append(
            Value("title_zh_hant", converted, article.title, "title.converted.s2tw", "high")
        )
    for name in identity.issuers:
        place = article.folded.find(name)
        quote = article.quote(place, place + len(name))
        found.append(Value("issuer", name, quote, identity.issuers_rule or "", "high"))
    if article.page_date is not None:
        quote = article.page_date_quote or ""
        found.append(Value("page_date", str(article.page_date), quote, "page_date.stated", "high"))
    if identity.issue_date is not None:
        quote, rule = identity.issue_date_quote or "", identity.issue_date_rule or ""
        found.append(Value("issue_date", str(identity.issue_date), quote, rule, "high"))
    return found


def _category(article: Article) -> Value:
    found = classify(article.folded[: len(article.title)])
    quote = article.quote(found.start, found.end)
    confidence = "high" if found.is_sure else "medium"
    return Value("category", found.category, quote, found.rule_id, confidence)


def _marks(article: Article) -> list[Value]:
    """What the page calls itself: a supplement, unconfirmed."""
    found = []
    supplement = _SUPPLEMENT.search(article.folded)
    if supplement is not None:
        quote = article.quote(*supplement.span())
        found.append(Value("supplement", "true", quote, "supplement.marked", "high"))
    for span in article.spans:
        mark = UNCONFIRMED.match(span.text)
        if mark is not None:
            quote = article.quote(span.start, span.start + mark.end())
            found.append(Value("unconfirmed", "true", quote, "unconfirmed.marked", "high"))
            break
    return found


def _own_clauses(identity: Identity, clauses: list[Clause], actions: list[Action]) -> list[Clause]:
    """The stated clauses; a notice that only acts on others starts when its acts do."""
    dated = {action.event_date for action in actions}
    if clauses or identity.key is None or len(dated) != 1:
        return clauses
    first = actions[0]
    return [
        Clause(
            clause="",
            effective_date=first.event_date,
            effective_kind="fixed_date",
            quote=first.quote,
            rule_id="clause.from_own_action",
            confidence="high",
        )
    ]
