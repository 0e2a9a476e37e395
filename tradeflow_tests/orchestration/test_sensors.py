"""Sensors ask the sources through the one transport, and for a run only when something changed."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import partial
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from tradeflow.briefing.mineral_marts import mineral_basis
from tradeflow.definitions import build_definitions
from tradeflow.orchestration.resources import WorldResource
from tradeflow.periods import TAIPEI, Week
from tradeflow.pipeline import YEARLY_REPORTS
from tradeflow.settings import Mode, Settings, load_settings
from tradeflow.sources.errors import SourceError
from tradeflow.world import World
from tradeflow_tests.briefing.conftest import Change, Rows
from tradeflow_tests.briefing.week_of_marts import build
from tradeflow_tests.briefing.year_of_marts import E_57, MINERAL_DDL, extend


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_definitions(load_settings(home=tmp_path_factory.mktemp("home")))


class Looking:
    """Evaluates one sensor on different days, its cursor kept between looks."""

    def __init__(
        self,
        definitions: dg.Definitions,
        name: str,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self._definitions, self._name, self._settings = definitions, name, settings
        self._monkeypatch = monkeypatch
        self.cursor: str | None = None

    def on(self, day: date) -> dg.SensorExecutionData:
        noon = datetime.combine(day, time(12), TAIPEI)
        self._monkeypatch.setattr(
            "tradeflow.orchestration.resources.World", partial(World, clock=lambda: noon)
        )
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(
                instance=instance,
                cursor=self.cursor,
                resources={"world": WorldResource.of(self._settings)},
                repository_def=self._definitions.get_repository_def(),
            )
            sensor = self._definitions.resolve_sensor_def(self._name)
            outcome = sensor.evaluate_tick(context)
        self.cursor = outcome.cursor
        return outcome


@pytest.mark.parametrize(
    ("source", "before", "release", "week"),
    [
        ("comtrade", date(2025, 6, 28), date(2025, 7, 1), "2025-W27-1"),
        ("census", date(2026, 2, 17), date(2026, 2, 19), "2026-W08-1"),
        ("mofcom", date(2026, 1, 4), date(2026, 1, 6), "2026-W02-1"),
    ],
)
def test_a_release_asks_for_the_running_week_once(
    definitions: dg.Definitions,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    source: str,
    before: date,
    release: date,
    week: str,
) -> None:
    settings = load_settings(home=tmp_path, sources=Mode.SANDBOX)
    looking = Looking(definitions, f"{source}_releases", settings, monkeypatch)
    first = looking.on(before)
    assert not first.run_requests and "first look" in first.skip_message
    assert not looking.on(before).run_requests, "nothing has changed"
    (request,) = looking.on(release).run_requests
    assert request.partition_key == week
    assert not looking.on(release).run_requests, "asked for already"
    kept = World(settings).archive
    assert kept.weeks(source) == [], "a look belongs to no week"
    assert any((settings.world_home / "archive" / "answers").rglob("*.gz"))


def test_a_look_that_fails_forgets_nothing(
    definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load_settings(home=tmp_path, sources=Mode.SANDBOX)
    looking = Looking(definitions, "census_releases", settings, monkeypatch)
    looking.on(date(2026, 2, 17))
    seen = looking.cursor
    broken = settings.model_copy(update={"faults": 1.0})
    monkeypatch.setattr(looking, "_settings", broken)
    with pytest.raises(SourceError):
        looking.on(date(2026, 2, 19))
    assert looking.cursor == seen
    monkeypatch.setattr(looking, "_settings", settings)
    assert looking.on(date(2026, 2, 19)).run_requests


def test_nothing_is_asked_while_the_calendar_says_nothing_is_due(
    definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load_settings(home=tmp_path, sources=Mode.SANDBOX)
    looking = Looking(definitions, "census_releases", settings, monkeypatch)
    looking.on(date(2026, 2, 16))
    monkeypatch.setattr("tradeflow.ingest.Transport.send", lambda *_: pytest.fail("asked"))
    outcome = looking.on(date(2026, 2, 18))
    assert "nothing of census is due" in outcome.skip_message


def test_replay_has_no_network_and_says_so(
    definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load_settings(home=tmp_path, sources=Mode.REPLAY)
    looking = Looking(definitions, "mofcom_releases", settings, monkeypatch)
    assert "replay" in looking.on(date(2026, 1, 6)).skip_message


def test_the_minerals_report_is_asked_for_when_what_it_rests_on_changed(
    definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load_settings(home=tmp_path, sources=Mode.SANDBOX)
    world, week = World(settings), Week.parse("2026-W07")
    looking = Looking(definitions, "critical_minerals_changes", settings, monkeypatch)
    day = date(2026, 2, 16)
    assert "does not exist yet" in looking.on(day).skip_message

    def edited(rows: Rows, change: Change) -> None:
        extend(rows)
        change(rows)

    def publish(change: Change) -> None:
        world.warehouse.published_path.unlink(missing_ok=True)
        world.warehouse.published_path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(world.warehouse.published_path) as con:
            build(con, partial(edited, change=change), MINERAL_DDL)

    publish(lambda rows: None)
    (request,) = looking.on(day).run_requests
    assert request.partition_key == "2026" and request.tags["due"] == "no report is published"
    with world.warehouse.reader() as con:
        rests_on = mineral_basis(con, week.key)
    world.archive.append_record(YEARLY_REPORTS, week, {"year": "2026", "basis": rests_on})
    assert "stands on what 2026-W07 knows" in looking.on(day).skip_message

    def resume(rows: Rows) -> None:
        for row in rows["fct_clause_status"]:
            if row["notice_key"] == E_57:
                row["status"] = "in_force"

    publish(resume)
    (request,) = looking.on(day).run_requests
    assert request.tags["due"] == f"a control changed its state: {E_57}|"
