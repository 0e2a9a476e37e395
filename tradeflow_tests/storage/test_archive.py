"""The archive keeps every answer once, says what each week consists of, and notices damage."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeflow.answers import Credential, Request
from tradeflow.errors import StorageError
from tradeflow.periods import Week
from tradeflow.storage.archive import Archive, Entry, Unanswered

WEEK = Week(2026, 7)
SUNDAY = date(2026, 2, 15)
NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)

ASKED = Request("census", "imports of 2025-11", "https://api.example/hs", params=(("m", "11"),))
OTHER = Request("census", "exports of 2025-11", "https://api.example/hs", params=(("m", "x"),))


def keep(archive: Archive, request: Request, body: bytes, **changes) -> Entry:
    stated = {
        "status": 200,
        "headers": {"content-type": "application/json"},
        "mode": "live",
        "attempts": 1,
        "fetched_at": NOON,
    }
    return archive.keep(request, body, **{**stated, **changes})


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def flip(path: Path, position: int, mask: int = 0xFF) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= mask
    path.write_bytes(data)


@given(st.binary(max_size=300))
def test_an_answer_is_read_back_as_it_came(tmp_path_factory, body):
    archive = Archive(tmp_path_factory.mktemp("archive"))
    answer = archive.answer(keep(archive, ASKED, body))
    assert answer.body == body
    assert answer.request == ASKED
    assert (answer.receipt.status, answer.receipt.byte_count) == (200, len(body))
    assert answer.receipt.fetched_at == NOON


def test_asking_again_and_hearing_the_same_adds_nothing(tmp_path):
    archive = Archive(tmp_path)
    first = keep(archive, ASKED, b"[1]")
    before = files(tmp_path)
    later = keep(archive, ASKED, b"[1]", fetched_at=datetime(2026, 3, 1, tzinfo=UTC), attempts=3)
    assert later == first
    assert files(tmp_path) == before


def test_the_same_bytes_to_two_requests_are_stored_once_with_two_receipts(tmp_path):
    archive = Archive(tmp_path)
    one, two = keep(archive, ASKED, b"[]"), keep(archive, OTHER, b"[]")
    assert one.response_id == two.response_id
    assert len(list(tmp_path.rglob("*.gz"))) == 1
    assert {r.label for r in archive.receipts(one.response_id)} == {ASKED.label, OTHER.label}


def test_an_answer_with_other_headers_keeps_both_receipts_apart(tmp_path):
    archive = Archive(tmp_path)
    plain = keep(archive, ASKED, b"[1]")
    marked = keep(archive, ASKED, b"[1]", headers={"x-tradeflow-reconstructed": '{"all": true}'})
    assert not archive.answer(plain).marks.everything
    assert archive.answer(marked).marks.everything


def test_every_flipped_byte_of_a_body_is_detected_and_the_file_named(tmp_path):
    archive = Archive(tmp_path)
    entry = keep(archive, ASKED, b'[["5700", "2025", "11", "12345"]]')
    (path,) = tmp_path.rglob("*.gz")
    intact = path.read_bytes()
    for position in range(len(intact)):
        flip(path, position)
        with pytest.raises(StorageError, match=path.name):
            archive.body(entry.response_id)
        path.write_bytes(intact)
    assert archive.body(entry.response_id)


def test_a_flipped_byte_in_any_file_of_the_archive_is_detected_and_named(tmp_path):
    archive = Archive(tmp_path)
    entry = keep(archive, ASKED, b"[1]")
    archive.append_manifest("census", WEEK, SUNDAY, [entry])
    archive.append_record("reports", WEEK, {"kind": "trade_briefing"})
    archive.quarantine(entry, "two rows of one key")
    assert list(archive.damage()) == []
    for path in files(tmp_path):
        intact = path.read_bytes()
        for position in range(0, len(intact), 7):
            flip(path, position, mask=0x01)
            (named,) = archive.damage()
            assert str(path) in named
        path.write_bytes(intact)


def test_a_missing_file_is_named(tmp_path):
    archive = Archive(tmp_path)
    entry = keep(archive, ASKED, b"[1]")
    (path,) = tmp_path.rglob("*.gz")
    path.unlink()
    with pytest.raises(StorageError, match=rf"{path.name}.* is missing"):
        archive.answer(entry)


def test_a_manifest_gives_back_every_request_whole(tmp_path):
    archive = Archive(tmp_path)
    full = Request(
        source="mofcom",
        label="公告2025年第61号",
        url="http://host.example/a",
        method="POST",
        params=(("b", "2"), ("a", "1")),
        form=(("pageNumber", "1"),),
        headers=(("Referer", "http://host.example"),),
        credential=Credential("header", "Key", "comtrade_api_key"),
        group="listing",
        about=(("listed_title", "公告"), ("listed_date", "2025-10-09")),
    )
    entry = keep(archive, full, "<p>公告</p>".encode()).carried()
    missing = Unanswered(OTHER, "404", retry_helps=False)
    written = archive.append_manifest("mofcom", WEEK, SUNDAY, [entry], [missing])
    read = archive.manifest("mofcom", WEEK)
    assert read == written
    assert read.entries == (entry,)
    assert read.unanswered == (missing,)
    assert read.carried_forward == (entry,)


def test_manifests_of_equal_answers_have_equal_bytes_whenever_and_in_whatever_order(tmp_path):
    written = []
    for name, hour, reverse in (("a", 1, False), ("b", 9, True)):
        archive = Archive(tmp_path / name)
        moment = datetime(2026, 2, 16, hour, tzinfo=UTC)
        entries = [keep(archive, r, b"[1]", fetched_at=moment) for r in (ASKED, OTHER)]
        archive.append_manifest("census", WEEK, SUNDAY, entries[::-1] if reverse else entries)
        (path,) = (tmp_path / name / "manifests").rglob("*.json")
        written.append((path.read_bytes(), archive.data_version(WEEK)))
    assert written[0] == written[1]


def test_the_newest_manifest_counts_and_older_ones_stay(tmp_path):
    archive = Archive(tmp_path)
    first = [keep(archive, ASKED, b"[1]")]
    second = [keep(archive, ASKED, b"[2]")]
    assert archive.append_manifest("census", WEEK, SUNDAY, first).number == 1
    assert archive.append_manifest("census", WEEK, SUNDAY, first).number == 1
    version = archive.data_version(WEEK)
    assert archive.append_manifest("census", WEEK, SUNDAY, second).number == 2
    assert archive.data_version(WEEK) != version
    assert archive.manifest("census", WEEK).entries == tuple(second)
    assert archive.manifest("census", WEEK, 1).entries == tuple(first)
    assert archive.manifest_numbers("census", WEEK) == [1, 2]
    assert archive.weeks("census") == [WEEK]
    assert archive.manifest("census", WEEK.next()) is None


def test_a_week_is_settled_only_when_whole_and_nothing_is_worth_asking_again(tmp_path):
    archive = Archive(tmp_path)
    entry = keep(archive, ASKED, b"[1]")

    def settled(as_of: date, entries: list[Entry], *missing: Unanswered) -> bool:
        return archive.append_manifest("census", WEEK, as_of, entries, missing).is_settled()

    assert settled(SUNDAY, [entry])
    assert settled(SUNDAY, [entry], Unanswered(OTHER, "404", retry_helps=False))
    assert not settled(SUNDAY, [entry], Unanswered(OTHER, "time-out", retry_helps=True))
    assert not settled(SUNDAY, [entry.carried()])
    assert not settled(date(2026, 2, 11), [entry])


def test_manifests_appended_at_once_never_overwrite_each_other(tmp_path):
    archive = Archive(tmp_path)
    entries = [keep(archive, ASKED, b"[%d]" % n) for n in range(8)]

    def append(entry: Entry) -> None:
        archive.append_manifest("census", WEEK, SUNDAY, [entry])

    threads = [threading.Thread(target=append, args=[entry]) for entry in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = archive.manifest_numbers("census", WEEK)
    stored = {archive.manifest("census", WEEK, n).entries[0].response_id for n in numbers}
    assert stored == {entry.response_id for entry in entries}


def test_what_a_killed_process_left_half_written_is_swept_and_a_living_ones_is_not(tmp_path):
    archive = Archive(tmp_path)
    keep(archive, ASKED, b"whole")
    folder = next((tmp_path / "answers").iterdir())
    killed, alive = folder / ".a1.part", folder / ".b2.part"
    for part, age_s in ((killed, 7200), (alive, 60)):
        part.write_bytes(b"half")
        os.utime(part, (time.time() - age_s,) * 2)
    assert archive.sweep() == 1
    assert alive.exists() and not killed.exists()
    assert list(archive.damage()) == []


def test_records_of_what_was_published_are_kept_by_week(tmp_path):
    archive = Archive(tmp_path)
    archive.append_record("reports", WEEK, {"kind": "trade_briefing"})
    archive.append_record("reports", WEEK, {"kind": "trade_briefing"})
    assert archive.record("reports", WEEK) == {"kind": "trade_briefing"}
    assert archive.recorded_weeks("reports") == [WEEK]
    assert archive.record("reports", WEEK.next()) is None


def test_a_refused_answer_is_recorded_once_with_its_reason(tmp_path):
    archive = Archive(tmp_path)
    entry = keep(archive, ASKED, b"<html>")
    archive.quarantine(entry, "expected JSON, got HTML")
    archive.quarantine(entry, "expected JSON, got HTML")
    assert archive.quarantined("census") == [(entry, "expected JSON, got HTML")]


def test_an_archive_that_cannot_be_written_says_so_and_leaves_nothing(tmp_path):
    blocked = tmp_path / "archive"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=r"cannot write .*what was stored is untouched"):
        keep(Archive(blocked), ASKED, b"[1]")


_FULL_DISK = """
import resource, sys
from datetime import datetime, UTC
from pathlib import Path
from tradeflow.answers import Request
from tradeflow.errors import StorageError
from tradeflow.storage.archive import Archive
import os
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    Archive(Path(sys.argv[1])).keep(
        Request("census", "all", "https://api.example"), os.urandom(100_000), status=200,
        headers={}, mode="live", attempts=1, fetched_at=datetime.now(UTC))
except StorageError as error:
    sys.exit(str(error))
"""


def test_a_disk_without_room_fails_in_one_line_and_leaves_no_part_of_the_answer(tmp_path):
    archive = Archive(tmp_path)
    kept = keep(archive, ASKED, b"[1]")
    before = files(tmp_path)
    child = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(tmp_path)], capture_output=True, text=True
    )
    assert child.returncode == 1
    assert "what was stored is untouched" in child.stderr
    assert len(child.stderr.splitlines()) == 1
    assert files(tmp_path) == before
    assert archive.body(kept.response_id) == b"[1]"
