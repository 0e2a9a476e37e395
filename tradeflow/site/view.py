"""What the site is made from, opened once: reports, the newest week's marts, receipts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tradeflow.answers import Receipt
from tradeflow.briefing.glossary import Glossary, load_glossary
from tradeflow.briefing.marts import GRAINS, Marts, load_marts
from tradeflow.settings import Mode
from tradeflow.site.library import Published
from tradeflow.site.receipts import receipts_of
from tradeflow.storage.sql_project import Project
from tradeflow.world import World

_GRAINS = {
    **GRAINS,
    "fct_clause_status": ("notice_key", "clause"),
    "fct_clause_intervals": ("notice_key", "clause", "valid_from"),
}
"""The marts the pages read: those of the reports, and each clause's states."""


@dataclass(frozen=True)
class View:
    """Everything the pages read."""

    issues: Mapping[str, list[Published]]
    marts: Marts
    """Of the newest week that has a brief."""
    receipts: dict[str, list[Receipt]]
    glossary: Glossary
    project: Project
    is_demonstration: bool


@contextlib.contextmanager
def open_view(world: World, issues: Mapping[str, list[Published]]) -> Iterator[View]:
    """Read the published copy of the warehouse and the archive's receipts.

    Raises:
        StorageError: there is no published copy.
        BriefError: the newest reported week has no facts in it.
    """
    everything = [issue for listed in issues.values() for issue in listed]
    newest = max(issue.record["week"] for issue in everything)
    with world.warehouse.reader() as con:
        marts = load_marts(con, newest, _GRAINS)
    named = {
        each
        for issue in everything
        for fact in issue.record["facts"].values()
        for each in fact["response_ids"]
    }
    named |= {each for fact in marts.facts.values() for each in fact.response_ids}
    yield View(
        issues=issues,
        marts=marts,
        receipts=receipts_of(world.archive, named),
        glossary=load_glossary(),
        project=world.project,
        is_demonstration=world.settings.sources is Mode.SANDBOX,
    )
