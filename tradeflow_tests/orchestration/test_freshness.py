"""The freshness of each source as a check in Dagster."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from tradeflow.briefing.freshness import Freshness
from tradeflow.definitions import build_definitions
from tradeflow.orchestration.freshness import first_table, verdicts
from tradeflow.periods import Week
from tradeflow.settings import load_settings
from tradeflow.sources.registry import SOURCES

CENSUS = Freshness(
    *("us_trade_census", "census", "美國普查局", "2025-11", date(2026, 1, 29)),
    *("2025-12", date(2026, 2, 19), "current", 0),
)


@pytest.mark.parametrize(
    ("today", "passed", "health"),
    [(date(2026, 2, 15), True, "on_time"), (date(2026, 3, 9), False, "overdue")],
)
def test_a_late_source_warns_and_shows_the_table_of_the_terminal(
    today: date, passed: bool, health: str
) -> None:
    (verdict,) = verdicts([CENSUS], Week(2026, 7), today)
    assert verdict.asset_key == first_table(SOURCES["census"])
    assert verdict.passed is passed
    assert verdict.severity is dg.AssetCheckSeverity.WARN
    assert verdict.metadata["health"].value == health
    table = verdict.metadata["all_sources"].value
    assert f"以 {today} 判定" in table and "| 美國普查局 | 2025-11 | 2026-01-29 |" in table


def test_every_source_is_judged_in_each_weekly_run_and_daily(tmp_path: Path) -> None:
    definitions = build_definitions(load_settings(home=tmp_path))
    expected = {(first_table(source), "is_fresh") for source in SOURCES.values()}
    for job in ("weekly", "freshness"):
        keys = definitions.resolve_job_def(job).asset_layer.asset_graph.asset_check_keys
        selected = {(key.asset_key, key.name) for key in keys}
        assert expected <= selected, job
    assert definitions.resolve_schedule_def("daily_freshness").cron_schedule == "0 7 * * *"


def test_dagsters_own_policy_stands_beside_and_looks_at_the_run_alone(tmp_path: Path) -> None:
    graph = build_definitions(load_settings(home=tmp_path)).resolve_asset_graph()
    keys = {first_table(source) for source in SOURCES.values()}
    for key in {*keys, dg.AssetKey(["reports", "trade_briefing"])}:
        assert graph.get(key).freshness_policy is not None, key
