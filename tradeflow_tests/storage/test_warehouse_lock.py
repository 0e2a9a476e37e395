"""One writer at a time: who waits, how long, and what the one who gives up is told."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from tradeflow.errors import WarehouseBusy
from tradeflow.storage.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", lock_timeout_s=20)


def test_an_exception_closes_the_connection_and_releases_the_file(warehouse):
    with pytest.raises(ValueError), warehouse.connect("fail") as con:
        raise ValueError
    with pytest.raises(duckdb.ConnectionException):
        con.execute("select 1")
    with duckdb.connect(warehouse.path) as outside:
        assert outside.execute("select 1").fetchall() == [(1,)]


def test_connecting_inside_a_connection_hands_out_the_same_one(warehouse):
    with warehouse.connect("outer") as outer:
        with warehouse.connect("inner") as inner:
            assert inner is outer
        assert outer.execute("select 1").fetchall() == [(1,)]


def test_another_thread_waits_for_its_turn(warehouse):
    order = []

    def second() -> None:
        with warehouse.connect("second"):
            order.append("second")

    with warehouse.connect("first"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


_HOLDING = """
import sys, time
from pathlib import Path
from tradeflow.storage.warehouse import Warehouse
with Warehouse(Path(sys.argv[1]), 20).connect("store comtrade 2026-W07"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holding(warehouse: Warehouse, seconds: float) -> subprocess.Popen:
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLDING, str(warehouse.path), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline().strip() == "held"
    child.stdout.close()
    return child


def test_a_second_process_waits_and_then_proceeds(warehouse):
    child = holding(warehouse, 0.6)
    with warehouse.connect("second") as con:
        assert con.execute("select 1").fetchall() == [(1,)]
    assert child.wait() == 0


def test_the_wait_is_bounded_and_says_who_holds_the_warehouse_and_why(warehouse):
    child = holding(warehouse, 30)
    impatient = Warehouse(warehouse.path, lock_timeout_s=0.3)
    began = time.monotonic()
    with pytest.raises(WarehouseBusy) as refused, impatient.connect("second"):
        pass
    assert time.monotonic() - began < 5
    child.kill()
    child.wait()
    assert f"process {child.pid} (store comtrade 2026-W07) since " in str(refused.value)
    assert "0.3 s" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_wait_of_more_than_a_moment_is_explained_and_ends_when_the_holder_is_done(
    warehouse, caplog, monkeypatch
):
    monkeypatch.setattr("tradeflow.storage.warehouse._EXPLAIN_AFTER_S", 0.1)
    monkeypatch.setattr("tradeflow.storage.warehouse._EXPLAIN_EVERY_S", 0.2)
    child = holding(warehouse, 1.0)
    with warehouse.connect("store census 2026-W08") as con:
        assert con.execute("select 1").fetchall() == [(1,)]
    assert child.wait() == 0
    first, second, *_ = caplog.messages
    for said in (first, second):
        assert said.startswith("waiting to store census 2026-W08: warehouse.duckdb is held by ")
        assert f"process {child.pid} (store comtrade 2026-W07) since " in said
        assert said.endswith("giving up after 20 s in all")


def test_turn_taking_of_a_moment_is_not_worth_a_word(warehouse, caplog):
    child = holding(warehouse, 0.2)
    with warehouse.connect("second"):
        pass
    child.wait()
    assert caplog.messages == []


def test_a_killed_holder_leaves_no_lock_behind(warehouse):
    child = holding(warehouse, 30)
    child.kill()
    child.wait()
    with Warehouse(warehouse.path, lock_timeout_s=1).connect("next") as con:
        assert con.execute("select 1").fetchall() == [(1,)]


_COUNTING = """
import sys
from pathlib import Path
from tradeflow.storage.warehouse import Warehouse, replace_partition
for turn in range(2):
    week = f"2026-W{int(sys.argv[2]) * 2 + turn:02d}"
    with Warehouse(Path(sys.argv[1]), 60).connect(week) as con:
        con.execute("create temp table stage as select ? as week, unnest(range(5)) as value",
                    [week])
        replace_partition(con, "marts.fct_flows_yearly", {"week": week}, "stage")
"""


def test_processes_writing_different_weeks_at_once_lose_nothing(warehouse):
    children = [
        subprocess.Popen([sys.executable, "-c", _COUNTING, str(warehouse.path), str(n)])
        for n in range(8)
    ]
    assert [child.wait() for child in children] == [0] * 8
    with warehouse.connect("count") as con:
        counted = con.execute(
            "select week, count(*) from marts.fct_flows_yearly group by all"
        ).fetchall()
        written = con.execute("select count(*) from ops.ledger").fetchall()
    assert len(counted) == 16
    assert {rows for _, rows in counted} == {5}
    assert written == [(16,)]
