"""The whole small site: every page kind, links, figures to receipts, swap, what machines read."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as Xml

import dagster as dg
import polars as pl
import pytest

from tradeflow.errors import StorageError, WarehouseBusy
from tradeflow.orchestration import site as asset
from tradeflow.orchestration.resources import WorldResource
from tradeflow.settings import Settings
from tradeflow.site.build import build_site
from tradeflow.site.entity_pages import LISTS, list_path
from tradeflow.storage.locks import alone
from tradeflow.world import World

from .conftest import Site
from .small_site import BEFORE, NOTICE, URL, WEEK

_ATOM = {"a": "http://www.w3.org/2005/Atom"}


def test_every_kind_of_page_is_there(site: Site) -> None:
    wanted = {
        *("index.html", "404.html", "status/index.html", "sources/index.html", "faq/index.html"),
        *("method/index.html", "data/index.html", "search/index.html", "notices/index.html"),
        *("entities/index.html", "economies/index.html", "economies/TWN.html"),
        *("weekly/index.html", "monthly/index.html", f"weekly/{WEEK}/index.html"),
        *(f"weekly/{BEFORE}/index.html", "monthly/2026-02/index.html", f"notices/{NOTICE}.html"),
        *("sources/comtrade.html", "data/fct_concentration_yearly.html"),
        *(list_path(kind) for kind in LISTS),
    }
    assert wanted <= set(site.pages)
    assert len(site.pages) == site.built.pages


def test_every_link_of_every_page_leads_to_a_file_and_every_fragment_to_its_place(
    site: Site,
) -> None:
    for path, page in site.pages.items():
        for node in page.css("a[href], link[rel=stylesheet], script[src]"):
            href = str(node.attributes.get("href") or node.attributes.get("src"))
            if not href.startswith(("http:", "https:")):
                _check(site, path, href)


def _check(site: Site, path: str, href: str) -> None:
    target, _, fragment = unquote(href).partition("#")
    if not target:
        found = site.root / path
    elif path == "404.html":
        assert target.startswith("/trade/"), href
        found = site.root / target.removeprefix("/trade/")
    else:
        found = (site.root / Path(path).parent / target).resolve()
    if found.is_dir():
        found = found / "index.html"
    assert found.is_file(), f"{path}: {href}"
    if fragment and found.suffix == ".html":
        page = site.pages[found.resolve().relative_to(site.root.resolve()).as_posix()]
        assert page.css_first(f'[id="{fragment}"]') is not None, f"{path}: {href}"


def test_every_figure_opens_its_value_coverage_vintage_model_and_stored_answers(
    site: Site,
) -> None:
    counted = 0
    for path, page in site.pages.items():
        for figure in page.css("button.figure"):
            note = page.css_first(f"#{figure.attributes['popovertarget']}")
            assert note is not None, path
            told = [term.text() for term in note.css("dt")]
            assert {"值", "涵蓋", "發布日", "模型", "來源答覆"} <= set(told), path
            assert note.css('a[href*="data/"]'), path
            answers = note.css('a[href*="receipts/"]')
            assert answers, f"{path}: {note.text()}"
            for answer in answers:
                href = str(answer.attributes["href"])
                receipt = (site.root / Path(path).parent / href).resolve()
                assert receipt.relative_to(site.root.resolve()).as_posix() in site.pages
            counted += 1
    assert counted > 600


def test_a_report_leads_to_its_neighbours_among_those_that_exist(site: Site) -> None:
    newest, older = (site.pages[f"weekly/{week}/index.html"] for week in (WEEK, BEFORE))
    assert newest.css_first('a[rel="prev"]').attributes["href"] == f"../{BEFORE}/index.html"
    assert newest.css_first('a[rel="next"]') is None
    assert older.css_first('a[rel="next"]').attributes["href"] == f"../{WEEK}/index.html"
    assert older.css_first('a[rel="prev"]') is None
    assert not site.pages["monthly/2026-02/index.html"].css('a[rel="prev"], a[rel="next"]')


def test_home_tells_messages_key_numbers_risk_and_freshness(site: Site) -> None:
    home = site.pages["index.html"]
    messages = home.css("ol.messages li")
    assert len(messages) == 5
    assert messages[0].css_first("a").attributes["href"].startswith(f"weekly/{WEEK}/index.html#")
    assert len(home.css("dl.numbers button.figure")) >= 5
    text = home.body.text() if home.body else ""
    assert "2010 年準則：1500／2500" in text and "2023 年準則：1000／1800" in text
    assert {"正常", "無資料"} <= {node.text() for node in home.css(".health")}
    latest = home.css_first("ul.latest a")
    assert latest.attributes["href"] == f"weekly/{WEEK}/index.html"


def test_the_share_of_the_first_three_is_the_one_that_reports_print(site: Site) -> None:
    """CHK-CROSS-REPORT: the index has a share of its own denominator that goes by the same name."""
    columns = {"index.html": "td:last-child", "economies/TWN.html": "td:nth-child(7)"}
    for path, column in columns.items():
        page = site.pages[path]
        cells = page.css(f'[aria-label$="市場集中度"] {column} button.figure')
        assert cells, path
        for cell in cells:
            note = page.css_first(f"#{cell.attributes['popovertarget']}")
            assert note is not None and "fct_reporter_flows_yearly" in note.text(), path


def test_a_notice_shows_states_drawn_quotes_and_relations(site: Site) -> None:
    page = site.pages[f"notices/{NOTICE}.html"]
    drawn = [node.attributes["class"] for node in page.css("svg.own rect")]
    assert drawn == ["bar announced", "bar suspended", "bar lapsed_unconfirmed"]
    assert "2026-11-10" in page.css("svg.own rect title")[1].text()
    assert "暂停实施2025年10月9日" in page.css_first('q[lang="zh-Hans"]').text()
    assert "本公告被暫停實施" in page.css_first("main").text()
    assert page.css('a[href="../entities/control-list.html"]')


def test_the_registry_can_be_narrowed_and_reads_whole_without_a_script(site: Site) -> None:
    page = site.pages["notices/index.html"]
    assert "hidden" in page.css_first("#filter").attributes
    rows = page.css("#notices tbody tr")
    assert len(rows) >= 10 and not [row for row in rows if "hidden" in row.attributes]
    assert "suspended" in {row.attributes["data-state"] for row in rows}
    assert page.css("#calendar") and "剩餘天數" in page.css_first("main").text()


def test_a_demonstration_says_whose_figures_and_whose_words_are_not_the_sources(site: Site) -> None:
    for path, page in site.pages.items():
        note = page.css_first(".demonstration")
        assert note is not None, path
        assert "推算值" in note.text() and "內文是改寫的" in note.text(), path


def test_each_entity_list_has_a_page_even_an_empty_one(site: Site) -> None:
    counts = site.pages["entities/index.html"].css("tbody tr")
    assert [row.css("td")[1].text() for row in counts] == ["台灣", "美國", "美國"]
    assert (
        "沒有公告把任何實體列入" in site.pages["entities/watch-list.html"].css_first("main").text()
    )
    named = site.pages["entities/unreliable-entities.html"].css("tbody tr")
    assert "無公告號可追蹤" in named[-1].text()


def test_the_feed_is_atom_with_what_rfc_4287_requires(site: Site) -> None:
    for path, entries in (("feed.xml", 3), ("weekly/feed.xml", 2), ("monthly/feed.xml", 1)):
        feed = Xml.parse(site.root / path).getroot()
        assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
        assert feed.findtext("a:id", None, _ATOM) == f"{URL}{path}"
        assert feed.findtext("a:author/a:name", None, _ATOM)
        found = feed.findall("a:entry", _ATOM)
        assert len(found) == entries
        ids = [entry.findtext("a:id", "", _ATOM) for entry in found]
        assert len(set(ids)) == entries
        for entry, address in zip(found, ids, strict=True):
            assert entry.findtext("a:title", None, _ATOM) and entry.findtext(
                "a:summary", None, _ATOM
            )
            assert datetime.fromisoformat(entry.findtext("a:updated", "", _ATOM)).utcoffset()
            link = entry.find("a:link[@rel='alternate']", _ATOM)
            assert link is not None and link.attrib["href"] == address
            assert (site.root / address.removeprefix(URL) / "index.html").exists()


def test_the_sitemap_lists_pages_by_encoded_address(site: Site) -> None:
    root = Xml.parse(site.root / "sitemap.xml").getroot()
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    listed = [node.text or "" for node in root.findall("s:url/s:loc", space)]
    assert len(listed) == len(set(listed)) > 20
    for address in listed:
        assert re.fullmatch(r"[\x21-\x7e]+", address), address
        path = unquote(address.removeprefix(URL))
        assert (path if path.endswith(".html") else f"{path}index.html") in site.pages
    for node in root.findall("s:url/s:lastmod", space):
        date.fromisoformat(node.text or "")
    assert f"{URL}weekly/{WEEK}/" in listed and f"Sitemap: {URL}sitemap.xml" in site.text(
        "robots.txt"
    )


def test_index_json_names_each_report_with_its_hash(site: Site) -> None:
    entries = json.loads(site.text("index.json"))
    assert [entry["period"] for entry in entries] == [WEEK, BEFORE, "2026-02"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", entry["sha256"]) for entry in entries)


def test_tables_and_marts_can_be_had_as_csv_and_parquet(site: Site) -> None:
    tables = sorted((site.root / "weekly" / WEEK / "tables").glob("*.csv"))
    assert len(tables) > 5
    for table in tables:
        rows = pl.read_csv(table, infer_schema=False)
        assert pl.read_parquet(table.with_suffix(".parquet")).equals(rows)
    marts = pl.read_parquet(site.root / "data" / "fct_concentration_yearly.parquet")
    assert len(marts) == len(pl.read_csv(site.root / "data" / "fct_concentration_yearly.csv")) > 10
    page = site.pages["data/fct_concentration_yearly.html"]
    assert page.css('a[href="fct_concentration_yearly.csv"][download]')
    assert "HHI points" in page.css_first("main").text()


def test_the_status_page_prints_its_rule(site: Site) -> None:
    text = site.pages["status/index.html"].css_first("main").text()
    for word in ("正常", "延遲", "逾期", "未逾 7 天"):
        assert word in text


def test_the_same_site_is_not_built_again(site: Site) -> None:
    again = build_site(site.world)
    assert not again.is_new
    assert (again.pages, again.byte_count) == (site.built.pages, site.built.byte_count)


def test_dagster_builds_the_same_files_elsewhere_and_knows_when_they_are_old(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEFLOW_SITE", str(tmp_path))
    monkeypatch.setenv("TRADEFLOW_SITE_URL", URL)
    monkeypatch.delenv("TRADEFLOW_SOURCES", raising=False)
    assert not _judged(site).passed
    with dg.DagsterInstance.ephemeral() as instance:
        resources = {"world": WorldResource.of(site.world.settings)}
        assert dg.materialize([asset.site], resources=resources, instance=instance).success
        event = instance.get_latest_materialization_event(asset.SITE)
    assert event and event.asset_materialization
    shown = {key: each.value for key, each in event.asset_materialization.metadata.items()}
    folder = tmp_path / "sandbox"
    assert _files(folder) == _files(site.root)
    assert (shown["pages"], shown["built_anew"]) == (site.built.pages, True)
    assert shown["changed_files"] == sum(path.is_file() for path in folder.rglob("*"))
    assert _judged(site).passed
    monkeypatch.setenv("TRADEFLOW_SITE_URL", "https://example.org/new/")
    late = _judged(site)
    assert not late.passed and late.severity is dg.AssetCheckSeverity.WARN


def _judged(site: Site) -> dg.AssetCheckResult:
    """What the check of the asset says, of a world with the settings of the environment."""
    verdict = asset.is_built_from_what_is_published(world=WorldResource.of(site.world.settings))
    assert isinstance(verdict, dg.AssetCheckResult)
    return verdict


def test_a_failing_build_leaves_the_site_before(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = _moved(site, site=tmp_path, site_url="https://example.org/new/")
    shutil.copytree(site.root, world.settings.site_folder)

    def broken(root: Path) -> None:
        raise StorageError(f"{root}: no index")

    monkeypatch.setattr("tradeflow.site.build.index_pages", broken)
    with pytest.raises(StorageError, match="no index"):
        build_site(world)
    assert _files(world.settings.site_folder) == _files(site.root)


def _moved(built: Site, **changed: Any) -> World:
    return World(built.world.settings.model_copy(update=changed))


def _files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "pagefind" not in path.parts and path.name != "built.json"
    }


def test_without_a_report_there_is_one_clear_error(tmp_path: Path) -> None:
    world = World(Settings(_env_file=None, home=tmp_path, reports=tmp_path / "reports"))
    with pytest.raises(StorageError, match="holds no report yet; run `tradeflow run` first"):
        build_site(world)
    assert not world.settings.site_folder.exists()


def test_one_process_builds_the_site_at_a_time(site: Site) -> None:
    before = (site.root / "index.html").read_bytes()
    hasty = World(site.world.settings.model_copy(update={"lock_timeout_s": 0.1}))
    with alone(site.root.with_name(f".{site.root.name}.lock"), 1), pytest.raises(WarehouseBusy):
        build_site(hasty)
    assert (site.root / "index.html").read_bytes() == before
