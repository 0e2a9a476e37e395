"""Holding a model to its contract: every test and assertion over the rows it is about to store.

Here: which checks apply to a model, recording verdicts, unit tests as data. Not here: what a
test means as SQL (`sql_checks.py`), how YAML is read (`contract_file.py`), what is committed
(`sql_runner.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb

from tradeflow.storage.sql_checks import CheckResult, run_query_check, run_tests
from tradeflow.storage.sql_project import Assertion, Model, Project, Ref
from tradeflow.storage.sql_unit_tests import run_unit_test, unit_test_database

__all__ = [
    "check_rows",
    "record_checks",
    "run_assertion",
    "run_unit_test",
    "unit_test_database",
]


def check_rows(
    con: duckdb.DuckDBPyConnection,
    project: Project,
    model: Model,
    stage: str,
    parameters: Mapping[str, Any],
    relation_of: Callable[[Ref], str],
) -> list[CheckResult]:
    """Judge staged rows by the model's contract and by the assertions that name it.

    Args:
        stage: table with exactly the contract's columns.
        parameters: as `sql_checks.bound` gives them.
        relation_of: the SQL that stands for a ref in the week.

    Returns:
        One result per test and assertion.
    """
    named = {str(test.arguments["to"]) for test in model.tests if "to" in test.arguments}
    named.discard(model.name)
    relations = {name: relation_of(project.ref(name)) for name in sorted(named)}
    results = run_tests(con, project, model.contract, stage, parameters, relations)

    def staged_or_stored(ref: Ref) -> str:
        itself = ref.name == model.name and not ref.previous
        return f'"{stage}"' if itself else relation_of(ref)

    for assertion in project.assertions_after(model.name):
        results.append(run_assertion(con, project, assertion, parameters, staged_or_stored))
    return results


def run_assertion(
    con: duckdb.DuckDBPyConnection,
    project: Project,
    assertion: Assertion,
    parameters: Mapping[str, Any],
    relation_of: Callable[[Ref], str],
) -> CheckResult:
    """Run one `assert_*.sql`; it passes when it returns no row."""
    query = project.render(assertion.template, relation_of, assertion.name)
    passing = CheckResult(
        relation=project.model(assertion.after).relation,
        name=assertion.name,
        id=assertion.id,
        severity=assertion.severity,
        passed=True,
        failing_rows=0,
        description=assertion.description,
    )
    return run_query_check(con, query, parameters, passing)


def record_checks(
    con: duckdb.DuckDBPyConnection, week: str, relation: str, results: Sequence[CheckResult]
) -> None:
    """Replace what `ops.check_results` holds for a relation and week, within a transaction."""
    con.execute(
        "delete from ops.check_results where week = $week and relation = $relation",
        {"week": week, "relation": relation},
    )
    if results:
        # One statement: a row at a time takes longer than the model itself.
        con.execute(
            "insert into ops.check_results (week, relation, check_name, severity, passed,"
            " failing_rows, description) select $week, $relation, unnest($names),"
            " unnest($severities), unnest($verdicts), unnest($counts), unnest($descriptions)",
            {
                "week": week,
                "relation": relation,
                "names": [result.id for result in results],
                "severities": [result.severity for result in results],
                "verdicts": [result.passed for result in results],
                "counts": [result.failing_rows for result in results],
                "descriptions": [result.description for result in results],
            },
        )
