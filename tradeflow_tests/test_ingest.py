"""A bad answer never replaces a good week; an archived week is never asked for again."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from tradeflow.answers import Credential
from tradeflow.errors import InputError, StorageError
from tradeflow.ingest import LayerWeekFailed
from tradeflow.periods import Week
from tradeflow.settings import Mode
from tradeflow.sources.errors import IncompleteAnswer
from tradeflow_tests.fake_source import HOST, PARTNERS, FakeServer, FakeSource, good_answers, rows
from tradeflow_tests.ingest_bench import AFTER, GOOD_PARTNERS, SOURCE, W6, W7, WEDNESDAY, Bench


@pytest.fixture
def bench(settings, tmp_path) -> Bench:
    return Bench(settings, tmp_path / "world")


def test_a_week_is_asked_archived_and_stored(bench):
    ingested = bench.ingest()
    assert (ingested.answers, ingested.row_count, ingested.replayed) == (5, 5, False)
    assert (ingested.carried_forward, ingested.unanswered) == (0, 0)
    assert sorted(bench.asked()) == ["a", "b", "listing", "partners", "world"]
    assert bench.partners() == GOOD_PARTNERS
    manifest = bench.archive.manifest("figures", W7)
    assert tuple(sorted({e.response_id for e in manifest.entries})) == ingested.response_ids
    assert manifest.as_of == W7.end
    assert bench.query("select count(*) from raw.answers") == [(5,)]
    assert bench.query("select distinct layer, week, carried_forward from raw.snapshot") == [
        ("figures", "2026-W07", False)
    ]


def test_every_row_names_an_archived_answer(bench):
    bench.ingest()
    for response_id, partner in bench.query(f"select response_id, partner from {PARTNERS}"):
        assert partner.encode() in bench.archive.body(response_id)


def test_a_closed_week_is_replayed_without_a_request(bench):
    bench.ingest()
    before, _ = bench.warehouse.table_hashes(), bench.asked()
    again = bench.ingest()
    assert again.replayed
    assert again.row_count == 5
    assert bench.asked() == []
    assert bench.warehouse.table_hashes() == before
    assert bench.archive.manifest_numbers("figures", W7) == [1]


def test_a_running_week_is_fetched_again_and_once_more_after_it_closed(bench):
    bench.now = WEDNESDAY
    bench.ingest()
    bench.asked()
    bench.server.answers["partners"] = rows(("CHN", "70"), ("USA", "30"))
    assert not bench.ingest().replayed
    assert {"partners", "world", "listing"} <= set(bench.asked())
    assert ("CHN", "70") in bench.partners()
    bench.now = AFTER
    assert not bench.ingest().replayed
    assert bench.ingest().replayed


def test_pages_are_not_fetched_again_until_their_listing_says_something_new(bench):
    bench.ingest(W6)
    bench.asked()
    bench.server.answers["listing"] = rows(
        (f"{HOST}/a", "公告一"), (f"{HOST}/b", "公告二（更正）"), (f"{HOST}/c", "公告三")
    )
    bench.server.answers["c"] = httpx.Response(200, text="text of c")
    assert bench.ingest(W7).answers == 6
    assert sorted(bench.asked()) == ["b", "c", "listing", "partners", "world"]


def test_an_earlier_week_does_not_use_a_later_weeks_pages(bench):
    bench.ingest(W7)
    bench.asked()
    bench.ingest(W6)
    assert {"a", "b"} <= set(bench.asked())


BAD = {
    "truncated": httpx.Response(200, text='{"rows": [["CHN", "60"'),
    "empty": httpx.Response(200, text=""),
    "HTML with 200": httpx.Response(200, text="<html>busy</html>"),
    "no content": httpx.Response(204),
    "shape changed": httpx.Response(200, json={"data": []}),
    "a list instead": httpx.Response(200, json=[1, 2]),
    "duplicated rows": rows(("CHN", "60"), ("CHN", "60")),
    "wrong sum": rows(("CHN", "60")),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_answer_is_quarantined_and_the_last_good_one_carried_forward(bench, bad):
    bench.ingest(W6)
    bench.server.answers["partners"] = bad
    ingested = bench.ingest(W7)
    assert "partners" in ingested.carried_labels
    assert bench.partners(W7) == GOOD_PARTNERS
    quarantined = bench.query("select label, reason from ops.quarantine where week = '2026-W07'")
    assert "partners" in {label for label, _ in quarantined}
    assert all(reason for _, reason in quarantined)
    refused = {entry.response_id for entry, _ in bench.archive.quarantined("figures")}
    carried = bench.query("select response_id from raw.snapshot where carried_forward")
    assert carried
    assert refused.isdisjoint(response_id for (response_id,) in carried)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_answer_never_replaces_a_good_partition(bench, bad):
    """Promise 3: of the week nothing changes but the mark that an answer is carried forward."""
    bench.now = WEDNESDAY
    bench.ingest()
    snapshot = "select request_key, response_id from raw.snapshot order by all"
    before, tables = bench.query(snapshot), bench.warehouse.table_hashes()
    bench.server.answers["partners"] = bad
    bench.ingest()
    assert bench.query(snapshot) == before
    after = bench.warehouse.table_hashes()
    assert {name: after[name] for name in after if name != "raw.snapshot"} == {
        name: tables[name] for name in tables if name != "raw.snapshot"
    }
    assert bench.partners() == GOOD_PARTNERS


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
def test_a_refused_request_carries_the_last_good_answer_forward(bench, status):
    bench.ingest(W6)
    bench.server.answers["world"] = httpx.Response(status, text="no")
    ingested = bench.ingest(W7)
    assert "world" in ingested.carried_labels
    assert bench.partners(W7) == GOOD_PARTNERS
    carried = bench.query("select label from raw.snapshot where carried_forward order by 1")
    assert tuple(label for (label,) in carried) == ingested.carried_labels


def test_with_nothing_to_carry_forward_the_week_fails_and_stores_nothing(bench):
    bench.server.answers["partners"] = httpx.Response(404, text="no")
    bench.server.answers["listing"] = httpx.Response(200, text="<html>")
    with pytest.raises(LayerWeekFailed) as failed:
        bench.ingest()
    message = str(failed.value)
    assert "figures 2026-W07: 2 of 3 requests failed" in message
    assert "partners: status" in message
    assert "\n" not in message
    assert "world" in bench.asked()
    assert bench.archive.manifest("figures", W7) is None
    assert bench.query("select * from raw.snapshot") == []
    assert bench.query("select label from ops.quarantine order by 1") == [
        ("listing",),
        ("partners",),
    ]


def test_a_failing_week_leaves_the_weeks_before_it_untouched(bench):
    bench.ingest(W7)
    before = bench.warehouse.table_hashes()
    bench.server.answers["partners"] = httpx.Response(500)
    with pytest.raises(LayerWeekFailed):
        bench.ingest(W6)
    assert bench.warehouse.table_hashes() == before


def test_new_answers_that_do_not_add_up_are_all_carried_forward(bench):
    bench.ingest(W6)
    bench.server.answers["partners"] = rows(("CHN", "61"), ("USA", "40"))
    bench.server.answers["world"] = rows(("W00", "102"))
    ingested = bench.ingest(W7)
    assert ingested.carried_labels == ("partners", "world")
    assert bench.partners(W7) == GOOD_PARTNERS


def test_answers_that_never_added_up_fail_the_week(bench):
    bench.server.answers["world"] = rows(("W00", "101"))
    with pytest.raises(LayerWeekFailed, match="sum: expected 101, got 100"):
        bench.ingest()
    assert len(bench.archive.quarantined("figures")) == 2


def test_answers_equal_to_the_last_good_ones_are_held_to_a_stricter_audit_too(bench):
    """What went wrong is then none of them alone: all are set aside, and stand in, marked."""

    class Stricter(FakeSource):
        def audit(self, group, parsed):
            raise IncompleteAnswer(next(iter(parsed)), "sum", "another rule", "the old one")

    bench.ingest(W6)
    ingested = bench.ingest(W7, Stricter())
    assert ingested.carried_labels == ("partners", "world")
    assert len(bench.archive.quarantined("figures")) == 2


def test_only_what_was_carried_forward_is_asked_again(bench):
    bench.ingest(W6)
    bench.server.answers["world"] = httpx.Response(503)
    bench.ingest(W7)
    bench.asked()
    bench.server.answers["world"] = good_answers()["world"]
    ingested = bench.ingest(W7)
    assert bench.asked() == ["world"]
    assert (ingested.carried_forward, ingested.replayed) == (0, False)
    assert bench.archive.manifest_numbers("figures", W7) == [1, 2]
    assert bench.ingest(W7).replayed


def test_a_page_that_cannot_be_had_is_a_reject_and_not_a_failure(bench):
    bench.server.answers["b"] = httpx.Response(404)
    ingested = bench.ingest()
    assert (ingested.answers, ingested.unanswered) == (4, 1)
    rejects = bench.query("select stage, relation, value, week from ops.rejects")
    assert rejects == [("fetch", "figures", f"GET {HOST}/b", "2026-W07")]
    assert bench.ingest().replayed


def test_a_page_that_shows_an_error_is_quarantined(bench):
    bench.server.answers["b"] = httpx.Response(200, text="error: busy")
    assert bench.ingest().unanswered == 1
    assert bench.query("select label from ops.quarantine") == [(f"page {HOST}/b",)]


def test_the_same_answers_under_another_clock_give_equal_tables(settings, tmp_path):
    hashes = []
    for name, now in (("a", AFTER), ("b", datetime(2026, 11, 20, tzinfo=UTC))):
        one = Bench(settings, tmp_path / name)
        one.now = now
        one.ingest(W6)
        one.ingest(W7)
        hashes.append((one.warehouse.table_hashes(), one.archive.data_version(W7)))
    assert hashes[0] == hashes[1]


def test_a_week_made_alone_equals_the_same_week_in_a_back_fill(settings, tmp_path):
    def snapshot_of(name: str, *weeks: Week) -> tuple:
        one = Bench(settings, tmp_path / name)
        for week in weeks:
            one.ingest(week)
        select = "select * from raw.snapshot where week = '2026-W07' order by all"
        return one.query(select), one.archive.data_version(W7)

    alone = snapshot_of("alone", W7)
    assert snapshot_of("filled", W6, W7) == alone
    assert snapshot_of("backwards", W7, W6) == alone


def test_a_new_parser_version_reads_the_archived_answers_anew(bench):
    bench.ingest()
    again = bench.ingest(source=replace(SOURCE, parser_version="2"))
    assert again.replayed
    assert bench.partners() == GOOD_PARTNERS
    assert bench.query("select distinct parser_version from ops.parsed") == [("2",)]


def test_replay_reads_the_archive_alone(bench):
    bench.ingest()
    bench.asked()
    bench.warehouse.discard()
    assert bench.ingest(mode=Mode.REPLAY).replayed
    assert bench.partners() == GOOD_PARTNERS
    with pytest.raises(StorageError, match="has no answers of this week"):
        bench.ingest(W6, mode=Mode.REPLAY)
    assert bench.asked() == []


def test_a_crash_after_the_manifest_is_mended_by_the_next_run(bench, monkeypatch):
    def crash(*_args, **_kwargs):
        raise StorageError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr("tradeflow.ingest.materialise", crash)
        with pytest.raises(StorageError):
            bench.ingest()
    assert bench.ingest().replayed
    assert bench.partners() == GOOD_PARTNERS


def test_a_damaged_archive_is_named_and_never_becomes_rows(bench):
    bench.ingest()
    bench.warehouse.discard()
    path = next(bench.archive.root.rglob("*.gz"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(StorageError, match=path.name):
        bench.ingest()
    assert bench.query("select * from raw.snapshot") == []


def test_a_week_that_has_not_begun_is_refused(bench):
    with pytest.raises(InputError, match="begins on"):
        bench.ingest(Week(2026, 30))


def test_a_source_over_real_http_is_stored_like_any_other(settings, tmp_path):
    bench = Bench(settings, tmp_path / "world")
    with HTTPServer() as server:
        for path, answer in good_answers().items():
            body = answer.text.replace(HOST, server.url_for("").rstrip("/"))
            server.expect_request(f"/{path}").respond_with_data(body)
        base = server.url_for("").rstrip("/")

        class OverHttp(FakeSource):
            def requests(self, as_of, settings):
                return [
                    replace(request, url=request.url.replace(HOST, base))
                    for request in super().requests(as_of, settings)
                ]

        bench.server = httpx.HTTPTransport()
        assert bench.ingest(source=OverHttp()).answers == 5
    assert bench.partners() == GOOD_PARTNERS


def test_a_key_is_in_no_file_and_no_message(settings, tmp_path):
    """Even when a source repeats the key it was sent."""
    canary = "canary-4f1d2c"
    home = tmp_path / "world"
    keyed = settings.model_copy(update={"comtrade_api_key": SecretStr(canary)})
    bench = Bench(keyed, home)

    class Repeating(FakeServer):
        def handle_request(self, request):
            response = super().handle_request(request)
            assert request.headers["Key"] == canary
            response.headers["etag"] = canary
            if request.url.path == "/a":
                return httpx.Response(500, text=f"error: key {canary}")
            if request.url.path == "/b":
                return httpx.Response(200, text=f"your key is {canary}")
            return response

    class Keyed(FakeSource):
        def requests(self, as_of, settings):
            return [self.with_key(request) for request in super().requests(as_of, settings)]

        def follow(self, answer, parsed):
            return [self.with_key(request) for request in super().follow(answer, parsed)]

        def with_key(self, request):
            return replace(request, credential=Credential("header", "Key", "comtrade_api_key"))

    bench.server = Repeating(good_answers())
    assert bench.ingest(source=Keyed()).unanswered == 1
    bench.warehouse.publish()
    for path in home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            stored = gzip.decompress(data) if path.suffix == ".gz" else data
            assert canary.encode() not in stored, path


def test_an_answer_that_stands_and_is_stored_is_not_read_again(bench, monkeypatch):
    bench.ingest(W6)
    read, parse = [], FakeSource.parse
    monkeypatch.setattr(
        FakeSource, "parse", lambda self, one: read.append(one.request) or parse(self, one)
    )
    assert bench.ingest(W7).row_count
    assert [request.context["kind"] for request in read] == ["partners", "world", "listing"]
