"""China's Ministry of Commerce: export-control site and announcement pages, to the article.

Two places list articles: five columns of the export-control site, page by page, and the
ministry's announcement index, because the site lacks some notices. Listings and whole pages go
to raw tables; what a page says is read by `policy/`. A page that vanished is not a repeal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from tradeflow.answers import Answer, Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, flag, text_frame
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, PermanentError
from tradeflow.sources.reading import read_json, read_page
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
"""The announcement index's name in `column_id`, beside the numbered columns."""

LISTINGS = "mofcom__listings"
PAGES = "mofcom__pages"

_LIST_PATH = "/edi_ecms_web_front/front/column/getColumnList"
_INDEX_PATH = "/zwgk/zcfb/index.html"
_ARTICLE_ENDINGS = {".html", ".htm", ".shtml"}
_ERROR_TEXTS = ("页面不存在", "頁面不存在", "页面已删除", "404 Not Found", "404错误")
_Listing = tuple[str, str, str]


class Mofcom(Source):
    """`getColumnList` of exportcontrol.mofcom.gov.cn, `zwgk/zcfb` of www.mofcom.gov.cn."""

    name = "mofcom"
    group = "cn_export_control"
    parser_version = "1"
    tables: Mapping[str, tuple[str, ...]] = {
        LISTINGS: (
            "source_host",
            "column_id",
            "title",
            "url",
            "publish_date",
            "page",
            "is_reconstructed",
        ),
        PAGES: (
            "url",
            "host",
            "html",
            "charset",
            "listed_title",
            "listed_date",
            "is_reconstructed",
        ),
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """The first page of each column and of the announcement index; `follow` asks the rest."""
        columns = [_column_request(settings.mofcom_url, column, 1) for column in COLUMNS]
        index = _index_request(f"{settings.mofcom_announcements_url}{_INDEX_PATH}", 1)
        return [*columns, index]

    def parse(self, answer: Answer) -> Parsed:
        """Listed links, or one article page with its text decoded.

        Raises:
            ChangedShape: a listing without links, without the agreed fields, with a link twice;
                a page without an article body; a charset that does not fit.
            IncompleteAnswer: fewer links than the listing states, or a page that breaks off.
            PermanentError: an error text inside a page of status 200.
        """
        kind = answer.request.context["kind"]
        if kind == "page":
            rows = [_article(answer)]
            return Parsed({PAGES: text_frame(self.tables[PAGES], rows)})
        listed = _column_links(answer)[0] if kind == "column" else _index_links(answer)[0]
        context, host = answer.request.context, _host(answer.request.url)
        return Parsed(
            {
                LISTINGS: text_frame(
                    self.tables[LISTINGS],
                    [
                        (
                            host,
                            context["column"],
                            title,
                            url,
                            day,
                            context["page"],
                            flag(answer.marks.covers()),
                        )
                        for title, url, day in listed
                    ],
                )
            }
        )

    def follow(self, answer: Answer, parsed: Parsed) -> list[Request]:
        """The listing's next page, within the page bound, and the articles it lists."""
        context = answer.request.context
        if context["kind"] == "page":
            return []
        page = int(context["page"])
        following: list[Request] = []
        if context["kind"] == "column":
            base = answer.request.url.removesuffix(_LIST_PATH)
            page_count = _column_links(answer)[1]
            if page < min(page_count, _most_pages()):
                following.append(_column_request(base, context["column"], page + 1))
        else:
            base = answer.request.url
            next_url = _index_links(answer)[1]
            if next_url is not None and page < _most_pages():
                following.append(_index_request(next_url, page + 1))
        listed = parsed.tables[LISTINGS].select("title", "url", "publish_date").iter_rows()
        for title, url, day in listed:
            target = _article_url(base, url)
            if target is not None:
                following.append(_article_request(target, title, day))
        return following

    def may_fail(self, request: Request) -> bool:
        """Article pages may: one vanished page among hundreds is a reject, not a failed layer."""
        return request.context["kind"] == "page"


def _most_pages() -> int:
    return int(threshold("mofcom_max_pages"))


def _column_request(base: str, column: str, page: int) -> Request:
    return Request(
        source="mofcom",
        label=f"column {column} ({COLUMNS[column]}), page {page}",
        url=f"{base}{_LIST_PATH}",
        method="POST",
        form=(("pageNumber", str(page)), ("columnID", column)),
        headers=(
            ("Accept-Language", "zh-CN,zh;q=0.9"),
            ("Referer", f"{base}/"),
            ("X-Requested-With", "XMLHttpRequest"),
        ),
        group=f"column-{column}",
        about=(("kind", "column"), ("column", column), ("page", str(page))),
    )


def _index_request(url: str, page: int) -> Request:
    return Request(
        source="mofcom",
        label=f"announcement index, page {page}",
        url=url,
        headers=(("Accept-Language", "zh-CN,zh;q=0.9"),),
        group=f"column-{ANNOUNCEMENTS}",
        about=(("kind", "index"), ("column", ANNOUNCEMENTS), ("page", str(page))),
    )


def _article_request(url: str, title: str, day: str) -> Request:
    return Request(
        source="mofcom",
        label=f"page {urlsplit(url).path}",
        url=url,
        headers=(("Accept-Language", "zh-CN,zh;q=0.9"),),
        about=(("kind", "page"), ("listed_title", title), ("listed_date", day)),
    )


def _article_url(base: str, url: str) -> str | None:
    """The absolute address of a listed article; None for other hosts and for attachments."""
    try:
        target = urljoin(f"{base}/" if urlsplit(base).path == "" else base, url.strip())
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.netloc != urlsplit(base).netloc or parts.scheme not in ("http", "https"):
        return None
    if PurePosixPath(parts.path).suffix.lower() not in _ARTICLE_ENDINGS:
        return None
    return target.split("#")[0]


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _column_links(answer: Answer) -> tuple[list[_Listing], int]:
    """Links of one page of a column, and how many pages the column has."""
    request = answer.request
    stated = read_json(answer)
    info = stated.get("pageInfo") if isinstance(stated, dict) else None
    if not isinstance(info, dict):
        raise ChangedShape(request, "pageInfo", "an object", type(info).__name__)
    numbers = {}
    for field in ("pageNumber", "pageSize", "total", "totalPages"):
        if not str(info.get(field, "")).isdigit():
            raise ChangedShape(request, f"pageInfo.{field}", "a number", info.get(field, "absent"))
        numbers[field] = int(info[field])
    rows = info.get("rows")
    if not isinstance(rows, list):
        raise ChangedShape(request, "pageInfo.rows", "a list", type(rows).__name__)
    page = int(request.context["page"])
    if numbers["pageNumber"] != page:
        raise ChangedShape(request, "pageInfo.pageNumber", page, numbers["pageNumber"])
    links = [_column_link(request, row) for row in rows]
    if numbers["total"] or request.context["column"] not in NEWS:
        _refuse_no_links(request, links)
    before = (page - 1) * numbers["pageSize"]
    due = min(numbers["pageSize"], numbers["total"] - before)
    if len(links) != due:
        raise IncompleteAnswer(request, "pageInfo.rows", f"{due} links", f"{len(links)} links")
    return links, numbers["totalPages"]


def _column_link(request: Request, row: Any) -> _Listing:
    cells = []
    for field in ("title", "url", "publishTime"):
        cell = row.get(field) if isinstance(row, dict) else None
        if not isinstance(cell, str) or not cell.strip():
            raise ChangedShape(request, f"pageInfo.rows.{field}", "text", cell)
        cells.append(cell)
    return cells[0], cells[1], cells[2]


def _index_links(answer: Answer) -> tuple[list[_Listing], str | None]:
    """Links of one page of the announcement index, and the address of the next page."""
    request = answer.request
    tree = LexborHTMLParser(read_page(answer)[0])
    links = []
    for item in tree.css("ul.zcfb-list > li"):
        anchor, day = item.css_first("a[href]"), item.css_first("span")
        title = (anchor.attributes.get("title") or anchor.text(strip=True)) if anchor else ""
        href = (anchor.attributes.get("href") or "") if anchor else ""
        if not title or not href or day is None or not day.text(strip=True):
            raise ChangedShape(
                request, "ul.zcfb-list li", "a link and a day", item.text(strip=True)
            )
        links.append((title, href, day.text(strip=True)))
    _refuse_no_links(request, links)
    return links, _next_page(request, tree)


def _next_page(request: Request, tree: LexborHTMLParser) -> str | None:
    for anchor in tree.css("a[href]"):
        if anchor.attributes.get("rel") == "next" or "下一页" in anchor.text():
            try:
                target = urljoin(request.url, anchor.attributes.get("href") or "")
                same_host = _host(target) == _host(request.url)
            except ValueError:
                return None
            return target if same_host and target.split("#")[0] != request.url else None
    return None


def _refuse_no_links(request: Request, links: list[_Listing]) -> None:
    if not links:
        raise ChangedShape(request, "links", "at least one", "none")
    seen: set[str] = set()
    for _, url, _ in links:
        if url in seen:
            raise ChangedShape(request, "url", "each link once", f"{url} twice")
        seen.add(url)


def _article(answer: Answer) -> tuple[str | None, ...]:
    request, context = answer.request, answer.request.context
    html, charset = read_page(answer)
    tree = LexborHTMLParser(html)
    body = tree.css_first("div.art-con")
    text = body.text(strip=True) if body is not None else ""
    if any(words in (text or tree.text())[:200] for words in _ERROR_TEXTS):
        raise PermanentError(request, "page", "an article", "an error text with status 200")
    if not text:
        raise ChangedShape(request, "div.art-con", "the article's text", "nothing")
    return (
        request.url,
        _host(request.url),
        html,
        charset,
        context["listed_title"],
        context["listed_date"],
        flag(answer.marks.covers()),
    )
