"""What a page says happens to other notices: suspended, ended, replaced, amended, resumed.

Here: verbs, the notices they govern and their dates made into rows. A row needs a named target
and a date; nothing is inferred where one is missing. Not here: a notice's own start
(`clauses.py`), foreign measures (`foreign.py`), any state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tradeflow.policy.clauses import ON_PUBLICATION, Clause
from tradeflow.policy.identity import Identity
from tradeflow.policy.keys import Reference, find_references, with_clauses
from tradeflow.policy.page import UNCONFIRMED, Article
from tradeflow.policy.statements import Statement, is_decided, statements, without_asides
from tradeflow.policy.terms import start_date, term_end, until_date
from tradeflow.policy.verbs import find_verbs, governing_verb

_PUBLICATION = re.compile(ON_PUBLICATION)


@dataclass(frozen=True)
class Action:
    """One event that a page states for a notice or a clause of it."""

    verb: str
    """`suspended`, `resumed`, `replaced`, `ended`, `amended` or `announced_foreign`."""
    target_key: str
    target_clause: str
    event_date: date
    until_date: date | None
    quote: str
    rule_id: str
    confidence: str
    """`high`; `medium` where a year is inferred or the page itself calls the words unconfirmed."""


@dataclass(frozen=True)
class _When:
    start: date | None
    until: date | None
    rule: str
    is_stated: bool


def read_actions(article: Article, identity: Identity, own: list[Clause]) -> list[Action]:
    """Read what the page does to notices other than itself.

    Args:
        article: the page.
        identity: the notice the page is, if it is one.
        own: the page's own clauses; an order without a date of its own takes theirs.

    Returns:
        One row a target and event, in order of the text, without repetitions. A term counted
        from its start (暂停一年) has its last day computed and the rule id ends in `_term`.
    """
    found: dict[tuple[str, str, str, date], Action] = {}
    for statement in statements(article):
        for action in _actions(article, identity, own, statement):
            known = (action.verb, action.target_key, action.target_clause, action.event_date)
            previous = found.get(known)
            if previous is None or (previous.until_date is None and action.until_date is not None):
                found[known] = action
    return list(found.values())


def _actions(
    article: Article, identity: Identity, own: list[Clause], statement: Statement
) -> Iterator[Action]:
    text = statement.text
    verbs = find_verbs(text)
    references = with_clauses(find_references(text), text) if verbs else []
    for target in references:
        verb = governing_verb(verbs, target, text) if target.key != identity.key else None
        if verb is None or not is_decided(text[: verb.start()], verb[0]):
            continue
        name = _event(verb.lastgroup or "", identity)
        when = _when(article, identity, own, statement, verbs, verb, target)
        if name is None or when.start is None:
            continue
        line_end = text.find("\n", target.end)
        line = text[text.rfind("\n", 0, target.start) + 1 : line_end if line_end > 0 else len(text)]
        is_plain = when.is_stated and UNCONFIRMED.search(line) is None
        yield Action(
            verb=name,
            target_key=target.key,
            target_clause=target.clause,
            event_date=when.start,
            until_date=when.until,
            quote=article.quote(statement.span.start, statement.span.end),
            rule_id=f"action.{name}.{when.rule}",
            confidence="high" if is_plain else "medium",
        )


def _event(verb: str, identity: Identity) -> str | None:
    """Only a notice can take another's place or amend it; elsewhere a repeal is an end."""
    if identity.key is not None or verb not in ("replaced", "amended"):
        return verb
    return "ended" if verb == "replaced" else None


def _when(
    article: Article,
    identity: Identity,
    own: list[Clause],
    statement: Statement,
    verbs: list[re.Match[str]],
    verb: re.Match[str],
    target: Reference,
) -> _When:
    """The dates that hold for one verb and target, by the first rule that gives a start."""
    # What stands in brackets dates other notices (公告…号（自2023年8月1日起实施）).
    text = without_asides(statement.text)
    page_date = identity.issue_date or article.page_date
    start, is_stated = start_date(text, max(verb.start(), target.start), page_date)
    rule = "dated"
    if start is None and statement.tail:
        start, is_stated = start_date(statement.tail, 0, page_date)
    if start is None and identity.key is not None:
        on_publication = _PUBLICATION.search(text) is not None
        whole = next((c.effective_date for c in own if c.clause == ""), None)
        start, is_stated = identity.issue_date if on_publication else whole, True
        rule = "on_publication" if on_publication else "own_start"
    later = [v.start() for v in verbs if v.start() > verb.start()]
    part = text[verb.start() : min(later, default=len(text))]
    lead = re.split(r"[,;。]", text[: verb.start()])[-1]
    until = next(
        filter(None, (until_date(each, page_date) for each in (part, text, statement.tail))), None
    )
    if verb.lastgroup != "suspended":
        return _When(start, None, rule, is_stated)
    if until is None and start is not None:
        until = term_end([part, lead], start)
        rule += "_term" if until is not None else ""
    if until is not None and start is not None and until < start:
        until = None
    return _When(start, until, rule, is_stated)
