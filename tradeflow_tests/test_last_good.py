"""The newest answer to each request, read manifest by manifest once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tradeflow.answers import Request
from tradeflow.last_good import LastGood
from tradeflow.periods import Week
from tradeflow.storage.archive import Archive, Entry

WEEKS = [Week(2026, number) for number in (5, 6, 7)]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def _answer(archive: Archive, label: str, body: str) -> Entry:
    request = Request(source="shop", label=label, url=f"https://shop.example/{label}")
    now = datetime(2026, 2, 1, tzinfo=UTC)
    return archive.keep(
        request, body.encode(), status=200, headers={}, mode="live", attempts=1, fetched_at=now
    )


def _week(archive: Archive, week: Week, **answers: str) -> None:
    entries = [_answer(archive, label, body) for label, body in answers.items()]
    archive.append_manifest("shop", week, week.end, entries)


def _bodies(archive: Archive, good: LastGood, week: Week) -> dict[str, tuple[bytes, int]]:
    return {
        each.entry.request.label: (archive.body(each.entry.response_id), each.weeks_back)
        for each in good.until("shop", week).values()
    }


def test_the_newest_counts_and_says_how_old_it_is(archive: Archive) -> None:
    good = LastGood(archive)
    assert good.until("shop", WEEKS[0]) == {}
    _week(archive, WEEKS[0], pens="1", ink="2")
    assert _bodies(archive, good, WEEKS[0]) == {"pens": (b"1", 0), "ink": (b"2", 0)}
    _week(archive, WEEKS[1], pens="3")
    assert _bodies(archive, good, WEEKS[1]) == {"pens": (b"3", 0), "ink": (b"2", 1)}
    assert list(_bodies(archive, good, WEEKS[1])) == ["pens", "ink"]


def test_an_earlier_week_knows_nothing_of_a_later_one(archive: Archive) -> None:
    good = LastGood(archive)
    _week(archive, WEEKS[0], pens="1")
    _week(archive, WEEKS[2], pens="3", ink="4")
    assert _bodies(archive, good, WEEKS[2])["pens"] == (b"3", 0)
    assert _bodies(archive, good, WEEKS[1]) == {"pens": (b"1", 0)}


def test_a_newer_manifest_of_a_week_that_was_read_takes_its_place(archive: Archive) -> None:
    good = LastGood(archive)
    _week(archive, WEEKS[0], pens="1", ink="2")
    _week(archive, WEEKS[1], pens="3")
    good.until("shop", WEEKS[1])
    _week(archive, WEEKS[0], ink="9")
    assert _bodies(archive, good, WEEKS[1]) == {"pens": (b"3", 0), "ink": (b"9", 1)}


def test_a_manifest_is_read_once_however_many_weeks_follow(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Week] = []
    manifest = Archive.manifest

    def counting(self: Archive, layer: str, week: Week, number: int | None = None):
        read.append(week)
        return manifest(self, layer, week, number)

    monkeypatch.setattr(Archive, "manifest", counting)
    good = LastGood(archive)
    for week in WEEKS:
        _week(archive, week, pens=week.key)
        good.until("shop", week)
    assert read == WEEKS
