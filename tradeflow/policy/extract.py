"""One page in, one record out: everything the rules read, nothing they do not.

Here: the order in which the readers run, and the record they fill. Not here: any rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from tradeflow.policy.actions import Action, read_actions
from tradeflow.policy.category import category
from tradeflow.policy.clauses import Clause, read_clauses
from tradeflow.policy.entities import stated_entity_count
from tradeflow.policy.foreign import read_foreign_actions
from tradeflow.policy.gazetteer import material
from tradeflow.policy.identity import Identity, identify
from tradeflow.policy.items import Item, read_items
from tradeflow.policy.page import UNCONFIRMED, Article, read_article
from tradeflow.policy.targets import is_extraterritorial, legal_basis, read_targets

EXTRACTOR_VERSION = "1"
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
    category: str
    materials: tuple[str, ...]
    target_iso3: tuple[str, ...]
    entity_count: int | None
    is_extraterritorial: bool
    is_supplement: bool
    is_unconfirmed: bool
    """The page calls itself unconfirmed; a mark inside a sentence lowers that row alone."""
    legal_basis: str | None
    clauses: tuple[Clause, ...]
    actions: tuple[Action, ...]
    items: tuple[Item, ...]

    @property
    def released_on(self) -> date | None:
        """The later of the page's date and the first day of its URL folder's month."""
        return max(filter(None, (self.article.page_date, self.folder_month)), default=None)

    @property
    def materials_zh(self) -> tuple[str, ...]:
        """The materials' names as written in Taiwan, in the same order."""
        return tuple(material(each).name_zh_tw for each in self.materials)


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
    """
    article = read_article(html, listed_title, listed_date)
    if article is None:
        return None
    identity = identify(article)
    clauses = read_clauses(article, identity)
    actions = [*read_actions(article, identity, clauses), *read_foreign_actions(article)]
    items = read_items(article, identity)
    return PageRecord(
        url=url,
        host=urlsplit(url).hostname or "",
        article=article,
        identity=identity,
        folder_month=folder_month(url),
        category=category(article.folded[: len(article.title)]),
        materials=tuple(item.value for item in items if item.kind == "material"),
        target_iso3=tuple(read_targets(article, identity)),
        entity_count=stated_entity_count(article, identity),
        is_extraterritorial=is_extraterritorial(article, identity),
        is_supplement=_SUPPLEMENT.search(article.folded) is not None,
        is_unconfirmed=any(UNCONFIRMED.match(span.text) for span in article.spans),
        legal_basis=legal_basis(article),
        clauses=tuple(_own_clauses(identity, clauses, actions)),
        actions=tuple(actions),
        items=tuple(items),
    )


def folder_month(url: str) -> date | None:
    """First day of the month that a URL folder names: /202510/ or /2025/10/, or None."""
    found = _FOLDER.findall(urlsplit(url).path + "/")
    return date(int(found[-1][0]), int(found[-1][1]), 1) if found else None


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
