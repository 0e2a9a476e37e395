"""Splitting, standing answers, waves of requests, plausibility: what becomes of each request."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tradeflow.answers import Request
from tradeflow.collect import Asking, Collected, Collector, Earlier, Known, Refusal
from tradeflow.errors import StorageError
from tradeflow.ingest import LayerWeekFailed
from tradeflow.parsed_answers import ParsedAnswers
from tradeflow.plausible import require_plausible
from tradeflow.review import Verdict, decide
from tradeflow.settings import Mode
from tradeflow.sources.base import Parsed, Total
from tradeflow.sources.errors import Implausible, TransientError
from tradeflow.storage.archive import Archive, Entry
from tradeflow_tests.ingest_bench import W6, W7, Bench
from tradeflow_tests.span_source import TABLE, Spans, SpanServer, span

W8 = W7.next()
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Direct:
    """A collector over an archive and plain numbers, without network or database."""

    def __init__(self, root: Path, numbers: list[int], cap: int) -> None:
        self.archive = Archive(root)
        self.numbers = sorted(numbers)
        self.cap = cap
        self.notes: list[str] = []
        self.stopped = 0

    def fetch(self, request: Request) -> Entry | Refusal:
        first, last = int(request.context["first"]), int(request.context["last"])
        found = [number for number in self.numbers if first <= number < last][: self.cap]
        return self.archive.keep(
            request,
            json.dumps(found).encode(),
            status=200,
            headers={},
            mode="sandbox",
            attempts=1,
            fetched_at=NOW,
        )

    def collect(
        self,
        requests: list[Request],
        source: Spans,
        workers: int = 1,
        known: Known = Known(),  # noqa: B008  (frozen)
    ) -> Collected:
        def stop() -> None:
            self.stopped += 1

        collector = Collector(
            source,
            self.archive,
            ParsedAnswers(self.archive),
            Asking(self.fetch, workers, stop),
            known,
            self.notes.append,
        )
        return collector.collect(requests)


def numbers_of(collected: Collected) -> list[int]:
    frames = [one.read().tables["numbers__found"] for one in collected.outcomes.values()]
    return [int(number) for frame in frames for number in frame["number"]]


@pytest.fixture
def bench(settings, tmp_path) -> Bench:
    bench = Bench(settings, tmp_path / "world")
    bench.server = SpanServer(range(0, 64, 4))
    bench.now = NOW
    return bench


def stored(bench: Bench, week=W7) -> list[int]:
    found = bench.query(
        f"select number::int from {TABLE} where response_id in"
        " (select response_id from raw.snapshot where week = ?) order by 1",
        week.key,
    )
    return [number for (number,) in found]


def labels(bench: Bench, week=W7) -> list[str]:
    manifest = bench.archive.manifest("numbers", week)
    assert manifest is not None
    return [entry.request.label for entry in manifest.entries]


@given(numbers=st.sets(st.integers(0, 63)), cap=st.integers(2, 70))
@hypothesis_settings(max_examples=60, deadline=None)
def test_the_union_of_split_requests_is_the_whole(numbers, cap):
    with tempfile.TemporaryDirectory() as folder:
        direct = Direct(Path(folder), list(numbers), cap)
        collected = direct.collect([span(0, 64)], Spans(cap=cap))
        assert sorted(numbers_of(collected)) == sorted(numbers)
        assert collected.failed == collected.refused == []


def test_a_capped_answer_is_kept_and_its_parts_stand_in_the_week(bench):
    ingested = bench.ingest(source=Spans())
    assert stored(bench) == list(range(0, 64, 4))
    assert labels(bench) == ["0000..0016", "0016..0032", "0032..0048", "0048..0064"]
    assert ingested.answers == 4
    whole = json.dumps(list(range(0, 32, 4)), separators=(",", ":")).encode()
    bodies = [bench.archive.body(path.stem) for path in bench.archive.root.rglob("*.gz")]
    assert whole in bodies
    assert bench.archive.quarantined("numbers") == []


def test_a_split_week_is_replayed_and_only_a_carried_part_is_asked_again(bench):
    bench.ingest(W6, Spans())
    bench.server.failing["0016..0032"] = 503
    bench.ingest(W7, Spans())
    bench.server.failing.clear()
    bench.asked()
    assert bench.ingest(W7, Spans()).carried_forward == 0
    assert bench.asked() == ["0016..0032"]
    assert bench.ingest(W7, Spans()).replayed
    assert stored(bench) == list(range(0, 64, 4))


def test_a_request_that_fails_is_carried_by_the_parts_it_was_split_into(bench):
    bench.ingest(W6, Spans())
    bench.server.failing["0000..0064"] = 500
    bench.asked()
    ingested = bench.ingest(W7, Spans())
    assert set(bench.asked()) == {"0000..0064"}
    assert ingested.carried_forward == 4
    assert stored(bench) == list(range(0, 64, 4))


def test_where_a_part_fails_the_earlier_whole_stands_in_for_all_parts(bench):
    bench.server.numbers = range(6)
    bench.ingest(W6, Spans())
    bench.server.numbers = range(0, 64, 4)
    bench.server.failing["0048..0064"] = 500
    ingested = bench.ingest(W7, Spans())
    assert ingested.carried_labels == ("0000..0064",)
    assert stored(bench) == list(range(6))


def test_a_part_without_any_answer_fails_the_week(bench):
    bench.server.failing["0048..0064"] = 500
    with pytest.raises(LayerWeekFailed, match=r"0048\.\.0064: status"):
        bench.ingest(W7, Spans())
    assert bench.query("select * from raw.snapshot") == []


def test_a_capped_answer_that_cannot_be_split_is_refused(bench):
    bench.server.numbers, bench.server.cap = [0], 1
    with pytest.raises(LayerWeekFailed, match="has to be split into smaller ones"):
        bench.ingest(W7, Spans(last=1, cap=1))
    assert bench.query("select label from ops.quarantine") == [("0000..0001",)]


def test_splitting_that_leads_nowhere_ends(bench):
    bench.server.numbers = [0, 0, 0, 0, 0, 0, 0, 0]
    with pytest.raises(LayerWeekFailed):
        bench.ingest(W7, Spans(shrinks=False))
    assert len(bench.asked()) < 20


def test_an_answer_stands_until_the_source_announces_another_release(bench):
    bench.server.numbers = range(6)
    bench.ingest(W6, Spans(stamp="2026-01-28"))
    bench.asked()
    bench.ingest(W7, Spans(stamp="2026-01-28"))
    assert bench.asked() == []
    bench.ingest(W8, Spans(stamp="2026-02-25"))
    assert bench.asked() == ["0000..0064"]
    assert labels(bench, W7) == ["0000..0064"]


def test_an_answer_carried_over_a_failure_does_not_stand(tmp_path):
    direct = Direct(tmp_path, [1], 8)
    request = span(0, 8, stamp="2026-01-28")
    good = direct.fetch(request)
    for earlier, asked in ((good, []), (good.carried(), ["numbers: asked 1 of 1"])):
        known = Known(last_good=lambda one=earlier: {request.key: Earlier(one, 0)})
        direct.notes.clear()
        assert numbers_of(direct.collect([request], Spans(), known=known)) == [1]
        assert direct.notes == asked


class Slow(Direct):
    """Answers after a while, the later requests sooner; counts how many are under way."""

    most = 0
    now = 0
    lock = threading.Lock()

    def fetch(self, request: Request) -> Entry | Refusal:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02 if int(request.context["first"]) % 16 else 0.06)
        entry = super().fetch(request)
        with self.lock:
            self.now -= 1
        return entry


def test_requests_of_a_wave_go_out_together_and_are_handled_in_order(tmp_path):
    wave = [span(first, first + 8) for first in range(0, 64, 8)]
    slow = Slow(tmp_path / "slow", list(range(0, 64, 2)), 8)
    together = slow.collect(wave, Spans(), workers=4)
    plain = Direct(tmp_path / "plain", list(range(0, 64, 2)), 8)
    one_by_one = plain.collect(wave, Spans())
    assert slow.most == 4
    assert list(together.outcomes) == list(one_by_one.outcomes)
    assert numbers_of(together) == numbers_of(one_by_one)
    assert slow.notes == [f"numbers: asked {n} of 8" for n in range(1, 9)]
    assert slow.notes == plain.notes
    assert {path.name for path in (tmp_path / "slow").rglob("*")} == {
        path.name for path in (tmp_path / "plain").rglob("*")
    }
    assert slow.stopped == 0


def test_when_a_week_is_given_up_waiting_requests_are_stopped_and_the_rest_not_sent(tmp_path):
    class Full(Direct):
        sent = 0

        def fetch(self, request: Request) -> Entry | Refusal:
            self.sent += 1
            if request.context["first"] == "0":
                raise StorageError("no space left")
            time.sleep(0.05)
            return super().fetch(request)

    full = Full(tmp_path, [], 8)
    with pytest.raises(StorageError, match="no space left"):
        full.collect([span(first, first + 1) for first in range(40)], Spans(), workers=2)
    assert full.stopped == 1
    assert full.sent < 10


def test_equal_bytes_are_parsed_once_in_a_back_fill(bench):
    source = Spans()
    bench.server.numbers = range(6)
    tool = bench.tool(bench.settings)
    for week in (W6, W7, W8):
        tool.layer_week(source, week)
    assert source.parses == ["0000..0064"]
    bench.server.numbers = range(7)
    tool.layer_week(replace(source, stamp="new"), W8.next())
    assert source.parses == ["0000..0064"] * 2


def test_equal_bytes_about_something_else_are_parsed_anew(bench):
    source = Spans()
    entry = Direct(bench.archive.root, [1], 8).fetch(span(0, 2))
    answers = ParsedAnswers(bench.archive)
    for one in (entry, entry, replace(entry, request=span(0, 2, stamp="x"))):
        answers.read(source, one)
    answers.read(replace(source, parser_version="2"), entry)
    assert len(source.parses) == 3


def test_parsed_answers_in_memory_are_bounded(bench):
    class Wide(Spans):
        def parse(self, answer):
            self.parses.append(answer.request.label)
            return Parsed({"numbers__found": pl.DataFrame({"number": ["1"] * 200_000})})

    wide, answers, direct = Wide(), ParsedAnswers(bench.archive), Direct(bench.archive.root, [], 8)
    first, second = direct.fetch(span(0, 1)), direct.fetch(span(1, 2))
    for one in (first, first, second, second, first):
        answers.read(wide, one)
    assert wide.parses == ["0000..0001", "0001..0002", "0000..0001"]


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_what_came_with_a_refusal_is_kept_and_set_aside(bench, status):
    bench.server.numbers = range(6)
    bench.ingest(W6, Spans())
    bench.server.failing["0000..0064"] = status
    bench.ingest(W7, Spans())
    ((entry, reason),) = bench.archive.quarantined("numbers")
    assert bench.archive.body(entry.response_id) == b"no"
    assert bench.archive.receipt(entry).status == status
    assert f"got {status}" in reason
    assert bench.query("select label, response_id from ops.quarantine") == [
        ("0000..0064", entry.response_id)
    ]
    assert entry.response_id not in {
        one.response_id for one in bench.archive.manifest("numbers", W7).entries
    }


def test_a_refusal_without_an_answer_sets_nothing_aside(tmp_path):
    class Down(Direct):
        def fetch(self, request: Request) -> Entry | Refusal:
            return Refusal(TransientError(request, "connection", "an answer", "reset"), None)

    collected = Down(tmp_path, [], 8).collect([span(0, 8)], Spans())
    assert collected.refused == []
    assert [str(error) for _, error in collected.failed] == [
        "numbers: 0000..0008: connection: expected an answer, got reset; asking again later helps"
    ]


def totals(value: str, rows: int) -> dict[str, Total]:
    return {"USA X 2024": Total(Decimal(value), rows)}


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (totals("100", 50), totals("105", 50), None),
        (totals("100", 50), totals("95", 40), None),
        (totals("100", 50), totals("105.01", 50), "total of USA X 2024: expected 100 within 5 %"),
        (totals("100", 50), totals("94.9", 50), "total of USA X 2024"),
        (totals("100", 50), totals("100", 39), "rows of USA X 2024: expected 50 within 20 %"),
        (totals("100", 50), totals("100", 61), "rows of USA X 2024"),
        (totals("0", 0), totals("0", 0), None),
        (totals("0", 1), totals("1", 1), "total of USA X 2024"),
        (totals("100", 50), {}, None),
        ({}, totals("100", 50), None),
    ],
)
def test_a_closed_period_may_move_only_so_far(before, now, said):
    """CHK-REVISION."""
    if said is None:
        require_plausible(span(0, 1), before, now)
        return
    with pytest.raises(Implausible, match=said):
        require_plausible(span(0, 1), before, now)


@pytest.fixture
def moved(bench) -> Iterator[Bench]:
    """W6 rests on a good answer; what W7 was answered is implausible and held."""
    bench.server.numbers = range(6)
    bench.ingest(W6, Spans())
    bench.server.numbers = range(1, 7)
    bench.ingest(W7, Spans())
    bench.asked()
    yield bench


def held_id(bench: Bench) -> str:
    (held,) = bench.archive.manifest("numbers", W7).held
    return held.id


def decided(bench: Bench, verdict: Verdict) -> None:
    who = {"by": "Lin", "reason": "checked with the source", "at": NOW}
    decide(bench.archive, bench.warehouse, held_id(bench), verdict, **who)


def test_an_implausible_answer_is_held_and_the_last_good_one_stands_marked(moved):
    assert stored(moved) == list(range(6))
    manifest = moved.archive.manifest("numbers", W7)
    (held,), (entry,) = manifest.held, manifest.entries
    assert entry.carried_forward
    assert json.loads(moved.archive.body(held.entry.response_id)) == list(range(1, 7))
    assert held.reason == (
        "numbers: 0000..0064: total of all: expected 15 within 5 %, got 21; the answer is held"
        " and the last good one stands until a person accepts it"
    )
    assert moved.query("select layer, week, label, held_id, reason from raw.held_answers") == [
        ("numbers", "2026-W07", "0000..0064", held.id, held.reason)
    ]
    assert moved.query("select count(*) from ops.quarantine") == [(1,)]


def test_an_undecided_answer_stays_held_when_it_comes_again(moved):
    before = moved.warehouse.table_hashes()
    assert moved.ingest(W7, Spans()).held[0].id == held_id(moved)
    assert moved.asked() == ["0000..0064"]
    assert moved.warehouse.table_hashes() == before


def test_an_accepted_answer_is_used_at_the_next_run_without_asking(moved):
    decided(moved, Verdict.ACCEPT)
    ingested = moved.ingest(W7, Spans())
    assert moved.asked() == []
    assert (ingested.carried_forward, ingested.held) == (0, ())
    assert stored(moved) == list(range(1, 7))
    assert moved.query("select * from raw.held_answers") == []
    assert moved.ingest(W7, Spans()).replayed


def test_an_accepted_answer_is_plausible_in_later_weeks(moved):
    decided(moved, Verdict.ACCEPT)
    assert moved.ingest(W8, Spans()).held == ()
    assert stored(moved, W8) == list(range(1, 7))


def test_a_rejected_answer_stays_out_for_good_and_the_week_is_settled(moved):
    decided(moved, Verdict.REJECT)
    assert moved.ingest(W7, Spans()).replayed
    assert moved.asked() == []
    assert stored(moved) == list(range(6))
    (again,) = moved.ingest(W8, Spans()).held
    assert again.id == held_id(moved)
    assert stored(moved, W8) == list(range(6))


def test_a_rejected_answer_is_still_named_when_something_else_is_asked_again(bench):
    class Two(Spans):
        def requests(self, as_of, settings):
            return [span(0, 32), span(32, 64)]

    bench.server.numbers = [*range(6), 40]
    bench.ingest(W6, Two())
    bench.server.numbers = [*range(1, 7), 40]
    bench.server.failing["0032..0064"] = 503
    bench.ingest(W7, Two())
    decided(bench, Verdict.REJECT)
    bench.server.failing.clear()
    bench.asked()
    ingested = bench.ingest(W7, Two())
    assert bench.asked() == ["0032..0064"]
    assert [one.id for one in ingested.held] == [held_id(bench)]
    assert ingested.carried_labels == ("0000..0032",)


def test_replay_makes_no_request_whatever_was_held_or_decided(moved):
    decided(moved, Verdict.ACCEPT)
    assert moved.ingest(W7, Spans(), mode=Mode.REPLAY).replayed
    assert moved.asked() == []
    assert stored(moved) == list(range(6))
