"""Dagster's event log on kept connections: the files are the stock storage's."""

from __future__ import annotations

import re
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage
from pytest_httpserver import HTTPServer

from tradeflow.orchestration.event_log import KeptSqliteEventLogStorage
from tradeflow.orchestration.instance import opened
from tradeflow.orchestration.raw import raw_assets
from tradeflow.orchestration.resources import WorldResource
from tradeflow.settings import Settings, load_settings
from tradeflow.sources.registry import SOURCES

_KEYS = dg.StaticPartitionsDefinition(["a", "b"])


@dg.asset(partitions_def=_KEYS, backfill_policy=dg.BackfillPolicy.single_run())
def counted() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3})


def _materialise(instance: dg.DagsterInstance) -> str:
    job = dg.Definitions([counted], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
    tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "b"}
    return job.execute_in_process(instance=instance, tags=tags).run_id


@pytest.mark.parametrize("batch", ["0", "500"])
def test_the_stock_storage_reads_what_it_wrote(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, batch: str
) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", batch)
    with opened(settings) as instance:
        assert isinstance(instance.event_log_storage, KeptSqliteEventLogStorage)
        run_id = _materialise(instance)
        written = [each.event_log_entry for each in _records(instance.event_log_storage, run_id)]
    stock = SqliteEventLogStorage(str(settings.world_home / "dagster" / "history" / "runs"))
    assert [each.event_log_entry for each in _records(stock, run_id)] == written
    assert stock.get_materialized_partitions(dg.AssetKey("counted")) == {"a", "b"}


def test_a_batch_leaves_what_its_events_leave_one_by_one(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "500")
    with opened(settings) as instance:
        run_id = _materialise(instance)
        in_batches = instance.event_log_storage
        stock = SqliteEventLogStorage(str(tmp_path))
        for each in _records(in_batches, run_id):
            stock.store_event(each.event_log_entry)
        assert _index(in_batches) == _index(stock)


def test_few_files_stay_open_however_many_runs_are_looked_at(tmp_path: Path) -> None:
    storage = KeptSqliteEventLogStorage(str(tmp_path))
    for number in range(20):
        assert not storage.get_records_for_run(f"run-{number}").records
    assert len(storage._engines) < 6
    storage.dispose()
    assert not storage._engines


def test_a_failed_write_is_rolled_back(tmp_path: Path) -> None:
    storage = KeptSqliteEventLogStorage(str(tmp_path))
    with pytest.raises(ZeroDivisionError), storage.index_connection() as connection:
        connection.exec_driver_sql("insert into asset_keys (asset_key) values ('[\"lost\"]')")
        raise ZeroDivisionError
    with storage.index_connection() as connection:
        assert connection.exec_driver_sql("select * from asset_keys").fetchall() == []
    storage.dispose()


def test_no_key_stands_in_dagsters_books(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    """Even when the source repeats it where an error quotes the answer (promise 15)."""
    canary = "canary-4f1d2c"
    httpserver.expect_request(re.compile(".*")).respond_with_data(f"your key is {canary}")
    address = httpserver.url_for("").rstrip("/")
    for name, value in {
        "CENSUS_API_KEY": canary,
        "TRADEFLOW_CENSUS_API_URL": address,
        "TRADEFLOW_CENSUS_SITE_URL": address,
        "TRADEFLOW_REQUESTS_PER_SECOND": "10000",
    }.items():
        monkeypatch.setenv(name, value)
    live = load_settings(home=settings.home, sources=settings.sources)
    with opened(live) as instance:
        done = dg.materialize(
            [raw_assets(SOURCES["census"])],
            partition_key="2026-W07-1",
            resources={"world": WorldResource.of(live)},
            instance=instance,
            raise_on_error=False,
        )
    assert not done.success
    assert any(received.args.get("key") == canary for received, _ in httpserver.log)
    books = [
        path.read_bytes() for path in (live.world_home / "dagster").rglob("*") if path.is_file()
    ]
    assert any(b"your key is" in written for written in books)
    assert not any(canary.encode() in written for written in books)


def _index(storage: SqliteEventLogStorage) -> list[list[tuple]]:
    """What all runs have in common, but for the time at which it was entered."""
    with storage.index_connection() as connection:
        return [
            sorted(map(tuple, connection.exec_driver_sql(query).fetchall()))
            for query in (
                "select id, run_id, event, asset_key, partition from event_logs",
                "select asset_key, last_materialization, last_run_id from asset_keys",
                "select event_id, asset_key, key, value from asset_event_tags",
            )
        ]


def _records(storage: SqliteEventLogStorage, run_id: str):
    return storage.get_records_for_run(run_id).records
