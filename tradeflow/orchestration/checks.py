"""A model's tests as Dagster asset checks: one for its contract, one an assertion.

A failed error-severity check has already kept the partition from being replaced; here it is
only shown, with the rows that offend.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import dagster as dg

from tradeflow.periods import Week
from tradeflow.storage.sql_checks import CheckResult
from tradeflow.storage.sql_project import Model, Project
from tradeflow.storage.sql_run import ModelRun

CONTRACT = "contract"
"""The check that stands for every test of a model's YAML file."""

_ROWS_SHOWN = 3
"""Of each failed test."""


def check_specs(project: Project, model: Model, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The checks of one model; a failure of error severity keeps everything after it waiting."""
    asserted = {each.id: each for each in project.assertions_after(model.name)}
    tested = sorted({test.id for test in model.tests if test.id})
    contract = "Grain, columns, types and value tests of its contract"
    return [
        dg.AssetCheckSpec(
            CONTRACT,
            asset=key,
            blocking=True,
            description=f"{contract}: {', '.join(tested)}" if tested else contract,
        ),
        *(
            dg.AssetCheckSpec(
                check_name(public),
                asset=key,
                blocking=assertion.severity == "error",
                description=assertion.description or None,
            )
            for public, assertion in sorted(asserted.items())
        ),
    ]


def check_name(public_id: str) -> str:
    """A check id as Dagster allows it: `CHK_UNIQUE`."""
    return public_id.replace("-", "_")


def check_verdicts(
    key: dg.AssetKey, specs: Sequence[dg.AssetCheckSpec], runs: Sequence[ModelRun]
) -> Iterator[dg.AssetCheckResult]:
    """One result per check over all weeks of a run."""
    known = {spec.name for spec in specs}
    results: dict[str, list[tuple[str, CheckResult]]] = {name: [] for name in known}
    for run in runs:
        for check in run.checks:
            name = check_name(check.id)
            results[name if name in known else CONTRACT].append((run.week, check))
    for name, judged in sorted(results.items()):
        failed = [(week, check) for week, check in judged if not check.passed]
        blocks = any(check.blocks for _, check in failed)
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=name,
            passed=not failed,
            severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
            description=_told(failed) or None,
            metadata={
                "tests": len(judged),
                "failing_rows": sum(check.failing_rows for _, check in failed),
                **_shown(failed),
            },
        )


def refusals(
    specs: Sequence[dg.AssetCheckSpec], week: Week, failed: Sequence[CheckResult]
) -> Iterator[dg.AssetCheckResult]:
    """The failed checks of a model that has just been refused, with rows that offend."""
    known = {spec.name for spec in specs}
    by_name: dict[str, list[tuple[str, CheckResult]]] = {}
    for check in failed:
        name = check_name(check.id)
        by_name.setdefault(name if name in known else CONTRACT, []).append((week.key, check))
    for name, checks in sorted(by_name.items()):
        yield dg.AssetCheckResult(
            asset_key=specs[0].asset_key,
            check_name=name,
            passed=False,
            severity=dg.AssetCheckSeverity.ERROR,
            description=_told(checks),
            metadata={
                "tests": len(checks),
                "failing_rows": sum(check.failing_rows for _, check in checks),
                **_shown(checks),
            },
        )


def _told(failed: Sequence[tuple[str, CheckResult]]) -> str:
    """The failed tests in a sentence each, by the ids that the run book explains."""
    return " ".join(
        f"{check.id} in {week}: {check.description or check.name} ({check.failing_rows} rows)."
        for week, check in failed
    )


def _shown(failed: Sequence[tuple[str, CheckResult]]) -> dict[str, dg.MetadataValue]:
    """The failed tests as a table, and rows that offend, which are too wide for one."""
    if not failed:
        return {}
    tests = [
        dg.TableRecord(
            {
                "week": week,
                "id": check.id,
                "test": check.name,
                "rows": check.failing_rows,
                "meaning": check.description,
            }
        )
        for week, check in failed
    ]
    rows = {f"{check.name} {week}": check.sample[:_ROWS_SHOWN] for week, check in failed}
    plain = json.loads(json.dumps(rows, ensure_ascii=False, default=str))
    return {
        "failed": dg.MetadataValue.table(tests),
        "offending_rows": dg.MetadataValue.json(plain),
    }
