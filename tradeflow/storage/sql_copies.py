"""Weeks of a model whose rows are those of another week: copied together, in one transaction.

Here: which weeks wait to be copied, and copying rows, verdicts and ledger. Not here: which weeks
are equal (`sql_inputs.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from tradeflow.periods import Week
from tradeflow.storage.sql_checks import CheckResult
from tradeflow.storage.sql_inputs import Inputs, Made
from tradeflow.storage.sql_project import Model
from tradeflow.storage.sql_run import ModelRun
from tradeflow.storage.warehouse import note_replaced, transaction


@dataclass(frozen=True)
class _Copy:
    week: Week
    source: str
    """Key of the week whose stored rows it takes; its own where they stand already."""
    made: Made
    checks: list[CheckResult]

    @property
    def stands(self) -> bool:
        return self.source == self.week.key


class Copies:
    """The weeks of one model that are next to be copied."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, inputs: Inputs, model: Model, version: str
    ) -> None:
        self._con = con
        self._inputs = inputs
        self._model = model
        self._version = version
        self._waiting: dict[str, _Copy] = {}

    def take(self, week: Week, inputs: str) -> bool:
        """Let a week wait for `store` if another one, or its own rows, were made from the same."""
        found = self._inputs.equal_week(self._model, inputs, week)
        if found is None:
            return False
        source, made = found
        if source in self._waiting:
            source = self._waiting[source].source
        checks = self._inputs.passes(self._model, source)
        if checks is None:
            return False
        self._waiting[week.key] = _Copy(week, source, made, checks)
        self._inputs.know(self._model, week, made)
        return True

    def store(self) -> Iterator[ModelRun]:
        """Copy what waits, all or none, and say what each week has become."""
        waiting, self._waiting = list(self._waiting.values()), {}
        to_write = [each for each in waiting if not each.stands]
        before = self._write(to_write) if to_write else {}
        for each in waiting:
            rows = each.made.row_count
            yield ModelRun(
                self._model.name,
                each.week.key,
                rows if each.stands or self._model.per_answer else before.get(each.week.key, 0),
                rows,
                each.made.rejected,
                each.checks,
                self._version,
            )

    def _write(self, copies: list[_Copy]) -> dict[str, int]:
        con, relation = self._con, self._model.relation
        weeks = [each.week.key for each in copies]
        before: dict[str, int] = {}
        with transaction(con):
            if not self._model.per_answer:
                listed = ", ".join(f"'{week}'" for week in weeks)
                before = dict(
                    con.execute(
                        f"select week, count(*) from {relation} where week in ({listed}) group by 1"
                    ).fetchall()
                )
                for each in copies:
                    self._copy_rows(each, before.get(each.week.key, 0))
            for each in copies:
                self._inputs.note(self._model, each.week, each.made)
            con.execute(
                "delete from ops.check_results where relation = $1"
                " and list_contains($2::varchar[], week)",
                [relation, weeks],
            )
            for source in {each.source for each in copies}:
                con.execute(
                    "insert into ops.check_results by name"
                    " select unnest($1::varchar[]) as week, * exclude (week)"
                    " from ops.check_results where week = $2 and relation = $3",
                    [[e.week.key for e in copies if e.source == source], source, relation],
                )
        return before

    def _copy_rows(self, copy: _Copy, before: int) -> None:
        con, relation, week = self._con, self._model.relation, copy.week.key
        if before:
            con.execute(f"delete from {relation} where week = $1", [week])
        con.execute(
            f"insert into {relation} by name select $1 as week, * exclude (week)"
            f" from {relation} where week = $2",
            [week, copy.source],
        )
        key = json.dumps({"week": week})
        note_replaced(con, relation, key, before, copy.made.row_count, self._version)
