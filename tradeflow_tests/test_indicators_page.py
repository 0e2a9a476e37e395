"""docs/indicators.md: its examples run, its limits are those in force, nothing is left out."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tradeflow.bundled import indicators_page
from tradeflow.site.method_pages import indicators_html
from tradeflow_tests.sql.graph import PROJECT

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "indicators.md").read_text("utf-8")
INDICATORS = dict(re.findall(r"^### (.+)\n((?:(?!##).*\n?)*)", PAGE, re.M))
EXAMPLE = re.compile(r"^```sql\n(.+?)^```\n(?:\n→ `([^`\n]+)`)?", re.M | re.S)
EXAMPLES = [
    pytest.param(query, expected, id=f"{name} {number}")
    for name, text in INDICATORS.items()
    for number, (query, expected) in enumerate(EXAMPLE.findall(text), 1)
]
WORKED_OUT = {"concentration", "relations", "comparison", "exposure", "sources", "signals"}
"""Files of macros whose every formula has a worked example."""
NO_INDICATOR = {"fact_id_of", "united_ids", "united_list", "weakest_vintage", "usgs_row_kind"}
"""Macros there that put values together and measure nothing."""


def printed(value: Any, like: str) -> str:
    """A value with as many decimals as the page shows for it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return value
    places = len(like.partition(".")[2])
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{exact:f}"


@pytest.mark.parametrize(("query", "expected"), EXAMPLES)
def test_a_worked_example_gives_what_the_page_says(
    connection: duckdb.DuckDBPyConnection, query: str, expected: str
) -> None:
    assert expected, "the example states no result"
    (row,) = connection.execute(query).fetchall()
    wanted = expected.split(" | ")
    assert [printed(v, like) for v, like in zip(row, wanted, strict=True)] == wanted


@pytest.mark.parametrize("name", INDICATORS)
def test_an_indicator_has_formula_reference_unit_coverage_and_an_example(name: str) -> None:
    labels = re.findall(r"^- \*\*(.+?)\*\*：\S", INDICATORS[name], re.M)
    assert labels == ["公式", "出處", "單位", "涵蓋"]
    assert EXAMPLE.search(INDICATORS[name])
    assert re.fullmatch(r"[^（）]+（[^（）]*[A-Za-z][^（）]*）|.+的 HHI 上下界（bounds）", name)


def test_every_formula_has_a_worked_example() -> None:
    shown = "".join(query for query, _ in EXAMPLE.findall(PAGE))
    macros = {
        macro
        for name in WORKED_OUT
        for macro in re.findall(r"create or replace macro (\w+)\(", PROJECT.macros[name])
    }
    assert {m for m in macros - NO_INDICATOR if not re.search(rf"\b{m}\(", shown)} == set()


def test_every_table_of_computed_figures_is_described() -> None:
    """A mart that prints a computed number says nowhere else how it comes about."""
    with_figures = {
        model.name
        for model in PROJECT.models.values()
        if any(c.sql_type == "DOUBLE" for c in model.contract.facts)
    }
    assert {name for name in with_figures if f"`{name}`" not in PAGE} == set()


def test_limits_on_the_page_are_those_in_force() -> None:
    stated = re.findall(r"`(\w+)`（([\d.]+)）", PAGE)
    assert len(stated) > 20
    assert {name: float(value) for name, value in stated} == {
        name: float(PROJECT.thresholds[name]["value"]) for name, _ in stated
    }


def test_tables_named_on_the_page_exist() -> None:
    names = set(re.findall(r"`((?:fct|dim|int|stg)_\w+)`", PAGE))
    assert names and names <= set(PROJECT.models)


def test_the_site_shows_the_page_in_chinese_below_its_own_heading() -> None:
    assert indicators_page() == PAGE
    html = indicators_html()
    assert html is not None
    assert "<h1>" not in html and "<h2>共同規則</h2>" in html
    assert 'class="language-sql"' in html and "→ <code>6600 | 3650</code>" in html
