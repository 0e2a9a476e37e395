"""Yearly flows, shares, ranks and concentration: real partners of 2022 and small worlds by hand."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from tradeflow.errors import ContractBroken
from tradeflow_tests.sql.given import trade_flow
from tradeflow_tests.sql.graph import Graph

WEEK = "2026-W07"
YEARLY = [
    "stg_comtrade__trade_flows",
    "int_releases__passed",
    "int_trade_flows__reconciled",
    "fct_partner_flows_yearly",
    "fct_reporter_flows_yearly",
    "fct_trade_balances_yearly",
    "fct_concentration_yearly",
]


@pytest.fixture(scope="module")
def real_2022(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The published partners of the United States, China and Germany in 2022."""
    answers: dict[str, list[dict]] = defaultdict(list)
    with (shared / "facts" / "comtrade_2022_partners.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            reporter, flow = int(row["reporter_code"]), row["flow"]
            answers[f"{reporter}-{flow}"].append(
                trade_flow(reporter, flow, 2022, int(row["partner_code"]), row["value_usd"])
            )
    graph = Graph(tmp_path_factory.mktemp("real_2022"))
    for name, rows in answers.items():
        graph.raw("comtrade", "comtrade__trade_flows", rows, name, [WEEK])
    graph.run_only(YEARLY, WEEK)
    return graph


@pytest.mark.parametrize(
    ("reporter", "flow", "hhi", "including_self", "partners"),
    [
        ("USA", "M", 775.0934, 775.0934, 223),
        ("USA", "X", 716.4616, 716.4616, 222),
        ("CHN", "X", 494.4369, 494.4369, 218),
        ("CHN", "M", 412.7348, 396.7023, 218),
        ("DEU", "X", 443.8110, 443.8110, 232),
    ],
)
def test_concentration_of_the_published_partners_of_2022(
    real_2022: Graph, reporter: str, flow: str, hhi: float, including_self: float, partners: int
) -> None:
    (row,) = real_2022.rows(
        "select * from marts.fct_concentration_yearly"
        f" where reporter_iso3 = '{reporter}' and flow = '{flow}'"
    )
    assert row["hhi_partner"] == pytest.approx(hhi, abs=5e-5)
    assert row["hhi_partner_incl_self"] == pytest.approx(including_self, abs=5e-5)
    assert row["partner_count"] == partners
    assert row["direction"] is None and row["hhi_prior"] is None


def test_first_three_suppliers_of_the_united_states(real_2022: Graph) -> None:
    (row,) = real_2022.rows(
        "select * from marts.fct_reporter_flows_yearly where reporter_iso3 = 'USA' and flow = 'M'"
    )
    names = real_2022.rows(
        "select partner_name_zh from marts.fct_partner_flows_yearly"
        " where reporter_iso3 = 'USA' and flow = 'M' and partner_rank <= 3 order by partner_rank"
    )
    assert row["top3_share_pct"] == pytest.approx(43.9233, abs=5e-5)
    assert [name["partner_name_zh"] for name in names] == ["中國", "墨西哥", "加拿大"]
    assert row["china_share_pct"] == pytest.approx(17.068, abs=5e-4)
    assert row["comparison_gap"] == "no_prior_year" and row["yoy_pct"] is None


def test_ranking_agrees_with_sorting_the_published_values(real_2022: Graph, shared: Path) -> None:
    with (shared / "facts" / "comtrade_2022_partners.csv").open(encoding="utf-8") as lines:
        values = [
            (-float(row["value_usd"]), int(row["partner_code"]))
            for row in csv.DictReader(lines)
            if row["reporter_iso3"] == "CHN" and row["flow"] == "M"
            if row["partner_code"] not in ("0", "156") and float(row["value_usd"]) > 0
        ]
    ranked = real_2022.rows(
        "select partner_code from marts.fct_partner_flows_yearly where reporter_iso3 = 'CHN'"
        " and flow = 'M' and partner_rank is not null order by partner_rank"
    )
    assert [row["partner_code"] for row in ranked] == [code for _, code in sorted(values)]


def test_balance_with_taiwan_stands_under_its_iso_code(real_2022: Graph) -> None:
    (row,) = real_2022.rows(
        "select * from marts.fct_trade_balances_yearly"
        " where reporter_iso3 = 'CHN' and partner_iso3 = 'TWN'"
    )
    assert row["partner_code"] == 490
    assert row["balance_usd"] == row["exports_usd"] - row["imports_usd"] < 0


def small_world(folder: Path, *rows: dict) -> Graph:
    graph = Graph(folder)
    graph.raw("comtrade", "comtrade__trade_flows", rows, "a", [WEEK])
    return graph


@pytest.mark.parametrize(
    "partners",
    [{0: 300, 842: 100, 251: 100}, {0: 300, 842: 200, 251: 200}, {842: 100, 251: 100}, {0: 300}],
    ids=["cut", "multiplied", "no world", "world alone"],
)
def test_a_cut_answer_stops_the_reporters_year(partners: dict[int, int], tmp_path: Path) -> None:
    """CHK-COVERAGE-RATIO: partners that make up two thirds of the world row are no partner list."""
    graph = small_world(
        tmp_path, *(trade_flow(276, "X", 2022, code, value) for code, value in partners.items())
    )
    graph.run_only(YEARLY[:2], WEEK)
    with pytest.raises(ContractBroken, match=r"int_trade_flows__reconciled: CHK-COVERAGE-RATIO"):
        graph.run_only(YEARLY[2:3], WEEK)


def test_two_answers_that_contradict_each_other_stop_the_run(tmp_path: Path) -> None:
    """CHK-UNIQUE: one key has one value, or none is used."""
    graph = small_world(
        tmp_path, trade_flow(842, "X", 2023, 0, 300), trade_flow(842, "X", 2023, 0, 301)
    )
    with pytest.raises(ContractBroken, match="CHK-UNIQUE"):
        graph.run_only(YEARLY[:3], WEEK)


def test_breakdown_rows_are_not_added_to_totals(tmp_path: Path) -> None:
    graph = small_world(
        tmp_path,
        trade_flow(490, "X", 2024, 0, 100),
        trade_flow(490, "X", 2024, 842, 60),
        trade_flow(490, "X", 2024, 842, 35, motCode="2100"),
        trade_flow(490, "X", 2024, 842, 25, partner2Code="344"),
        trade_flow(490, "X", 2024, 842, 20, customsCode="C06"),
        trade_flow(490, "X", 2024, 842, 15, mosCode="1"),
        trade_flow(490, "X", 2024, 156, 40),
    )
    graph.run_only(YEARLY, WEEK)
    shares = graph.rows(
        "select partner_iso3, share_pct from marts.fct_partner_flows_yearly order by partner_rank"
    )
    assert shares == [
        {"partner_iso3": "USA", "share_pct": 60.0},
        {"partner_iso3": "CHN", "share_pct": 40.0},
    ]


def test_an_unknown_partner_code_stays_in_the_denominator_and_is_named(tmp_path: Path) -> None:
    graph = small_world(
        tmp_path,
        trade_flow(410, "M", 2024, 0, 100),
        trade_flow(410, "M", 2024, 156, 90),
        trade_flow(410, "M", 2024, 9999, 10),
    )
    graph.run_only(YEARLY, WEEK)
    rows = graph.rows(
        "select partner_iso3, partner_kind, partner_name_zh, share_pct"
        " from marts.fct_partner_flows_yearly where partner_code = 9999"
    )
    assert rows == [
        {
            "partner_iso3": None,
            "partner_kind": "unknown",
            "partner_name_zh": "未知代碼 9999",
            "share_pct": 10.0,
        }
    ]


def test_a_year_is_compared_with_the_year_before_and_never_added_to_it(tmp_path: Path) -> None:
    graph = small_world(
        tmp_path,
        trade_flow(392, "X", 2023, 0, 200),
        trade_flow(392, "X", 2023, 842, 120),
        trade_flow(392, "X", 2023, 156, 80),
        trade_flow(392, "X", 2024, 0, 220),
        trade_flow(392, "X", 2024, 842, 150),
        trade_flow(392, "X", 2024, 156, 70),
    )
    graph.run_only(YEARLY, WEEK)
    total, *_ = graph.rows("select * from marts.fct_reporter_flows_yearly where is_latest")
    usa, china = graph.rows(
        "select * from marts.fct_partner_flows_yearly where is_latest order by partner_rank"
    )
    assert (total["year"], total["yoy_pct"], total["coverage"]) == (2024, 10.0, "2024")
    assert (usa["yoy_pct"], usa["contribution_ppt"]) == (25.0, 15.0)
    assert (china["yoy_pct"], china["contribution_ppt"]) == (-12.5, -5.0)
    assert usa["contribution_ppt"] + china["contribution_ppt"] == total["yoy_pct"]


def test_one_reconstructed_input_marks_everything_made_of_it(tmp_path: Path) -> None:
    graph = small_world(
        tmp_path,
        trade_flow(842, "M", 2024, 0, 100),
        trade_flow(842, "M", 2024, 156, 60),
        trade_flow(842, "M", 2024, 484, 40, is_reconstructed="true"),
    )
    graph.run_only(YEARLY, WEEK)
    marked = {
        table: [row["is_reconstructed"] for row in graph.rows(f"select * from marts.{table}")]
        for table in ("fct_reporter_flows_yearly", "fct_concentration_yearly")
    }
    china, mexico = graph.rows(
        "select is_reconstructed from marts.fct_partner_flows_yearly order by partner_rank"
    )
    assert marked == {"fct_reporter_flows_yearly": [True], "fct_concentration_yearly": [True]}
    assert not china["is_reconstructed"] and mexico["is_reconstructed"]
