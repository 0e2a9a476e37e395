"""Each source has its page in docs/sources, and the page names what a user can set for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradeflow.sources.hosts import read_hosts
from tradeflow.sources.registry import SOURCES

PAGES = Path(__file__).resolve().parents[1] / "docs" / "sources"
KEYS = {"comtrade": "COMTRADE_API_KEY", "census": "CENSUS_API_KEY"}


def test_there_is_one_page_a_source():
    assert {page.stem for page in PAGES.glob("*.md")} == set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_a_page_says_what_is_asked_on_what_terms_and_what_was_tried(name: str):
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith("# ") and f"`{SOURCES[name].group}`" in text.splitlines()[0]
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "What is asked"
    assert headings[-3:] == ["Licence", "Traps", "What was exercised"]
    assert "**Not exercised**" in text
    for host in read_hosts().hosts:
        if host.source == name:
            assert f"TRADEFLOW_{host.setting.upper()}" in text
            assert host.host in text
    assert (KEYS.get(name) or "No key") in text
