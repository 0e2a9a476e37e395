"""What search engines read of a page: one JSON-LD block, whose parts refer to each other by id.

The author is the software; no person is named. Figures stay out of it, so that nothing is stated
here that the page does not show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tradeflow.site.page import Page, address_of

NAME = "tradeflow 全球貿易與出口管制簡報"
_HERE = "site:"


def structured(page: Page, url: str) -> dict[str, Any]:
    """The JSON-LD document of a page of the site at `url`."""
    here = f"{url}{page.address}"
    publisher = {
        "@type": "Organization",
        "@id": f"{url}#publisher",
        "name": "tradeflow",
        "url": url,
        "description": "依公開資料產生貿易與出口管制簡報的軟體。",
    }
    site = {
        "@type": "WebSite",
        "@id": f"{url}#website",
        "url": url,
        "name": NAME,
        "inLanguage": "zh-Hant-TW",
        "publisher": {"@id": publisher["@id"]},
        "potentialAction": {
            "@type": "SearchAction",
            "target": f"{url}search/?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        },
    }
    own = {"@type": "WebPage", **page.structured}
    described = {
        "@id": f"{here}#page",
        "url": here,
        "name": page.title,
        "description": page.description,
        "inLanguage": "zh-Hant-TW",
        "isAccessibleForFree": True,
        "isPartOf": {"@id": site["@id"]},
        "publisher": {"@id": publisher["@id"]},
    }
    graph = [described | _resolved(own, url), site, publisher]
    if page.modified:
        graph[0].setdefault("dateModified", page.modified)
    if page.path != "index.html":
        graph.append(_breadcrumb(page, url, here))
    return {"@context": "https://schema.org", "@graph": graph}


def _breadcrumb(page: Page, url: str, here: str) -> dict[str, Any]:
    crumbs = [("首頁", ""), *page.trail, (page.title, page.path)]
    return {
        "@type": "BreadcrumbList",
        "@id": f"{here}#breadcrumb",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": place,
                "name": name,
                "item": f"{url}{address_of(path)}",
            }
            for place, (name, path) in enumerate(crumbs, 1)
        ],
    }


def _resolved(value: Any, url: str) -> Any:
    """A value with the addresses from the site's root made whole."""
    if isinstance(value, str) and value.startswith(_HERE):
        return f"{url}{value.removeprefix(_HERE)}"
    if isinstance(value, Mapping):
        return {name: _resolved(part, url) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_resolved(part, url) for part in value]
    return value


def script_json(value: Any) -> str:
    """JSON that may stand inside a `script` element whatever text it holds."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
