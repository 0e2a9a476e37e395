"""How MOFCOM's two hosts list articles: asking page by page, reading a page strictly.

The site's columns answer JSON, the ministry's announcements a piece of HTML inside JSON. Both
are walked whole on first contact, when the first page or the total changed, and once a month
(titles far down are amended, too); otherwise the later pages stand. Not here: articles.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from tradeflow.answers import Answer, Request
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, TransientError
from tradeflow.sources.reading import read_json
from tradeflow.thresholds import threshold

COLUMNS = {
    "13": "laws",
    "14": "regulations",
    "15": "rules",
    "1": "domestic news",
    "2": "international news",
}
NEWS = frozenset({"1", "2"})
"""Columns that may say they hold nothing; laws, regulations and rules never do."""
ANNOUNCEMENTS = "zcfb"
"""The announcement list's name in `column_id`, beside the numbered columns."""
ANNOUNCEMENT_PAGE_SIZE = 15

LIST_PATH = "/edi_ecms_web_front/front/column/getColumnList"
ANNOUNCEMENT_PATH = "/api-gateway/jpaas-publish-server/front/page/build/unit"
ANNOUNCEMENT_PAGE = "/zwgk/zcfb/index.html"
"""The page whose script asks `ANNOUNCEMENT_PATH`; sent as the Referer."""
_ANNOUNCEMENT_UNIT = (
    ("parseType", "bulidstatic"),
    ("webId", "8f43c7ad3afc411fb56f281724b73708"),
    ("tplSetId", "52551ea0e2c14bca8c84792f7aa37ead"),
    ("pageType", "column"),
    ("tagId", "分页列表"),
    ("editType", "null"),
    ("pageId", "fc8bdff48fa345a48b651c1285b70b8f"),
)
"""What the page's script names itself by, the ministry's own spelling kept. Without these the
gateway does not know which list is meant."""

LANGUAGE = ("Accept-Language", "zh-CN,zh;q=0.9")
_OWN_PAGE = (LANGUAGE, ("X-Requested-With", "XMLHttpRequest"))
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOST_TEXT = re.compile(r"\ufffd|\?{3}")
"""The site sends question marks for Chinese to requests that are not its own page's."""


@dataclass(frozen=True)
class Link:
    """One line of a listing, as sent."""

    title: str
    url: str
    day: str


@dataclass(frozen=True)
class Listing:
    """One page of a listing."""

    links: tuple[Link, ...]
    total: int
    """Links the whole listing has, as it states."""
    page_count: int

    @property
    def stamp(self) -> str:
        return stamp_of((link.title, link.url, link.day) for link in self.links)


def stamp_of(links: Iterable[tuple[str, str, str]]) -> str:
    """16 hex digits that change with any title, address or day, or their order."""
    return hashlib.sha256(json.dumps(list(links)).encode()).hexdigest()[:16]


def column_request(base: str, column: str, month: str) -> Request:
    """The first page of a column, asked as the site's own page asks.

    Source of the form's fields (the empty `title` too) and headers: the site's own script.

    Args:
        base: the site, without a path.
        month: `2026-02`; a new one starts a new walk through all pages.
    """
    return _column_page(base, column, (("page", "1"), ("month", month)))


def announcement_request(base: str, month: str) -> Request:
    """The first page of the ministry's announcements, asked as its own page asks."""
    return _announcement_page(base, (("page", "1"), ("month", month)))


def next_page(request: Request, listing: Listing) -> Request | None:
    """The page after the one `request` asked for, None after the last.

    It names the total and the first page's stamp: while they are the same, an equal request
    was answered before and its answer stands.
    """
    context = request.context
    page = int(context["page"])
    if page >= listing.page_count:
        return None
    place = (
        ("page", str(page + 1)),
        ("month", context.get("month", "")),
        ("total", context.get("total", str(listing.total))),
        ("first", context.get("first", listing.stamp)),
    )
    if context["kind"] == "column":
        return _column_page(request.url.removesuffix(LIST_PATH), context["column"], place)
    return _announcement_page(request.url.removesuffix(ANNOUNCEMENT_PATH), place)


def read_listing(answer: Answer) -> Listing:
    """One page of either listing.

    Raises:
        ChangedShape: without the agreed fields or any link, a link twice, another page than
            asked for, text that was lost, more pages than anyone could mean.
        IncompleteAnswer: fewer links than it states, or another total than the first page.
        TransientError: the gateway says that it failed.
    """
    request = answer.request
    listing = _column(answer) if request.context["kind"] == "column" else _announcements(answer)
    if listing.total or request.context["column"] not in NEWS:
        _refuse_no_links(request, listing)
    _refuse_bad_links(request, listing.links)
    most = int(threshold("mofcom_max_pages"))
    if listing.page_count > most:
        raise ChangedShape(request, "pages", f"at most {most}", listing.page_count)
    page, least = int(request.context["page"]), int(threshold("mofcom_min_index_links"))
    if page < listing.page_count and len(listing.links) < least:
        raise IncompleteAnswer(
            request, "links", f"at least {least} on a page before the last", len(listing.links)
        )
    stated = request.context.get("total", str(listing.total))
    if stated != str(listing.total):
        raise IncompleteAnswer(
            request, "total", f"{stated} as on the first page", f"{listing.total}"
        )
    return listing


def audit_listing(pages: Mapping[Request, Iterable[tuple[str, str, str]]]) -> None:
    """Hold the pages of one listing against each other and against the total it states.

    Args:
        pages: (title, address, day) of every link, by the request that listed them.

    Raises:
        IncompleteAnswer: the pages come from different walks, a link stands on two of them, or
            they have more or fewer links than the listing states.
    """
    ordered = sorted(pages, key=lambda request: int(request.context["page"]))
    first, later = ordered[0], ordered[1:]
    stamp = stamp_of(pages[first])
    for request in later:
        if request.context["first"] != stamp:
            raise IncompleteAnswer(
                request, "first page", "pages of one walk", "a page from before it changed"
            )
    seen: dict[str, str] = {}
    for request in ordered:
        for _, url, _ in pages[request]:
            if url in seen:
                raise IncompleteAnswer(
                    request, "url", "each link on one page", f"{url} on page {seen[url]} too"
                )
            seen[url] = request.context["page"]
    for request in later[:1]:
        if str(len(seen)) != request.context["total"]:
            raise IncompleteAnswer(
                request, "total", f"{request.context['total']} links", f"{len(seen)} on all pages"
            )


def _column_page(base: str, column: str, place: tuple[tuple[str, str], ...]) -> Request:
    page = dict(place)["page"]
    return Request(
        source="mofcom",
        label=f"column {column} ({COLUMNS[column]}), page {page}",
        url=f"{base}{LIST_PATH}",
        method="POST",
        form=(("pageNumber", page), ("columnID", column), ("title", "")),
        headers=(*_OWN_PAGE, ("Referer", f"{base}/")),
        group=f"column-{column}",
        about=(("kind", "column"), ("column", column), *place),
    )


def _announcement_page(base: str, place: tuple[tuple[str, str], ...]) -> Request:
    page = dict(place)["page"]
    asked = json.dumps(
        {"pageNo": int(page), "pageSize": ANNOUNCEMENT_PAGE_SIZE}, separators=(",", ":")
    )
    return Request(
        source="mofcom",
        label=f"announcements, page {page}",
        url=f"{base}{ANNOUNCEMENT_PATH}",
        params=(*_ANNOUNCEMENT_UNIT, ("paramJson", asked)),
        headers=(*_OWN_PAGE, ("Referer", f"{base}{ANNOUNCEMENT_PAGE}")),
        group=f"column-{ANNOUNCEMENTS}",
        about=(("kind", "announcements"), ("column", ANNOUNCEMENTS), *place),
    )


def _column(answer: Answer) -> Listing:
    request = answer.request
    stated = read_json(answer)
    info = stated.get("pageInfo") if isinstance(stated, dict) else None
    if not isinstance(info, dict):
        raise ChangedShape(request, "pageInfo", "an object", type(info).__name__)
    total, page_count = (_number(request, info, name) for name in ("total", "maxPageNum"))
    rows = info.get("rows")
    if not isinstance(rows, list):
        raise ChangedShape(request, "pageInfo.rows", "a list", type(rows).__name__)
    page = int(request.context["page"])
    if "pageNumber" in info and _number(request, info, "pageNumber") != page:
        raise ChangedShape(request, "pageInfo.pageNumber", page, info["pageNumber"])
    if "pageSize" in info:
        size = _number(request, info, "pageSize")
        _refuse_other_count(request, "pageInfo.rows", len(rows), page, size, total)
    return Listing(tuple(_column_link(request, row) for row in rows), total, page_count)


def _number(request: Request, stated: Mapping[str, Any], name: str) -> int:
    if not str(stated.get(name, "")).isdigit():
        raise ChangedShape(request, f"pageInfo.{name}", "a number", stated.get(name, "absent"))
    return int(stated[name])


def _column_link(request: Request, row: Any) -> Link:
    cells = []
    for field in ("title", "url", "publishTimeStr"):
        cell = row.get(field, "absent") if isinstance(row, dict) else row
        if not isinstance(row, dict) or field not in row or not isinstance(cell, str):
            raise ChangedShape(request, f"pageInfo.rows.{field}", "text", cell)
        if not cell.strip():
            raise ChangedShape(request, f"pageInfo.rows.{field}", "text", "nothing")
        cells.append(cell)
    return _dated(request, Link(*cells), "pageInfo.rows.publishTimeStr")


def _announcements(answer: Answer) -> Listing:
    """The links inside `data.html`; the total stands in an attribute `count` of the pager."""
    request = answer.request
    stated = read_json(answer)
    data = stated.get("data") if isinstance(stated, dict) else None
    if isinstance(stated, dict) and stated.get("success") is False:
        raise TransientError(request, "success", "true", stated.get("message") or "false")
    html = data.get("html") if isinstance(data, dict) else None
    if not isinstance(html, str):
        raise ChangedShape(request, "data.html", "text", "absent" if html is None else html)
    tree = LexborHTMLParser(html)
    pager = tree.css_first("[count]")
    count = (pager.attributes.get("count") or "") if pager is not None else "absent"
    if not count.isdigit():
        raise ChangedShape(request, "data.html [count]", "a number", count)
    links, total = [], int(count)
    for item in tree.css("li"):
        anchor, day = item.css_first("a[href]"), item.css_first("span")
        title = (anchor.attributes.get("title") or anchor.text(strip=True)) if anchor else ""
        href = (anchor.attributes.get("href") or "") if anchor else ""
        if not title or not href or day is None:
            raise ChangedShape(request, "data.html li", "a link and a day", item.text(strip=True))
        link = Link(title, href, day.text(strip=True).strip("[]"))
        links.append(_dated(request, link, "data.html li span"))
    page, size = int(request.context["page"]), ANNOUNCEMENT_PAGE_SIZE
    _refuse_other_count(request, "data.html li", len(links), page, size, total)
    return Listing(tuple(links), total, -(-total // size))


def _dated(request: Request, link: Link, field: str) -> Link:
    if not _DAY.match(link.day):
        raise ChangedShape(request, field, "a day like 2025-11-07", link.day)
    return link


def _refuse_other_count(
    request: Request, field: str, count: int, page: int, size: int, total: int
) -> None:
    due = max(0, min(size, total - (page - 1) * size))
    if count != due:
        raise IncompleteAnswer(request, field, f"{due} links", f"{count} links")


def _refuse_no_links(request: Request, listing: Listing) -> None:
    if not listing.links:
        raise ChangedShape(request, "links", "at least one", "none")


def _refuse_bad_links(request: Request, links: Iterable[Link]) -> None:
    seen: set[str] = set()
    for link in links:
        if _LOST_TEXT.search(link.title):
            raise ChangedShape(request, "title", "readable Chinese", link.title)
        if link.url in seen:
            raise ChangedShape(request, "url", "each link once", f"{link.url} twice")
        seen.add(link.url)
