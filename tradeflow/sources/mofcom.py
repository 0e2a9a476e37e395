"""China's Ministry of Commerce: export-control site and announcement pages, to the article.

Two places list articles (`mofcom_listing.py`): five columns of the export-control site, and the
ministry's announcements, because the site lacks some notices. Listings, whole pages and their
attachments go to raw tables; what a page says is read by `policy/`. A page that vanished is not
a repeal: its last good answer stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tradeflow.answers import Answer, Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, flag, text_frame
from tradeflow.sources.errors import ChangedShape, PermanentError, TransientError
from tradeflow.sources.mofcom_listing import (
    COLUMNS,
    LANGUAGE,
    announcement_request,
    audit_listing,
    column_request,
    next_page,
    read_listing,
)
from tradeflow.sources.reading import read_page

LISTINGS = "mofcom__listings"
PAGES = "mofcom__pages"
ATTACHMENTS = "mofcom__attachments"

_ARTICLE_ENDINGS = {".html", ".htm", ".shtml"}
_FILE_ENDINGS = frozenset(
    (".pdf", ".doc", ".docx", ".wps", ".ofd", ".xls", ".xlsx", ".et", ".zip", ".rar")
)
_CONCERNS = re.compile("出口|物项|管控名单|关注名单|实体|反制|稀土|暂停实施|继续暂停|停止实施")
"""What a ministry announcement on export controls names in its title. The ministry announces
much else (auctions, anti-dumping, fairs), which is listed here and not read."""
_NUMBER_ALONE = re.compile(r"\D*\d{4}年?第?\d+号\W*")
"""A title that says no subject: only its page can tell."""

_BODIES = ("div.art-con", "div.bd", "#zoom", ".TRS_Editor")
"""Where an article's text stands: the ministry's host first, then the site's, then older pages."""
_GONE = ("页面不存在", "頁面不存在", "页面已删除", "404 Not Found", "404错误")
_BUSY = ("系统繁忙", "访问过于频繁", "an error occurred while processing this directive")
_CHINESE = re.compile("[\u4e00-\u9fff]")


class Mofcom(Source):
    """`getColumnList` of exportcontrol.mofcom.gov.cn, `zwgk/zcfb` of www.mofcom.gov.cn."""

    name = "mofcom"
    group = "cn_export_control"
    parser_version = "2"
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
        ATTACHMENTS: ("page_url", "href", "text", "is_reconstructed"),
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """The first page of each column and of the announcements; `follow` asks the rest."""
        month = f"{as_of:%Y-%m}"
        columns = [column_request(settings.mofcom_url, column, month) for column in COLUMNS]
        return [*columns, announcement_request(settings.mofcom_announcements_url, month)]

    def parse(self, answer: Answer) -> Parsed:
        """Listed links, or one article page with its text decoded and its attachments.

        Raises:
            ChangedShape: a listing without links, without the agreed fields, with a link twice;
                a page without an article body; a charset that does not fit.
            IncompleteAnswer: fewer links than the listing states, or a page that breaks off.
            PermanentError: a page of status 200 that says the article is gone.
            TransientError: a page or listing of status 200 that asks for patience.
        """
        if answer.request.context["kind"] == "page":
            return self._page(answer)
        context, host = answer.request.context, _host(answer.request.url)
        mark = flag(answer.marks.covers())
        rows = [
            (host, context["column"], link.title, link.url, link.day, context["page"], mark)
            for link in read_listing(answer).links
        ]
        return Parsed({LISTINGS: text_frame(self.tables[LISTINGS], list(rows))})

    def follow(self, answer: Answer, parsed: Parsed) -> list[Request]:
        """The listing's next page, and the articles it lists.

        Of the ministry's announcements only those whose title concerns export controls, or
        names no subject.
        """
        request = answer.request
        if request.context["kind"] == "page":
            return []
        onward = next_page(request, read_listing(answer))
        following = [] if onward is None else [onward]
        is_site = request.context["kind"] == "column"
        for title, url, day in _links(parsed):
            target = _article_url(request.url, url)
            if target is not None and (is_site or concerns_controls(title)):
                following.append(_article_request(target, title, day))
        return following

    def leads_on(self, request: Request) -> bool:
        return request.context["kind"] != "page"

    def audit(self, group: str, parsed: Mapping[Request, Parsed]) -> None:
        """Hold the pages of one listing against each other; articles belong to no group.

        Raises:
            IncompleteAnswer: they are not one walk, or do not have the links it states.
        """
        if group:
            audit_listing({request: _links(page) for request, page in parsed.items()})

    def may_fail(self, request: Request) -> bool:
        """Article pages may: one vanished page among hundreds is a reject, not a failed layer."""
        return request.context["kind"] == "page"

    def stands(self, request: Request) -> bool:
        """Articles whose listing says nothing new, and later pages of an unchanged listing."""
        return request.context["kind"] == "page" or "first" in request.context

    def _page(self, answer: Answer) -> Parsed:
        html, charset, attachments = _article(answer)
        request, mark = answer.request, flag(answer.marks.covers())
        titles = (request.context["listed_title"], request.context["listed_date"])
        row = (request.url, _host(request.url), html, charset, *titles, mark)
        files = [(request.url, href, text, mark) for href, text in attachments]
        return Parsed(
            {
                PAGES: text_frame(self.tables[PAGES], [row]),
                ATTACHMENTS: text_frame(self.tables[ATTACHMENTS], list(files)),
            }
        )


def concerns_controls(title: str) -> bool:
    """Whether an announcement is read: its title names the field, or no subject at all."""
    return bool(_CONCERNS.search(title) or _NUMBER_ALONE.fullmatch(title.strip()))


def _links(parsed: Parsed) -> list[tuple[str, str, str]]:
    return parsed.tables[LISTINGS].select("title", "url", "publish_date").rows()


def _article_request(url: str, title: str, day: str) -> Request:
    return Request(
        source="mofcom",
        label=f"page {urlsplit(url).path}",
        url=url,
        headers=(LANGUAGE,),
        about=(("kind", "page"), ("listed_title", title), ("listed_date", day)),
    )


def _article_url(listing: str, url: str) -> str | None:
    """The one address of a listed article; None for other hosts and for attachments.

    A listing names the same page with either scheme and with fragments; it is asked for once.
    """
    base = urlsplit(listing)
    try:
        parts = urlsplit(urljoin(f"{base.scheme}://{base.netloc}/", url.strip()))
        is_own = parts.scheme in ("http", "https") and parts.netloc.lower() == base.netloc.lower()
    except ValueError:
        return None
    if not is_own or PurePosixPath(parts.path).suffix.lower() not in _ARTICLE_ENDINGS:
        return None
    return parts._replace(scheme=base.scheme, netloc=base.netloc, fragment="").geturl()


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _article(answer: Answer) -> tuple[str, str, list[tuple[str, str]]]:
    """Text, charset and attachments of an article page."""
    request = answer.request
    html, charset = read_page(answer)
    tree = LexborHTMLParser(html)
    tree.strip_tags(["script", "style"])
    body = next(filter(None, map(tree.css_first, _BODIES)), None)
    text = body.text(strip=True) if body is not None else ""
    beginning = (text or tree.text())[:200]
    if any(words in beginning for words in _GONE):
        raise PermanentError(request, "page", "an article", "an error text with status 200")
    if any(words in beginning for words in _BUSY):
        raise TransientError(request, "page", "an article", "an error text with status 200")
    if body is None or not _CHINESE.search(text):
        raise ChangedShape(request, _BODIES[0], "an article in Chinese", text[:40] or "nothing")
    return html, charset, _attachments(tree.body or body)


def _attachments(node: LexborNode) -> list[tuple[str, str]]:
    """(address, words) of every linked file, once each, in the page's order."""
    found: dict[str, str] = {}
    for anchor in node.css("a[href]"):
        href = (anchor.attributes.get("href") or "").strip()
        path = href.split("#")[0].split("?")[0]
        if PurePosixPath(path).suffix.lower() in _FILE_ENDINGS:
            found.setdefault(href, anchor.text(strip=True))
    return list(found.items())
