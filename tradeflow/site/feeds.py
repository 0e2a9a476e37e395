"""What machines read: Atom feeds, the sitemap, and index.json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from tradeflow.site.library import Published
from tradeflow.site.page import Page
from tradeflow.site.structured import NAME

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MOST_ENTRIES = 20


def atom(url: str, path: str, title: str, issues: Sequence[Published]) -> bytes:
    """An Atom feed of the newest issues (RFC 4287).

    Times are the day each issue speaks for, so that building again changes nothing.
    """
    newest = sorted(issues, key=lambda one: (one.record["as_of"], one.path), reverse=True)
    feed = Xml.Element("feed", {"xmlns": _ATOM, "xml:lang": "zh-Hant-TW"})
    _text(feed, "id", f"{url}{path}")
    _text(feed, "title", title)
    Xml.SubElement(feed, "link", {"rel": "self", "href": f"{url}{path}"})
    Xml.SubElement(feed, "link", {"rel": "alternate", "href": url})
    _text(feed, "updated", _moment(newest[0].record["as_of"] if newest else "1970-01-01"))
    _text(Xml.SubElement(feed, "author"), "name", NAME)
    for issue in newest[:_MOST_ENTRIES]:
        address = f"{url}{issue.path.removesuffix('index.html')}"
        entry = Xml.SubElement(feed, "entry")
        _text(entry, "id", address)
        _text(entry, "title", issue.title)
        Xml.SubElement(entry, "link", {"rel": "alternate", "href": address})
        _text(entry, "updated", _moment(issue.record["as_of"]))
        Xml.SubElement(
            entry, "category", {"term": issue.frame.report, "label": issue.frame.name_zh}
        )
        _text(entry, "summary", "".join(issue.record["key_messages"][:2]))
    return _document(feed)


def sitemap(url: str, pages: Sequence[Page]) -> bytes:
    """Every page a reader may land on."""
    root = Xml.Element("urlset", {"xmlns": _SITEMAP})
    for page in pages:
        if page.searchable:
            entry = Xml.SubElement(root, "url")
            _text(entry, "loc", f"{url}{page.address}")
            if page.modified:
                _text(entry, "lastmod", page.modified)
    return _document(root)


def robots(url: str) -> bytes:
    """What crawlers are told: everything may be read, and where the sitemap lies."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {url}sitemap.xml\n".encode()


def index_json(url: str, issues: Sequence[Published]) -> bytes:
    """Every report with its date, version and the hash of its Markdown file."""
    entries = [
        {
            "report": issue.frame.report,
            "period": issue.key,
            "title": issue.title,
            "url": f"{url}{issue.path.removesuffix('index.html')}",
            "as_of": issue.record["as_of"],
            "data_version": issue.record["data_version"],
            "sha256": hashlib.sha256(issue.source.encode()).hexdigest(),
        }
        for issue in issues
    ]
    return json.dumps(entries, ensure_ascii=False, indent=1).encode() + b"\n"


def _moment(day: str) -> str:
    return f"{day}T00:00:00+08:00"


def _text(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, name).text = text


def _document(root: Xml.Element) -> bytes:
    Xml.indent(root)
    body: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"
