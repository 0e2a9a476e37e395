"""Storing staged rows by answer: each answer typed once per code version, rejects kept apart.

Here: which answers of a week a staging model has still to read, the account of received,
accepted, rejected and ignored rows, how many rejects an answer may have, their commit. Not
here: per-week models (`sql_runner.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable

import duckdb

from tradeflow.errors import ContractBroken
from tradeflow.periods import Week
from tradeflow.storage.sql_checks import (
    CheckResult,
    compare_columns,
    run_query_check,
    shape_of,
)
from tradeflow.storage.sql_project import Model, Project
from tradeflow.storage.tables import ensure_raw_table
from tradeflow.storage.warehouse import transaction

VERDICT_COLUMNS = ("reject_reason", "reject_value", "ignore_reason")
"""Columns a staging query may add: why a row is refused, what offended, why it is left out."""


class AnswerStore:
    """One staging model's rows, keyed by `response_id`, seen from one week."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        project: Project,
        model: Model,
        week: Week,
        version: str,
    ) -> None:
        raw = [ref for ref in model.upstream if ref.kind == "source"]
        if len(raw) != 1:
            raise ContractBroken(f"{model.name} reads {len(raw)} raw tables; staging reads one")
        self._con = con
        self._model = model
        self._raw = raw[0].relation
        self._thresholds = project.thresholds
        if not shape_of(con, self._raw):
            # A source that was not asked, for want of a key, has no table yet.
            ensure_raw_table(con, self._raw, project.sources[raw[0].schema, raw[0].name].columns)
        self._week = {"week": week.key}
        self._version = version
        self._stored = self._stored_columns()
        self._keeps_shape = list(self._stored.items()) == list(model.stored_columns.items())

    def week_rows(self) -> int:
        """Stored rows of the week's answers."""
        if not self._stored_columns():
            return 0
        return self._count(self._model.relation)

    def week_rejects(self) -> int:
        """Refused rows of the week's answers."""
        return self._count(f"(from ops.rejects where stage = '{self._model.name}')")

    def find_pending(self, table: str) -> None:
        """Fill `table` with the week's answers not yet staged by this code from this parse."""
        self._con.execute(
            f"""
            create or replace temp table "{table}" as
            with answers as (
                select distinct response_id from raw.snapshot where week = $week
            ),
            parsed as (
                select response_id,
                    md5(string_agg(concat_ws(':', parser_version, reading, rows_digest), ' '
                        order by parser_version, reading)) as readings
                from ops.parsed where relation = '{self._raw}' group by all
            ),
            wanted as (
                select response_id, '{self._version}:' || coalesce(readings, '') as version
                from answers left join parsed using (response_id)
                where response_id in (select response_id from {self._raw})
            )
            select response_id, version from wanted
            where not {self._keeps_shape} or (response_id, version) not in (
                select (response_id, parser_version) from ops.parsed
                where relation = '{self._model.relation}'
            )
            """,
            self._week,
        )

    def compare(self, stage: str) -> None:
        """Hold the staged columns to the contract; add the verdict columns the SQL left out.

        Raises:
            ContractBroken: names model, column, expected, got.
        """
        got = shape_of(self._con, stage)
        rows = {name: kind for name, kind in got.items() if name not in VERDICT_COLUMNS}
        compare_columns(self._model.name, self._model.stored_columns, rows)
        for name in VERDICT_COLUMNS:
            if name not in got:
                self._con.execute(f'alter table "{stage}" add column {name} varchar')

    def account(self, pending: str, stage: str) -> CheckResult:
        """Check that every received row is accepted, rejected or ignored, and none is invented.

        Unless the contract says `fan_out`, each received row yields exactly one.
        """
        once = "false" if self._model.contract.fan_out else "staged_rows <> 1"
        query = f"""
            with received as (
                select response_id, row_number, count(*) as received_rows
                from {self._raw} semi join "{pending}" using (response_id) group by all
            ),
            staged as (
                select response_id, row_number, count(*) as staged_rows
                from "{stage}" group by all
            )
            select * from received full join staged using (response_id, row_number)
            where received_rows is null or staged_rows is null or {once}
        """
        passing = CheckResult(
            relation=self._model.relation,
            name="accounting",
            id="accounting",
            severity="error",
            passed=True,
            failing_rows=0,
            description="every received row is accepted, rejected (reject_reason) or left out for"
            " a stated reason (ignore_reason)",
        )
        return run_query_check(self._con, query, {}, passing)

    def limit_rejects(self, stage: str) -> CheckResult:
        """Check that no answer lost more than `rejected_rows_max_pct` of its rows to rejects.

        A misprint spoils a row; where many fail, the answer no longer means what it meant, and
        the rest of it is not to be trusted either.

        Raises:
            ContractBroken: thresholds.yml does not state the share.
        """
        stated = self._thresholds.get("rejected_rows_max_pct")
        if stated is None:
            raise ContractBroken("thresholds.yml has no rejected_rows_max_pct")
        most = float(stated["value"])
        query = f"""
            select response_id, count(*) as received_rows,
                count(*) filter (where reject_reason is not null) as rejected_rows,
                min(reject_reason) as reason
            from "{stage}" group by response_id
            having 100.0 * rejected_rows / received_rows > {most!r}
            order by response_id
        """
        passing = CheckResult(
            relation=self._model.relation,
            name="rejected_share",
            id="CHK-REJECTS",
            severity="error",
            passed=True,
            failing_rows=0,
            description=f"at most {most:g} % of an answer's rows are rejected",
        )
        return run_query_check(self._con, query, {}, passing)

    def union(self, pending: str, stage: str, table: str) -> None:
        """Fill `table` with the week's rows as they will be: stored ones and accepted new ones."""
        query = f'select * exclude {self._verdicts} from "{stage}" where {self._accepted}'
        if self._keeps_shape:
            query += f"""
                union all
                select * from {self._model.relation}
                semi join (select response_id from raw.snapshot where week = $week)
                    using (response_id)
                anti join "{pending}" using (response_id)
            """
        parameters = self._week if self._keeps_shape else {}
        self._con.execute(f'create or replace temp table "{table}" as {query}', parameters)

    def commit(self, pending: str, stage: str, note: Callable[[], None]) -> bool:
        """Store accepted rows and rejects of the pending answers in one transaction.

        Args:
            note: called within the transaction.

        Returns:
            Whether rows of answers were made anew, by other code or from another parse.
        """
        if self._keeps_shape and not self._con.execute(f'from "{pending}" limit 1').fetchall():
            with transaction(self._con):
                note()
            return False
        model, before = self._model, self.week_rows()
        of_pending = f'response_id in (select response_id from "{pending}")'
        accepted = f'select * exclude {self._verdicts} from "{stage}" where {self._accepted}'
        if not self._keeps_shape:
            of_pending = "true"
        made_anew = not self._keeps_shape or self._has_staged(pending)
        with transaction(self._con):
            if made_anew:
                # What other weeks were made from no longer says what stands for them.
                self._con.execute("delete from ops.made_from where relation = ?", [model.relation])
            if self._keeps_shape:
                self._con.execute(f"delete from {model.relation} where {of_pending}")
                self._con.execute(f"insert into {model.relation} {accepted}")
            else:
                # In one statement, for the reason given in `warehouse.replace_partition`.
                self._con.execute(f"create or replace table {model.relation} as {accepted}")
            self._con.execute(
                f"delete from ops.rejects where stage = '{model.name}' and {of_pending}"
            )
            self._con.execute(
                f"""
                insert into ops.rejects
                    (stage, relation, reason, response_id, row_number, value, week)
                select '{model.name}', '{self._raw}', reject_reason, response_id, row_number,
                    reject_value, $week
                from "{stage}" where reject_reason is not null
                """,
                self._week,
            )
            self._con.execute(
                f"delete from ops.parsed where relation = '{model.relation}' and {of_pending}"
            )
            self._con.execute(
                f"""
                insert into ops.parsed (response_id, relation, parser_version, row_count)
                select response_id, '{model.relation}', version,
                    count(staged.response_id) filter (where {self._accepted})
                from "{pending}" left join "{stage}" as staged using (response_id)
                group by response_id, version
                """
            )
            self._con.execute(
                "insert into ops.ledger (written_at, relation, partition_key, rows_before,"
                " rows_after, code_version)"
                " values (cast(now() as timestamp), $relation, $key, $before, $after, $version)",
                {
                    "relation": model.relation,
                    "key": json.dumps(self._week),
                    "before": before,
                    "after": self.week_rows(),
                    "version": self._version,
                },
            )
            note()
        return made_anew

    def _has_staged(self, pending: str) -> bool:
        query = (
            f"select 1 from ops.parsed where relation = '{self._model.relation}'"
            f' and response_id in (select response_id from "{pending}") limit 1'
        )
        return bool(self._con.execute(query).fetchall())

    @property
    def _verdicts(self) -> str:
        return f"({', '.join(VERDICT_COLUMNS)})"

    @property
    def _accepted(self) -> str:
        return "reject_reason is null and ignore_reason is null"

    def _stored_columns(self) -> dict[str, str]:
        return shape_of(self._con, self._model.relation)

    def _count(self, relation: str) -> int:
        query = (
            f"select count(*) from {relation} semi join (select response_id from raw.snapshot"
            " where week = $week) using (response_id)"
        )
        return self._con.execute(query, self._week).fetchall()[0][0]
