"""The page with the full-text search."""

from __future__ import annotations

from tradeflow.site.page import Page
from tradeflow.site.shell import environment


def search_page() -> Page:
    """Search over every page, in the reader's browser."""
    return Page(
        path="search/index.html",
        title="搜尋",
        description="搜尋報告、公告與資料頁；繁體與簡體皆可。",
        body=environment().get_template("search.html.j2").render(),
        structured={"@type": "SearchResultsPage"},
        searchable=False,
        script="search.js",
    )
