"""A week run in a process that ends at a chosen moment, and what must be left after a re-run.

Here: the stages of a run that can be struck, the process that strikes itself, and the comparison
of a world with one that was left in peace. The moments are chosen by the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from rich.console import Console

import tradeflow.briefing.publish
import tradeflow.materialise
import tradeflow.pipeline
from tradeflow.orchestration.instance import opened
from tradeflow.orchestration.runs import run_weeks
from tradeflow.periods import Week
from tradeflow.search.index import Folders
from tradeflow.settings import Settings, load_settings
from tradeflow.storage.archive import Archive
from tradeflow.storage.leftovers import STALE_S
from tradeflow.storage.sql_copies import Copies
from tradeflow.storage.sql_runner import Weeks
from tradeflow.storage.warehouse import Warehouse
from tradeflow.world import World

STAGES: dict[str, tuple[Any, str]] = {
    "an answer is kept": (Archive, "keep"),
    "a manifest is appended": (Archive, "append_manifest"),
    "raw rows are appended": (tradeflow.materialise, "append_rows"),
    "notices are read": (tradeflow.pipeline, "extract_new_pages"),
    "a model is run": (Weeks, "_run_per_week"),
    "rows are copied from another week": (Copies, "_copy_rows"),
    "the warehouse is opened": (Warehouse, "connect"),
    "facts are made": (tradeflow.pipeline, "build_facts"),
    "the search index is swapped in": (Folders, "swap_in"),
    "a brief is swapped in": (tradeflow.briefing.publish, "swap"),
    "a publication is recorded": (Archive, "append_record"),
    "the copy for readers is made": (Warehouse, "publish"),
    "files change their names": (Path, "replace"),
    "folders change their names": (Path, "rename"),
    "Dagster notes an event": (SqliteEventLogStorage, "store_event"),
    "Dagster notes a run": (SqliteRunStorage, "add_run"),
}
"""What happens → where the function that does it is looked up."""


@dataclass(frozen=True)
class Moment:
    """When a process strikes itself: so long after a stage has begun for the nth time."""

    stage: str
    nth: int
    delay_s: float


@dataclass(frozen=True)
class Place:
    """A home that weeks are run in, by processes that may not end well."""

    root: Path

    @property
    def settings(self) -> Settings:
        return load_settings(home=self.root / "data", reports=self.root / "reports")

    @property
    def world(self) -> World:
        return World(self.settings)

    def copy_to(self, root: Path) -> Place:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.root, root)
        return Place(root)

    def reports(self) -> dict[str, bytes]:
        """Every published file by its path."""
        folder = self.settings.published_reports
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def copy_hashes(self) -> dict[str, str]:
        """Table hashes of the copy for readers."""
        copy = self.root / "copy.duckdb"
        shutil.copy2(self.world.warehouse.published_path, copy)
        return Warehouse(copy).table_hashes()

    def archived(self) -> list[str]:
        """Every file of the archive, by name."""
        root = self.world.archive.root
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def debris(self) -> list[str]:
        """Drafts that nobody will finish."""
        patterns = (".*.part", ".building-*", ".*.new", ".*.old", "*.draft", "*.draft.wal")
        return [str(path) for pattern in patterns for path in self.root.rglob(pattern)]

    def age(self) -> None:
        """Make every draft look as old as one that is swept."""
        for draft in self.debris():
            os.utime(draft, (Path(draft).stat().st_mtime - 2 * STALE_S,) * 2)

    def run_states(self) -> Counter[str]:
        """How many runs Dagster shows in each state."""
        with opened(self.settings) as instance:
            return Counter(run.status.value for run in instance.get_runs())


def run_week(root: Path, week: str, moment: Moment | None = None, told: Path | None = None) -> None:
    """Run a week as `tradeflow run` does; meant for a process of its own.

    Args:
        moment: when the process strikes itself, if the run gets there.
        told: where how often each stage began is written at the end.
    """
    began = watch(moment)
    run_weeks(Place(root).settings, Week.parse(week), Week.parse(week), Console(quiet=True))
    if told is not None:
        told.write_text(json.dumps(began), encoding="utf-8")


def watch(moment: Moment | None) -> Counter[str]:
    """Count the beginnings of every stage in this process, and strike at the moment."""
    began: Counter[str] = Counter()

    def begin(stage: str) -> None:
        began[stage] += 1
        if moment is not None and (stage, began[stage]) == (moment.stage, moment.nth):
            strike(moment.delay_s)

    for stage, (home, name) in STAGES.items():
        setattr(home, name, _announcing(getattr(home, name), stage, begin))
    return began


def strike(delay_s: float) -> None:
    """End this process without a word, now or while it goes on with its work."""
    if delay_s <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Timer(delay_s, os.kill, (os.getpid(), signal.SIGKILL)).start()


def _announcing(
    function: Callable[..., Any], stage: str, begin: Callable[[str], None]
) -> Callable[..., Any]:
    @wraps(function)
    def announced(*args: Any, **kwargs: Any) -> Any:
        begin(stage)
        return function(*args, **kwargs)

    return announced


def assert_as_in_peace(place: Place, quiet: Place) -> None:
    """Only Dagster's failed runs tell the world from one in which no process was killed."""
    assert place.world.warehouse.table_hashes() == quiet.world.warehouse.table_hashes()
    assert place.copy_hashes() == quiet.copy_hashes()
    assert place.reports() == quiet.reports()
    assert list(place.world.archive.damage()) == []
    assert place.archived() == quiet.archived()
    assert place.debris() == []
    assert place.run_states().keys() <= {
        dg.DagsterRunStatus.SUCCESS.value,
        dg.DagsterRunStatus.FAILURE.value,
    }
