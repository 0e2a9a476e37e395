"""Thin typed wrappers for the UI; each hands out a plain object.

The DuckDB resource is subclassed for its configuration and its place in the UI only: the
stock one does not close after an exception and then keeps the file's lock, so the path goes
on to `storage.warehouse.Warehouse`.
"""

from __future__ import annotations

from pathlib import Path

from dagster_duckdb import DuckDBResource
from pydantic import Field, PrivateAttr

from tradeflow.settings import Settings, load_settings
from tradeflow.world import World


class WorldResource(DuckDBResource):
    """The warehouse of one world, and the world's other tools around it."""

    sources: str = Field(description="sandbox, live or replay: where answers come from")
    home: str = Field(description="folder of all data, one subfolder per world")
    reports: str | None = Field(default=None, description="folder of the published reports")
    faults: float = Field(default=0.0, description="share of the sandbox's answers made faulty")
    faults_seed: int = Field(default=0, description="which answers those are")

    _world: World | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, settings: Settings) -> WorldResource:
        """The resource of the world the settings name."""
        return cls(
            database=str(World(settings).warehouse.path),
            sources=settings.sources.value,
            home=str(settings.home),
            reports=str(settings.reports) if settings.reports else None,
            faults=settings.faults,
            faults_seed=settings.faults_seed,
        )

    @property
    def world(self) -> World:
        """The plain object everything works with; made once a run."""
        if self._world is None:
            settings = load_settings(
                sources=self.sources,
                home=self.home,
                reports=self.reports,
                faults=self.faults,
                faults_seed=self.faults_seed,
            )
            self._world = World(settings, database=Path(self.database))
        return self._world
