"""The frame around every page: head, navigation, breadcrumb, structured data, foot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tradeflow.briefing.kinds import KINDS
from tradeflow.bundled import reports_root
from tradeflow.site.page import Page

NAME = "tradeflow 全球貿易與出口管制週報"
_RHYTHMS = {"weekly": "週報", "monthly": "月報", "yearly": "關鍵礦物"}
NAVIGATION = (
    *((_RHYTHMS[frame.folder], f"{frame.folder}/index.html") for frame, _ in KINDS.values()),
    ("公告", "notices/index.html"),
    ("經濟體", "economies/index.html"),
    ("資料狀態", "status/index.html"),
    ("來源與授權", "sources/index.html"),
    ("指標與方法", "method/index.html"),
    ("搜尋", "search/index.html"),
)
"""Name and path of the pages every page leads to."""


@dataclass(frozen=True)
class Shell:
    """Dresses pages for a site at `url`."""

    url: str
    """The site's address with a slash at its end."""
    is_demonstration: bool

    def dress(self, page: Page) -> bytes:
        """The whole HTML document of a page."""
        template = environment().get_template("shell.html.j2")
        return template.render(
            page=page,
            site=NAME,
            root=page.root,
            canonical=f"{self.url}{page.address}",
            navigation=NAVIGATION,
            demonstration=self.is_demonstration,
            structured=script_json(self._structured(page)),
        ).encode()

    def _structured(self, page: Page) -> dict[str, Any]:
        here = f"{self.url}{page.address}"
        publisher = {"@type": "Organization", "@id": f"{self.url}#publisher", "name": "tradeflow"}
        own: Mapping[str, Any] = {"@type": "WebPage", **page.structured}
        crumbs = [("首頁", ""), *page.trail, (page.title, page.address)]
        graph: list[dict[str, Any]] = [
            {
                "@id": here,
                "url": here,
                "name": page.title,
                "description": page.description,
                "inLanguage": "zh-Hant-TW",
                "isAccessibleForFree": True,
                "publisher": {"@id": publisher["@id"]},
                **own,
            },
            publisher,
        ]
        if page.path != "index.html":
            graph.append(
                {
                    "@type": "BreadcrumbList",
                    "itemListElement": [
                        {
                            "@type": "ListItem",
                            "position": place,
                            "name": name,
                            "item": f"{self.url}{path.removesuffix('index.html')}",
                        }
                        for place, (name, path) in enumerate(crumbs, 1)
                    ],
                }
            )
        return {"@context": "https://schema.org", "@graph": graph}


@cache
def environment() -> Environment:
    """The templates of `reports/templates/site`, HTML escaped."""
    return Environment(
        loader=FileSystemLoader(reports_root() / "templates" / "site"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def script_json(value: Any) -> str:
    """JSON that may stand inside a `script` element whatever text it holds."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
