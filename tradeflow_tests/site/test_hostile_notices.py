"""A notice's page says what the ministry's page says and does nothing of it."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from tradeflow.briefing.glossary import load_glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.site.notice_pages import notice_pages
from tradeflow.site.search import as_indexed
from tradeflow.site.shell import Shell
from tradeflow.site.view import View

HOSTILE = (
    '<script>alert(1)</script></title>"><img src=x onerror=alert(1)>'
    "{{ site.secret }}{% include x %}=HYPERLINK(1)\u202e倒\u200b\x1b[31m</script><b>稀土"
)
KEY = "MOFCOM-公告-2025-57"


def row(model: str, **values: Any) -> Row:
    return Row(model=model, key=KEY, values={"notice_key": KEY, **values}, facts={})


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    """The finished pages of a world with one notice, all of whose words are hostile."""
    notice = row(
        "dim_notices",
        is_foreign=False,
        is_supplement=False,
        issue_date=date(2025, 10, 9),
        first_page_date=date(2025, 10, 9),
        released_on=date(2025, 10, 9),
        label_zh=HOSTILE,
        title_zh_hans=HOSTILE,
        issuers=[HOSTILE],
        materials_zh=[HOSTILE],
        target_iso3=[HOSTILE],
        category="controlled_item_change",
        urls=["javascript:alert(1)", 'http://x.cn/1"onmouseover="alert(1)', "http://x.cn/2\u202e"],
    )
    status = row(
        "fct_clause_status",
        clause=HOSTILE,
        status="in_force",
        status_since=date(2025, 11, 8),
        until_date=None,
        next_date=None,
        next_event=None,
        days_left=None,
        by_notice_key=HOSTILE,
        is_unconfirmed=False,
    )
    interval = row(
        "fct_clause_intervals",
        clause=HOSTILE,
        status="in_force",
        valid_from=date(2025, 11, 8),
        valid_to=None,
        by_notice_key=None,
        is_unconfirmed=False,
    )
    event = row(
        "fct_clause_events",
        clause=HOSTILE,
        event="in_force",
        event_date=date(2025, 11, 8),
        until_date=None,
        by_notice_key=None,
        quote=HOSTILE,
        is_unconfirmed=False,
        url="javascript:alert(1)",
    )
    link = row(
        "fct_notice_links",
        relation="refers",
        from_notice_key=None,
        to_notice_key=KEY,
        to_clause=HOSTILE,
        from_url="javascript:alert(1)",
        quote=HOSTILE,
    )
    listing = row(
        "fct_entity_listings", list_kind="control_list", name_zh_hant=HOSTILE, notice_key=KEY
    )
    rows = (notice, status, interval, event, link, listing)
    tables = {each.model: (each,) for each in rows} | {"fct_expiry_calendar": ()}
    view = View(
        issues={},
        marts=Marts("2026-W07", {}, tables, (), {}),
        receipts={},
        glossary=load_glossary(),
        project=None,  # type: ignore[arg-type]
        is_demonstration=True,
        as_of="2026-02-15",
        con=None,  # type: ignore[arg-type]
        files=[],
    )
    shell = Shell("https://example.org/", True)
    return {page.path: shell.dress(page).decode() for page in notice_pages(view)}


def test_the_pages_are_the_list_and_the_notice(documents):
    assert set(documents) == {"notices/index.html", f"notices/{KEY}.html"}


def test_hostile_words_add_no_element_no_handler_and_no_address(documents):
    for path, html in documents.items():
        scripts = [
            each for each in LexborHTMLParser(html).css("script") if "src" not in each.attributes
        ]
        assert [each.attributes.get("type") for each in scripts] == ["application/ld+json"]
        json.loads(scripts[0].text())
        assert LexborHTMLParser(as_indexed(html)).css("script") == []
        for read in (html, as_indexed(html)):
            page = LexborHTMLParser(read)
            assert page.css("img, b, iframe, object") == [], path
            for element in page.css("body *"):
                names = set(element.attributes)
                assert not any(name.startswith("on") for name in names), path
                address = element.attributes.get("href") or ""
                assert not address.lower().startswith(("javascript", "data:text")), path


def test_the_words_are_shown_and_no_character_turns_the_line(documents):
    html = documents[f"notices/{KEY}.html"]
    shown = LexborHTMLParser(html).css_first("p.original").text()
    assert "<script>alert(1)</script>" in shown and "{{ site.secret }}" in shown
    for read in (shown, LexborHTMLParser(html).css_first("title").text()):
        assert not [c for c in read if unicodedata.category(c) in ("Cc", "Cf")]


def test_only_addresses_of_the_web_are_links(documents):
    page = LexborHTMLParser(documents[f"notices/{KEY}.html"])
    links = [each.attributes["href"] for each in page.css('a[rel="external noopener"]')]
    assert [link[:12] for link in links] == ["http://x.cn/", "http://x.cn/"]
    assert not any('"' in link or "\u202e" in link for link in links)
