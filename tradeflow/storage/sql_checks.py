"""The tests of a contract as queries over staged rows, with a verdict each.

Here: comparing a result's columns with the contract, compiling each test to the query of its
offending rows, running it. Not here: reading YAML (`contract_file.py`), which tests apply to
a model (`contracts.py`), what is committed (`sql_runner.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import duckdb

from tradeflow.errors import ContractBroken
from tradeflow.periods import Week
from tradeflow.storage.contract_file import Contract, DeclaredTest, Severity
from tradeflow.storage.sql_project import Project
from tradeflow.storage.tables import columns_of

SAMPLE_ROWS = 20
"""How many offending rows a check shows; their number is always the full one."""


_STATEMENTS_KEPT = 2000
_parameters_of: dict[str, set[str]] = {}
"""Parameters by statement: a statement is the same in every week, and reading it takes a tenth
of what running it does."""


@dataclass(frozen=True)
class CheckResult:
    """The verdict of one test on one run."""

    relation: str
    name: str
    """Unique within the relation: `not_null__value_usd`."""
    id: str
    """Public name (`CHK-UNIQUE`), or the name again where none is given."""
    severity: Severity
    passed: bool
    failing_rows: int
    description: str
    sample: list[dict[str, Any]] = field(default_factory=list, compare=False)

    @property
    def blocks(self) -> bool:
        """Whether it keeps the stored partition from being replaced."""
        return not self.passed and self.severity == "error"


def shape_of(con: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Name → type of a table's columns in order; none when there is no such table."""
    return dict(columns_of(con, relation))


def compare_columns(model: str, expected: Mapping[str, str], got: Mapping[str, str]) -> None:
    """Hold a query's columns to the contract: names, order and types.

    Raises:
        ContractBroken: names the model, the first differing column, expected and got.
    """
    for name in expected:
        if name not in got:
            raise ContractBroken(
                f"{model}: column {name}: expected {expected[name]} by its contract,"
                " got no such column from its SQL"
            )
    for name in got:
        if name not in expected:
            raise ContractBroken(
                f"{model}: column {name}: got {got[name]} from its SQL,"
                " expected no such column by its contract"
            )
    for name, sql_type in expected.items():
        if got[name] != sql_type:
            raise ContractBroken(f"{model}: column {name}: expected {sql_type}, got {got[name]}")
    if list(expected) != list(got):
        raise ContractBroken(
            f"{model}: columns are in another order: expected {list(expected)}, got {list(got)}"
        )


def run_tests(
    con: duckdb.DuckDBPyConnection,
    project: Project,
    contract: Contract,
    stage: str,
    parameters: Mapping[str, Any],
    relations: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Run every test of a contract over staged rows.

    Args:
        stage: name of the table with the rows.
        parameters: values for `$week` and the like in the relations' SQL.
        relations: SQL that stands for a model or seed named by a test (`to:`); the week's rows.

    Returns:
        One result per test, in the contract's order.
    """
    relation = f"{contract.layer}.{contract.model}"
    tests = list(contract.all_tests)
    tests += [
        DeclaredTest(kind="finite", column=column.name)
        for column in contract.columns
        if column.sql_type in ("DOUBLE", "FLOAT")
    ]
    row_tests = [(test, condition) for test in tests if (condition := _row_condition(test))]
    counts = _count_rows(con, stage, [condition for _, condition in row_tests], parameters)
    offending_of = {id(test): f'select * from "{stage}" where {c}' for test, c in row_tests}
    count_of = {id(test): count for (test, _), count in zip(row_tests, counts, strict=True)}
    results, used = [], set[str]()
    for test in tests:
        name = _unused(test.name, used)
        query = offending_of.get(id(test)) or _offending_rows(
            project, contract, test, stage, relations or {}
        )
        results.append(
            run_query_check(
                con,
                query,
                parameters,
                CheckResult(
                    relation=relation,
                    name=name,
                    id=test.id or name,
                    severity=test.severity,
                    passed=True,
                    failing_rows=0,
                    description=test.description or describe(test),
                ),
                known_count=count_of.get(id(test)),
            )
        )
    return results


def run_query_check(
    con: duckdb.DuckDBPyConnection,
    query: str,
    parameters: Mapping[str, Any],
    passing: CheckResult,
    known_count: int | None = None,
) -> CheckResult:
    """Run a query that returns offending rows and pass judgement.

    Args:
        passing: the result as it is when the query returns nothing.
        known_count: the number of offending rows where it has been counted already.

    Raises:
        ContractBroken: the query itself cannot run.
    """
    if known_count == 0:
        return passing
    try:
        cursor = execute(
            con,
            f"select *, count(*) over () as __all from ({query}\n) limit {SAMPLE_ROWS}",
            parameters,
        )
        rows = cursor.fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ContractBroken(f"{passing.relation}: check {passing.name}: {reason}") from error
    if not rows:
        return passing
    names = [column[0] for column in cursor.description][:-1]
    return CheckResult(
        relation=passing.relation,
        name=passing.name,
        id=passing.id,
        severity=passing.severity,
        passed=False,
        failing_rows=rows[0][-1],
        description=passing.description,
        sample=[dict(zip(names, row, strict=False)) for row in rows],
    )


class ChecksFailed(ContractBroken):
    """A model's rows fail its checks: all of them named, the first with a row."""

    def __init__(self, model: str, failed: Sequence[CheckResult]) -> None:
        first = failed[0]
        names = ", ".join(f"{result.id} ({result.failing_rows} rows)" for result in failed)
        example = f"; for example {first.sample[0]}" if first.sample else ""
        super().__init__(f"{model}: {names}: {first.description}{example}")
        self.failed = tuple(failed)


def bound(week: Week, as_of: date) -> dict[str, Any]:
    """The parameters a model may bind, by name without `$`."""
    return {
        "week": week.key,
        "as_of": as_of,
        "week_start": week.start,
        "previous_week": week.previous().key,
        "last_month": f"{as_of.replace(day=1) - timedelta(days=1):%Y-%m}",
    }


def execute(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]
) -> duckdb.DuckDBPyConnection:
    """Run one statement with those of the parameters it names; DuckDB refuses the others."""
    named = _parameters_of.get(sql)
    if named is None:
        if len(_parameters_of) >= _STATEMENTS_KEPT:
            _parameters_of.clear()
        named = _parameters_of[sql] = con.extract_statements(sql)[0].named_parameters
    return con.execute(sql, {name: parameters[name] for name in named if name in parameters})


def describe(test: DeclaredTest) -> str:
    """What a test demands, in a few words."""
    details = {key: value for key, value in test.arguments.items() if key != "name"}
    shown = ", ".join(f"{key} {value}" for key, value in details.items())
    return " ".join(part for part in (test.column, test.kind, shown) if part)


def _unused(name: str, used: set[str]) -> str:
    candidate, number = name, 2
    while candidate in used:
        candidate, number = f"{name}_{number}", number + 1
    used.add(candidate)
    return candidate


def _count_rows(
    con: duckdb.DuckDBPyConnection,
    stage: str,
    conditions: Sequence[str],
    parameters: Mapping[str, Any],
) -> tuple[int, ...]:
    """Offending rows per condition, in one pass over the stage."""
    if not conditions:
        return ()
    counts = ", ".join(f"count(*) filter (where {condition})" for condition in conditions)
    try:
        return execute(con, f'select {counts} from "{stage}"', parameters).fetchall()[0]
    except duckdb.Error as error:
        raise ContractBroken(f"{stage}: {str(error).splitlines()[0]}") from error


def _row_condition(test: DeclaredTest) -> str | None:
    """The condition under which a single row offends; None where one row cannot tell."""
    column, arguments = f'"{test.column}"', test.arguments
    match test.kind:
        case "not_null":
            return f"{column} is null"
        case "finite":
            return f"{column} is not null and not isfinite({column})"
        case "accepted_values":
            values = ", ".join(_literal(value) for value in arguments["values"])
            return f"{column} is not null and {column} not in ({values})"
        case "range":
            bounds = []
            if "min" in arguments:
                bounds.append(f"{column} < {_literal(arguments['min'])}")
            if "max" in arguments:
                bounds.append(f"{column} > {_literal(arguments['max'])}")
            return " or ".join(bounds) or None
        case "expression":
            return f"({arguments['sql']}) is not true"
    return None


def _offending_rows(
    project: Project,
    contract: Contract,
    test: DeclaredTest,
    stage: str,
    relations: Mapping[str, str],
) -> str:
    arguments = test.arguments
    match test.kind:
        case "grain" | "unique":
            columns = arguments.get("columns") or [test.column]
            listed = ", ".join(f'"{column}"' for column in columns)
            nulls = " or ".join(f'"{column}" is null' for column in columns)
            wrong = f"count(*) > 1 or {nulls}" if test.kind == "grain" else "count(*) > 1"
            return (
                f'select {listed}, count(*) as row_count from "{stage}"'
                f" group by {listed} having {wrong}"
            )
        case "row_count":
            least, most = arguments.get("min", 0), arguments.get("max")
            wrong = f"row_count < {int(least)}"
            if most is not None:
                wrong += f" or row_count > {int(most)}"
            return f'select * from (select count(*) as row_count from "{stage}") where {wrong}'
        case "relationships":
            column = test.column or arguments["column"]
            field_ = arguments["field"]
            target = _target(contract, arguments["to"], stage, relations)
            return (
                f'select distinct "{column}" from "{stage}" where "{column}" is not null'
                f' and "{column}" not in (select "{field_}" from {target}'
                f' where "{field_}" is not null)'
            )
        case "sum_equals_total":
            return _sum_against_total(project, contract, arguments, stage, relations)
    raise ContractBroken(f"{contract.model}: test {test.name} is not known")


def _sum_against_total(
    project: Project,
    contract: Contract,
    arguments: Mapping[str, Any],
    stage: str,
    relations: Mapping[str, str],
) -> str:
    """Groups whose parts do not add up to their total, with both sums and the difference."""
    column = arguments["column"]
    by = ", ".join(f'"{name}"' for name in arguments["by"])
    total_from = (
        _target(contract, arguments["to"], stage, relations) if "to" in arguments else f'"{stage}"'
    )
    tolerance = _number(project, contract, arguments.get("tolerance", 0))
    percent = _number(project, contract, arguments.get("tolerance_pct", 0))
    return (
        f'with parts as (select {by}, sum("{column}") as parts_sum from "{stage}"'
        f" where {arguments.get('where', 'true')} group by all),"
        f' totals as (select {by}, sum("{arguments.get("field", column)}") as total'
        f" from {total_from} where {arguments.get('total_where', 'true')} group by all)"
        f" select *, parts_sum - total as difference from parts join totals using ({by})"
        f" where abs(parts_sum - total) > greatest({tolerance}, abs(total) * {percent} / 100)"
    )


def _target(contract: Contract, name: str, stage: str, relations: Mapping[str, str]) -> str:
    if name == contract.model:
        return f'"{stage}"'
    if name not in relations:
        raise ContractBroken(f"{contract.model}: a test names {name}, which is no model or seed")
    return relations[name]


def _number(project: Project, contract: Contract, written: Any) -> float:
    """A number as written, or the threshold of that name."""
    if not isinstance(written, str):
        return float(written)
    if written not in project.thresholds:
        raise ContractBroken(f"{contract.model}: thresholds.yml has no {written}")
    return float(project.thresholds[written]["value"])


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
