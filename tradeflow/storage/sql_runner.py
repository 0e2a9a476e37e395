"""Running the project's models for a week: render, stage, check, commit.

Here: what a `ref` stands for in a week, the two ways of storing (per week, per answer), the
order of staging, checking and committing. Not here: what a test means (`sql_checks.py`), the
transaction of a partition (`warehouse.py`), scheduling (`orchestration/`).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
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
from tradeflow.storage.sql_copies import Copies
from tradeflow.storage.sql_inputs import Inputs, Made
from tradeflow.storage.sql_macros import load_macros
from tradeflow.storage.sql_project import Model, Project, Ref
from tradeflow.storage.sql_run import ModelRun
from tradeflow.storage.sql_staging import AnswerStore
from tradeflow.storage.warehouse import Warehouse, replace_partition, transaction


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
            weeks = self.over(con, {week: as_of})
            return [run for name in names for run in weeks.run(name)]

    def over(self, con: duckdb.DuckDBPyConnection, weeks: Mapping[Week, date]) -> Weeks:
        """Weeks to run models of on an open connection, each with the last day it may know of."""
        self.prepare(con)
        return Weeks(self, con, weeks)

    def prepare(self, con: duckdb.DuckDBPyConnection) -> None:
        """Load seeds and macros; done by itself once per connection."""
        if self._prepared() is con:
            return
        load_seeds(con, self.project)
        load_macros(con, self.project)
        self._prepared = weakref.ref(con)

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


class Weeks:
    """Some weeks on one connection; a week made from the same as another one is copied."""

    def __init__(
        self, runner: Runner, con: duckdb.DuckDBPyConnection, weeks: Mapping[Week, date]
    ) -> None:
        self._runner = runner
        self._project = runner.project
        self._con = con
        self._weeks = weeks
        self._inputs = Inputs(con, runner.project)

    def run(self, name: str) -> Iterator[ModelRun]:
        """Run one model for each week in the order given; errors as for `Runner.run`."""
        model = self._project.model(name)
        copies = Copies(self._con, self._inputs, model, self._project.code_version(name))
        for week, as_of in self._weeks.items():
            inputs = self._inputs.digest(model, week, as_of)
            if copies.take(week, inputs):
                continue
            yield from copies.store()
            run = self._run_per_answer if model.per_answer else self._run_per_week
            yield run(model, week, as_of, inputs)
        yield from copies.store()

    def _run_per_week(self, model: Model, week: Week, as_of: date, inputs: str) -> ModelRun:
        con, version = self._con, self._project.code_version(model.name)
        query = self._project.render(model.template, self._runner.relation, model.path.name)
        parameters = bound(week, as_of)
        with _temporary(con, f"stage__{model.name}") as stage:
            _create_as(con, model, stage, f"select $week as week, * from (\n{query}\n)", parameters)
            compare_columns(model.name, model.stored_columns, shape_of(con, stage))
            checks = self._judge(model, stage, week, parameters)
            made = Made(inputs, *self._inputs.content(stage), rejected=0)
            written = replace_partition(
                con,
                model.relation,
                {"week": week.key},
                stage,
                code_version=version,
                note=lambda: self._note(model, week, checks, made),
            )
        self._inputs.know(model, week, made, made_anew=written.made_anew)
        return ModelRun(model.name, week.key, written.before, written.after, 0, checks, version)

    def _run_per_answer(self, model: Model, week: Week, as_of: date, inputs: str) -> ModelRun:
        con, version = self._con, self._project.code_version(model.name)
        store = AnswerStore(con, self._project, model, week, version)
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
                return self._runner.relation(ref)

            query = self._project.render(model.template, pending_rows, model.path.name)
            _create_as(con, model, stage, query, {})
            store.compare(stage)
            of_rows = [store.account(pending, stage), store.limit_rejects(stage)]
            store.union(pending, stage, week_rows)
            checks = self._judge(model, week_rows, week, parameters, of_rows)

            def made() -> Made:
                return Made(inputs, "", store.week_rows(), store.week_rejects())

            made_anew = store.commit(
                pending, stage, lambda: self._note(model, week, checks, made())
            )
            stands = made()
        self._inputs.know(model, week, stands, made_anew=made_anew)
        self._inputs.forget_sources()
        return ModelRun(
            model.name, week.key, before, stands.row_count, stands.rejected, checks, version
        )

    def _judge(
        self,
        model: Model,
        stage: str,
        week: Week,
        parameters: Mapping[str, Any],
        already: Iterable[CheckResult] = (),
    ) -> list[CheckResult]:
        """Check staged rows; raise when a verdict blocks, after recording them all."""
        con, relation_of = self._con, self._runner.relation
        checks = [
            *already,
            *check_rows(con, self._project, model, stage, parameters, relation_of),
        ]
        if failed := [check for check in checks if check.blocks]:
            with transaction(con):
                record_checks(con, week.key, model.relation, checks)
            raise ChecksFailed(model.name, failed)
        return checks

    def _note(self, model: Model, week: Week, checks: list[CheckResult], made: Made) -> None:
        """Record verdicts and origin of a week's rows within the transaction that stores them."""
        record_checks(self._con, week.key, model.relation, checks)
        self._inputs.note(model, week, made)


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
