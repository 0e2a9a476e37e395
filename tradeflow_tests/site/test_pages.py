"""What pages say and how they are built: heads, headings, tables, hostile titles, rules."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import duckdb
import pytest
from justhtml import JustHTML
from selectolax.lexbor import LexborHTMLParser

from tradeflow.briefing.freshness import health
from tradeflow.briefing.glossary import load_glossary
from tradeflow.errors import StorageError
from tradeflow.site.data_files import lists_records
from tradeflow.site.faq_page import groups
from tradeflow.site.figures import FigureBook
from tradeflow.site.home_page import linked
from tradeflow.site.source_pages import TERMS
from tradeflow.sources.registry import SOURCES
from tradeflow.storage.seeds import load_seeds
from tradeflow.storage.sql_macros import load_macros
from tradeflow_tests.sql.graph import PROJECT

from .conftest import Site
from .small_site import HOSTILE

HEADINGS = "h1, h2, h3, h4, h5, h6"


def test_heads_are_within_what_search_engines_show(site: Site) -> None:
    for path, page in site.pages.items():
        assert 0 < len(page.css_first("title").text()) <= 60, path
        described = page.css_first('meta[name="description"]').attributes["content"]
        assert described and len(described) <= 155, path
        canonical = str(page.css_first('link[rel="canonical"]').attributes["href"])
        assert re.fullmatch(r"https://example\.org/trade/[\x21-\x7e]*", canonical), path
        assert page.css_first("html").attributes["lang"] == "zh-Hant-TW"


def test_every_page_has_landmarks_one_heading_and_no_level_left_out(site: Site) -> None:
    for path, page in site.pages.items():
        for landmark in ("main#main", "header nav[aria-label]", "footer", 'a.skip[href="#main"]'):
            assert len(page.css(landmark)) == 1, f"{path}: {landmark}"
        levels = [int(node.tag[1]) for node in page.css(HEADINGS)]
        assert levels[0] == 1 and levels.count(1) == 1, path
        for before, after in pairwise(levels):
            assert after <= before + 1, f"{path}: h{before} then h{after}"


def test_every_table_heads_its_columns_and_scrolls_inside(site: Site) -> None:
    for path, page in site.pages.items():
        for table in page.css("table"):
            heads = table.css("th")
            assert heads and all(th.attributes.get("scope") for th in heads), path
            frame = table.parent
            assert frame is not None and frame.attributes.get("class") == "scroll", path
            assert frame.attributes.get("aria-label") and frame.attributes["tabindex"] == "0"


def test_ids_are_unique_and_names_of_ids_exist(site: Site) -> None:
    for path, page in site.pages.items():
        ids = [str(node.attributes["id"]) for node in page.css("[id]")]
        assert len(ids) == len(set(ids)), path
        for name in ("popovertarget", "for", "aria-labelledby"):
            for node in page.css(f"[{name}]"):
                assert set(str(node.attributes[name]).split()) <= set(ids), f"{path}: {name}"


def test_every_page_is_html_without_a_parse_error(site: Site) -> None:
    for path in site.pages:
        if not path.startswith(("receipts/", "data/fct", "data/dim")):
            JustHTML(site.text(path), strict=True)


def test_nothing_is_loaded_from_another_host(site: Site) -> None:
    loading = 'script[src^="http"], link[rel="stylesheet"][href^="http"], img, iframe, object'
    for path, page in site.pages.items():
        assert not page.css(loading), path
        assert not page.css("[onclick], [onerror], [onload]"), path
    assert not re.search(r"url\(|@import", site.text("site.css"))


def test_hostile_titles_and_names_are_shown_and_do_nothing(site: Site) -> None:
    shown = 0
    for path, page in site.pages.items():
        assert not page.css("img"), path
        for script in page.css("script"):
            kind = script.attributes.get("type")
            assert kind == "application/ld+json" or script.attributes.get("src"), path
        shown += HOSTILE in page.text()
    assert shown >= 3


def test_a_key_message_leads_to_its_tables_and_its_text_stays_text() -> None:
    told = linked("<b>甲</b>多 5 %。（表 4、圖 1）", "weekly/x/index.html")
    assert told == (
        '&lt;b&gt;甲&lt;/b&gt;多 5 %。（<a href="weekly/x/index.html#table-4">表 4</a>、'
        '<a href="weekly/x/index.html#figure-1">圖 1</a>）'
    )


@pytest.mark.parametrize(
    ("state", "due", "told"),
    [
        ("current", date(2026, 2, 20), "on_time"),
        ("current", date(2026, 2, 15), "on_time"),
        ("current", date(2026, 2, 14), "delayed"),
        ("current", None, "on_time"),
        ("late", date(2026, 2, 1), "overdue"),
        ("late", None, "overdue"),
        ("no_answer", None, "no_answer"),
        ("not_published", date(2026, 3, 1), "not_published"),
    ],
)
def test_health_follows_the_expected_cycle(state: str, due: date | None, told: str) -> None:
    assert health(state, due, date(2026, 2, 15)) == told


def test_every_source_has_its_terms() -> None:
    assert set(TERMS) == set(SOURCES)


def test_records_of_partners_that_may_not_be_passed_on_are_known() -> None:
    kept = {
        name
        for name, model in PROJECT.models.items()
        if model.layer == "marts" and lists_records(PROJECT, model)
    }
    assert {"fct_partner_flows_yearly", "fct_trade_balances_yearly"} <= kept
    assert not kept & {"fct_concentration_yearly", "fct_us_trade_monthly", "fct_clause_status"}


EXAMPLES = [
    (entry["example"], entry["result"], entry["answer"])
    for group in groups()
    for entry in group["entries"]
    if "example" in entry
]


def test_the_worked_examples_of_the_questions_give_what_they_say() -> None:
    assert EXAMPLES
    with duckdb.connect() as con:
        load_seeds(con, PROJECT)
        load_macros(con, PROJECT)
        for query, result, answer in EXAMPLES:
            ((value,),) = con.execute(query).fetchall()
            assert f"{value:g}" == result and f"= {result}" in answer


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("14985000000.0000", "14,985,000,000"),
        ("-1204.60", "-1,204.6"),
        ("0.0000", "0"),
        ("2025-11", "2025-11"),
        ("2025 年第 61 號", "2025 年第 61 號"),
    ],
)
def test_a_note_shows_the_stored_value_unrounded(stored: str, shown: str) -> None:
    record = {
        "facts": {
            "m:k:c": {
                "value": stored,
                "unit": "",
                "coverage": "2025-01..2025-11",
                "vintage": "observed",
                "is_reconstructed": False,
                "response_ids": [],
            }
        }
    }
    book = FigureBook(load_glossary(), "../", set())
    html = book.report('<p>（<span class="figure" data-figure="0">x</span>）</p>', record)
    assert '<span class="kept">（<button' in html
    note = LexborHTMLParser(book.notes()).css("dd")
    assert [note[0].text(), note[1].text()] == [shown, "2025-01 至 2025-11"]


def test_a_figure_without_its_fact_is_refused() -> None:
    book = FigureBook(load_glossary(), "", set())
    with pytest.raises(StorageError, match="names no fact of its report"):
        book.report('<span class="figure" data-figure="3">5</span>', {"facts": {}})
