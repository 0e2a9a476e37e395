"""The database is a cache: the archive alone gives the same tables again."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from tradeflow.errors import StorageError
from tradeflow.ingest import Ingest
from tradeflow.periods import Week
from tradeflow.rebuild import rebuild_raw
from tradeflow.review import Verdict, decide, take_decisions
from tradeflow.settings import Mode
from tradeflow.storage.archive import Archive
from tradeflow.storage.warehouse import Warehouse
from tradeflow_tests.fake_source import FakeServer, FakeSource, good_answers, rows
from tradeflow_tests.ingest_bench import Bench
from tradeflow_tests.span_source import Spans, SpanServer

W5, W6, W7 = Week(2026, 5), Week(2026, 6), Week(2026, 7)
SOURCE = FakeSource()


class Lived:
    """A world with a history: a running week fetched twice, a failure carried, a back-fill."""

    def __init__(self, settings, home) -> None:
        settings = settings.model_copy(update={"sources": Mode.SANDBOX, "home": home})
        self.archive = Archive(home / "archive")
        self.warehouse = Warehouse(home / "warehouse.duckdb", 20)
        self.server = FakeServer(good_answers())
        self.now = datetime(2026, 2, 4, 4, tzinfo=UTC)
        ingest = Ingest(
            settings, self.archive, self.warehouse, lambda: self.now, lambda as_of: self.server
        )
        ingest.layer_week(SOURCE, W6)
        self.server.answers["partners"] = rows(("CHN", "50"), ("USA", "50"))
        self.server.answers["b"] = httpx.Response(404)
        ingest.layer_week(SOURCE, W6)
        self.now = datetime(2026, 2, 20, tzinfo=UTC)
        self.server.answers["world"] = httpx.Response(500)
        ingest.layer_week(SOURCE, W7)
        self.server.answers = good_answers()
        ingest.layer_week(SOURCE, W5)

    def rebuild(self) -> list[Week]:
        self.seen: list[str] = []
        return rebuild_raw(self.archive, self.warehouse, self.seen.append, {"figures": SOURCE})


@pytest.fixture
def lived(settings, tmp_path) -> Lived:
    return Lived(settings, tmp_path / "world")


def test_a_rebuilt_database_has_equal_table_hashes(lived):
    before = lived.warehouse.table_hashes()
    lived.warehouse.discard()
    assert lived.rebuild() == [W5, W6, W7]
    assert lived.warehouse.table_hashes() == before
    assert lived.seen == ["answers of 2026-W05", "answers of 2026-W06", "answers of 2026-W07"]


def test_held_answers_decisions_and_split_requests_are_rebuilt_too(settings, tmp_path):
    """Promise 5, with what persons decided and what a week knew of it when it was run."""
    bench = Bench(settings, tmp_path / "world")
    bench.server, bench.now = SpanServer(range(6)), datetime(2026, 3, 2, tzinfo=UTC)

    def run(week: Week) -> None:
        bench.ingest(week, Spans())
        take_decisions(bench.archive, bench.warehouse, week)

    def decided(review_id: str, verdict: Verdict) -> None:
        who = {"by": "Lin", "reason": "checked", "at": bench.now}
        decide(bench.archive, bench.warehouse, review_id, verdict, **who)

    def rebuilt() -> dict[str, str]:
        rebuild_raw(bench.archive, bench.warehouse, lambda _line: None, {"numbers": Spans()})
        return bench.warehouse.table_hashes()

    run(W5)
    bench.server.numbers = range(1, 7)
    run(W6)
    (held,) = bench.archive.manifest("numbers", W6).held
    before = bench.warehouse.table_hashes()
    decided(held.id, Verdict.REJECT)
    # A decision takes effect at the next run of the week, not in a rebuild before it.
    assert bench.warehouse.table_hashes() == before == rebuilt()
    run(W6)
    assert bench.query("select week, decision from raw.review_decisions") == [
        ("2026-W06", "reject")
    ]
    bench.server.numbers = range(0, 64, 4)
    run(W7)
    decided(held.id, Verdict.ACCEPT)
    run(W6)
    assert bench.query("select week, decision from raw.review_decisions order by 1") == [
        ("2026-W06", "accept"),
        ("2026-W07", "reject"),
    ]
    before = bench.warehouse.table_hashes()
    assert len(bench.archive.manifest("numbers", W7).entries) == 4
    assert rebuilt() == before


def test_a_rebuild_needs_no_network(lived):
    lived.server.asked = []
    lived.rebuild()
    assert lived.server.asked == []


def test_a_rebuild_leaves_nothing_but_the_database(lived):
    names = {path.name for path in lived.warehouse.path.parent.iterdir()}
    lived.rebuild()
    assert {path.name for path in lived.warehouse.path.parent.iterdir()} <= names


def test_a_damaged_archive_is_named_and_the_old_database_stands(lived):
    before = lived.warehouse.table_hashes()
    path = sorted(lived.archive.root.rglob("*.json"))[0]
    path.write_bytes(path.read_bytes().replace(b"2026", b"2025", 1))
    with pytest.raises(StorageError, match=path.name):
        lived.rebuild()
    assert lived.warehouse.table_hashes() == before
