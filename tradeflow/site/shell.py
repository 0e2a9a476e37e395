"""The frame around every page: head, navigation, breadcrumb, structured data, foot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tradeflow.briefing.chinese import plain, safe_url
from tradeflow.briefing.kinds import KINDS
from tradeflow.bundled import reports_root
from tradeflow.site.page import Page
from tradeflow.site.structured import NAME, script_json, structured

__all__ = ["NAME", "NAVIGATION", "NOT_FOUND", "Shell", "environment"]

_RHYTHMS = {"weekly": "週報", "monthly": "月報", "yearly": "關鍵礦物"}
NAVIGATION = (
    *((_RHYTHMS[frame.folder], f"{frame.folder}/index.html") for frame, _ in KINDS.values()),
    ("公告", "notices/index.html"),
    ("實體清單", "entities/index.html"),
    ("經濟體", "economies/index.html"),
    ("資料狀態", "status/index.html"),
    ("下載", "data/index.html"),
    ("方法", "method/index.html"),
    ("搜尋", "search/index.html"),
)
"""Name and path of the pages every page leads to."""
FOOT = (
    ("常見問題", "faq/index.html"),
    ("來源與授權", "sources/index.html"),
    ("Atom", "feed.xml"),
    ("index.json", "index.json"),
    ("網站地圖", "sitemap.xml"),
)
NOT_FOUND = "404.html"
"""The page a server gives for an address that is none; it may stand in for any depth."""


@dataclass(frozen=True)
class Shell:
    """Dresses pages for a site at `url`."""

    url: str
    """The site's address with a slash at its end."""
    is_demonstration: bool

    def dress(self, page: Page) -> bytes:
        """The whole HTML document of a page."""
        root = urlsplit(self.url).path if page.path == NOT_FOUND else page.root
        template = environment().get_template("shell.html.j2")
        return template.render(
            page=page,
            site=NAME,
            root=root,
            canonical=f"{self.url}{page.address}",
            navigation=NAVIGATION,
            foot=FOOT,
            demonstration=self.is_demonstration,
            structured=script_json(structured(page, self.url)),
        ).encode()


@cache
def environment() -> Environment:
    """The templates of `reports/templates/site`.

    What they print is escaped and on one line, without control or direction characters;
    `safe_url` gives an address of the web or None.
    """
    made = Environment(
        loader=FileSystemLoader(reports_root() / "templates" / "site"),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_on_one_line,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals["safe_url"] = safe_url
    return made


def _on_one_line(value: Any) -> Any:
    # Markup is HTML of ours; a plain text may come from anywhere.
    return plain(value) if type(value) is str else value
