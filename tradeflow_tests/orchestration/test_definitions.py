"""What the Dagster UI shows; a rename, a lost dependency or an undescribed asset fails here."""

import json
from pathlib import Path

import dagster as dg
import pytest

from tradeflow.bundled import sql_root
from tradeflow.definitions import build_definitions
from tradeflow.orchestration.groups import GROUPS
from tradeflow.settings import load_settings
from tradeflow.storage.sql_project import Project

GRAPH = Path(__file__).parent / "asset_graph.json"
LAYERS = {
    "bilateral_trade_flows",
    "us_trade_census",
    "world_macro_indicators",
    "open_trade_stats",
    "cn_export_control",
    "critical_minerals",
}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(load_settings(home=tmp_path_factory.mktemp("home")))


def test_the_asset_graph_is_the_recorded_one(definitions: dg.Definitions) -> None:
    """Keys, groups and dependencies; renew the file on purpose when the graph changes."""
    graph = definitions.resolve_asset_graph()
    shown = {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "upstream": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
        }
        for key in graph.get_all_asset_keys()
    }
    assert shown == json.loads(GRAPH.read_text(encoding="utf-8"))


def test_every_model_is_an_asset_of_its_own(definitions: dg.Definitions) -> None:
    keys = definitions.resolve_asset_graph().get_all_asset_keys()
    project = Project.load(sql_root())
    assert {dg.AssetKey([model.schema, model.name]) for model in project.models.values()} <= keys


def test_each_source_layer_has_its_group(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert {graph.get(key).group_name for key in graph.get_all_asset_keys()} >= LAYERS


def test_every_asset_says_what_it_is_and_who_owns_it(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners, key
        assert node.kinds, key


def test_every_model_shows_its_columns_with_type_and_meaning(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for model in Project.load(sql_root()).models.values():
        schema = graph.get(dg.AssetKey([model.schema, model.name])).metadata[
            "dagster/column_schema"
        ]
        assert isinstance(schema, dg.TableSchema)
        assert all(column.type and column.description for column in schema.columns)


def test_every_model_has_its_contract_as_a_check(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    checked = {key.asset_key for key in graph.asset_check_keys if key.name == "contract"}
    for model in Project.load(sql_root()).models.values():
        assert dg.AssetKey([model.schema, model.name]) in checked


def test_every_group_is_described_and_none_besides(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert {graph.get(key).group_name for key in graph.get_all_asset_keys()} == set(GROUPS)
    shown = definitions.resolve_job_def("weekly").description or ""
    assert all(f"| `{name}` | {text} |" in shown for name, text in GROUPS.items())
