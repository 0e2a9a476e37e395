"""docs/promises.md and docs/traps.md name real tests: none may be left bare by another name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PROMISES = (TESTS.parent / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", PROMISES, re.M)
TRAPS = (TESTS.parent / "docs" / "traps.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PROMISES + TRAPS)))


def test_every_promise_names_a_test() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, 22))
    for number, kept_by in ROWS:
        assert re.search(r"`[\w/]+\.py::test_\w+`", kept_by), number


def test_every_trap_names_a_test() -> None:
    rows = [line for line in TRAPS.splitlines() if line.startswith("| ") and "---" not in line]
    traps = [line for line in rows if line != "| trap | test |"]
    assert len(traps) > 35
    assert [line for line in traps if "::test_" not in line] == []


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
