"""Running the project's models for a week: render, stage, check, commit.

Here: what a `ref` stands for in a week, the two ways of storing (per week, per answer), the
order of staging, checking and committing. Not here: what a test means (`sql_checks.py`), the
transaction of a partition (`warehouse.py`), scheduling (`orchestration/`).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from tradeflow.errors import ContractBroken
from tradeflow.periods import Week
from tradeflow.storage.contracts import check_rows, record_checks
from tradeflow.storage.seeds import load_seeds
from tradeflow.storage.sql_checks import (
    CheckResult,
    ChecksFailed,
    bound,
    compare_columns,
    execute,
    shape_of,
)
from tradeflow.storage.sql_macros import load_macros
from tradeflow.storage.sql_project import Model, Project, Ref
from tradeflow.storage.sql_staging import AnswerStore
from tradeflow.storage.warehouse import Warehouse, replace_partition


@dataclass(frozen=True)
class ModelRun:
    """What one model did for one week."""

    model: str
    week: str
    rows_before: int
    """Rows of the week before the run; for staging: of the week's answers."""
    rows_after: int
    rejected: int = 0
    """Rows of the week's answers that staging refused; they are in `ops.rejects`."""
    checks: list[CheckResult] = field(default_factory=list)
    code_version: str = ""

    @property
    def warnings(self) -> list[CheckResult]:
        """Failed checks that did not stop it."""
        return [check for check in self.checks if not check.passed]


class Runner:
    """Runs models of one project against one warehouse."""

    def __init__(self, warehouse: Warehouse, project: Project) -> None:
        self.warehouse = warehouse
        self.project = project
        self._prepared: Callable[[], duckdb.DuckDBPyConnection | None] = lambda: None

    def run(self, name: str, week: Week, as_of: date) -> ModelRun:
        """Open the warehouse and run one model.

        Args:
            name: the model, e.g. `fct_us_trade_monthly`.
            week: the partition.
            as_of: the last day the partition may know of.

        Raises:
            ContractBroken: its SQL cannot run or its rows break the contract; the stored
                partition is untouched.
            WarehouseBusy: another process holds the warehouse.
        """
        return self.run_many([name], week, as_of)[0]

    def run_many(self, names: Iterable[str], week: Week, as_of: date) -> list[ModelRun]:
        """Run several models on one connection, in the order given."""
        with self.warehouse.connect(f"models of {week}") as con:
            return [self.run_on(con, name, week, as_of) for name in names]

    def prepare(self, con: duckdb.DuckDBPyConnection) -> None:
        """Load seeds and macros; done by itself once per connection."""
        if self._prepared() is con:
            return
        load_seeds(con, self.project)
        load_macros(con, self.project)
        self._prepared = weakref.ref(con)

    def run_on(
        self, con: duckdb.DuckDBPyConnection, name: str, week: Week, as_of: date
    ) -> ModelRun:
        """Run one model on an open connection; arguments and errors as for `run`."""
        model = self.project.model(name)
        self.prepare(con)
        version = self.project.code_version(name)
        if model.per_answer:
            return self._run_per_answer(con, model, week, as_of, version)
        return self._run_per_week(con, model, week, as_of, version)

    def relation(self, ref: Ref) -> str:
        """The SQL that stands for a ref or source in the week `$week`."""
        week = "$previous_week" if ref.previous else "$week"
        of_answers = (
            f"(select * from {ref.relation} semi join (select response_id from raw.snapshot"
            f" where week = {week}) using (response_id))"
        )
        of_week = f"(select * exclude (week) from {ref.relation} where week = {week})"
        match ref.kind:
            case "seed":
                return ref.relation
            case "source":
                source = self.project.sources[ref.schema, ref.name]
                return of_week if source.keyed_by == "week" else of_answers
            case "model":
                return of_answers if self.project.model(ref.name).per_answer else of_week

    def _run_per_week(
        self, con: duckdb.DuckDBPyConnection, model: Model, week: Week, as_of: date, version: str
    ) -> ModelRun:
        query = self.project.render(model.template, self.relation, model.path.name)
        parameters = bound(week, as_of)
        with _temporary(con, f"stage__{model.name}") as stage:
            _create_as(con, model, stage, f"select $week as week, * from (\n{query}\n)", parameters)
            compare_columns(model.name, model.stored_columns, shape_of(con, stage))
            checks = self._judge(con, model, stage, week, parameters)
            written = replace_partition(
                con, model.relation, {"week": week.key}, stage, code_version=version
            )
        return ModelRun(model.name, week.key, written.before, written.after, 0, checks, version)

    def _run_per_answer(
        self, con: duckdb.DuckDBPyConnection, model: Model, week: Week, as_of: date, version: str
    ) -> ModelRun:
        store = AnswerStore(con, self.project, model, week, version)
        before = store.week_rows()
        parameters = bound(week, as_of)
        with (
            _temporary(con, f"pending__{model.name}") as pending,
            _temporary(con, f"stage__{model.name}") as stage,
            _temporary(con, f"week__{model.name}") as week_rows,
        ):
            store.find_pending(pending)

            def pending_rows(ref: Ref) -> str:
                if ref.kind == "source":
                    return (
                        f'(select * from {ref.relation} semi join "{pending}" using (response_id))'
                    )
                return self.relation(ref)

            query = self.project.render(model.template, pending_rows, model.path.name)
            _create_as(con, model, stage, query, {})
            store.compare(stage)
            of_rows = [store.account(pending, stage), store.limit_rejects(stage)]
            store.union(pending, stage, week_rows)
            checks = self._judge(con, model, week_rows, week, parameters, of_rows)
            store.commit(pending, stage)
        return ModelRun(
            model.name, week.key, before, store.week_rows(), store.week_rejects(), checks, version
        )

    def _judge(
        self,
        con: duckdb.DuckDBPyConnection,
        model: Model,
        stage: str,
        week: Week,
        parameters: Mapping[str, Any],
        already: Iterable[CheckResult] = (),
    ) -> list[CheckResult]:
        """Check staged rows, record every verdict, raise when one of them blocks."""
        checks = [
            *already,
            *check_rows(con, self.project, model, stage, parameters, self.relation),
        ]
        record_checks(con, week.key, model.relation, checks)
        if failed := [check for check in checks if check.blocks]:
            raise ChecksFailed(model.name, failed)
        return checks


@contextmanager
def _temporary(con: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    try:
        yield name
    finally:
        con.execute(f'drop table if exists temp."{name}"')


def _create_as(
    con: duckdb.DuckDBPyConnection, model: Model, table: str, query: str, parameters: Mapping
) -> None:
    try:
        execute(con, f'create or replace temp table "{table}" as {query}', parameters)
    except duckdb.CatalogException as error:
        reason = str(error).splitlines()[0]
        raise ContractBroken(f"{model.name}: {reason} Run what it reads first.") from error
    except duckdb.Error as error:
        raise ContractBroken(f"{model.name}: {str(error).splitlines()[0]}") from error
