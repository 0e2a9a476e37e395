"""The models' unit tests as data, and what every printed column says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tradeflow.storage.sql_unit_tests import run_unit_test, unit_test_database
from tradeflow_tests.sql.graph import PROJECT

UNIT_TESTS = sorted((PROJECT.root / "tests" / "unit").glob("*.yaml"))


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with unit_test_database(PROJECT) as con:
        yield con


@pytest.mark.parametrize("path", UNIT_TESTS, ids=lambda path: path.stem)
def test_model_gives_the_expected_rows(path: Path, database: duckdb.DuckDBPyConnection) -> None:
    run_unit_test(PROJECT, path, database)


def test_nothing_of_a_unit_test_is_left_for_the_next(
    database: duckdb.DuckDBPyConnection,
) -> None:
    run_unit_test(PROJECT, UNIT_TESTS[0], database)
    left = database.execute("select count(*) from duckdb_tables() where temporary").fetchall()
    assert left == [(0,)]


def test_every_column_that_may_be_printed_says_its_unit_or_is_a_text() -> None:
    silent = [
        f"{model.name}.{column.name}"
        for model in PROJECT.models.values()
        for column in model.contract.facts
        if column.unit is None
        and column.unit_from is None
        and column.sql_type not in ("VARCHAR", "BOOLEAN")
        and column.name != "partner_rank"
    ]
    assert silent == []
