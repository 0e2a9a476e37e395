"""The page a server gives for an address that is none."""

from __future__ import annotations

from urllib.parse import urlsplit

from tradeflow.site.page import Page
from tradeflow.site.shell import NOT_FOUND, environment


def not_found_page(url: str) -> Page:
    """The page; its links start at the site's root, as it may stand in for any depth."""
    root = urlsplit(url).path
    return Page(
        path=NOT_FOUND,
        title="找不到這一頁",
        description="這個網址沒有頁面。",
        body=environment().get_template("not_found.html.j2").render(root=root),
        searchable=False,
    )
