"""Every column of every mart is described, measured in a unit and traced to where data enter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import pytest

from tradeflow.bundled import sql_root
from tradeflow.orchestration.models import model_assets
from tradeflow.orchestration.resources import WorldResource
from tradeflow.settings import Settings
from tradeflow.storage.lineage import column_lineage
from tradeflow.storage.sql_project import Model, Project
from tradeflow_tests.sql.given import trade_flow
from tradeflow_tests.sql.graph import Graph

PROJECT = Project.load(sql_root())
MARTS = [model for model in PROJECT.models.values() if model.layer == "marts"]
WEEK = "2026-W07"
NUMBER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|DOUBLE|FLOAT")
LABEL = re.compile(r"(.+_)?(code|no|number|numbers|order|rank|section|id)")
"""Numbers that name or order something and measure nothing: they have no unit."""

Lineage = Mapping[str, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def lineages() -> dict[str, Lineage]:
    return {name: column_lineage(PROJECT, name) for name in PROJECT.models}


@pytest.mark.parametrize("model", MARTS, ids=lambda model: model.name)
def test_every_column_says_what_it_is_and_every_quantity_its_unit(model: Model) -> None:
    columns = model.contract.columns
    assert [column.name for column in columns if not column.description.strip()] == []
    assert [
        column.name
        for column in columns
        if NUMBER.fullmatch(column.sql_type)
        and not LABEL.fullmatch(column.name)
        and column.unit is None
        and column.unit_from is None
    ] == []


def entries(lineages: Mapping[str, Lineage], name: str, column: str) -> set[str]:
    """The tables outside the models (raw, policy, ops, seeds) a column comes from."""
    found: set[str] = set()
    waiting, seen = [(name, column)], set()
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        for upstream, upstream_column in lineages[step[0]].get(step[1], []):
            if upstream in PROJECT.models:
                waiting.append((upstream, upstream_column))
            else:
                found.add(upstream)
    return found


def test_every_measured_column_of_every_mart_leads_back_to_where_data_enter(
    lineages: dict[str, Lineage],
) -> None:
    """Counts of rows and constants come from no column; whatever has decimals does."""
    outside = {f"{schema}.{name}" for schema, name in PROJECT.sources} | set(PROJECT.seeds)
    outside.add("thresholds")
    for model in MARTS:
        lineage = lineages[model.name]
        assert list(lineage) == [column.name for column in model.contract.columns]
        for column in model.contract.columns:
            origins = entries(lineages, model.name, column.name)
            assert origins <= outside, f"{model.name}.{column.name}"
            if column.fact and column.sql_type.startswith(("DOUBLE", "DECIMAL")):
                # `threshold(...)` is a constant of thresholds.yml by the time lineage is read.
                is_limit = "thresholds.yml" in column.description
                assert origins or is_limit, f"{model.name}.{column.name} leads nowhere"


def test_every_column_a_mart_is_said_to_come_from_exists(lineages: dict[str, Lineage]) -> None:
    columns = {
        **{m.name: {c.name for c in m.contract.columns} for m in PROJECT.models.values()},
        **{seed.name: {c.name for c in seed.contract.columns} for seed in PROJECT.seeds.values()},
    }
    for name, lineage in lineages.items():
        for column, sources in lineage.items():
            for upstream, upstream_column in sources:
                known = columns.get(upstream)
                assert known is None or upstream_column in known, f"{name}.{column}"


def test_a_run_shows_a_marts_columns_and_their_lineage_in_dagster(
    tmp_path: Path, settings: Settings
) -> None:
    graph = Graph(tmp_path)
    rows = [trade_flow(490, "X", 2024, partner, v) for partner, v in ((0, 9), (156, 6), (842, 3))]
    graph.raw("comtrade", "comtrade__trade_flows", rows, "a", [WEEK])
    graph.run_only(
        ["stg_comtrade__trade_flows", "int_releases__passed", "int_trade_flows__reconciled"], WEEK
    )
    key = dg.AssetKey(["marts", "fct_concentration_yearly"])
    world = WorldResource(
        database=str(graph.warehouse.path), sources="live", home=str(settings.home)
    )
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            model_assets(PROJECT),
            selection=[key],
            partition_key="2026-W07-1",
            resources={"world": world},
            instance=instance,
        )
        (event,) = list(done.get_asset_materialization_events())
    metadata = event.materialization.metadata
    assert event.asset_key == key and metadata["dagster/row_count"].value == 1
    lineage = metadata["dagster/column_lineage"]
    assert isinstance(lineage, dg.TableColumnLineageMetadataValue)
    assert lineage.value.deps_by_column["hhi_partner"] == [
        dg.TableColumnDep(
            asset_key=dg.AssetKey(["intermediate", "int_trade_flows__reconciled"]),
            column_name="value_usd",
        )
    ]
    (spec,) = [spec for group in model_assets(PROJECT) for spec in group.specs if spec.key == key]
    shown = {column.name: column for column in spec.metadata["dagster/column_schema"].columns}
    assert shown["hhi_partner"].type == "DOUBLE"
    assert shown["hhi_partner"].description.endswith("[HHI points]")
