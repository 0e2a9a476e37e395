"""A dead source costs an optional layer its new rows, never the week and never good rows.

The network is the demonstration world, some of its hosts out of order.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from tradeflow.ingest import Ingest, Ingested
from tradeflow.periods import Week
from tradeflow.sandbox.server import SandboxTransport
from tradeflow.settings import Mode, Settings
from tradeflow.sources.base import Source
from tradeflow.sources.ots import OpenTradeStatistics
from tradeflow.sources.usgs import Usgs
from tradeflow.sources.worldbank import WorldBank
from tradeflow.storage.archive import Archive
from tradeflow.storage.warehouse import Warehouse

W7, W8 = Week(2026, 7), Week(2026, 8)
JUNE, JULY = Week(2025, 25), Week(2025, 30)


class World:
    """Layer-weeks of the demonstration world, some of its hosts out of order."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.broken: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
        self.archive = Archive(folder / "archive")
        self.warehouse = Warehouse(folder / "warehouse.duckdb")
        settings = Settings(
            _env_file=None, home=settings.home, sources=Mode.SANDBOX, census_api_key="sandbox"
        )
        self._ingest = Ingest(
            settings,
            self.archive,
            self.warehouse,
            lambda: datetime(2026, 12, 1, tzinfo=UTC),
            self._transport,
        )

    def _transport(self, as_of: date) -> httpx.BaseTransport:
        world, inner = self, SandboxTransport(as_of)

        class Faulty(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                return world.broken(request) or inner.handle_request(request)

        return Faulty()

    def layer(self, source: Source, week: Week) -> Ingested:
        return self._ingest.layer_week(source, week)

    def query(self, sql: str) -> list[tuple]:
        with self.warehouse.connect("look") as con:
            return con.execute(sql).fetchall()


@pytest.fixture
def world(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("time.sleep", lambda _: None)
    return World(settings, tmp_path / "world")


def bad_gateway(_: httpx.Request) -> httpx.Response:
    return httpx.Response(502, headers={"Content-Type": "text/html"}, text="<h1>502</h1>")


def test_a_dead_service_leaves_a_layer_without_rows_and_says_so(world: World) -> None:
    world.broken = bad_gateway
    ingested = world.layer(OpenTradeStatistics(), W7)
    assert (ingested.answers, ingested.row_count, ingested.unanswered) == (0, 0, 54)
    (count,) = world.query(
        "select count(*) from ops.rejects where stage = 'fetch' and relation = 'ots'"
        " and week = '2026-W07' and reason <> ''"
    )
    assert count == (54,)


def test_a_service_that_dies_later_leaves_the_last_good_answers(world: World) -> None:
    good = world.layer(OpenTradeStatistics(), W7)
    world.broken = bad_gateway
    after = world.layer(OpenTradeStatistics(), W8)
    assert after.row_count == good.row_count > 1000
    assert (after.carried_forward, after.unanswered) == (54, 0)


def test_a_page_with_status_200_never_becomes_a_row(world: World) -> None:
    world.broken = lambda _: httpx.Response(200, text="<html>Welcome</html>")
    ingested = world.layer(OpenTradeStatistics(), W7)
    assert (ingested.answers, ingested.row_count) == (0, 0)
    (count,) = world.query("select count(*) from ops.quarantine where layer = 'ots'")
    assert count == (54,)


def test_minerals_stand_on_their_first_edition_without_the_catalogue(world: World) -> None:
    def no_catalogue(request: httpx.Request) -> httpx.Response | None:
        return bad_gateway(request) if request.url.path.endswith("/items") else None

    world.broken = no_catalogue
    ingested = world.layer(Usgs(), W7)
    assert (ingested.answers, ingested.unanswered) == (1, 1)
    assert ingested.row_count == 460


def test_a_dead_world_bank_keeps_its_answers_when_a_new_year_comes_out(world: World) -> None:
    """Its questions stay the same over 1 July, so that the answers of June still fit them."""
    world.layer(WorldBank(), JUNE)
    world.broken = bad_gateway
    assert world.layer(WorldBank(), JULY).carried_forward == 4


def test_an_ordinary_revision_is_not_held_for_review(world: World) -> None:
    world.layer(WorldBank(), W7)
    revised = world.layer(WorldBank(), Week(2026, 26))
    assert (revised.answers, revised.carried_forward) == (4, 0)
