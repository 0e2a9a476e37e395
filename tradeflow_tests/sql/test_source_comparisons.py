"""Whole US years and cross-source verdicts against published figures; magnitudes of totals.

The published Comtrade figure of 2023 and 2024 is a sum of both years; only this test adds years up.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tradeflow.errors import ContractBroken
from tradeflow_tests.sql.given import trade_flow, us_months_known_by, workbook_year
from tradeflow_tests.sql.graph import Graph

COMPARED = [
    "stg_census__trade_months",
    "stg_census__balance_months",
    "stg_census__balance_years",
    "stg_census__countries",
    "stg_comtrade__trade_flows",
    "stg_ots__flows",
    "stg_worldbank__indicators",
    "int_releases__passed",
    "int_us_trade_months__reconciled",
    "int_us_trade_years__reconciled",
    "int_trade_flows__reconciled",
    "int_pair_flows__ots",
    "int_macro_indicators__released",
    "fct_us_trade_annual",
    "fct_source_comparisons",
    "fct_trade_magnitudes",
]
COMTRADE_IMPORTS = {2023: 449_274_868_202, 2024: 461_362_847_799}


def annual_table_known_by(day: date, facts: Path) -> list[dict[str, str | None]]:
    """China's published whole years in the vintage seen by a day; their months are computed."""
    seen: dict[int, tuple[str, str, str]] = {}
    with (facts / "census_annual_vintages.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["census_cty_code"] == "5700" and row["first_seen"] <= day.isoformat():
                told = row["first_seen"], row["exports_usd_million"], row["imports_usd_million"]
                seen[int(row["year"])] = max(seen.get(int(row["year"]), told), told)
    rows = []
    for year in (2022, 2023, 2024):
        _, exports, imports = seen[year]
        marked = ",".join(f"{year}-{month:02d}" for month in range(1, 13))
        for code in ("0015", "5700"):
            row = workbook_year(code, year, [float(imports) / 12] * 12, [float(exports) / 12] * 12)
            rows.append({**row, "EYR": exports, "IYR": imports, "is_reconstructed_months": marked})
    return rows


def compared(
    folder: Path, facts: Path, week: str, day: date, *, imports_basis: str
) -> list[dict[str, Any]]:
    """The rows of US imports from China in one vintage."""
    graph = Graph(folder)
    basis = {"fobvalue": "", "cifvalue": ""}
    flows = [
        {**trade_flow(842, "M", year, partner, value), **basis, imports_basis: str(value)}
        for year, value in COMTRADE_IMPORTS.items()
        for partner in (0, 156)
    ]
    assert sum(COMTRADE_IMPORTS.values()) == 910_637_716_001
    graph.raw("comtrade", "comtrade__trade_flows", flows, "t", [week])
    months = [m for m in us_months_known_by(day, facts) if m["cty_code"] == "5700"]
    graph.raw("census", "census__trade_months", months, "m", [week])
    years = annual_table_known_by(day, facts)
    graph.raw("census", "census__balance_months", years, "y", [week])
    graph.run_only(COMPARED, week)
    return graph.rows(
        "select * from marts.fct_source_comparisons where comparison = 'comtrade_census'"
        " and partner_iso3 = 'CHN' and flow = 'M' and comtrade_usd is not null order by year"
    )


@pytest.mark.parametrize(
    ("week", "day", "difference", "verdict"),
    [
        ("2026-W07", date(2026, 2, 15), 5.16, "differ"),
        ("2026-W25", date(2026, 6, 21), 4.97, "agree"),
    ],
)
def test_us_imports_from_china_differ_by_the_published_percentages(
    shared: Path, tmp_path: Path, week: str, day: date, difference: float, verdict: str
) -> None:
    """CHK-XSOURCE (E17): +5.16 % in February's vintage, +4.97 % in June's, not "under 5 %"."""
    rows = compared(tmp_path, shared / "facts", week, day, imports_basis="cifvalue")
    assert [row["year"] for row in rows] == [2023, 2024]
    pooled = [float(sum(row[side] for row in rows)) for side in ("comtrade_usd", "other_usd")]
    assert round(100 * (pooled[0] / pooled[1] - 1), 2) == difference
    assert {row["verdict"] for row in rows} == {"not_comparable"}
    assert {(row["comtrade_valuation"], row["other_valuation"], row["reason"]) for row in rows} == {
        ("CIF", "customs", "valuation_differs")
    }
    assert ("agree" if difference <= rows[0]["threshold_pct"] else "differ") == verdict


def test_on_one_valuation_the_verdict_is_that_of_the_vintage(shared: Path, tmp_path: Path) -> None:
    """CHK-XSOURCE (E17): the same Comtrade record, another vintage, another verdict for 2024."""
    february = compared(
        tmp_path / "a", shared / "facts", "2026-W07", date(2026, 2, 15), imports_basis="fobvalue"
    )
    june = compared(
        tmp_path / "b", shared / "facts", "2026-W25", date(2026, 6, 21), imports_basis="fobvalue"
    )
    assert [row["verdict"] for row in february] == ["differ", "differ"]
    assert [row["verdict"] for row in june] == ["differ", "agree"]
    assert [row["reason"] for row in february + june] == [None] * 4


def test_a_total_cut_to_a_hundredth_is_refused(tmp_path: Path) -> None:
    """CHK-MAGNITUDE (E15, E29): Taiwan's exports fell to 0.9 percent of themselves, unseen."""
    graph = Graph(tmp_path)
    totals = {("X", 2023): 432e9, ("M", 2023): 352e9, ("X", 2024): 4.1e9, ("M", 2024): 394e9}
    flows = [
        trade_flow(490, flow, year, partner, value)
        for (flow, year), value in totals.items()
        for partner in (0, 842)
    ]
    graph.raw("comtrade", "comtrade__trade_flows", flows, "t", ["2026-W07"])
    with pytest.raises(ContractBroken, match="fct_trade_magnitudes"):
        graph.run_only(
            [
                "stg_comtrade__trade_flows",
                "stg_worldbank__indicators",
                "int_releases__passed",
                "int_trade_flows__reconciled",
                "int_macro_indicators__released",
                "fct_trade_magnitudes",
            ],
            "2026-W07",
        )
