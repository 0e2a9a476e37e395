"""World Bank indicators: what a person should look at is a warning with its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradeflow.storage.sql_checks import CheckResult
from tradeflow_tests.sql.graph import Graph

WEEK = "2026-W07"
GROWTH, BALANCE = "NY.GDP.MKTP.KD.ZG", "BN.CAB.XOKA.CD"
MODELS = [
    "stg_worldbank__indicators",
    "int_macro_indicators__released",
    "fct_macro_indicators_yearly",
]
Values = dict[tuple[str, str, int], float | None]


def verdict(folder: Path, values: Values) -> CheckResult:
    """CHK-MACRO over indicators of Germany and Japan."""
    graph = Graph(folder)
    given = [
        {
            "indicator": indicator,
            "iso3": iso3,
            "year": str(year),
            "value": None if value is None else str(value),
            "lastupdated": "2026-01-28",
            "is_reconstructed": "false",
        }
        for (indicator, iso3, year), value in values.items()
    ]
    graph.raw("worldbank", "worldbank__indicators", given, "a", [WEEK])
    (check,) = [
        one for run in graph.run_only(MODELS, WEEK) for one in run.checks if one.id == "CHK-MACRO"
    ]
    return check


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({(GROWTH, "DEU", 2024): -15.1}, "growth_beyond_limit"),
        ({(BALANCE, "DEU", 2024): -3e11}, "balance_turned"),
        ({(GROWTH, "DEU", 2024): None}, "value_missing"),
        ({(GROWTH, "DEU", 2024): 15.0, (GROWTH, "DEU", 2023): 15.1}, None),
    ],
)
def test_a_value_a_person_should_look_at_is_a_warning(
    changed: Values, why: str | None, tmp_path: Path
) -> None:
    """C08: the limits for a review were written down and looked at by nothing."""
    usual: Values = {
        (indicator, iso3, year): value
        for indicator, value in ((GROWTH, 1.5), (BALANCE, 3e11))
        for iso3 in ("DEU", "JPN")
        for year in (2023, 2024)
    }
    check = verdict(tmp_path, usual | changed)
    assert check.severity == "warn"
    assert [row["review_reason"] for row in check.sample] == ([] if why is None else [why])
    assert check.passed == (why is None)
