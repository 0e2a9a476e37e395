"""docs/operations.md has a line for everything that can go wrong by name."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import tradeflow
from tradeflow.briefing.glossary import load_glossary
from tradeflow.bundled import sql_root
from tradeflow.cli import app
from tradeflow.errors import TradeflowError

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
SQL = [path for kind in ("*.sql", "*.yml") for path in sql_root().rglob(kind)]
CHECKS = sorted({found for path in SQL for found in re.findall(r"CHK-[A-Z-]+", path.read_text())})


def errors() -> Iterator[str]:
    for module in pkgutil.walk_packages(tradeflow.__path__, "tradeflow."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting = [TradeflowError]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if found.__module__.startswith("tradeflow."):
            yield found.__name__


def test_every_class_of_error_has_its_line_with_what_to_do() -> None:
    table = PAGE.split("## An error")[1].split("\n## ")[0]
    lines = dict(re.findall(r"^\| `(\w+)` \|(.+)\|$", table, re.M))
    assert sorted(lines) == sorted(set(errors()))
    assert all(len(line.split(" | ")) == 3 for line in lines.values())


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_belongs_to_a_family(check: str) -> None:
    assert re.search(rf"{check}(?![A-Z-])", PAGE.split("## A check failed")[1])


def test_every_kind_of_review_item_is_named() -> None:
    contract = yaml.safe_load((sql_root() / "marts" / "fct_review_items.yml").read_text("utf-8"))
    (column,) = [each for each in contract["columns"] if each["name"] == "kind"]
    kinds = next(test["accepted_values"] for test in column["tests"] if "accepted_values" in test)
    table = PAGE.split("## Review items")[1].split("\n## ")[0]
    assert {kind for kind in kinds if f"`{kind}`" not in table} == set()


def test_every_state_of_a_layer_is_explained() -> None:
    contract = yaml.safe_load((sql_root() / "marts" / "fct_layer_coverage.yml").read_text("utf-8"))
    (column,) = [each for each in contract["columns"] if each["name"] == "state"]
    states = next(test["accepted_values"] for test in column["tests"] if "accepted_values" in test)
    shown = load_glossary().terms["layer_health"]
    assert {state for state in [*states, *shown] if f"`{state}`" not in PAGE} == set()
    assert {word for word in shown.values() if f"| {word} " not in PAGE} == set()


def test_commands_it_names_exist() -> None:
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    known |= {group.name or group.typer_instance.info.name for group in app.registered_groups}
    known.add("review")
    named = set(re.findall(r"tradeflow (\w+)(?=[ `\n])", PAGE))
    assert named - known - {"status", "doctor"} == set() and {"run", "backfill"} <= named
