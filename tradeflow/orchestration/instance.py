"""The Dagster instance of a world: made whole, and kept free of runs whose process is gone.

Here: its folder and configuration, opening it, and which runs of this machine still live. Not
here: what a run does (`runs.py`).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import filelock
from dagster._daemon.auto_run_reexecution.event_log_consumer import DAGSTER_EVENT_TYPES
from sqlalchemy.exc import OperationalError

from tradeflow.errors import StorageError
from tradeflow.settings import Settings
from tradeflow.storage.locks import alone

_CONFIG = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    # By run: a place in a pool that a step claims is kept for ever if its process is killed.
    # Within and between runs the lock of the warehouse lets one process write at a time.
    default_limit: 1
    granularity: run
run_retries:
  # Requests are retried where they are sent; a run is begun again only if its process was lost.
  enabled: true
  max_retries: 1
  retry_on_asset_or_op_failure: false
python_logs:
  managed_python_loggers: [tradeflow.storage.warehouse]
event_log_storage:
  module: tradeflow.orchestration.event_log
  class: KeptSqliteEventLogStorage
  config:
    # Where Dagster itself keeps them, so that an older instance keeps its history.
    base_dir: {events}
"""

_EVENTS_OF_OURS = re.compile(r"KeptSqliteEventLogStorage\n(?:.*\n)*? +base_dir: (\".*\")\n")

_NEW_MARK_S = 5.0
"""How long a new mark may be in the hands of a process that looks for lost runs."""

_RETRY_CURSORS = [f"EVENT_LOG_CONSUMER_CURSOR-{kind.value}" for kind in DAGSTER_EVENT_TYPES]
"""Where the daemon that retries lost runs keeps how far it has read."""

_LOST = (
    "the process of this run ended without a word (killed, or the machine went down); what it had "
    "stored stands whole, run the same weeks again"
)


def instance_home(settings: Settings) -> Path:
    """The folder of the world's Dagster instance, made with its configuration if missing.

    Raises:
        StorageError: it cannot be made.
        WarehouseBusy: another process has been making it for too long.
    """
    home = settings.world_home.resolve() / "dagster"
    if not (home / "dagster.yaml").exists():
        with alone(home.with_name("dagster.lock"), settings.lock_timeout_s):
            if not (home / "dagster.yaml").exists():
                _make(home)
    _follow(home)
    return home


def _make(home: Path) -> None:
    # Its databases are not made in one step, and two processes making them spoil each other's:
    # made beside and renamed, they are there whole or not at all.
    draft = home.with_name(".dagster.new")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        _configure(draft, draft)
        with dg.DagsterInstance.from_config(str(draft)) as instance:
            instance.get_runs(limit=1)
            instance.all_asset_keys()
            instance.all_instigator_state()
            # Without these the daemon begins by warning that it looks at no older events.
            instance.daemon_cursor_storage.set_cursor_values(dict.fromkeys(_RETRY_CURSORS, "0"))
        _configure(draft, home)
        if home.exists():
            # A folder the user prepared, or one of a version that made it in place.
            (draft / "dagster.yaml").replace(home / "dagster.yaml")
            shutil.rmtree(draft)
        else:
            draft.rename(home)
    except OSError as error:
        raise StorageError(f"cannot make {home}: {error.strerror or error}") from error


def _configure(folder: Path, home: Path) -> None:
    """Write the configuration of the instance that lies, or will lie, in `home`."""
    config = _CONFIG.format(events=_events(home))
    (folder / "dagster.yaml").write_text(config, encoding="utf-8")


def _follow(home: Path) -> None:
    """Let the events of a folder that was moved or copied stay with it, and out of the other."""
    config = home / "dagster.yaml"
    written = config.read_text(encoding="utf-8")
    stated = _EVENTS_OF_OURS.search(written)
    here = _events(home)
    if stated is None or stated[1] == here:
        return
    draft = home / ".dagster.yaml.new"
    draft.write_text(written.replace(stated[1], here), encoding="utf-8")
    draft.replace(config)


def _events(home: Path) -> str:
    return json.dumps(str(home / "history" / "runs"), ensure_ascii=False)


@contextmanager
def opened(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The world's instance; runs that were killed before are closed as failed first.

    Raises:
        StorageError: its databases cannot be read or written, as on a full or read-only disk.
    """
    home = instance_home(settings)
    try:
        with dg.DagsterInstance.from_config(str(home)) as instance:
            close_lost_runs(instance, home)
            yield instance
    except OperationalError as error:
        raise StorageError(
            f"Dagster's databases in {home}: {error.orig}; is the disk full or read-only?"
        ) from error


@contextmanager
def living(home: Path, run_id: str) -> Iterator[None]:
    """Within the block other processes see that the run lives; a killed process lets go too."""
    mark = _marks(home) / run_id
    with alone(mark, _NEW_MARK_S):
        yield
        # Before letting go: nobody may find the mark of a run that has ended well.
        mark.unlink(missing_ok=True)


def close_lost_runs(instance: dg.DagsterInstance, home: Path) -> list[str]:
    """Report every run as failed whose process is gone; their ids."""
    lost = []
    for mark in sorted(_marks(home).glob("*")):
        lock = filelock.FileLock(mark)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            continue
        try:
            run = instance.get_run_by_id(mark.name)
            if run is not None and not run.is_finished:
                instance.report_run_failed(run, _LOST)
                lost.append(run.run_id)
            mark.unlink(missing_ok=True)
        finally:
            lock.release()
    return lost


def _marks(home: Path) -> Path:
    return home / "living"
