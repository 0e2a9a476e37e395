"""The main job from an empty home to the brief, and what must be equal to what."""

import json
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import dagster as dg
import pytest
from selectolax.lexbor import LexborHTMLParser

from tradeflow.orchestration.instance import opened
from tradeflow.periods import Year
from tradeflow.pipeline import rebuild_world, write_minerals
from tradeflow.policy.status import status_on
from tradeflow.site.build import build_site
from tradeflow.world import World
from tradeflow_tests.pipeline.conftest import W07, Ran, run_in


def test_the_brief_is_published_with_its_facts_tables_and_page(ran: Ran) -> None:
    files = ran.report_files()
    assert {"2026-W07-trade-briefing.md", "2026-W07-trade-briefing.html", "figures.json"} <= set(
        files
    )
    assert any(name.startswith("tables/") and name.endswith(".csv") for name in files)


def test_us_trade_of_2025_is_eleven_months_compared_with_eleven(ran: Ran) -> None:
    """E01, E02: eleven months are neither called a year nor compared with one."""
    text = ran.markdown
    for expected in ("2,872.8", "−28.4 %", "−29.9 %", "1,767.3", "+66.5 %", "+88.7 %"):
        assert expected in text
    assert "2025 年 1–11 月" in text
    assert "2025 年全年" not in text.replace("才有 2025 年全年", "")


def test_the_brief_finds_that_the_deficit_with_taiwan_overtook_chinas(ran: Ran) -> None:
    messages = ran.markdown.split("## 一、")[0]
    assert re.search(r"台灣.*連續兩個月大於.*中國", messages)


def test_suspended_measures_are_never_called_in_force(ran: Ran) -> None:
    """P01, P02: 55–58, 61 and 62 of 2025 are suspended until 2026-11-10; 18 and 10 in force."""
    section = ran.markdown.split("### 持續追蹤")[1].split("###")[0]
    state = {
        int(match[1]): line
        for line in section.splitlines()
        if (match := re.match(r"\| 2025 年第 0?(\d+) 號", line))
    }
    for number in (55, 56, 57, 58, 61, 62):
        assert "暫停實施至 2026-11-10" in state[number]
        assert "執行中" not in state[number]
    for number in (18, 10):
        assert "執行中" in state[number]


@pytest.mark.parametrize(
    ("notice", "clause", "day", "status"),
    [
        ("MOFCOM-公告-2025-56", "", date(2025, 10, 8), "not_announced"),
        ("MOFCOM-公告-2025-56", "", date(2025, 10, 20), "announced"),
        ("MOFCOM-公告-2025-56", "", date(2025, 11, 8), "suspended"),
        ("MOFCOM-公告-2025-56", "", date(2026, 11, 11), "lapsed_unconfirmed"),
        ("MOFCOM-公告-2024-46", "1", date(2026, 2, 15), "in_force"),
        ("MOFCOM-公告-2024-46", "2", date(2026, 2, 15), "suspended"),
        ("MOFCOM-公告-2025-61", "1(3)", date(2025, 10, 20), "in_force"),
        ("MOFCOM-公告-2025-61", "1(1)(2)", date(2025, 10, 20), "announced"),
        ("MOFCOM-公告-2025-18", "", date(2025, 4, 4), "in_force"),
        ("MOFCOM-公告-2023-23", "", date(2024, 12, 2), "ended"),
        ("US-BIS-50PCT", "", date(2026, 2, 15), "suspended"),
    ],
)
def test_the_state_of_a_clause_is_known_for_any_day(
    ran: Ran, notice: str, clause: str, day: date, status: str
) -> None:
    with ran.world.warehouse.reader() as con:
        assert status_on(con, "2026-W07", notice, clause, day) == status


def test_nothing_new_from_the_ministry_is_said_plainly(ran: Ran) -> None:
    section = ran.markdown.split("### 本週新增")[1].split("###")[0]
    assert "本週沒有新公告" in section


def test_comtrade_prints_one_year_at_a_time_and_taiwan_reports_for_itself(ran: Ran) -> None:
    """E06, E12, E13: no sum of years, and 490 is Taiwan."""
    section = ran.markdown.split("## 一、出口重點")[1].split("## 二、")[0]
    row = next(line for line in section.splitlines() if line.startswith("| 台灣 |"))
    assert "| 2024 " in row
    assert "2023–2024" not in ran.markdown


def test_every_reporter_stands_in_the_tables_and_germany_says_why_it_cannot_compare(
    ran: Ran,
) -> None:
    section = ran.markdown.split("## 一、出口重點")[1].split("## 二、")[0]
    for name in ("台灣", "美國", "中國", "日本", "南韓", "德國"):
        assert any(line.startswith(f"| {name} |") for line in section.splitlines())
    germany = next(line for line in section.splitlines() if line.startswith("| 德國 |"))
    assert "2022" in germany
    assert "無可比" in germany


def test_the_appendix_lists_what_the_search_found_as_of_the_week(ran: Ran) -> None:
    section = ran.markdown.split("## 附錄：語意搜尋參考")[1].split("## ")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    assert 1 <= len(rows) <= 10
    assert len({row[1] for row in rows}) == len(rows)
    assert any("2025 年第 57 號" in row[2] and row[3] == "暫停實施" for row in rows)
    assert all(row[4] <= "2026-02-15" for row in rows)


def test_no_control_is_rated_from_computed_imports(ran: Ran) -> None:
    section = ran.markdown.split("### 潛在供應鏈影響（推測，建議人工審核）")[1].split("## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| 20")]
    assert rows and all("重建" in row and "不評等（重建）" in row for row in rows)


def test_two_sources_are_judged_where_their_bases_allow_it(ran: Ran) -> None:
    """E17: of 2022 exports agree, and no import is judged against a customs value."""
    section = ran.markdown.split("### 資料來源間一致性")[1].split("### ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| 美國")]
    assert [row for row in rows if "進口" in row]
    assert all("不判定" in row for row in rows if "進口" in row)
    assert any("| 2022 年 |" in row and "| 一致（" in row for row in rows if "出口" in row)


def test_every_numeral_is_traced(ran: Ran) -> None:
    figures = json.loads(ran.report_files()["figures.json"])
    assert figures
    assert re.search(r"可追溯 100(\.0)? ?%", ran.markdown)


def test_no_wall_clock_time_stands_in_the_brief(ran: Ran) -> None:
    assert not re.search(r"\d{2}:\d{2}", ran.markdown)


def test_dagster_lists_the_run_where_it_lists_those_of_the_ui(ran: Ran) -> None:
    of_the_location = {".dagster/repository": "__repository__@tradeflow.definitions"}
    with opened(ran.settings) as instance:
        wanted = dg.RunsFilter(job_name="weekly", tags=of_the_location)
        (run,) = instance.get_runs(wanted)
    assert run.tags["dagster/partition"] == W07.partition_key


def test_the_page_of_a_model_shows_the_week_that_was_asked_for(ran: Ran) -> None:
    """Not the week before, which is brought up to date in the same run."""
    with opened(ran.settings) as instance:
        for model in ran.world.project.models.values():
            key = dg.AssetKey([model.schema, model.name])
            event = instance.get_latest_materialization_event(key)
            shown = event.asset_materialization if event else None
            assert shown and shown.partition == W07.partition_key, model.name
            assert {"rows_before", "rejected", "dagster/column_lineage"} <= set(shown.metadata)


def test_a_second_run_changes_no_file_and_no_table(ran: Ran) -> None:
    before = {
        path: path.stat().st_mtime_ns
        for path in ran.settings.published_reports.rglob("*")
        if path.is_file()
    }
    hashes = ran.world.warehouse.table_hashes()
    again = run_in(ran.settings.home.parent, W07, W07)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert again.world.warehouse.table_hashes() == hashes


@pytest.mark.slow
def test_a_rebuild_from_the_archive_gives_the_same_tables_and_files(
    ran: Ran, tmp_path: Path
) -> None:
    """Promise 5: the database is a cache of the archive; a later clock asks for no newer week."""
    february = datetime(2026, 2, 18, tzinfo=UTC)
    write_minerals(World(ran.settings, clock=lambda: february), Year(2026))
    year = ran.settings.published_reports / "yearly"
    of_year = {path.relative_to(year): path.read_bytes() for path in year.rglob("*.*")}
    copy = tmp_path / "copy"
    shutil.copytree(ran.settings.home.parent, copy)
    (copy / "data" / "sandbox" / "warehouse.duckdb").unlink()
    settings = ran.settings.model_copy(update={"home": copy / "data", "reports": copy / "reports"})
    shutil.rmtree(settings.published_reports / "yearly")
    rebuilt = Ran(settings)
    rebuild_world(rebuilt.world, lambda _line: None)
    assert rebuilt.world.warehouse.table_hashes() == ran.world.warehouse.table_hashes()
    assert rebuilt.report_files() == ran.report_files()
    again = settings.published_reports / "yearly"
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*.*")} == of_year


def test_the_site_opens_every_figure_at_its_stored_answers(ran: Ran) -> None:
    built = build_site(ran.world)
    pages = {path: LexborHTMLParser(path.read_text("utf-8")) for path in _pages(built.folder)}
    assert len(pages) == built.pages
    week = pages[built.folder / "weekly" / "2026-W07" / "index.html"]
    figures = week.css("button.figure")
    assert len(figures) > 300
    for figure in figures:
        note = week.css_first(f"#{figure.attributes['popovertarget']}")
        assert note is not None
        assert note.css('a[href*="data/"]')
    assert week.css('[popover] a[href*="receipts/"]')
    for path, page in pages.items():
        # The page for unknown addresses links from the server's root.
        for link in page.css("a[href]") if path.name != "404.html" else ():
            assert _leads_somewhere(path, str(link.attributes["href"]), built.folder), path
        assert not page.css('script[src^="http"], link[rel=stylesheet][href^="http"]')
        for script in page.css('script[type="application/ld+json"]'):
            assert json.loads(script.text())["@graph"]
    feed = ElementTree.parse(built.folder / "feed.xml").getroot()
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert (built.folder / "pagefind" / "pagefind.js").exists()


def _pages(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.html") if "pagefind" not in path.parts]


def _leads_somewhere(page: Path, href: str, root: Path) -> bool:
    target = unquote(href).partition("#")[0]
    if href.startswith(("http://", "https://")):
        return True
    found = (page.parent / target).resolve() if target else page
    if found.is_dir():
        found = found / "index.html"
    return found.is_file() and found.is_relative_to(root.resolve())
