"""One world's tools, assembled from the settings: archive, warehouse, SQL project, ingest.

The command line, the Dagster assets, a notebook and the tests all start here. No rule, no
URL and no SQL lives in this module.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from pydantic import SecretStr

from tradeflow.bundled import sql_root
from tradeflow.errors import InputError
from tradeflow.ingest import Ingest
from tradeflow.periods import TAIPEI, Week, Year
from tradeflow.settings import Mode, Settings
from tradeflow.storage.archive import Archive
from tradeflow.storage.sql_project import Project
from tradeflow.storage.sql_runner import Runner
from tradeflow.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from tradeflow.search.dense import Embedder
    from tradeflow.search.index import Engine


def now() -> datetime:
    """The wall clock, timezone-aware."""
    return datetime.now(UTC)


class World:
    """Everything that works on one world's data.

    Args:
        settings: which world, where it lies, how its sources are reached.
        clock: the instant that decides which weeks are closed.
        database: the DuckDB file, where it is not the one in the world's folder.

    Raises:
        InputError: faults are asked for outside the sandbox.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime] = now,
        database: Path | None = None,
    ) -> None:
        if settings.faults and settings.sources is not Mode.SANDBOX:
            raise InputError(
                f"faults are for the sandbox alone, and sources is {settings.sources.value}; "
                "leave --faults and TRADEFLOW_FAULTS out"
            )
        if settings.sources is Mode.SANDBOX and settings.census_api_key is None:
            settings = settings.model_copy(update={"census_api_key": SecretStr("sandbox")})
        self.settings = settings
        self.clock = clock
        self._database = database or self.home / "warehouse.duckdb"

    @property
    def home(self) -> Path:
        """Folder of the world's archive, warehouse and Dagster instance."""
        return self.settings.world_home

    @cached_property
    def archive(self) -> Archive:
        return Archive(self.home / "archive")

    @cached_property
    def warehouse(self) -> Warehouse:
        return Warehouse(self._database, self.settings.lock_timeout_s)

    @cached_property
    def project(self) -> Project:
        return Project.load(sql_root())

    @cached_property
    def runner(self) -> Runner:
        return Runner(self.warehouse, self.project)

    @cached_property
    def ingest(self) -> Ingest:
        """Brings layers to their answers; what killed runs left half-written goes first."""
        self.archive.sweep()
        return Ingest(self.settings, self.archive, self.warehouse, self.clock, self.open_transport)

    @cached_property
    def search_engine(self) -> Engine:
        """The engine of the search index: a server where one is named, else in this process."""
        if self.settings.qdrant_url is not None:
            from tradeflow.search.client import ServerEngine

            key = self.settings.qdrant_api_key
            return ServerEngine.at(
                self.settings.qdrant_url, None if key is None else key.get_secret_value()
            )
        from tradeflow.search.edge import EdgeEngine

        return EdgeEngine(self.settings.search_folder)

    @cached_property
    def embedder(self) -> Embedder | None:
        """The model for searching by meaning, loaded at first use; None without one.

        Raises:
            InputError: it cannot be loaded.
        """
        from tradeflow.search.dense import load_embedder

        return load_embedder(self.settings.embedding_model)

    def require_weeks(self, first: Week, last: Week) -> None:
        """Refuse weeks that cannot be answered for, before anything is asked.

        Raises:
            InputError: a week has not begun, or lies outside the sandbox's world.
        """
        for week in (first, last):
            if self.settings.sources is Mode.SANDBOX:
                from tradeflow.sandbox.server import check_range

                check_range(week)
            self.as_of(week)

    def last_week(self, year: Year) -> Week:
        """The last closed week of a year that can be answered for.

        Raises:
            InputError: no week of the year has closed yet.
        """
        week = year.last_week(self.clock())
        if self.settings.sources is Mode.SANDBOX:
            from tradeflow.sandbox.server import LAST_WEEK

            week = min(week, LAST_WEEK)
        return week

    def as_of(self, week: Week) -> date:
        """The last day the week may know of (its Sunday, or today while it runs)."""
        return week.as_of(self.clock())

    def today(self) -> date:
        """Today in Taipei; in the sandbox no day after its world ends."""
        day = self.clock().astimezone(TAIPEI).date()
        if self.settings.sources is not Mode.SANDBOX:
            return day
        from tradeflow.sandbox.server import LAST_WEEK

        return min(day, LAST_WEEK.end)

    def open_transport(self, as_of: date) -> httpx.BaseTransport | None:
        """The transport of the mode: the sandbox as of that day, or None for the network."""
        if self.settings.sources is not Mode.SANDBOX:
            return None
        from tradeflow.sandbox.server import SandboxTransport

        sandbox = SandboxTransport(as_of)
        if not self.settings.faults:
            return sandbox
        from tradeflow.sandbox.faults import FaultyTransport

        seed = f"{self.settings.faults_seed} {as_of}"
        return FaultyTransport(sandbox, self.settings.faults, seed)
