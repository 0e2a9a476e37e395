"""What is handed to the search index: both scripts, characters apart, notes left out."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from tradeflow.errors import StorageError
from tradeflow.site.search import as_indexed, spaced

from .conftest import Site
from .small_site import NOTICE

_PAGE = (
    "<html><head><title>公告 &amp; 狀態</title></head><body><nav>選單</nav>"
    '<main data-pagefind-body><h1>稀土與鎵</h1><p>HHI為1,225點 <q lang="zh-Hans">暂停镓</q></p>'
    "<div popover>筆記</div></main></body></html>"
)


@pytest.mark.parametrize(
    ("text", "apart"),
    [("稀土", "稀 土"), ("HHI為3點", "HHI 為 3 點"), ("a b", "a b"), ("稀 土", "稀 土"), ("", "")],
)
def test_characters_stand_apart(text: str, apart: str) -> None:
    assert spaced(text) == apart


def test_a_page_is_indexed_in_both_scripts_without_its_notes() -> None:
    page = LexborHTMLParser(as_indexed(_PAGE))
    text = page.css_first("[data-pagefind-body]").text()
    for phrase in ("稀 土 與 鎵", "稀 土 与 镓", "暂 停 镓", "暫 停 鎵"):
        assert phrase in text
    assert "記" not in text and "選" not in page.body.text()
    assert page.css_first("meta").attributes["content"] == "公告 & 狀態"


def test_a_page_without_a_main_part_is_refused() -> None:
    with pytest.raises(StorageError, match="no main part"):
        as_indexed("<html><head><title>x</title></head><body></body></html>")


@pytest.mark.parametrize("word", ["稀土", "鎵", "镓"])
def test_the_index_of_the_site_holds_both_scripts(site: Site, word: str) -> None:
    found = []
    for path in (site.root / "pagefind" / "fragment").iterdir():
        text = gzip.decompress(path.read_bytes()).removeprefix(b"pagefind_dcd")
        fragment = json.loads(text)
        if word in re.sub(r"\W", "", fragment["content"]):
            found.append(fragment["url"])
    assert f"/notices/{NOTICE}.html" in found
