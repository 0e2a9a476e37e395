"""Partitions are replaced whole or not at all; readers are on a copy."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tradeflow.errors import ContractBroken, InputError, StorageError
from tradeflow.storage.tables import SCHEMAS
from tradeflow.storage.warehouse import Warehouse, Written, replace_partition

TABLE = "marts.fct_flows_yearly"
W6, W7 = {"week": "2026-W06"}, {"week": "2026-W07"}
OLD, NEW = [1, 2, 3], [10, 20]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", lock_timeout_s=20)


def stage(con, week: dict[str, str], values: list[int]) -> str:
    con.execute(
        "create or replace temp table stage as select $1 as week, unnest($2::bigint[]) as value",
        [week["week"], values],
    )
    return "stage"


def fill(warehouse: Warehouse, week: dict[str, str], values: list[int]) -> Written:
    with warehouse.connect("fill") as con:
        return replace_partition(con, TABLE, week, stage(con, week, values), code_version="c1")


def stored(warehouse: Warehouse, week: dict[str, str]) -> list[int]:
    with warehouse.connect("look") as con:
        rows = con.execute(f"select value from {TABLE} where week = ? order by 1", [week["week"]])
        return [value for (value,) in rows.fetchall()]


def ledger(warehouse: Warehouse) -> list[tuple]:
    with warehouse.connect("look") as con:
        return con.execute(
            "select relation, partition_key, rows_before, rows_after, code_version from ops.ledger"
            " order by written_at"
        ).fetchall()


class Failing:
    """A connection that refuses its k-th statement."""

    def __init__(self, con, k: int) -> None:
        self._con, self._left = con, k

    def execute(self, *args):
        self._left -= 1
        if self._left == 0:
            raise RuntimeError("the power went")
        return self._con.execute(*args)

    def __getattr__(self, name):
        return getattr(self._con, name)


def test_the_first_use_makes_every_schema_and_the_fixed_tables(warehouse):
    with warehouse.connect("look") as con:
        schemas = {
            name for (name,) in con.execute("select schema_name from duckdb_schemas()").fetchall()
        }
        tables = {
            name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()
        }
    assert set(SCHEMAS) <= schemas
    assert {
        "snapshot",
        "answers",
        "ledger",
        "rejects",
        "parsed",
        "check_results",
        "quarantine",
    } <= tables


def test_a_partition_is_replaced_and_its_neighbour_untouched(warehouse):
    assert fill(warehouse, W6, [7]) == Written(0, 1)
    assert fill(warehouse, W7, OLD) == Written(0, 3)
    assert fill(warehouse, W7, NEW) == Written(3, 2)
    assert stored(warehouse, W6) == [7]
    assert stored(warehouse, W7) == NEW
    assert ledger(warehouse)[-1] == (TABLE, json.dumps(W7), 3, 2, "c1")


def test_an_empty_partition_is_a_partition_without_rows(warehouse):
    fill(warehouse, W7, OLD)
    assert fill(warehouse, W7, []) == Written(3, 0)
    assert stored(warehouse, W7) == []


def test_failing_at_any_statement_leaves_the_old_partition_and_a_ledger_that_agrees(warehouse):
    fill(warehouse, W7, OLD)
    before = ledger(warehouse)
    for k in range(1, 100):
        try:
            with warehouse.connect("fail") as con:
                replace_partition(Failing(con, k), TABLE, W7, stage(con, W7, NEW))
        except RuntimeError:
            assert stored(warehouse, W7) == OLD, f"statement {k}"
            assert ledger(warehouse) == before, f"statement {k}"
        else:
            break
    assert k > 8
    assert stored(warehouse, W7) == NEW
    assert len(ledger(warehouse)) == len(before) + 1


_KILLED = """
import os, signal, sys
from pathlib import Path
from tradeflow.storage.warehouse import Warehouse, replace_partition
path, k = Path(sys.argv[1]), int(sys.argv[2])
class Killing:
    def __init__(self, con): self.con, self.left = con, k
    def execute(self, *args):
        self.left -= 1
        if self.left == 0: os.kill(os.getpid(), signal.SIGKILL)
        return self.con.execute(*args)
    def __getattr__(self, name): return getattr(self.con, name)
with Warehouse(path, 20).connect("be killed") as con:
    con.execute("create temp table stage as select '2026-W07' as week,"
                " unnest([10, 20]::bigint[]) as value")
    replace_partition(Killing(con), "marts.fct_flows_yearly", {"week": "2026-W07"}, "stage")
"""


@pytest.mark.parametrize("k", [2, 6, 7, 8, 9])
def test_a_process_killed_between_statements_leaves_the_old_partition(warehouse, k):
    fill(warehouse, W7, OLD)
    before = ledger(warehouse)
    child = subprocess.run([sys.executable, "-c", _KILLED, str(warehouse.path), str(k)])
    assert child.returncode == -9
    assert stored(warehouse, W7) == OLD
    assert ledger(warehouse) == before


_REPLACING = """
import sys
from pathlib import Path
from tradeflow.storage.warehouse import Warehouse, replace_partition
warehouse = Warehouse(Path(sys.argv[1]), 20)
print("ready", flush=True)
for turn in range(10_000):
    with warehouse.connect("loop") as con:
        con.execute("create or replace temp table stage as select '2026-W07' as week,"
                    f" unnest(range({turn} * 1000, {turn} * 1000 + 1000)) as value")
        replace_partition(con, "marts.fct_flows_yearly", {"week": "2026-W07"}, "stage")
"""


@pytest.mark.slow
def test_two_hundred_random_kills_never_leave_a_mixed_partition(warehouse):
    fill(warehouse, W7, list(range(1000)))
    chance = random.Random(7)
    for _ in range(200):
        child = subprocess.Popen(
            [sys.executable, "-c", _REPLACING, str(warehouse.path)], stdout=subprocess.PIPE
        )
        child.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        child.kill()
        child.wait()
        child.stdout.close()
        values = stored(warehouse, W7)
        assert len(values) == 1000
        assert values == list(range(values[0], values[0] + 1000))
        assert ledger(warehouse)[-1][2:4] in [(0, 1000), (1000, 1000)]


def test_a_refusing_audit_leaves_the_old_partition(warehouse):
    fill(warehouse, W7, OLD)

    def audit(con, stage):
        raise ContractBroken(f"{stage}: two rows of one key")

    with pytest.raises(ContractBroken), warehouse.connect("fail") as con:
        replace_partition(con, TABLE, W7, stage(con, W7, NEW), audit=audit)
    assert stored(warehouse, W7) == OLD


def test_staged_rows_of_another_partition_are_refused(warehouse):
    fill(warehouse, W7, OLD)
    with pytest.raises(InputError, match="2 staged rows"), warehouse.connect("fail") as con:
        replace_partition(con, TABLE, W7, stage(con, W6, NEW))
    assert stored(warehouse, W7) == OLD


def test_changed_columns_make_the_table_anew_without_mixing_two_shapes(warehouse):
    fill(warehouse, W6, OLD)
    with warehouse.connect("new shape") as con:
        con.execute("create temp table wider as select '2026-W07' as week, 1.5 as share_pct")
        assert replace_partition(con, TABLE, W7, "wider") == Written(0, 1)
        assert con.execute(f"from {TABLE}").fetchall() == [("2026-W07", 1.5)]


def test_readers_see_the_published_copy_until_the_next_one(warehouse):
    def read() -> list:
        with warehouse.reader() as con:
            return con.execute(f"select value from {TABLE} order by 1").fetchall()

    with pytest.raises(StorageError, match="does not exist yet"):
        read()
    fill(warehouse, W7, OLD)
    warehouse.publish()
    fill(warehouse, W7, NEW)
    assert read() == [(1,), (2,), (3,)]
    with warehouse.connect("hold"):
        assert read() == [(1,), (2,), (3,)]
    warehouse.publish()
    assert read() == [(10,), (20,)]


def test_a_copy_left_half_done_by_a_crash_does_not_hinder_the_next(warehouse):
    fill(warehouse, W7, OLD)
    warehouse.published_path.with_suffix(".draft").write_bytes(b"half a copy")
    warehouse.publish()
    with warehouse.reader() as con:
        assert con.execute(f"select count(*) from {TABLE}").fetchall() == [(3,)]


def test_table_hashes_do_not_depend_on_storage_order_or_clock(tmp_path):
    hashes = []
    for name, values in (("a", [1, 2, 3]), ("b", [3, 1, 2])):
        warehouse = Warehouse(tmp_path / name / "warehouse.duckdb")
        fill(warehouse, W7, values)
        with warehouse.connect("answer") as con:
            con.execute("insert into raw.answers (response_id, fetched_at) values ('a', now())")
        hashes.append(warehouse.table_hashes())
    assert hashes[0] == hashes[1]
    assert TABLE in hashes[0]
    assert not any(relation.startswith("ops.") for relation in hashes[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select null::varchar as x", "select 'NULL' as x"),
        ("select null::varchar as x", "select 'null' as x"),
        ("select 'a' as x, 'b' as y", 'select \'a","y":"b\' as x, null::varchar as y'),
        ("select 1::decimal(24,4) as x", "select 1::double as x"),
        ("select ['a', 'b'] as x", "select ['a,b'] as x"),
        ("select 0.1::double as x", "select (0.1::double + 1e-17) * (1 + 3e-16) as x"),
        ("select 1 as x", "select 1 as x union all select 1"),
    ],
)
def test_table_hashes_tell_different_contents_apart(tmp_path, one, other):
    hashes = []
    for name, query in (("a", one), ("b", other)):
        warehouse = Warehouse(tmp_path / name / "warehouse.duckdb")
        with warehouse.connect("fill") as con:
            con.execute(f"create table marts.t as {query}")
        hashes.append(warehouse.table_hashes()["marts.t"])
    assert hashes[0] != hashes[1]


_FULL_DISK = """
import resource, sys
from pathlib import Path
from tradeflow.errors import StorageError
from tradeflow.storage.warehouse import Warehouse, replace_partition
path, room, rows = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (room,) * 2)
try:
    with Warehouse(path, 20).connect("fill the disk") as con:
        con.execute("create temp table stage as select '2026-W07' as week,"
                    f" (hash(range) % 1000000007)::bigint as value from range({rows})")
        replace_partition(con, "marts.fct_flows_yearly", {"week": "2026-W07"}, "stage")
except StorageError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("rows", [2_000_000, 50_000], ids=["in the table", "at the commit"])
def test_a_disk_without_room_fails_in_one_line_with_the_old_partition_intact(warehouse, rows):
    """Many rows are written as they come; few fail only when the commit writes them to the log."""
    fill(warehouse, W7, OLD)
    room = warehouse.path.stat().st_size + 50_000 if rows > 100_000 else 100_000
    child = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(warehouse.path), str(room), str(rows)],
        capture_output=True,
        text=True,
    )
    assert child.returncode == 1, child.stderr
    assert str(warehouse.path) in child.stderr
    assert "what was stored is untouched" in child.stderr
    assert stored(warehouse, W7) == OLD


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    with (
        pytest.raises(StorageError, match="cannot lock"),
        Warehouse(tmp_path / "home" / "warehouse.duckdb").connect("fail"),
    ):
        pass


def test_a_file_that_is_no_database_is_named(warehouse):
    warehouse.path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError, match=r"warehouse\.duckdb"), warehouse.connect("fail"):
        pass


def test_a_discarded_database_begins_empty(warehouse):
    fill(warehouse, W7, OLD)
    warehouse.discard()
    with warehouse.connect("look") as con:
        assert con.execute(
            "select count(*) from duckdb_tables() where schema_name = 'marts'"
        ).fetchall() == [(0,)]


def test_a_database_takes_the_place_of_another_whole(warehouse, tmp_path):
    fill(warehouse, W7, OLD)
    fresh = Warehouse(tmp_path / "rebuild.duckdb")
    fill(fresh, W7, NEW)
    warehouse.take_over(fresh)
    assert stored(warehouse, W7) == NEW
    assert not list(tmp_path.glob("rebuild.*"))


def test_a_new_table_of_many_rows_answers_filters_and_groups_at_once(warehouse):
    """A row group or more, made and filled in one transaction, was invisible to both."""
    many = list(range(200_000))
    fill(warehouse, W7, many)
    with warehouse.connect("look") as con:
        grouped = con.execute(f"select value % 2, count(*) from {TABLE} group by 1 order by 1")
        assert grouped.fetchall() == [(0, 100_000), (1, 100_000)]
        assert con.execute(
            f"select max(value) from {TABLE} where week = '2026-W07'"
        ).fetchall() == [(199_999,)]


def test_rows_are_visible_in_the_connection_that_stored_them(warehouse):
    with warehouse.connect("fill and look") as con:
        staged = stage(con, W7, list(range(200_000)))
        replace_partition(con, TABLE, W7, staged, code_version="c1")
        assert con.execute(f"select count(*) from {TABLE} where value % 2 = 0").fetchall() == [
            (100_000,)
        ]
