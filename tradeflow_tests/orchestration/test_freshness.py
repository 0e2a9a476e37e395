"""The freshness of each source as a check in Dagster."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from tradeflow.briefing.freshness import Freshness
from tradeflow.definitions import build_definitions
from tradeflow.orchestration import raw
from tradeflow.orchestration.freshness import first_table, freshness_checks, verdicts
from tradeflow.orchestration.resources import WorldResource
from tradeflow.periods import Week
from tradeflow.settings import Settings, load_settings
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


def test_a_source_can_be_judged_alone_and_a_world_without_marts_says_so(settings: Settings) -> None:
    only = next(iter(freshness_checks.check_keys))
    done = dg.materialize(
        [*raw.assets, freshness_checks],
        selection=dg.AssetSelection.checks(only),
        resources={"world": WorldResource.of(settings)},
    )
    (judged,) = done.get_asset_check_evaluations()
    assert judged.asset_check_key == only and not judged.passed
    assert "no marts yet" in (judged.description or "")
