"""A warehouse filled with a few raw rows by hand, on which the real SQL project runs.

Here: raw and policy rows into their tables, the snapshot that makes a week see them, running
every model of a week. Not here: rows of any particular test.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from tradeflow.bundled import sql_root
from tradeflow.periods import Week
from tradeflow.policy.store import ensure_tables
from tradeflow.policy.tables import SCHEMAS
from tradeflow.sources.registry import SOURCES
from tradeflow.storage.seeds import load_seeds
from tradeflow.storage.sql_project import Project
from tradeflow.storage.sql_run import ModelRun
from tradeflow.storage.sql_runner import Runner
from tradeflow.storage.tables import ensure_raw_table
from tradeflow.storage.warehouse import Warehouse

PROJECT = Project.load(sql_root())


@cache
def _begun() -> Path:
    """A warehouse of this project with seeds and empty tables, made once a process to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="tradeflow-graph-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    warehouse = Warehouse(folder / "warehouse.duckdb")
    _begin(warehouse, PROJECT)
    return warehouse.path


def _begin(warehouse: Warehouse, project: Project) -> None:
    with warehouse.connect("make empty tables") as con:
        load_seeds(con, project)
        ensure_tables(con)
        for source in SOURCES.values():
            for table, columns in source.tables.items():
                ensure_raw_table(con, f"raw.{table}", columns)


class Graph:
    """The models of a project, this one's unless told, over rows given by the test."""

    def __init__(self, folder: Path, project: Project = PROJECT) -> None:
        self.warehouse = Warehouse(folder / "warehouse.duckdb")
        self.project = project
        self._runner = Runner(self.warehouse, project)
        if project is PROJECT:
            self.warehouse.path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(_begun(), self.warehouse.path)
        else:
            _begin(self.warehouse, project)

    def raw(
        self,
        source: str,
        table: str,
        rows: Sequence[Mapping[str, str | None]],
        response_id: str,
        weeks: Iterable[str],
    ) -> None:
        """Store rows of one answer and let weeks see it; columns left out are null."""
        columns = SOURCES[source].tables[table]
        unknown = {name for row in rows for name in row} - set(columns)
        assert not unknown, f"raw.{table} has no {unknown}"
        frame = pl.DataFrame(
            [[row.get(name) for name in columns] for row in rows],
            schema=dict.fromkeys(columns, pl.Utf8),
            orient="row",
        ).with_columns(
            pl.lit(response_id).alias("response_id"),
            pl.int_range(1, len(rows) + 1, dtype=pl.Int64).alias("row_number"),
        )
        self._insert(f"raw.{table}", frame)
        self.see(source, [response_id], weeks)

    def policy(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store rows of schema policy; columns left out are null."""
        schema = SCHEMAS[table]
        self._insert(
            f"policy.{table}",
            pl.DataFrame(
                [[row.get(name) for name in schema] for row in rows], schema, orient="row"
            ),
        )

    def see(
        self,
        source: str,
        response_ids: Iterable[str],
        weeks: Iterable[str],
        *,
        carried_forward: bool = False,
    ) -> None:
        """Put answers into the snapshots of weeks."""
        rows = [
            (source, week, response_id, response_id, carried_forward, f"question {response_id}")
            for week in weeks
            for response_id in response_ids
        ]
        names = ["layer", "week", "request_key", "response_id", "carried_forward", "label"]
        self._insert("raw.snapshot", pl.DataFrame(rows, schema=names, orient="row"))

    def run(
        self, week: str, *, only_plain: bool = False, as_of: date | None = None
    ) -> list[ModelRun]:
        """Run every model of a week, or those that look at one week only."""
        partition = Week.parse(week)
        names = [
            name
            for name in self.project.models
            if not (only_plain and self.project.reads_previous(name))
        ]
        return self._runner.run_many(names, partition, as_of or partition.end)

    def run_only(self, names: Sequence[str], week: str) -> list[ModelRun]:
        """Run some models of a week, in the order given."""
        partition = Week.parse(week)
        return self._runner.run_many(names, partition, partition.end)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, by column name."""
        with self.warehouse.connect("look at rows") as con:
            cursor = con.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _insert(self, relation: str, frame: pl.DataFrame) -> None:
        if frame.height:
            with self.warehouse.connect("store rows") as con:
                con.register("given_rows", frame)
                con.execute(f"insert into {relation} by name select * from given_rows")
                con.unregister("given_rows")
