"""docs/promises.md, traps.md and pitfalls.md name real tests: none is left bare by a new name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PROMISES = (TESTS.parent / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", PROMISES, re.M)
TRAPS = (TESTS.parent / "docs" / "traps.md").read_text(encoding="utf-8")
PITFALLS = (TESTS.parent / "docs" / "pitfalls.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PROMISES + TRAPS + PITFALLS)))


def test_every_promise_names_a_test() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, 22))
    for number, kept_by in ROWS:
        assert re.search(r"`[\w/]+\.py::test_\w+`", kept_by), number


def test_every_trap_names_a_test() -> None:
    rows = [line for line in TRAPS.splitlines() if line.startswith("| ") and "---" not in line]
    traps = [line for line in rows if line != "| trap | test |"]
    assert len(traps) > 35
    assert [line for line in traps if "::test_" not in line] == []


def test_every_pitfall_names_a_test() -> None:
    rows = re.findall(r"^\| ([EPRC]\d\d) \| .+ \| (.*) \|$", PITFALLS, re.M)
    groups = (("E", 32), ("P", 19), ("R", 14), ("C", 16))
    assert [name for name, _ in rows] == [
        f"{g}{n:02d}" for g, last in groups for n in range(1, last + 1)
    ]
    assert [name for name, tests in rows if "::test_" not in tests] == []


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
