"""Yearly trade by HS code and the list of releases: small worlds by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradeflow.errors import ContractBroken
from tradeflow_tests.sql.given import trade_flow
from tradeflow_tests.sql.graph import Graph

WEEK, BEFORE = "2026-W07", "2026-W06"
RELEASES = ["stg_comtrade__releases", "int_released_years__compared"]
MODELS = [
    "stg_comtrade__trade_flows",
    "int_releases__passed",
    "int_trade_flows__reconciled",
    "int_commodity_flows__reconciled",
]


def world_of_codes(folder: Path, *rows: dict) -> Graph:
    """US imports of 2024: 100 in total, 70 and 30 by chapter, one code from two suppliers."""
    graph = Graph(folder)
    given = [
        trade_flow(842, "M", 2024, 0, 100),
        trade_flow(842, "M", 2024, 156, 60),
        trade_flow(842, "M", 2024, 490, 40),
        trade_flow(842, "M", 2024, 0, 70, cmdCode="85"),
        trade_flow(842, "M", 2024, 0, 30, cmdCode="99"),
        trade_flow(842, "M", 2024, 0, 9, cmdCode="811292"),
        trade_flow(842, "M", 2024, 156, 8, cmdCode="811292"),
        trade_flow(842, "M", 2024, 490, 1, cmdCode="811292"),
        *rows,
    ]
    graph.raw("comtrade", "comtrade__trade_flows", given, "a", [WEEK])
    return graph


def test_totals_hold_no_rows_of_codes_and_codes_no_totals(tmp_path: Path) -> None:
    graph = world_of_codes(tmp_path)
    graph.run_only(MODELS, WEEK)
    totals = graph.rows(
        "select partner_code, value_usd from intermediate.int_trade_flows__reconciled"
        " order by partner_code"
    )
    assert [(row["partner_code"], int(row["value_usd"])) for row in totals] == [
        (0, 100),
        (156, 60),
        (490, 40),
    ]
    codes = graph.rows(
        "select commodity_code, commodity_level, partner_code"
        " from intermediate.int_commodity_flows__reconciled order by commodity_code, partner_code"
    )
    assert [tuple(row.values()) for row in codes] == [
        ("811292", 6, 0),
        ("811292", 6, 156),
        ("811292", 6, 490),
        ("85", 2, 0),
        ("99", 2, 0),
    ]


def test_chapters_that_do_not_add_up_to_the_total_stop_the_run(tmp_path: Path) -> None:
    """CHK-CHAPTER-SUM: a chapter too many is multiplied trade."""
    graph = world_of_codes(tmp_path, trade_flow(842, "M", 2024, 0, 3, cmdCode="84"))
    with pytest.raises(ContractBroken, match="CHK-CHAPTER-SUM"):
        graph.run_only(MODELS, WEEK)


def test_chapters_without_a_total_stop_the_run(tmp_path: Path) -> None:
    graph = world_of_codes(tmp_path, trade_flow(842, "M", 2024, 392, 3, cmdCode="84"))
    with pytest.raises(ContractBroken, match="CHK-CHAPTER-SUM"):
        graph.run_only(MODELS, WEEK)


@pytest.mark.parametrize("world", [None, 4, 2])
def test_partners_of_a_code_that_miss_its_world_row_stop_the_run(
    world: int | None, tmp_path: Path
) -> None:
    """CHK-CODE-SUM: cut partners, multiplied partners, partners without World."""
    rows = [trade_flow(842, "M", 2024, 410, 3, cmdCode="280530")]
    if world is not None:
        rows.append(trade_flow(842, "M", 2024, 0, world, cmdCode="280530"))
    graph = world_of_codes(tmp_path, *rows)
    with pytest.raises(ContractBroken, match="CHK-CODE-SUM"):
        graph.run_only(MODELS, WEEK)


def test_a_code_whose_partners_are_still_to_be_asked_stops_nothing(tmp_path: Path) -> None:
    graph = world_of_codes(tmp_path, trade_flow(842, "M", 2024, 0, 3, cmdCode="280530"))
    graph.run_only(MODELS, WEEK)


def test_two_answers_that_contradict_each_other_about_a_code_stop_the_run(tmp_path: Path) -> None:
    """CHK-UNIQUE."""
    graph = world_of_codes(tmp_path, trade_flow(842, "M", 2024, 156, 8.01, cmdCode="811292"))
    with pytest.raises(ContractBroken, match="CHK-UNIQUE"):
        graph.run_only(MODELS, WEEK)


def release(reporter: int, year: int) -> dict[str, str]:
    return {
        "datasetCode": f"{reporter}{year}",
        "freqCode": "A",
        "period": str(year),
        "reporterCode": str(reporter),
        "firstReleased": "2025-05-02T00:00:00",
        "lastReleased": "2025-06-13T10:13:44",
        "is_reconstructed": "false",
    }


def test_a_year_that_vanishes_from_the_list_of_releases_is_named(tmp_path: Path) -> None:
    """CHK-RELEASES: a year asked before and no longer listed would be missing without a word."""
    graph = Graph(tmp_path)
    whole = [release(490, 2023), release(490, 2024), release(842, 2024)]
    graph.raw("comtrade", "comtrade__releases", whole, "before", [BEFORE])
    graph.raw("comtrade", "comtrade__releases", [whole[0], whole[2]], "now", [WEEK])
    graph.run_only(RELEASES[:1], BEFORE)
    assert named_by_check(graph) == [{"reporter_iso3": "TWN", "year": 2024}]


def test_a_week_without_any_list_names_no_year(tmp_path: Path) -> None:
    """A source that was not asked has not withdrawn anything."""
    graph = Graph(tmp_path)
    graph.raw("comtrade", "comtrade__releases", [release(490, 2023)], "before", [BEFORE])
    graph.run_only(RELEASES[:1], BEFORE)
    assert named_by_check(graph) == []


def named_by_check(graph: Graph) -> list[dict[str, object]]:
    """Reporter-years that CHK-RELEASES names when the week is made."""
    (verdict,) = [
        check
        for run in graph.run_only(RELEASES, WEEK)
        for check in run.checks
        if check.id == "CHK-RELEASES"
    ]
    assert verdict.passed == (not verdict.sample)
    return [{name: row[name] for name in ("reporter_iso3", "year")} for row in verdict.sample]
