"""A world in a temporary folder with a server in place of the network, for tests of ingest."""

from __future__ import annotations

from datetime import UTC, datetime

from tradeflow.ingest import Ingest
from tradeflow.periods import Week
from tradeflow.settings import Mode
from tradeflow.storage.archive import Archive
from tradeflow.storage.warehouse import Warehouse
from tradeflow_tests.fake_source import PARTNERS, FakeServer, FakeSource, good_answers

GOOD_PARTNERS = [("CHN", "60"), ("USA", "40"), ("W00", "100")]
W6, W7 = Week(2026, 6), Week(2026, 7)
AFTER = datetime(2026, 2, 20, tzinfo=UTC)
WEDNESDAY = datetime(2026, 2, 11, 4, tzinfo=UTC)
SOURCE = FakeSource()


class Bench:
    """One world in a temporary folder, with a server in place of the network."""

    def __init__(self, settings, home, mode=Mode.SANDBOX) -> None:
        self.settings = settings.model_copy(update={"sources": mode, "home": home})
        self.archive = Archive(home / "archive")
        self.warehouse = Warehouse(home / "warehouse.duckdb", 20)
        self.server = FakeServer(good_answers())
        self.now = AFTER

    def ingest(self, week: Week = W7, source: FakeSource = SOURCE, mode: Mode | None = None):
        settings = self.settings.model_copy(update={"sources": mode or self.settings.sources})
        return self.tool(settings).layer_week(source, week)

    def tool(self, settings) -> Ingest:
        return Ingest(
            settings, self.archive, self.warehouse, lambda: self.now, lambda as_of: self.server
        )

    def asked(self) -> list[str]:
        paths, self.server.asked = self.server.asked, []
        return paths

    def query(self, sql: str, *values) -> list[tuple]:
        with self.warehouse.connect("look") as con:
            return con.execute(sql, list(values)).fetchall()

    def partners(self, week: Week = W7) -> list[tuple]:
        return self.query(
            f"select partner, value from {PARTNERS} where response_id in"
            " (select response_id from raw.snapshot where week = ?) order by all",
            week.key,
        )
