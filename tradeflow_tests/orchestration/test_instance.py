"""The Dagster instance: made whole whoever else makes it, and no killed run lives on in it."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import threading
from pathlib import Path

import dagster as dg
import pytest
from dagster._daemon.auto_run_reexecution.event_log_consumer import (
    DAGSTER_EVENT_TYPES,
    _fetch_persisted_cursors,
)

from tradeflow.errors import StorageError
from tradeflow.orchestration.instance import close_lost_runs, instance_home, living, opened
from tradeflow.orchestration.progress import TERMINAL, listening, terminal
from tradeflow.settings import Settings, load_settings
from tradeflow.storage.warehouse import Warehouse
from tradeflow_tests.forked import KILLED, run, start

LOST, ALIVE = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def of(home: Path) -> Settings:
    return load_settings(home=home)


def open_it(home: Path) -> None:
    with opened(of(home)) as instance:
        assert list(instance.get_runs()) == []


def execute_and_die(home: Path, run_id: str) -> None:
    @dg.op
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @dg.job
    def deadly() -> None:
        die()

    with opened(of(home)) as instance, living(instance_home(of(home)), run_id):
        deadly.execute_in_process(instance=instance, run_id=run_id)


def execute(home: Path, run_id: str) -> None:
    @dg.op
    def nothing() -> None:
        pass

    @dg.job
    def harmless() -> None:
        nothing()

    with opened(of(home)) as instance, living(instance_home(of(home)), run_id):
        harmless.execute_in_process(instance=instance, run_id=run_id)


def test_processes_that_make_the_instance_at_once_all_get_it(tmp_path: Path) -> None:
    children = [start(open_it, tmp_path) for _ in range(8)]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 8
    assert not (tmp_path / "sandbox" / ".dagster.new").exists()


def test_an_instance_left_half_made_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "sandbox" / ".dagster.new" / "history"
    half.mkdir(parents=True)
    (half / "runs.db").write_bytes(b"not yet a database")
    open_it(tmp_path)
    assert not half.exists()


def test_databases_that_cannot_be_opened_are_one_clear_error(tmp_path: Path) -> None:
    open_it(tmp_path)
    books = tmp_path / "sandbox" / "dagster" / "history" / "runs.db"
    books.unlink()
    books.mkdir()
    with pytest.raises(StorageError, match="unable to open database file; is the disk full"):
        open_it(tmp_path)


def test_a_configuration_of_the_users_own_stays(tmp_path: Path) -> None:
    home = tmp_path / "sandbox" / "dagster"
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    assert instance_home(of(tmp_path)) == home.resolve()
    assert (home / "dagster.yaml").read_text(encoding="utf-8") == "telemetry:\n  enabled: false\n"


def test_a_copied_folder_keeps_its_events_to_itself(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    open_it(first)
    shutil.copytree(first, second)
    execute(second, ALIVE)
    with opened(of(first)) as instance:
        assert list(instance.all_logs(ALIVE)) == []
    with opened(of(second)) as instance:
        assert list(instance.all_logs(ALIVE)) != []


def test_a_killed_run_is_closed_as_failed_by_the_next_that_opens_the_instance(
    tmp_path: Path,
) -> None:
    assert run(execute_and_die, tmp_path, LOST) == KILLED
    with opened(of(tmp_path)) as instance:
        record = instance.get_run_by_id(LOST)
        assert record is not None and record.status is dg.DagsterRunStatus.FAILURE
        said = [entry.message for entry in instance.all_logs(LOST)]
    assert any("ended without a word" in message for message in said)
    assert list((instance_home(of(tmp_path)) / "living").glob("*")) == []


def test_a_run_that_lives_is_left_alone(tmp_path: Path) -> None:
    home = instance_home(of(tmp_path))
    with opened(of(tmp_path)) as instance, living(home, ALIVE):
        assert run(open_it, tmp_path) == 0
        assert close_lost_runs(instance, home) == []
        assert (home / "living" / ALIVE).exists()
    assert not (home / "living" / ALIVE).exists()


def test_a_step_that_waits_for_the_warehouse_says_so_to_the_terminal_and_the_ui(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradeflow.storage.warehouse._EXPLAIN_AFTER_S", 0.1)
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", 20)
    waiting = threading.Event()

    @dg.op
    def store() -> None:
        with warehouse.connect("store census 2026-W08"):
            pass

    @dg.job(logger_defs={TERMINAL: terminal})
    def storing() -> None:
        store()

    def hold() -> None:
        with warehouse.connect("store comtrade 2026-W07"):
            held.set()
            waiting.wait(20)

    held = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    heard: list[str] = []

    def on_note(line: str) -> None:
        heard.append(line)
        waiting.set()

    with opened(of(tmp_path)) as instance, listening(lambda _name: None, on_note):
        done = storing.execute_in_process(
            instance=instance, run_config={"loggers": {TERMINAL: {}}}, raise_on_error=False
        )
        logged = [entry.message for entry in instance.all_logs(done.run_id)]
    holder.join()
    assert done.success
    for said in (heard[0], next(line for line in logged if "waiting" in line)):
        assert "waiting to store census 2026-W08: warehouse.duckdb is held by process" in said
        assert "(store comtrade 2026-W07) since " in said


def test_a_run_is_begun_again_only_if_its_process_was_lost(tmp_path: Path) -> None:
    with opened(of(tmp_path)) as instance:
        assert instance.run_retries_enabled and instance.run_retries_max_retries == 1
        assert instance.run_retries_retry_on_asset_or_op_failure is False


def test_the_daemon_that_retries_finds_how_far_it_has_read_at_its_first_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(of(tmp_path)) as instance:
        fetched = _fetch_persisted_cursors(
            instance, DAGSTER_EVENT_TYPES, logging.getLogger("the daemon")
        )
    assert set(fetched.values()) == {0}
    assert caplog.messages == []
