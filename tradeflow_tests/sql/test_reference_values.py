"""Concentration against figures from elsewhere: real partners of 2022, and what was published.

The models run over the recorded values; the expected figures are recomputed here in plain Python
from the same file, or read from the list of published ones. Two years are pooled in this test
alone, because the published figures were: no model sums years.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradeflow_tests.sandbox.asking import partner_values
from tradeflow_tests.sql.given import trade_flow
from tradeflow_tests.sql.graph import Graph

WEEK = "2026-W07"
MODELS = [
    "stg_comtrade__trade_flows",
    "int_releases__passed",
    "int_trade_flows__reconciled",
    "fct_concentration_yearly",
]
REAL = [(reporter, flow) for reporter in ("USA", "CHN", "DEU") for flow in "XM"]

Flow = tuple[int, str, int]
"""Reporter code, X or M, year."""


def concentration(folder: Path, flows: Mapping[Flow, Mapping[int, Decimal]]) -> Graph:
    """The mart over partner values, one answer a flow."""
    graph = Graph(folder)
    for (reporter, flow, year), values in flows.items():
        rows = [trade_flow(reporter, flow, year, code, str(v)) for code, v in values.items()]
        name = f"{reporter}-{flow}-{year}"
        graph.raw("comtrade", "comtrade__trade_flows", rows, name, [WEEK])
    graph.run_only(MODELS, WEEK)
    return graph


def row_of(graph: Graph, reporter: str, flow: str) -> dict[str, Any]:
    (row,) = graph.rows(
        "select * from marts.fct_concentration_yearly"
        f" where reporter_iso3 = '{reporter}' and flow = '{flow}'"
    )
    return row


def recorded_2022(shared: Path) -> dict[Flow, dict[int, Decimal]]:
    flows: dict[Flow, dict[int, Decimal]] = defaultdict(dict)
    with (shared / "facts" / "comtrade_2022_partners.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            key = int(row["reporter_code"]), row["flow"], int(row["year"])
            flows[key][int(row["partner_code"])] = Decimal(row["value_usd"])
    return flows


@pytest.fixture(scope="module")
def real_2022(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return concentration(tmp_path_factory.mktemp("real"), recorded_2022(shared))


@pytest.mark.parametrize(("reporter", "flow"), REAL)
def test_concentration_of_2022_is_what_plain_python_finds_in_the_record(
    real_2022: Graph, shared: Path, reporter: str, flow: str
) -> None:
    code = {"USA": 842, "CHN": 156, "DEU": 276}[reporter]
    partners = recorded_2022(shared)[code, flow, 2022]
    own = {code} if flow == "M" else set()
    values = sorted(
        (float(v) for partner, v in partners.items() if partner not in {0, *own} and v > 0),
        reverse=True,
    )
    shares = [value / sum(values) for value in values]
    n = len(shares)
    hhi = 10_000 * sum(share**2 for share in shares)
    entropy = -sum(share * math.log(share) for share in shares)
    root = math.sqrt(1 / n)
    expected = {
        "partner_count": n,
        "hhi_partner": hhi,
        "hhi_normalised": (hhi - 10_000 / n) / (1 - 1 / n),
        "effective_partners": 1 / sum(share**2 for share in shares),
        "cr1_pct": 100 * shares[0],
        "cr3_pct": 100 * sum(shares[:3]),
        "cr5_pct": 100 * sum(shares[:5]),
        "unctad_index": (math.sqrt(hhi / 10_000) - root) / (1 - root),
        "shannon": entropy,
        "theil": math.log(n) - entropy,
    }
    row = row_of(real_2022, reporter, flow)
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def published(shared: Path) -> list[dict[str, str]]:
    """The usable published figures; Taiwan's code is Comtrade's 490, not 158."""
    with (shared / "facts" / "reporter_hhi.csv").open(encoding="utf-8") as lines:
        return [
            {**row, "code": row["reporter_m49"].replace("158", "490")}
            for row in csv.DictReader(lines)
            if row["coverage_flag"] == "ok"
        ]


@pytest.fixture(scope="module")
def pooled(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """Exports of 2023 and 2024 together, stored as one year."""
    flows: dict[Flow, Mapping[int, Decimal]] = {}
    for row in published(shared):
        first, second = (partner_values(row["code"], row["flow"], y) for y in ("2023", "2024"))
        flows[int(row["code"]), row["flow"], 2024] = {
            partner: first.get(partner, Decimal()) + second.get(partner, Decimal())
            for partner in {**first, **second}
        }
    return concentration(tmp_path_factory.mktemp("pooled"), flows)


def test_two_years_together_give_every_usable_published_figure(pooled: Graph, shared: Path) -> None:
    rows = published(shared)
    assert {row["reporter_iso3"] for row in rows} == {"CHN", "USA", "JPN", "KOR", "TWN"}
    for row in rows:
        found = row_of(pooled, row["reporter_iso3"], row["flow"])
        assert found["hhi_partner"] == pytest.approx(float(row["hhi"]), abs=0.01)
        assert found["cr3_pct"] == pytest.approx(float(row["top3_share_pct"]), abs=0.01)
        assert found["partner_count"] == int(row["partner_groups"])
        assert found["level_1500_2500"] == {"低": "low"}[row["level_in_seed"]]
