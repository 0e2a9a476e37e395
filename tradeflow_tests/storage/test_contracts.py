"""Every kind of test of a contract, assertions' verdicts, unit tests as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeflow.errors import ContractBroken
from tradeflow.storage.contract_file import Contract, parse_contract
from tradeflow.storage.contracts import run_unit_test
from tradeflow.storage.sql_checks import SAMPLE_ROWS, CheckResult, run_tests
from tradeflow.storage.sql_project import Project

from .sql_sample import JOINED, Sample

COLUMNS = {"k": "VARCHAR", "flow": "VARCHAR", "v": "DOUBLE"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Sample(tmp_path).project


def contract(column_tests: dict[str, list] | None = None, tests: list | None = None) -> Contract:
    columns = [
        {"name": name, "type": kind, "description": ".", "tests": (column_tests or {}).get(name)}
        for name, kind in COLUMNS.items()
    ]
    written = {
        "model": "fct_x",
        "description": ".",
        "layer": "marts",
        "materialized": "per_week",
        "grain": ["k", "flow"],
        "columns": columns,
        "tests": tests or [],
    }
    return parse_contract(written, "fct_x.yml")


def judge(project: Project, contract: Contract, rows: list[tuple]) -> dict[str, CheckResult]:
    with duckdb.connect() as con:
        con.execute("create temp table staged (k varchar, flow varchar, v double)")
        con.execute("create temp table known (iso3 varchar)")
        con.execute("insert into known values ('a'), (null)")
        for row in rows:
            con.execute("insert into staged values (?, ?, ?)", row)
        results = run_tests(
            con, project, contract, "staged", {"week": "2026-W07"}, {"known": "(from known)"}
        )
    return {result.name: result for result in results}


GOOD = [("a", "X", 1.0), ("b", "M", 2.0)]


@pytest.mark.parametrize(
    ("column_tests", "tests", "name", "bad"),
    [
        ({}, [], "grain", [("a", "X", 1.0), ("a", "X", 2.0)]),
        ({}, [], "grain", [(None, "X", 1.0)]),
        ({}, [], "finite__v", [("a", "X", float("nan"))]),
        ({}, [], "finite__v", [("a", "X", float("inf"))]),
        ({"v": ["not_null"]}, [], "not_null__v", [("a", "X", None)]),
        ({"k": ["unique"]}, [], "unique__k", [("a", "X", 1.0), ("a", "M", 1.0)]),
        ({}, [{"unique": ["v"]}], "unique", [("a", "X", 1.0), ("b", "M", 1.0)]),
        (
            {"flow": [{"accepted_values": ["X", "M"]}]},
            [],
            "accepted_values__flow",
            [("a", "R", 1.0)],
        ),
        ({"v": [{"range": {"min": 0, "max": 5}}]}, [], "range__v", [("a", "X", -1.0)]),
        ({"v": [{"range": {"max": 5}}]}, [], "range__v", [("a", "X", 6.0)]),
        ({}, [{"row_count": {"min": 1}}], "row_count", []),
        ({}, [{"row_count": {"max": 2}}], "row_count", [(k, "X", 1.0) for k in "abc"]),
        ({}, [{"expression": "v < 5"}], "expression", [("a", "X", 5.0)]),
        ({}, [{"expression": "v < 5"}], "expression", [("a", "X", None)]),
        (
            {},
            [{"expression": {"name": "small", "sql": "v < 5"}}],
            "expression__small",
            [("a", "X", 5.0)],
        ),
    ],
)
def test_a_test_fails_on_offending_rows_and_only_then(
    project: Project, column_tests: dict, tests: list, name: str, bad: list[tuple]
) -> None:
    agreed = contract(column_tests, tests)
    assert judge(project, agreed, GOOD)[name].passed
    failed = judge(project, agreed, bad)[name]
    assert not failed.passed
    assert failed.failing_rows >= 1
    assert failed.sample


def test_a_relationship_ignores_nulls_on_both_sides(project: Project) -> None:
    agreed = contract({"k": [{"relationships": {"to": "known", "field": "iso3"}}]})
    assert judge(project, agreed, [("a", "X", 1.0), (None, "X", 1.0)])["relationships__k"].passed
    failed = judge(project, agreed, [("z", "X", 1.0), ("z", "M", 1.0)])["relationships__k"]
    assert failed.sample == [{"k": "z"}]


@pytest.mark.parametrize(("tolerance", "passes"), [(0, False), (2, True), ("sum_pct", False)])
def test_parts_are_held_against_their_total(project: Project, tolerance: Any, passes: bool) -> None:
    test = {
        "column": "v",
        "by": ["flow"],
        "where": "k <> 'w'",
        "total_where": "k = 'w'",
        "tolerance_pct": tolerance,
    }
    rows = [("w", "X", 100.0), ("a", "X", 50.0), ("b", "X", 48.5)]
    result = judge(project, contract(tests=[{"sum_equals_total": test}]), rows)[
        "sum_equals_total__v"
    ]
    assert result.passed is passes
    if not passes:
        assert result.sample == [
            {"flow": "X", "parts_sum": 98.5, "total": 100.0, "difference": -1.5}
        ]


def test_an_unknown_threshold_is_named(project: Project) -> None:
    test = {"sum_equals_total": {"column": "v", "by": ["k"], "tolerance": "gone"}}
    with pytest.raises(ContractBroken, match=r"thresholds\.yml has no gone"):
        judge(project, contract(tests=[test]), GOOD)


def test_labels_of_a_test_reach_its_verdict(project: Project) -> None:
    test = {"row_count": {"min": 9}, "severity": "warn", "id": "CHK-ROWS", "description": "Why."}
    result = judge(project, contract(tests=[test]), GOOD)["row_count"]
    assert (result.id, result.severity, result.description, result.blocks) == (
        "CHK-ROWS",
        "warn",
        "Why.",
        False,
    )


@settings(deadline=None, max_examples=25)
@given(bad=st.integers(0, 3 * SAMPLE_ROWS), good=st.integers(0, 5))
def test_all_offending_rows_are_counted_and_some_shown(
    tmp_path_factory: pytest.TempPathFactory, bad: int, good: int
) -> None:
    agreed = contract({"v": [{"range": {"min": 0}}]})
    with duckdb.connect() as con:
        con.execute(
            "create temp table staged as select i::varchar as k, 'X' as flow, -1.0::double as v"
            f" from range({bad}) t(i) union all select 'g' || i, 'X', 1.0 from range({good}) t(i)"
        )
        project = Project(Path(), (), {}, (), {}, {}, {})
        results = {r.name: r for r in run_tests(con, project, agreed, "staged", {})}
    result = results["range__v"]
    assert (result.failing_rows, len(result.sample)) == (bad, min(bad, SAMPLE_ROWS))
    assert result.passed == (bad == 0)


def _unit_test(sample: Sample, cases: list[dict]) -> Path:
    written = {"model": "int_sales__summed", "cases": cases}
    return sample.write("tests/unit/int_sales__summed.yaml", yaml.safe_dump(written))


CASE = {
    "name": "sales of an area are added",
    "given": {
        "stg_shop__sales": [
            {"area": "north", "amount_usd": 1.5, "response_id": "r2"},
            {"area": "north", "amount_usd": 2, "response_id": "r1"},
        ]
    },
    "expect": [{"area": "north", "amount_usd": 3.5, "response_ids": ["r1", "r2"]}],
}


def test_a_unit_test_passes_when_rows_come_out_as_expected(tmp_path: Path) -> None:
    sample = Sample(tmp_path)
    run_unit_test(sample.project, _unit_test(sample, [CASE]))
    nothing = {"name": "nothing", "given": {"stg_shop__sales": []}, "expect": []}
    run_unit_test(sample.project, _unit_test(sample, [nothing]))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"expect": [{"area": "north", "amount_usd": 4}]}, "missing.*4.*not expected.*3.5"),
        ({"expect": []}, "0 rows expected, 1 got"),
        ({"expect": [{"regoin": "north"}]}, "no column regoin"),
        ({"given": {}}, "no rows given for stg_shop__sales"),
        ({"given": {"stg_shop__sales": [{"regoin": 1}]}}, "stg_shop__sales has no column regoin"),
        ({"given": {**CASE["given"], "fct_sales": []}}, "does not read fct_sales"),
    ],
)
def test_a_unit_test_names_the_case_and_what_differs(
    tmp_path: Path, change: dict, says: str
) -> None:
    sample = Sample(tmp_path)
    path = _unit_test(sample, [{**CASE, **change}])
    with pytest.raises(ContractBroken, match=f"int_sales__summed: case 'sales of.*{says}"):
        run_unit_test(sample.project, path)


def test_a_unit_test_without_cases_is_no_test(tmp_path: Path) -> None:
    sample = Sample(tmp_path)
    with pytest.raises(ContractBroken, match="no cases"):
        run_unit_test(sample.project, _unit_test(sample, []))


def test_a_unit_test_binds_week_and_day(tmp_path: Path) -> None:
    sample = Sample(tmp_path)
    sql = JOINED.replace("group by", "where $as_of = date '2025-03-01' group by")
    sample.write("intermediate/int_sales__summed.sql", sql)
    params = {"week": "2025-W09", "as_of": "2025-03-01"}
    run_unit_test(sample.project, _unit_test(sample, [{**CASE, "params": params}]))
    with pytest.raises(ContractBroken, match="1 rows expected, 0 got"):
        run_unit_test(sample.project, _unit_test(sample, [CASE]))
