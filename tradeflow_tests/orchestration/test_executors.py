"""Steps in processes of their own store what steps in one process store."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from tradeflow.definitions import build_definitions
from tradeflow.orchestration.instance import opened
from tradeflow.orchestration.jobs import WEEKLY_JOB
from tradeflow.periods import Week
from tradeflow.settings import load_settings
from tradeflow.storage.warehouse import Warehouse

W07 = Week(2026, 7)
CHOSEN = ["worldbank", "usgs"]
"""Two small sources: their raw tables and the staging models on them, three steps."""


def weekly() -> dg.JobDefinition:
    return build_definitions(load_settings()).resolve_job_def(WEEKLY_JOB)


def hashes_of_a_run(home: Path, executor: str) -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TRADEFLOW_HOME", str(home))
        patched.setenv("TRADEFLOW_REPORTS", str(home / "reports"))
        patched.setenv("TRADEFLOW_EXECUTOR", executor)
        settings = load_settings()
        with opened(settings) as instance:
            done = dg.execute_job(
                dg.reconstructable(weekly),
                instance=instance,
                tags={"dagster/partition": W07.partition_key},
                asset_selection=[
                    key
                    for key in weekly().asset_layer.executable_asset_keys
                    if any(key.path[-1].removeprefix("stg_").startswith(s) for s in CHOSEN)
                ],
            )
            assert done.success
            stats = instance.get_run_stats(done.run_id)
            assert stats.steps_succeeded >= 3 and stats.steps_failed == 0
    return Warehouse(settings.world_home / "warehouse.duckdb").table_hashes()


def hashes_in_a_new_process(home: Path, executor: str) -> dict[str, str]:
    """What a worker of Dagster does: it starts the server that its steps are forked from.

    That of this process may have been started by another test, with the settings of that moment.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(hashes_of_a_run, home, executor).result()


@pytest.mark.slow
def test_steps_in_processes_of_their_own_store_the_same_tables(tmp_path: Path) -> None:
    in_one = hashes_in_a_new_process(tmp_path / "one", "in_process")
    assert "staging.stg_worldbank__indicators" in in_one
    assert hashes_in_a_new_process(tmp_path / "many", "multiprocess") == in_one


def test_the_setting_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("in_process", "multiprocess"):
        monkeypatch.setenv("TRADEFLOW_EXECUTOR", name)
        assert weekly().executor_def.name == name
