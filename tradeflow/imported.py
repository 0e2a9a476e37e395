"""A file a user downloaded, taken into the live world and through the models that rest on it.

Here: the order of the steps. Not here: reading the file (`sources/imports.py`), how it becomes an
answer of its week (`ingest.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tradeflow.model_choice import models_resting_on
from tradeflow.periods import Week
from tradeflow.world import World


@dataclass(frozen=True)
class Imported:
    """What an imported file became."""

    week: Week
    row_count: int
    models: tuple[str, ...]


def import_into_live(world: World, source: str, file: Path) -> Imported:
    """Take a downloaded file as an answer of the running week and run that source's models.

    Only models that rest on this source alone are run; no request is made, no brief written.
    """
    week = Week.current(world.clock())
    ingested = world.ingest.import_file(source, file, week)
    models = models_resting_on(world, {source})
    world.runner.run_many(models, week, world.as_of(week))
    world.warehouse.publish()
    return Imported(week, ingested.row_count, tuple(models))
