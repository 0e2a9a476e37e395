"""Codes and names in the marts: unknown codes are kept and measured, references are held to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tradeflow.errors import ContractBroken
from tradeflow.reference import controlled_hs6
from tradeflow.sandbox.server import SandboxTransport
from tradeflow.settings import Mode, Settings
from tradeflow.sources.registry import SOURCES
from tradeflow.sources.transport import Transport
from tradeflow_tests.sources.conftest import as_answer
from tradeflow_tests.sql.given import trade_flow, us_month
from tradeflow_tests.sql.graph import Graph

WEEK = "2026-W07"
LISTS = [
    "stg_comtrade__areas",
    "stg_comtrade__commodities",
    "stg_census__countries",
    "int_areas__listed",
    "int_commodities__listed",
    "int_reference_differences__found",
]
FLOWS = [
    "stg_comtrade__trade_flows",
    "int_releases__passed",
    "int_trade_flows__reconciled",
    "stg_census__trade_months",
    "stg_census__balance_months",
    "int_us_trade_months__reconciled",
]


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return Graph(tmp_path)


def area(code: int, expired: str | None = None, listed: str = "partners") -> dict[str, str | None]:
    return {
        "list": listed,
        "code": str(code),
        "name": f"area {code}",
        "entry_effective_date": "1900-01-01T00:00:00",
        "entry_expired_date": expired,
        "is_group": "false",
        "is_reconstructed": "false",
    }


def commodity(code: str) -> dict[str, str | None]:
    return {
        "id": code,
        "text": f"{code} - goods",
        "parent": code[:-2] or "TOTAL",
        "is_leaf": "0",
        "aggr_level": str(len(code)),
        "is_reconstructed": "false",
    }


def differences(graph: Graph) -> list[tuple[str, str, str]]:
    rows = graph.rows(
        "select source, code, difference from intermediate.int_reference_differences__found"
        " order by all"
    )
    return [(row["source"], row["code"], row["difference"]) for row in rows]


def flows(*unknown: float) -> list[dict[str, str | None]]:
    """Taiwan's exports of 2024: 100 to the world, some of them to codes nobody knows."""
    return [
        trade_flow(490, "X", 2024, 0, 100),
        trade_flow(490, "X", 2024, 156, 100 - sum(unknown)),
        *(trade_flow(490, "X", 2024, code, value) for code, value in enumerate(unknown, 777)),
    ]


def test_lists_that_were_not_read_differ_in_nothing(graph: Graph):
    graph.run_only(LISTS, WEEK)
    assert differences(graph) == []


def test_new_expired_and_missing_codes_of_a_reference_are_named(graph: Graph):
    codes = [code for code in controlled_hs6() if code != "850511"]
    graph.raw(
        "comtrade",
        "comtrade__areas",
        [
            area(490),
            area(777),
            area(704, expired="2025-12-31T00:00:00"),
            area(724, expired="2031-12-31T00:00:00"),
            area(280, expired="1990-12-31T00:00:00"),
        ],
        "areas",
        [WEEK],
    )
    graph.raw(
        "comtrade",
        "comtrade__commodities",
        [commodity(code) for code in ("85", "77", "00", *codes)],
        "goods",
        [WEEK],
    )
    graph.raw(
        "census",
        "census__countries",
        [
            {"code": "5830", "name": "TAIWAN", "is_reconstructed": "false"},
            {"code": "4999", "name": "NEW", "is_reconstructed": "false"},
            {"code": "7999", "name": "REST OF WORLD", "is_reconstructed": "true"},
            {"code": "1000", "name": "UNITED STATES", "is_reconstructed": "false"},
            {"code": "9030", "name": "PUERTO RICO", "is_reconstructed": "false"},
        ],
        "countries",
        [WEEK],
    )
    runs = graph.run_only(LISTS, WEEK)
    assert differences(graph) == [
        ("census", "4999", "unknown"),
        ("comtrade", "00", "unknown"),
        ("comtrade", "704", "expired"),
        ("comtrade", "777", "unknown"),
        ("comtrade", "850511", "absent"),
    ]
    (check,) = [c for run in runs for c in run.checks if c.id == "CHK-REFERENCE"]
    assert not check.passed and check.severity == "warn" and check.failing_rows == 5


def test_a_code_that_one_list_still_uses_is_not_expired(graph: Graph):
    rows = [area(704, expired="2025-12-31T00:00:00", listed="reporters"), area(704)]
    graph.raw("comtrade", "comtrade__areas", rows, "areas", [WEEK])
    graph.run_only(LISTS, WEEK)
    assert differences(graph) == []


def test_an_unknown_code_stays_in_the_denominator_and_is_measured(graph: Graph):
    graph.raw("comtrade", "comtrade__trade_flows", flows(0.5), "flows", [WEEK])
    graph.run_only([*LISTS, *FLOWS, "fct_unknown_codes"], WEEK)
    (row,) = graph.rows("select * from marts.fct_unknown_codes")
    assert (row["source"], row["reporter_iso3"], row["flow"]) == ("comtrade", "TWN", "X")
    assert (row["period"], row["code"]) == ("2024", "777")
    assert row["share_pct"] == pytest.approx(0.5)
    (kept,) = graph.rows(
        "select is_partner, is_counted from intermediate.int_trade_flows__reconciled"
        " where partner_kind = 'unknown'"
    )
    assert kept["is_partner"] and kept["is_counted"]


@pytest.mark.parametrize("unknown", [(1.5,), (0.6, 0.6)], ids=["one", "together"])
def test_too_much_trade_under_unknown_codes_fails(unknown: tuple[float, ...], graph: Graph):
    graph.raw("comtrade", "comtrade__trade_flows", flows(*unknown), "flows", [WEEK])
    graph.run_only([*LISTS, *FLOWS], WEEK)
    with pytest.raises(ContractBroken, match="CHK-UNKNOWN-CODES"):
        graph.run_only(["fct_unknown_codes"], WEEK)


def test_a_code_of_the_sources_own_list_is_known_and_shown_under_its_name(graph: Graph):
    graph.raw("comtrade", "comtrade__trade_flows", flows(1.5), "flows", [WEEK])
    graph.raw("comtrade", "comtrade__areas", [area(777)], "areas", [WEEK])
    graph.run_only([*LISTS, *FLOWS, "fct_unknown_codes", "dim_economies"], WEEK)
    assert graph.rows("select * from marts.fct_unknown_codes") == []
    (row,) = graph.rows("select * from marts.dim_economies where comtrade_code = 777")
    assert (row["name_zh_tw"], row["kind"], row["is_in_seed"]) == ("area 777", "unknown", False)


def test_the_rest_of_the_demonstration_world_is_known_by_its_own_list(graph: Graph):
    months = [row for code in ("-", "7999") for row in us_month(code, "2025-11", 10, 10)]
    graph.raw("census", "census__trade_months", months, "months", [WEEK])
    rest = {"code": "7999", "name": "REST OF WORLD", "is_reconstructed": "true"}
    graph.run_only([*LISTS, *FLOWS], WEEK)
    with pytest.raises(ContractBroken, match="CHK-UNKNOWN-CODES"):
        graph.run_only(["fct_unknown_codes"], WEEK)
    graph.raw("census", "census__countries", [rest], "countries", [WEEK])
    graph.run_only([*LISTS, "fct_unknown_codes"], WEEK)
    assert graph.rows("select * from marts.fct_unknown_codes") == []
    assert differences(graph) == []


def test_the_lists_of_the_demonstration_world_agree(graph: Graph, settings: Settings):
    today = date(2026, 2, 15)
    sandbox = settings.model_copy(update={"sources": Mode.SANDBOX})
    read = set()
    with Transport(sandbox, SandboxTransport(today)) as transport:
        for name in ("comtrade", "census"):
            source = SOURCES[name]
            for request in source.requests(today, sandbox):
                if request.url.endswith(("Reporters.json", "partnerAreas.json", "HS.json", ".txt")):
                    parsed = source.parse(as_answer(request, transport.send(request)))
                    for table, frame in parsed.tables.items():
                        graph.raw(name, table, frame.to_dicts(), request.label, [WEEK])
                        read.add(table)
    assert read == {"comtrade__areas", "comtrade__commodities", "census__countries"}
    graph.run_only(LISTS, WEEK)
    assert differences(graph) == []


def test_months_before_the_printed_ones_may_name_countries_of_the_past(graph: Graph):
    months = [row for code in ("-", "4610") for row in us_month(code, "1990-11", 10, 10)]
    graph.raw("census", "census__trade_months", months, "months", [WEEK])
    graph.run_only([*LISTS, *FLOWS, "fct_unknown_codes"], WEEK)
    assert graph.rows("select * from marts.fct_unknown_codes") == []


def test_dimensions_say_who_what_and_which_control(graph: Graph):
    graph.run_only([*LISTS, "dim_economies", "dim_commodities", "dim_elements"], WEEK)
    order = graph.rows(
        "select iso3 from marts.dim_economies where partner_order is not null"
        " order by partner_order"
    )
    assert [row["iso3"] for row in order] == [
        *("TWN", "USA", "CHN", "JPN", "KOR", "DEU"),
        *("VNM", "MYS", "SGP", "HKG", "MEX", "NLD"),
    ]
    (chips,) = graph.rows("select * from marts.dim_commodities where commodity_code = '8542'")
    assert (chips["chapter_code"], chips["section"], chips["is_in_reference"]) == ("85", 16, None)
    (holmium,) = graph.rows("select * from marts.dim_elements where symbol = 'Ho'")
    assert holmium["control_notice_keys"] == ["MOFCOM-公告-2025-57"]
    (cerium,) = graph.rows("select * from marts.dim_elements where symbol = 'Ce'")
    assert cerium["control_notice_keys"] == []


def test_an_expired_code_is_no_second_economy_beside_the_one_in_use(graph: Graph):
    """280 and 276 are both DEU, 841 and 842 both USA: who joins by ISO code leaves the old out."""
    mined = {"Germany": 60, "China": 30, "United States": 10, "World total (rounded)": 100}
    given = [
        {
            "edition": "2025",
            "source": "MCS2025",
            "commodity": "Lithium",
            "country": country,
            "type": "Mine production",
            "unit_meas": "metric tons",
            "measure": "production",
            "year": "2024",
            "is_estimated": "true",
            "value": str(tonnes),
            "is_reconstructed": "false",
        }
        for country, tonnes in mined.items()
    ]
    graph.raw("usgs", "usgs__world_production", given, "minerals", [WEEK])
    models = [
        "stg_usgs__world_production",
        "int_releases__passed",
        "int_mineral_production__released",
        "fct_mineral_producers_yearly",
        "fct_mineral_production_yearly",
        "fct_economy_strategies",
    ]
    graph.run_only(models, WEEK)
    producers = graph.rows(
        "select producer_name_zh from marts.fct_mineral_producers_yearly order by producer_rank"
    )
    assert [row["producer_name_zh"] for row in producers] == ["德國", "中國", "美國"]
    (lithium,) = graph.rows(
        "select top_name_zh from marts.fct_mineral_production_yearly where mineral_code = 'LITHIUM'"
    )
    assert lithium["top_name_zh"] == "德國"
    of_usa = graph.rows(
        "select distinct economies_zh from marts.fct_economy_strategies where economy_iso3 = 'USA'"
    )
    assert [row["economies_zh"] for row in of_usa] == ["美國"]
