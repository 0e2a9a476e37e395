"""The protocol of MOFCOM's export-control site and of the ministry's announcement pages.

Here: routes, paging and the hosts' error shapes; both answer errors with status 200 and a text
page. Not here: the pages themselves (`mofcom_world.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from html import escape
from urllib.parse import parse_qsl

import httpx

from tradeflow.sandbox.mofcom_bodies import ERROR_PAGE
from tradeflow.sandbox.mofcom_world import (
    MINISTRY_HOST,
    SITE_HOST,
    Page,
    content,
    find,
    visible,
)

COLUMN_LIST_PATH = "/edi_ecms_web_front/front/column/getColumnList"
SITE_PAGE_SIZE = 20
MINISTRY_PAGE_SIZE = 5

_INDEX = re.compile(r"/zwgk/zcfb/index(?:_(\d+))?\.html")
_NOT_FOUND = "您访问的页面不存在"
_REFUSED = "系统繁忙，请稍后再试"


def handle(request: httpx.Request, as_of: date) -> httpx.Response:
    """Answer as the two hosts would have on `as_of`.

    Args:
        request: any request to the site or the ministry.
        as_of: the day the world is seen on; pages released later are unknown.

    Returns:
        Status 200 always; errors are text pages, as on the real hosts.
    """
    path = request.url.path
    if request.url.host == SITE_HOST and path == COLUMN_LIST_PATH:
        return _column_list(request, as_of)
    if request.method != "GET":
        return _error(_REFUSED)
    index = _INDEX.fullmatch(path) if request.url.host == MINISTRY_HOST else None
    if index is not None:
        return _announcement_index(int(index[1] or 1), as_of)
    page = find(request.url.host, path, as_of)
    return _error(_NOT_FOUND) if page is None else _article(page)


def _column_list(request: httpx.Request, as_of: date) -> httpx.Response:
    """One page of a column, newest first; only for a request such as the site's own page sends."""
    is_own_page = (
        request.method == "POST"
        and "zh-CN" in request.headers.get("accept-language", "")
        and "referer" in request.headers
    )
    form = dict(parse_qsl(request.read().decode("utf-8", errors="replace")))
    number, column = form.get("pageNumber", ""), form.get("columnID", "")
    if not (is_own_page and number.isdecimal() and int(number) >= 1 and column.isdecimal()):
        return _error(_REFUSED)
    listed = [page for page in visible(SITE_HOST, as_of) if page.column == int(column)]
    answer = {
        "pageInfo": {
            "pageNumber": int(number),
            "pageSize": SITE_PAGE_SIZE,
            "total": len(listed),
            "totalPages": _page_count(listed, SITE_PAGE_SIZE),
            "rows": [
                {
                    "articleId": page.page_id,
                    "title": page.title,
                    "url": page.path,
                    "publishTime": page.page_date.isoformat(),
                }
                for page in _slice(listed, int(number), SITE_PAGE_SIZE)
            ],
        }
    }
    body = json.dumps(answer, ensure_ascii=False).encode()
    return httpx.Response(
        200, headers={"content-type": "application/json;charset=UTF-8"}, content=body
    )


def _announcement_index(number: int, as_of: date) -> httpx.Response:
    """One page of the ministry's list of announcements, with a link to the next."""
    listed = visible(MINISTRY_HOST, as_of)
    last = _page_count(listed, MINISTRY_PAGE_SIZE)
    if not 1 <= number <= last:
        return _error(_NOT_FOUND)
    items = "\n".join(
        f'<li><a href="{page.path}" title="{escape(page.title)}">{escape(page.title)}</a>'
        f"<span>{page.page_date.isoformat()}</span></li>"
        for page in _slice(listed, number, MINISTRY_PAGE_SIZE)
    )
    following = f'<a href="index_{number + 1}.html">下一页</a>' if number < last else ""
    html = (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        "<title>政策发布 - 中华人民共和国商务部</title></head>\n<body>\n"
        f'<ul class="zcfb-list">\n{items}\n</ul>\n'
        f'<div class="page">第{number}页 共{last}页 {following}</div>\n</body></html>\n'
    )
    return _html(html.encode(), "utf-8")


def _page_count(listed: Sequence[Page], size: int) -> int:
    return -(-len(listed) // size)


def _slice(listed: Sequence[Page], number: int, size: int) -> Sequence[Page]:
    return listed[(number - 1) * size : number * size]


def _article(page: Page) -> httpx.Response:
    return _html(content(page), page.header_charset)


def _error(message: str) -> httpx.Response:
    return _html(ERROR_PAGE.format(message=message).encode(), "utf-8")


def _html(body: bytes, charset: str) -> httpx.Response:
    content_type = f"text/html;charset={charset}" if charset else "text/html"
    return httpx.Response(200, headers={"content-type": content_type}, content=body)
