"""Which notices a page speaks of, and how: those it acts on, and those it merely names.

Here: one row a page, notice and relation. Not here: reading the acts (`actions.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tradeflow.policy.actions import Action
from tradeflow.policy.identity import Identity
from tradeflow.policy.keys import find_references, with_clauses
from tradeflow.policy.page import Article, Span

REFERS = "refers"
"""The relation of a page to a notice that it names and does nothing to."""


@dataclass(frozen=True)
class Link:
    """A notice, or a clause of it, that a page names."""

    relation: str
    """A verb of `actions.Action`, or `refers`."""
    target_key: str
    target_clause: str
    quote: str
    rule_id: str
    confidence: str


def read_links(article: Article, identity: Identity, actions: Iterable[Action]) -> list[Link]:
    """The notices a page speaks of, its own left out, in order of the text.

    Returns:
        Each act as a link, then each further notice that the page names, once. On the
        ministry's sites a number named without an issuer is the ministry's own; the rule says so.
    """
    links = [
        Link(
            each.verb,
            each.target_key,
            each.target_clause,
            each.quote,
            each.rule_id,
            each.confidence,
        )
        for each in actions
    ]
    known = {(link.target_key, link.target_clause) for link in links}
    acted_on = {link.target_key for link in links}
    title = Span(article.folded[: len(article.title)], 0)
    for line in (title, *article.spans):
        for found in with_clauses(find_references(line.text), line.text):
            place = found.key, found.clause
            is_known = place in known or (not found.clause and found.key in acted_on)
            if found.key == identity.key or is_known:
                continue
            known.add(place)
            quote = article.quote(line.start + found.start, line.start + found.end)
            rule = "link.named" if found.issuer_stated else "link.named.site_issuer"
            links.append(Link(REFERS, *place, quote, rule, "high"))
    return links
