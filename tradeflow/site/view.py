"""What the site is made from, opened once: reports, the newest week's marts, receipts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from tradeflow.answers import Receipt
from tradeflow.briefing.freshness import health
from tradeflow.briefing.glossary import Glossary, load_glossary
from tradeflow.briefing.marts import GRAINS, Marts, load_marts
from tradeflow.settings import Mode
from tradeflow.site.data_files import DataFile, data_files
from tradeflow.site.library import Published
from tradeflow.site.receipts import receipts_of
from tradeflow.storage.sql_project import Project
from tradeflow.world import World

_GRAINS = {
    **GRAINS,
    "fct_clause_status": ("notice_key", "clause"),
    "fct_clause_intervals": ("notice_key", "clause", "valid_from"),
    "fct_clause_events": ("notice_key", "clause", "event_no"),
    "fct_notice_links": ("from_id", "relation", "to_notice_key", "to_clause"),
    "fct_expiry_calendar": ("event_date", "notice_key", "clause", "event"),
    "fct_entity_counts": ("list_kind", "economy_iso3"),
    "fct_entity_listings": ("listing_id", "entity_no"),
    "fct_exposed_imports_yearly": ("reporter_iso3", "year", "control_status"),
    "fct_dependency_flags_yearly": ("reporter_iso3", "year", "commodity_code"),
}
"""The marts the pages read: those of the reports, and what is known of notices and entities."""


@dataclass(frozen=True)
class View:
    """Everything the pages read."""

    issues: Mapping[str, list[Published]]
    marts: Marts
    """Of the newest week that has a report."""
    as_of: str
    """The last day that week may know of."""
    receipts: dict[str, list[Receipt]]
    glossary: Glossary
    project: Project
    is_demonstration: bool
    con: duckdb.DuckDBPyConnection
    """The published copy of the warehouse, read-only."""
    files: list[DataFile]
    """The marts of the newest reported week, as files to download."""

    @property
    def health(self) -> dict[str, str]:
        """Layer → where it stands in its cycle, as `briefing.freshness.health` tells."""
        today = date.fromisoformat(self.as_of)
        return {
            row["layer"]: health(row["state"], row["expected_next_date"], today)
            for row in self.marts.rows("fct_layer_coverage")
        }


@contextlib.contextmanager
def open_view(world: World, issues: Mapping[str, list[Published]]) -> Iterator[View]:
    """Read the published copy of the warehouse and the archive's receipts.

    Raises:
        StorageError: there is no published copy.
        BriefError: the newest reported week has no facts in it.
    """
    everything = [issue for listed in issues.values() for issue in listed]
    newest, as_of = max((issue.record["week"], issue.record["as_of"]) for issue in everything)
    with world.warehouse.reader() as con:
        marts = load_marts(con, newest, _GRAINS)
        named = {
            each
            for issue in everything
            for fact in issue.record["facts"].values()
            for each in fact["response_ids"]
        }
        named |= {each for fact in marts.facts.values() for each in fact.response_ids}
        is_demonstration = world.settings.sources is Mode.SANDBOX
        yield View(
            issues=issues,
            marts=marts,
            as_of=as_of,
            receipts=receipts_of(world.archive, named),
            glossary=load_glossary(),
            project=world.project,
            is_demonstration=is_demonstration,
            con=con,
            files=data_files(con, world.project, newest, is_demonstration),
        )
