"""A brief from marts to files: what is written, kept, refused, traced."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from tradeflow.answers import Request
from tradeflow.briefing.front_matter import body_of
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import load_marts
from tradeflow.briefing.produce import Brief, produce
from tradeflow.briefing.publish import publish, swap
from tradeflow.briefing.trace import origins, trace_figure
from tradeflow.errors import GateRefused, InputError, StorageError
from tradeflow.periods import Week
from tradeflow.storage.archive import Archive

from .week_of_marts import AS_OF, WEEK, build


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield build(connection)


def made(con: duckdb.DuckDBPyConnection, root: Path, data_version: str = "1a2b3c4d") -> Brief:
    issue = Issue(Week.parse(WEEK), AS_OF, data_version, sandbox=True)
    return produce(con, load_marts(con, WEEK), issue, root)


@pytest.fixture(scope="module")
def brief(con: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Brief:
    return made(con, tmp_path_factory.mktemp("reports"))


def test_a_brief_is_markdown_page_record_and_a_table_for_each_with_rows(brief: Brief) -> None:
    folder = brief.markdown_path.parent
    assert folder.parts[-2:] == ("weekly", WEEK)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {f"{WEEK}-trade-briefing.md", f"{WEEK}-trade-briefing.html", "figures.json"} <= names
    assert "tables/04-us-monthly.csv" in names and "tables/06-new-documents.csv" not in names
    assert body_of(brief.markdown_path.read_text("utf-8")) == brief.markdown
    assert len(brief.key_messages) == 5 and len(brief.review_items) == 2
    states = [entry.state for entry in brief.freshness]
    assert states == ["current", "current", "current", "no_answer", "current", "current"]


def test_making_the_same_brief_again_changes_no_byte_and_no_time_stamp(
    con: duckdb.DuckDBPyConnection, brief: Brief
) -> None:
    folder = brief.markdown_path.parent
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*.*")}
    again = made(con, folder.parents[1])
    assert again.changed == ()
    assert before == {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*.*")}


def test_only_what_changed_is_written(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    first = made(con, tmp_path)
    table = first.markdown_path.parent / "tables/04-us-monthly.csv"
    stamp = table.stat().st_mtime_ns
    second = made(con, tmp_path, data_version="ffffffff")
    assert set(second.changed) == {
        f"{WEEK}-trade-briefing.md",
        f"{WEEK}-trade-briefing.html",
        "figures.json",
    }
    assert table.stat().st_mtime_ns == stamp


def test_a_refused_brief_leaves_the_published_one(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(con, tmp_path)

    def refuse(*_: object) -> None:
        raise GateRefused("no")

    monkeypatch.setattr("tradeflow.briefing.produce.Gate.check", refuse)
    with pytest.raises(GateRefused):
        made(con, tmp_path, data_version="ffffffff")
    assert body_of(first.markdown_path.read_text("utf-8")) == first.markdown


def test_publishing_fails_whole_and_recovers_from_a_kill_between_the_renames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "2026-W07"
    publish(folder, {"a.md": b"1", "tables/b.csv": b"2"})
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(StorageError, match="untouched"):
            publish(folder, {"a.md": b"3"})
    assert (folder / "a.md").read_bytes() == b"1" and (folder / "tables/b.csv").is_file()
    folder.rename(tmp_path / ".2026-W07.old")
    assert publish(folder, {"a.md": b"3"}) == ["a.md"]
    assert [path.name for path in tmp_path.iterdir()] == ["2026-W07"]
    assert not (folder / "tables").exists()


@pytest.mark.parametrize("moment", ["between the renames", "before the old one was removed"])
def test_a_kill_amid_a_swap_of_folders_stands_in_the_way_of_no_later_one(
    tmp_path: Path, moment: str
) -> None:
    folder, staged, old = (tmp_path / name for name in ("site", ".site.new", ".site.old"))
    for place, text in ((staged, "next"), (old, "first"), (folder, "second")):
        place.mkdir()
        (place / "index.html").write_text(text)
    if moment == "between the renames":
        shutil.rmtree(folder)
    swap(folder, staged, old)
    assert (folder / "index.html").read_text() == "next"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_the_page_is_self_contained_and_its_references_lead_somewhere(brief: Brief) -> None:
    html = brief.html_path.read_text("utf-8")
    assert '<html lang="zh-Hant-TW">' in html and 'class="skip" href="#main"' in html
    assert "<script" not in html and "<link" not in html and "src=" not in html
    assert html.count("<svg ") == 7
    anchors = set(re.findall(r'id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= anchors
    assert '<a href="#table-5">表 5</a>、<a href="#figure-2">圖 2</a>' in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert re.search(
        r'<td style="text-align:right" class="negative"><span [^>]*>−149\.9</span></td>', html
    )


def test_the_brief_says_no_time_of_day(brief: Brief) -> None:
    for path in (brief.markdown_path, brief.html_path, brief.figures_path):
        assert not re.search(r"[0-9]{2}:[0-9]{2}:[0-9]{2}", path.read_text("utf-8"))


def test_every_stating_numeral_of_a_fact_names_its_answers(brief: Brief) -> None:
    record = json.loads(brief.figures_path.read_text("utf-8"))
    for entry in record["numerals"]:
        if entry["kind"] == "fact":
            assert entry["reference"] in record["facts"]


def test_a_printed_number_leads_to_its_stored_answer(brief: Brief, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    entry = archive.keep(
        Request("census", "country workbook", "https://www.census.gov/country.xlsx"),
        b"a workbook",
        status=200,
        headers={},
        mode="sandbox",
        attempts=1,
        fetched_at=datetime(2026, 2, 15, tzinfo=UTC),
    )
    path = tmp_path / "weekly" / WEEK / "figures.json"
    path.parent.mkdir(parents=True)
    record = json.loads(brief.figures_path.read_text("utf-8"))
    record["facts"]["fct_us_trade_ytd:TWN|2025-11:imports_usd"]["response_ids"] = [
        entry.response_id
    ]
    path.write_text(json.dumps(record), "utf-8")
    lines = list(trace_figure(archive, tmp_path, Week.parse(WEEK), "1,767.3"))
    assert "1,767.3 億美元" in lines[0] and "fct_us_trade_ytd:TWN|2025-11:imports_usd" in lines[0]
    assert "value 176726500000.0" in lines[1] and "coverage 2025-01..2025-11" in lines[1]
    assert any(entry.response_id in line and "verified" in line for line in lines)
    assert any("country workbook" in line for line in lines)
    body = next((tmp_path / "archive").rglob("*.gz"))
    body.chmod(0o644)
    body.write_bytes(b"changed")
    with pytest.raises(StorageError):
        list(trace_figure(archive, tmp_path, Week.parse(WEEK), "1,767.3"))


def test_a_figure_is_found_by_number_position_and_fact_id(brief: Brief) -> None:
    record = json.loads(brief.figures_path.read_text("utf-8"))
    by_number = origins(record, "−149.9")
    assert by_number == origins(record, "-149.9")
    assert origins(record, f"#{by_number[0].position}")[0].reference == by_number[0].reference
    assert origins(record, by_number[0].reference)[0].printed == "−149.9"
    assert origins(record, "2025 年第 18 號")[0].kind == "document_number"


def test_a_figure_that_is_not_printed_is_an_input_error(brief: Brief, tmp_path: Path) -> None:
    record = json.loads(brief.figures_path.read_text("utf-8"))
    with pytest.raises(InputError, match="9,999"):
        origins(record, "9,999")
    with pytest.raises(InputError, match="no report of 2026-W07"):
        list(trace_figure(Archive(tmp_path), tmp_path, Week.parse(WEEK), "1"))
