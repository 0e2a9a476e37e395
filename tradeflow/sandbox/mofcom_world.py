"""The bundled MOFCOM pages: what they are called, when they become visible, their bytes.

Here: the page list `data/mofcom_pages.csv` and how a page is put together. Not here: the
protocol of the two hosts (`mofcom.py`) and the markup of bodies (`mofcom_bodies.py`).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from tradeflow.sandbox.mofcom_bodies import Body, bodies, render_article, render_body

SITE_HOST = "exportcontrol.mofcom.gov.cn"
MINISTRY_HOST = "www.mofcom.gov.cn"

_PAGES = Path(__file__).resolve().parent / "data" / "mofcom_pages.csv"
_SITE_NAMES = {SITE_HOST: "中国出口管制信息网", MINISTRY_HOST: "中华人民共和国商务部"}
_COLUMNS = {
    "flfg": (13, "国内政策法规"),
    "gzjgfxwj": (14, "国内政策法规"),
    "zcfggzqd": (15, "国内政策法规"),
    "gndt": (1, "国内动态"),
    "gjdt": (2, "国际动态"),
}
"""URL folder -> the site's column id and its name above the article."""


@dataclass(frozen=True)
class Page:
    """One page of either host, as published."""

    page_id: str
    host: str
    path: str
    title: str
    page_date: date
    """The date the page shows: the posting date where the site gives two."""
    encoding: str
    """How the bytes are encoded."""
    header_charset: str
    """What the Content-Type header declares, true or not; empty: nothing."""
    meta_charset: str
    """What the page's `meta` declares, true or not."""
    body: Body

    @property
    def folder_start(self) -> date:
        """First day of the month in the URL."""
        match = re.search(r"/(\d{4})/?(\d{2})/", self.path)
        if match is None:
            raise ValueError(f"mofcom_pages.csv: {self.path} has no year and month folder")
        return date(int(match[1]), int(match[2]), 1)

    @property
    def released_on(self) -> date:
        """First day the page is on line: a page posted later sits in a later folder."""
        return max(self.page_date, self.folder_start)

    @property
    def column(self) -> int | None:
        """The site's column id; None on the ministry's host."""
        return self._column[0] if self.host == SITE_HOST else None

    @property
    def crumbs(self) -> str:
        return self._column[1] if self.host == SITE_HOST else "政策发布"

    @property
    def _column(self) -> tuple[int, str]:
        return _COLUMNS[self.path.split("/")[-3]]

    @property
    def order(self) -> tuple[date, int, str]:
        """Ascending order of publication; article numbers break ties."""
        return (self.page_date, int(self.page_id) if self.page_id.isdigit() else 0, self.path)


@cache
def pages() -> tuple[Page, ...]:
    """Every page of both hosts, in order of publication."""
    with _PAGES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = bodies()
    read = (
        Page(
            page_id=row["page_id"],
            host=row["host"],
            path=row["path"],
            title=row["title"],
            page_date=max(date.fromisoformat(day) for day in row["page_dates"].split(";")),
            encoding=row["encoding"],
            header_charset=row["header_charset"],
            meta_charset=row["meta_charset"],
            body=texts[row["page_id"]],
        )
        for row in rows
    )
    return tuple(sorted(read, key=lambda page: page.order))


def visible(host: str, as_of: date) -> list[Page]:
    """The pages of `host` on line at the end of `as_of`, newest first."""
    return [p for p in reversed(pages()) if p.host == host and p.released_on <= as_of]


def find(host: str, path: str, as_of: date) -> Page | None:
    """The page at `path`, or None where it does not exist or is not on line yet."""
    return next((page for page in visible(host, as_of) if page.path == path), None)


def content(page: Page) -> bytes:
    """The page as it goes over the wire; the same bytes in every week."""
    html = render_article(
        site_name=_SITE_NAMES[page.host],
        title=page.title,
        page_date=page.page_date.isoformat(),
        source="商务部新闻办公室" if page.column == 1 else "商务部安全与管制局",
        charset=page.meta_charset,
        crumbs=page.crumbs,
        content=render_body(page.body.text, pages().index(page)),
        earlier=_earlier(page),
    )
    return html.encode(page.encoding)


def _earlier(page: Page) -> tuple[str, str] | None:
    """The page before this one in its column that was on line when this one was posted."""
    candidates = [
        other
        for other in visible(page.host, page.released_on)
        if other.column == page.column and other.order < page.order
    ]
    return (candidates[0].path, candidates[0].title) if candidates else None
