"""The models' unit tests as data, and the law of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradeflow.storage.sql_unit_tests import run_unit_test
from tradeflow_tests.sql.graph import PROJECT

UNIT_TESTS = sorted((PROJECT.root / "tests" / "unit").glob("*.yaml"))


@pytest.mark.parametrize("path", UNIT_TESTS, ids=lambda path: path.stem)
def test_model_gives_the_expected_rows(path: Path) -> None:
    run_unit_test(PROJECT, path)


def test_no_model_breaks_the_law_of_the_layers() -> None:
    assert PROJECT.lint() == []


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
