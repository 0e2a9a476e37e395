"""Starting runs and the UI on one persisted Dagster instance per world.

`tradeflow run` executes the very job that the UI shows, in this process: a step costs
hundredths of a second here and whole seconds in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import dagster as dg
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
    REPOSITORY_LABEL_TAG,
)
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from tradeflow.errors import InputError
from tradeflow.orchestration.instance import instance_home, living, opened
from tradeflow.orchestration.jobs import JOB_OF, week_read
from tradeflow.orchestration.partitions import partition_key
from tradeflow.orchestration.periodic import PERIODIC
from tradeflow.orchestration.progress import TERMINAL, listening
from tradeflow.periods import Period, Week
from tradeflow.settings import Settings
from tradeflow.world import World

CODE_LOCATION = "tradeflow.definitions"
"""Where the UI finds the jobs: the name of the location in every workspace."""


def run_weeks(settings: Settings, first: Week, last: Week, console: Console) -> World:
    """Execute the weekly job over `first`…`last`, as `run_periods` does."""
    return run_periods(settings, first, last, console)


def run_periods(
    settings: Settings,
    first: Period,
    last: Period,
    console: Console,
    select: str | None = None,
    read: Week | None = None,
) -> World:
    """Execute the job of a kind of period over `first`…`last` as one run and show its progress.

    Args:
        select: the assets to make, in Dagster's selection syntax; all of the job by default.
        read: an earlier week that a year's report reads instead of its last closed one.

    Raises:
        InputError: a period lies outside what the world can answer, or has not begun; nothing
            is selected.
        TradeflowError: a step failed; the stored partitions it did not reach are untouched.
    """
    from tradeflow.definitions import build_definitions

    world = World(settings)
    world.require_weeks(*(read or week_read(world, period) for period in (first, last)))
    read_config = PERIODIC[type(first)].run_config(read) if read else {}
    definitions = build_definitions(settings)
    job = definitions.resolve_job_def(JOB_OF[type(first)])
    chosen = _selected(definitions, job, select) if select else None
    assets = chosen if chosen is not None else set(job.asset_layer.executable_asset_keys)
    run_id = str(uuid.uuid4())
    # What is planned and materialised for every partition of a range is then stored together.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "500")
    with (
        opened(settings) as instance,
        living(instance_home(settings), run_id),
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        ) as progress,
    ):
        label = str(first) if first == last else f"{first}..{last}"
        task = progress.add_task(label, total=len(assets))

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
                asset_selection=None if chosen is None else sorted(chosen),
                run_config={"loggers": {TERMINAL: {}}, **read_config},
                tags=_tags(first, last),
            )
        progress.update(task, description=label)
    return world


def _tags(first: Period, last: Period) -> dict[str, str]:
    """What a run of the UI carries too: the pages of a job list no other runs."""
    location = {REPOSITORY_LABEL_TAG: f"{SINGLETON_REPOSITORY_NAME}@{CODE_LOCATION}"}
    if first == last:
        return location | {PARTITION_NAME_TAG: partition_key(first)}
    return location | {
        ASSET_PARTITION_RANGE_START_TAG: partition_key(first),
        ASSET_PARTITION_RANGE_END_TAG: partition_key(last),
    }


def _selected(definitions: dg.Definitions, job: dg.JobDefinition, select: str) -> set[dg.AssetKey]:
    graph = definitions.resolve_asset_graph()
    try:
        selected = dg.AssetSelection.from_string(select).resolve(graph, allow_missing=True)
    except dg.DagsterError as error:
        raise InputError(f"--select {select!r} is no selection of assets: {error}") from error
    chosen = {key for key in job.asset_layer.executable_asset_keys if key in selected}
    if not chosen:
        raise InputError(
            f"--select {select!r} names no asset of the {job.name} job; write a key such as "
            'key:"marts/facts", a group such as group:us_trade_census, or +key:"marts/facts" '
            "for an asset with what it is made from"
        )
    return chosen


def serve_ui(settings: Settings, port: int) -> int:
    """Run `dagster dev` on the world's instance until it is stopped; its exit code."""
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(instance_home(settings)),
        "TRADEFLOW_SOURCES": settings.sources.value,
    }
    # `dagster dev` starts with a word on its successor, which is a tool for other projects.
    quiet = ["-W", "ignore:Function `dev_command` is superseded"]
    command = [sys.executable, *quiet, "-m", "dagster", "dev", "-m", CODE_LOCATION]
    return subprocess.run([*command, "--port", str(port)], env=environment, check=False).returncode
