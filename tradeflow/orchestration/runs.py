"""Starting runs and the UI on one persisted Dagster instance per world.

`tradeflow run` executes the very job that the UI shows, in this process: a step costs
hundredths of a second here and whole seconds in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tradeflow.orchestration.instance import instance_home, living, opened
from tradeflow.orchestration.jobs import WEEKLY_JOB
from tradeflow.orchestration.progress import TERMINAL, listening
from tradeflow.periods import Week
from tradeflow.settings import Settings
from tradeflow.world import World


def run_weeks(settings: Settings, first: Week, last: Week, console: Console) -> World:
    """Execute the weekly job over `first`…`last` as one run and show its progress.

    Raises:
        InputError: a week lies outside what the world can answer, or has not begun.
        TradeflowError: a step failed; the stored partitions it did not reach are untouched.
    """
    from tradeflow.definitions import build_definitions

    world = World(settings)
    world.require_weeks(first, last)
    job = build_definitions(settings).resolve_job_def(WEEKLY_JOB)
    assets = sum(1 for _ in job.asset_layer.executable_asset_keys)
    run_id = str(uuid.uuid4())
    with (
        opened(settings) as instance,
        living(instance_home(settings), run_id),
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as progress,
    ):
        label = str(first) if first == last else f"{first}..{last}"
        task = progress.add_task(label, total=assets)

        made: set[str] = set()

        def on_asset(name: str) -> None:
            made.add(name)
            progress.update(task, completed=len(made), description=f"{label} {name}")

        def on_note(line: str) -> None:
            progress.update(task, description=f"{label} {line}")

        with listening(on_asset, on_note):
            job.execute_in_process(
                instance=instance,
                run_id=run_id,
                run_config={"loggers": {TERMINAL: {}}},
                tags={
                    ASSET_PARTITION_RANGE_START_TAG: first.partition_key,
                    ASSET_PARTITION_RANGE_END_TAG: last.partition_key,
                },
            )
        progress.update(task, description=label)
    return world


def serve_ui(settings: Settings, port: int) -> int:
    """Run `dagster dev` on the world's instance until it is stopped; its exit code."""
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(instance_home(settings)),
        "TRADEFLOW_SOURCES": settings.sources.value,
    }
    command = [sys.executable, "-m", "dagster", "dev", "-m", "tradeflow.definitions"]
    return subprocess.run([*command, "--port", str(port)], env=environment, check=False).returncode
