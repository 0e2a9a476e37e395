"""docs/adding_an_analysis.md: the files it shows, copied into the project, are an analysis."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import dagster as dg
import pytest

from tradeflow.bundled import sql_root
from tradeflow.errors import ContractBroken
from tradeflow.orchestration.models import model_assets
from tradeflow.orchestration.resources import WorldResource
from tradeflow.settings import Settings
from tradeflow.storage.lineage import column_lineage
from tradeflow.storage.sql_project import Project
from tradeflow.storage.sql_unit_tests import run_unit_test
from tradeflow_tests.sql.given import trade_flow
from tradeflow_tests.sql.graph import Graph

PAGE = Path(__file__).resolve().parents[1] / "docs" / "adding_an_analysis.md"
FILES = dict(re.findall(r"^```\w+ title=(\S+)\n(.+?)^```$", PAGE.read_text("utf-8"), re.M | re.S))
MART = "fct_rank_moves_yearly"
WEEK = "2026-W07"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project with the page's files added, and nothing else."""
    root = tmp_path_factory.mktemp("project") / "dbt_like_sql"
    shutil.copytree(sql_root(), root)
    for name, text in FILES.items():
        assert not (root / name).exists(), f"{name} is part of the project by now"
        (root / name).write_text(text, encoding="utf-8")
    return Project.load(root)


@pytest.fixture(scope="module")
def ran(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    graph = Graph(tmp_path_factory.mktemp("ran"), project)
    rows = [
        trade_flow(490, "X", year, partner, value)
        for year, values in (
            (2023, {0: 100, 156: 60, 842: 40}),
            (2024, {0: 120, 156: 45, 842: 55, 704: 20}),
        )
        for partner, value in values.items()
    ]
    graph.raw("comtrade", "comtrade__trade_flows", rows, "a", [WEEK])
    graph.run_only(
        [
            "stg_comtrade__trade_flows",
            "int_releases__passed",
            "int_trade_flows__reconciled",
            "fct_partner_flows_yearly",
            MART,
        ],
        WEEK,
    )
    return graph


def test_the_page_shows_a_model_its_contract_an_assertion_and_a_unit_test() -> None:
    assert {Path(name).suffix for name in FILES} == {".sql", ".yml", ".yaml"}
    assert len(FILES) == 4 and f"marts/{MART}.sql" in FILES


def test_it_keeps_the_laws_of_the_layers(project: Project) -> None:
    assert [breach for breach in project.lint() if MART in breach or "assert_one" in breach] == []


def test_its_unit_test_passes(project: Project) -> None:
    run_unit_test(project, project.root / "tests" / "unit" / f"{MART}.yaml")


def test_it_runs_and_tells_who_moved(ran: Graph) -> None:
    rows = ran.rows(f"select * from marts.{MART} where year = 2024 order by partner_rank")
    assert [(row["partner_code"], row["places_gained"]) for row in rows] == [
        (842, 1),
        (156, -1),
        (704, None),
    ]
    assert rows[2]["comparison_gap"] == "no_prior_trade"


def test_its_checks_were_made(ran: Graph) -> None:
    checks = ran.rows(
        f"select check_name, passed from ops.check_results where relation = 'marts.{MART}'"
    )
    assert {"CHK-NULL-WHEN-PRESENT", "CHK-RANK-MOVES"} <= {row["check_name"] for row in checks}
    assert all(row["passed"] for row in checks)


def test_its_assertion_stops_what_offends(ran: Graph) -> None:
    """Two partners on one place; the rows stored before stay."""
    with ran.warehouse.connect("spoil ranks") as con:
        con.execute("update marts.fct_partner_flows_yearly set partner_rank = 1 where year = 2024")
        # Rows changed by hand are not noticed: what was made from them would stand.
        con.execute("delete from ops.made_from")
    before = ran.rows(f"select * from marts.{MART} order by all")
    with pytest.raises(ContractBroken, match="CHK-RANK-MOVES"):
        ran.run_only([MART], WEEK)
    assert ran.rows(f"select * from marts.{MART} order by all") == before
    ran.run_only(["fct_partner_flows_yearly", MART], WEEK)


def test_it_is_an_asset_with_its_columns_checks_and_dependency(
    project: Project, settings: Settings
) -> None:
    graph = dg.Definitions(
        assets=model_assets(project), resources={"world": WorldResource.of(settings)}
    ).resolve_asset_graph()
    key = dg.AssetKey(["marts", MART])
    node = graph.get(key)
    assert node.parent_keys == {dg.AssetKey(["marts", "fct_partner_flows_yearly"])}
    assert node.group_name == "bilateral_trade_flows"
    schema = node.metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableSchema)
    assert "[places]" in {c.name: c.description for c in schema.columns}["places_gained"]
    checks = {check.name for check in graph.asset_check_keys if check.asset_key == key}
    assert checks == {"contract", "CHK_RANK_MOVES"}


def test_its_columns_lead_to_those_they_come_from(project: Project) -> None:
    lineage = column_lineage(project, MART)
    assert lineage["places_gained"] == [("fct_partner_flows_yearly", "partner_rank")]
    assert lineage["response_ids"] == [("fct_partner_flows_yearly", "response_ids")]


def test_its_figures_may_be_printed(project: Project) -> None:
    facts = [column.name for column in project.model(MART).contract.facts]
    assert facts == ["partner_rank", "rank_prior", "places_gained"]
