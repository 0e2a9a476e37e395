"""The protocol of MOFCOM's export-control site and of the ministry's announcement pages.

Here: routes, paging and the hosts' error shapes; both answer errors with status 200 and a text
page. Not here: the pages themselves (`mofcom_world.py`).

Source of both listings' fields: public programs that read the real hosts.
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
ANNOUNCEMENT_PATH = "/api-gateway/jpaas-publish-server/front/page/build/unit"
SITE_PAGE_SIZE = 20
MINISTRY_PAGE_SIZE = 15

_ANNOUNCEMENT_LIST = "fc8bdff48fa345a48b651c1285b70b8f"
"""The gateway's id of the list of announcements; it serves many lists."""
_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
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
    if request.url.host == MINISTRY_HOST and path == ANNOUNCEMENT_PATH:
        return _announcements(request, as_of)
    page = find(request.url.host, path, as_of)
    return _error(_NOT_FOUND) if page is None else _article(page)


def _column_list(request: httpx.Request, as_of: date) -> httpx.Response:
    """One page of a column, newest first; only for a request such as the site's own page sends.

    One that does not say it is the page's script gets question marks for every Chinese character.
    """
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
            "maxPageNum": _page_count(listed, SITE_PAGE_SIZE),
            "rows": [
                {
                    "id": page.page_id,
                    "title": page.title,
                    "url": page.path,
                    "publishTimeStr": f"{page.page_date.isoformat()} 00:00:00",
                    "columnName": page.crumbs,
                }
                for page in _slice(listed, int(number), SITE_PAGE_SIZE)
            ],
        }
    }
    text = json.dumps(answer, ensure_ascii=False)
    if request.headers.get("x-requested-with") != "XMLHttpRequest":
        text = _CHINESE.sub("?", text)
    return _json(text)


def _announcements(request: httpx.Request, as_of: date) -> httpx.Response:
    """One page of the ministry's announcements: a piece of HTML inside JSON."""
    asked = request.url.params
    number = _page_number(asked.get("paramJson", '{"pageNo":1}'))
    if asked.get("pageId") != _ANNOUNCEMENT_LIST or number is None:
        return _json('{"success":false,"code":"500","message":"参数错误","data":null}')
    listed = visible(MINISTRY_HOST, as_of)
    items = "\n".join(
        f'<li><a href="{page.path}" title="{escape(page.title)}" target="_blank">'
        f"{escape(page.title)}</a><span>[{page.page_date.isoformat()}]</span></li>"
        for page in _slice(listed, number, MINISTRY_PAGE_SIZE)
    )
    html = (
        f'<ul class="txtList_01">\n{items}\n</ul>\n'
        f'<div class="pagination" count="{len(listed)}" rows="{MINISTRY_PAGE_SIZE}"></div>\n'
    )
    answer = {"success": True, "code": "200", "message": "", "data": {"html": html}}
    return _json(json.dumps(answer, ensure_ascii=False))


def _page_number(stated: str) -> int | None:
    """`pageNo` of the parameter `paramJson`; None where there is none that counts from 1."""
    try:
        number = json.loads(stated)["pageNo"]
    except (ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) and number >= 1 else None


def _page_count(listed: Sequence[Page], size: int) -> int:
    return -(-len(listed) // size)


def _slice(listed: Sequence[Page], number: int, size: int) -> Sequence[Page]:
    return listed[(number - 1) * size : number * size]


def _article(page: Page) -> httpx.Response:
    return _html(content(page), page.header_charset)


def _error(message: str) -> httpx.Response:
    return _html(ERROR_PAGE.format(message=message).encode(), "utf-8")


def _json(text: str) -> httpx.Response:
    return httpx.Response(
        200,
        headers={"content-type": "application/json;charset=UTF-8"},
        content=text.encode(),
    )


def _html(body: bytes, charset: str) -> httpx.Response:
    content_type = f"text/html;charset={charset}" if charset else "text/html"
    return httpx.Response(200, headers={"content-type": content_type}, content=body)
