"""A figure that would be wrong gets no further; what stopped it is shown with its rows."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from tradeflow.bundled import sql_root
from tradeflow.orchestration.models import model_assets
from tradeflow.orchestration.resources import WorldResource
from tradeflow.settings import Settings
from tradeflow.storage.sql_project import Project
from tradeflow_tests.sql.given import trade_flow
from tradeflow_tests.sql.graph import Graph

WEEK = "2026-W07"
REFUSED = dg.AssetKey(["intermediate", "int_trade_flows__reconciled"])
AFTER = dg.AssetKey(["marts", "fct_concentration_yearly"])


def test_a_broken_contract_stops_everything_after_it_and_shows_the_rows(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(sql_root(), tmp_path / "sql")
    contract = root / "intermediate" / f"{REFUSED.path[-1]}.yml"
    stricter = contract.read_text("utf-8") + "  - {row_count: {max: 1}, id: CHK-FEW}\n"
    assert "\ntests:\n" in stricter
    contract.write_text(stricter, encoding="utf-8")
    monkeypatch.setattr("tradeflow.world.sql_root", lambda: root)
    graph = Graph(tmp_path)
    rows = [trade_flow(490, "X", 2024, partner, v) for partner, v in ((0, 9), (156, 6), (842, 3))]
    graph.raw("comtrade", "comtrade__trade_flows", rows, "a", [WEEK])
    graph.run_only(["stg_comtrade__trade_flows", "int_releases__passed"], WEEK)
    world = WorldResource(
        database=str(graph.warehouse.path), sources="live", home=str(settings.home)
    )
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            model_assets(Project.load(root)),
            selection=[REFUSED, AFTER],
            partition_key=f"{WEEK}-1",
            resources={"world": world},
            instance=instance,
            raise_on_error=False,
        )
        assert not done.success
        assert instance.get_latest_materialization_event(REFUSED) is None
        assert instance.get_latest_materialization_event(AFTER) is None
    (verdict,) = done.get_asset_check_evaluations()
    assert verdict.check_name == "contract" and not verdict.passed
    assert verdict.severity is dg.AssetCheckSeverity.ERROR
    table = verdict.metadata["failed"]
    assert isinstance(table, dg.TableMetadataValue)
    (record,) = table.records
    assert record.data["week"] == WEEK and "row_count" in str(record.data["test"])
    assert record.data["id"] == "CHK-FEW"
    assert verdict.description is not None and verdict.description.startswith(f"CHK-FEW in {WEEK}:")
    offending = verdict.metadata["offending_rows"]
    assert isinstance(offending, dg.JsonMetadataValue)
    ((said, rows),) = dict(offending.value).items()
    assert said.endswith(WEEK) and rows


def test_checks_that_stop_a_week_say_so() -> None:
    project = Project.load(sql_root())
    severities = {
        (model.name, assertion.id.replace("-", "_")): assertion.severity
        for model in project.models.values()
        for assertion in project.assertions_after(model.name)
    }
    shown = {
        (spec.asset_key.path[-1], spec.name): spec.blocking
        for group in model_assets(project)
        for spec in group.check_specs
    }
    for model in project.models:
        assert shown[model, "contract"]
    for named, severity in severities.items():
        assert shown[named] is (severity == "error"), named
