"""docs/promises.md names real tests: a renamed or deleted one may not leave its promise bare."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PROMISES = (TESTS.parent / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", PROMISES, re.M)
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PROMISES)))


def test_every_promise_names_a_test() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, 22))
    for number, kept_by in ROWS:
        assert re.search(r"`[\w/]+\.py::test_\w+`", kept_by), number


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
