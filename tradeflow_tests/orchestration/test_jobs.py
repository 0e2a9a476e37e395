"""Which job makes what, and what each schedule asks for."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from tradeflow.definitions import build_definitions
from tradeflow.orchestration.partitions import weeks
from tradeflow.orchestration.periodic import PERIODIC
from tradeflow.orchestration.resources import WorldResource
from tradeflow.orchestration.site import SITE
from tradeflow.periods import TAIPEI
from tradeflow.settings import Mode, load_settings


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(load_settings(home=tmp_path_factory.mktemp("home")))


def test_each_asset_belongs_to_the_job_of_its_partitions(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    weekly = set(definitions.resolve_job_def("weekly").asset_layer.executable_asset_keys)
    periodic = {each.key for each in PERIODIC.values()}
    assert weekly == graph.get_all_asset_keys() - periodic - {SITE}
    assert {graph.get(key).partitions_def.fmt for key in weekly} == {weeks.fmt}
    for job, report in (
        ("monthly", "reports/supply_chain_analysis"),
        ("yearly", "reports/critical_minerals_report"),
    ):
        made = definitions.resolve_job_def(job).asset_layer.executable_asset_keys
        assert [key.to_user_string() for key in made] == [report]


def tick(definitions: dg.Definitions, name: str, at: datetime, home: Path, mode: Mode):
    """What a schedule asks for at an instant."""
    world = WorldResource.of(load_settings(home=home, sources=mode))
    schedule = definitions.resolve_schedule_def(name)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=at,
            resources={"world": world},
            repository_def=definitions.get_repository_def(),
        )
        return schedule.evaluate_tick(context)


@pytest.mark.parametrize(
    ("name", "cron", "at", "asked"),
    [
        ("weekly_brief", "30 6 * * 1", datetime(2026, 2, 16, 6, 30, tzinfo=TAIPEI), "2026-W07-1"),
        ("weekly_brief", "30 6 * * 1", datetime(2026, 1, 5, 6, 30, tzinfo=TAIPEI), "2026-W01-1"),
        ("monthly_report", "30 6 5 * *", datetime(2026, 3, 5, 6, 30, tzinfo=TAIPEI), "2026-02"),
        ("monthly_report", "30 6 5 * *", datetime(2026, 1, 5, 6, 30, tzinfo=TAIPEI), "2025-12"),
        ("yearly_report", "30 6 10 1 *", datetime(2026, 1, 10, 6, 30, tzinfo=TAIPEI), "2025"),
    ],
)
def test_a_schedule_asks_for_the_period_that_closed(
    definitions: dg.Definitions, tmp_path: Path, name: str, cron: str, at: datetime, asked: str
) -> None:
    schedule = definitions.resolve_schedule_def(name)
    assert schedule.execution_timezone == "Asia/Taipei"
    assert schedule.cron_schedule == cron
    outcome = tick(definitions, name, at, tmp_path, Mode.SANDBOX)
    (request,) = outcome.run_requests
    assert request.partition_key == asked


def test_a_schedule_skips_what_its_world_cannot_answer_for(
    definitions: dg.Definitions, tmp_path: Path
) -> None:
    at = datetime(2026, 9, 7, 6, 30, tzinfo=TAIPEI)
    outcome = tick(definitions, "weekly_brief", at, tmp_path, Mode.SANDBOX)
    assert not outcome.run_requests
    assert "outside the sandbox's range" in outcome.skip_message
