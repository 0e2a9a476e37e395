"""A week that has closed flows by itself, once, and a correction of it flows on."""

from __future__ import annotations

from datetime import datetime, timedelta

import dagster as dg
import pytest

from tradeflow.definitions import build_definitions
from tradeflow.orchestration.raw import raw_key
from tradeflow.periods import TAIPEI
from tradeflow.settings import Mode, load_settings

MONDAY = datetime(2026, 2, 16, 6, 31, tzinfo=TAIPEI)
CLOSED = "2026-W07-1"


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    home = tmp_path_factory.mktemp("home")
    return build_definitions(load_settings(home=home, sources=Mode.LIVE))


class Looking:
    """Evaluates the conditions at instants, the daemon's cursor kept between looks."""

    def __init__(self, definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
        graph = definitions.resolve_asset_graph()
        self.keys = {
            key
            for key in graph.get_all_asset_keys()
            if any(name in key.path[-1] for name in ("census__", "int_us_trade", "fct_us_trade"))
        }
        self._definitions, self._instance, self._cursor = definitions, instance, None

    def at(self, instant: datetime) -> dict[dg.AssetKey, set[str]]:
        """Asset → partitions asked for, where there are any."""
        result = dg.evaluate_automation_conditions(
            self._definitions,
            self._instance,
            asset_selection=dg.AssetSelection.assets(*self.keys),
            cursor=self._cursor,
            evaluation_time=instant,
        )
        self._cursor = result.cursor
        asked = {key: set(result.get_requested_partitions(key)) for key in self.keys}
        return {key: partitions for key, partitions in asked.items() if partitions}

    def made(self, keys: set[dg.AssetKey]) -> None:
        for key in keys:
            self._instance.report_runless_asset_event(
                dg.AssetMaterialization(key, partition=CLOSED)
            )


def test_a_closed_week_is_asked_for_once_and_a_correction_flows_on(
    definitions: dg.Definitions,
) -> None:
    hour = timedelta(hours=1)
    with dg.DagsterInstance.ephemeral() as instance:
        looking = Looking(definitions, instance)
        outside = definitions.resolve_asset_graph().get_all_asset_keys() - looking.keys
        looking.made(outside)
        assert looking.at(MONDAY - hour) == {}, "turning it on asks for nothing"
        assert looking.at(MONDAY) == {key: {CLOSED} for key in looking.keys}
        looking.made(looking.keys)
        assert looking.at(MONDAY + hour) == {}
        looking.made({raw_key("census__balance_months")})
        corrected = looking.at(MONDAY + 2 * hour)
    assert corrected and set().union(*corrected.values()) == {CLOSED}
    assert dg.AssetKey(["marts", "fct_us_trade_monthly"]) in corrected
    assert not any(key.path[0] == "raw" for key in corrected)
