"""MOFCOM: every listed page is asked for, each page is text in the charset its bytes prove."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeflow.answers import Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed
from tradeflow.sources.errors import (
    ChangedShape,
    IncompleteAnswer,
    PermanentError,
    SourceError,
)
from tradeflow.sources.mofcom import LISTINGS, PAGES, Mofcom

from .conftest import Fetch, MakeAnswer, answer_to

MOFCOM = Mofcom()
AS_OF = date(2026, 2, 15)
LINK = {
    "title": "公告2025年第61号",
    "url": "/article/zcfg/202510/1.html",
    "publishTime": "2025-10-09",
}
ARTICLE = """<!DOCTYPE html><html><head><meta charset="{stated}"><title>商务部</title>
<meta name="ArticleTitle" content="商务部公告2025年第61号">
<meta name="PubDate" content="2025-10-09">
</head><body><h1 class="art-title">商务部公告2025年第61号</h1><div class="art-info">2025-10-09</div>
<div class="art-con">
<p>根据《中华人民共和国出口管制法》，公布对境外相关稀土物项实施出口管制的决定。</p></div>
</body></html>"""


@pytest.fixture
def column(settings: Settings) -> Request:
    return MOFCOM.requests(AS_OF, settings)[0]


@pytest.fixture
def news(settings: Settings) -> Request:
    return next(r for r in MOFCOM.requests(AS_OF, settings) if r.context["column"] == "1")


@pytest.fixture
def index(settings: Settings) -> Request:
    return MOFCOM.requests(AS_OF, settings)[-1]


@pytest.fixture
def page(column: Request, answer: MakeAnswer) -> Request:
    """The request of the one article that a column lists."""
    listed = answer(column, listing([LINK]))
    return MOFCOM.follow(listed, MOFCOM.parse(listed))[-1]


def listing(members: list[dict], **changes: object) -> str:
    info = {"pageNumber": 1, "pageSize": 20, "total": len(members), "totalPages": 1}
    info["rows"] = members
    return json.dumps({"pageInfo": info | changes}, ensure_ascii=False)


def links(count: int) -> list[dict]:
    return [LINK | {"url": f"/article/zcfg/202510/{number}.html"} for number in range(count)]


def announcements(items: str, after: str = "") -> str:
    return (
        f"<html><head><title>政策发布</title></head><body>"
        f'<ul class="zcfb-list">{items}</ul>{after}</body></html>'
    )


ITEM = (
    '<li><a href="/zwgk/zcfb/art/2025/art_1.html" title="商务部公告2025年第70号">商务部公告…</a>'
    "<span>2025-11-07</span></li>"
)


class TestColumns:
    def test_all_five_columns_and_the_second_source_are_asked(self, settings: Settings):
        """Four notices stand only in the second source; states without them are wrong."""
        requests = MOFCOM.requests(AS_OF, settings)
        assert [dict(r.form).get("columnID") for r in requests] == [
            "13",
            "14",
            "15",
            "1",
            "2",
            None,
        ]
        assert requests[-1].url == "https://www.mofcom.gov.cn/zwgk/zcfb/index.html"

    def test_a_column_is_asked_as_the_sites_own_page_does(self, column: Request):
        assert column.method == "POST"
        assert dict(column.form) == {"pageNumber": "1", "columnID": "13"}
        assert dict(column.headers) == {
            "Accept-Language": "zh-CN,zh;q=0.9",
            "Referer": "http://exportcontrol.mofcom.gov.cn/",
            "X-Requested-With": "XMLHttpRequest",
        }

    def test_links_are_kept_as_sent(self, column: Request, fetch: Fetch):
        frame = MOFCOM.parse(fetch(column, listing([LINK]).encode())).tables[LISTINGS]
        assert tuple(frame.columns) == MOFCOM.tables[LISTINGS]
        assert frame.row(0) == (
            "exportcontrol.mofcom.gov.cn",
            "13",
            LINK["title"],
            LINK["url"],
            "2025-10-09",
            "1",
            "false",
        )

    def test_pages_are_followed_to_the_last_one_stated(self, column: Request, answer: MakeAnswer):
        """C12: reading only page 1 missed the suspension notices for five months."""
        asked, request = [], column
        for number in (1, 2, 3):
            rows = links(20) if number < 3 else links(5)
            stated = listing(rows, pageNumber=number, total=45, totalPages=3)
            got = answer(request, stated)
            pages = [r for r in MOFCOM.follow(got, MOFCOM.parse(got)) if r.method == "POST"]
            asked.append([dict(r.form)["pageNumber"] for r in pages])
            request = pages[0] if pages else request
        assert asked == [["2"], ["3"], []]

    def test_paging_ends_at_the_bound_whatever_the_site_states(
        self, column: Request, answer: MakeAnswer
    ):
        request = Request(
            column.source, column.label, column.url, "POST",
            about=(("kind", "column"), ("column", "13"), ("page", "200")),
        )  # fmt: skip
        stated = listing(links(20), pageNumber=200, total=10**6, totalPages=50_000)
        got = answer(request, stated)
        assert all(r.method == "GET" for r in MOFCOM.follow(got, MOFCOM.parse(got)))

    @pytest.mark.parametrize(
        ("url", "asked"),
        [
            ("/article/a/202510/1.html", "http://exportcontrol.mofcom.gov.cn/article/a/202510/1.html"),
            ("http://exportcontrol.mofcom.gov.cn/b.html", "http://exportcontrol.mofcom.gov.cn/b.html"),
            ("https://www.gov.cn/c.html", None),
            ("//evil.example/d.html", None),
            ("http://127.0.0.1/e.html", None),
            ("file:///etc/passwd.html", None),
            ("javascript:alert(1)", None),
            ("http://[bad", None),
            ("/files/list.pdf", None),
        ],
    )  # fmt: skip
    def test_only_articles_of_the_same_host_are_followed(
        self, url: str, asked: str | None, column: Request, answer: MakeAnswer
    ):
        got = answer(column, listing([LINK | {"url": url}]))
        followed = MOFCOM.follow(got, MOFCOM.parse(got))
        assert [r.url for r in followed] == ([] if asked is None else [asked])

    def test_a_news_column_may_say_it_is_empty(self, news: Request, answer: MakeAnswer):
        assert MOFCOM.parse(answer(news, listing([]))).row_count == 0

    def test_a_news_column_with_a_total_but_no_links_has_changed(
        self, news: Request, answer: MakeAnswer
    ):
        with pytest.raises(ChangedShape, match="at least one"):
            MOFCOM.parse(answer(news, listing([], total=7)))

    @pytest.mark.parametrize(
        ("bad", "error", "field"),
        [
            ("", IncompleteAnswer, "body"),
            (listing([LINK])[:-9], IncompleteAnswer, "body"),
            ("<html>您访问的页面不存在</html>", ChangedShape, "body"),
            ("[]", ChangedShape, "pageInfo"),
            ('{"pageInfo": null}', ChangedShape, "pageInfo"),
            (listing([]), ChangedShape, "links"),
            (listing([LINK], rows="none"), ChangedShape, "pageInfo.rows"),
            (listing([LINK], total=2), IncompleteAnswer, "pageInfo.rows"),
            (listing([LINK], pageNumber=2), ChangedShape, "pageInfo.pageNumber"),
            (listing([LINK], totalPages=None), ChangedShape, "pageInfo.totalPages"),
            (listing([LINK, LINK]), ChangedShape, "url"),
            (listing([LINK | {"title": " "}]), ChangedShape, "pageInfo.rows.title"),
            (listing([{"title": "x", "url": "/x.html"}]), ChangedShape,
             "pageInfo.rows.publishTime"),
            (listing([{"name": "x"}]), ChangedShape, "pageInfo.rows.title"),
        ],
    )  # fmt: skip
    def test_a_bad_listing_is_refused_with_a_typed_line(
        self,
        bad: str,
        error: type[SourceError],
        field: str,
        column: Request,
        answer: MakeAnswer,
    ):
        with pytest.raises(error) as caught:
            MOFCOM.parse(answer(column, bad))
        assert caught.value.field == field
        assert str(caught.value).startswith("mofcom: column 13 (laws), page 1: ")
        assert "\n" not in str(caught.value)

    def test_a_listing_in_another_charset_is_refused(self, column: Request, answer: MakeAnswer):
        with pytest.raises(ChangedShape, match="charset"):
            MOFCOM.parse(answer(column, listing([LINK]).encode("gb18030")))


class TestAnnouncements:
    def test_links_and_the_next_page_are_read(self, index: Request, fetch: Fetch):
        after = '<div class="page"><a href="index_2.html">下一页</a></div>'
        got = fetch(index, announcements(ITEM, after).encode())
        parsed = MOFCOM.parse(got)
        assert parsed.tables[LISTINGS].row(0) == (
            "www.mofcom.gov.cn",
            "zcfb",
            "商务部公告2025年第70号",
            "/zwgk/zcfb/art/2025/art_1.html",
            "2025-11-07",
            "1",
            "false",
        )
        following, article = MOFCOM.follow(got, parsed)
        assert following.url == "https://www.mofcom.gov.cn/zwgk/zcfb/index_2.html"
        assert following.context["page"] == "2"
        assert article.url == "https://www.mofcom.gov.cn/zwgk/zcfb/art/2025/art_1.html"

    @pytest.mark.parametrize(
        "after",
        ["", "<span>下一页</span>", '<a href="#">下一页</a>', '<a href="index.html">下一页</a>',
         '<a href="https://evil.example/index_2.html">下一页</a>',
         '<a href="http://[bad">下一页</a>'],
    )  # fmt: skip
    def test_the_last_page_calls_for_no_other(self, after: str, index: Request, answer: MakeAnswer):
        got = answer(index, announcements(ITEM, after))
        assert len(MOFCOM.follow(got, MOFCOM.parse(got))) == 1

    @pytest.mark.parametrize(
        ("bad", "error", "field"),
        [
            (b"", IncompleteAnswer, "body"),
            (announcements(ITEM).encode()[:-20], IncompleteAnswer, "body"),
            (announcements("").encode(), ChangedShape, "links"),
            (b"<html><body>maintenance</body></html>", ChangedShape, "links"),
            (announcements(ITEM + ITEM).encode(), ChangedShape, "url"),
            (announcements("<li>no link</li>").encode(), ChangedShape, "ul.zcfb-list li"),
            (announcements(ITEM.replace("<span>2025-11-07</span>", "")).encode(), ChangedShape,
             "ul.zcfb-list li"),
        ],
    )  # fmt: skip
    def test_a_bad_index_is_refused(
        self,
        bad: bytes,
        error: type[SourceError],
        field: str,
        index: Request,
        answer: MakeAnswer,
    ):
        """An index without a single link is a changed page, never a quiet week."""
        with pytest.raises(error) as caught:
            MOFCOM.parse(answer(index, bad))
        assert caught.value.field == field


class TestArticles:
    @pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
    @pytest.mark.parametrize("stated", ["utf-8", "gb2312", "iso-8859-1"])
    def test_the_bytes_decide_the_charset_not_what_is_stated(
        self, charset: str, stated: str, page: Request, fetch: Fetch
    ):
        """C13: conversion by guess once turned UTF-8 into fluent nonsense."""
        html = ARTICLE.format(stated=stated)
        got = fetch(page, html.encode(charset), content_type=f"text/html; charset={stated}")
        row = MOFCOM.parse(got).tables[PAGES].row(0, named=True)
        assert row["html"] == html
        assert row["charset"] == ("gb18030" if charset.startswith("gb") else "utf-8")
        assert (row["listed_title"], row["listed_date"]) == (LINK["title"], "2025-10-09")
        assert (row["url"], row["host"]) == (page.url, "exportcontrol.mofcom.gov.cn")

    @given(position=st.integers(min_value=0), byte=st.integers(min_value=0x80, max_value=0xFF))
    def test_a_damaged_byte_is_named_or_harmless_and_never_stored_as_a_replacement(
        self, position: int, byte: int
    ):
        """Property: whatever byte is damaged, no U+FFFD and no page read as GB18030."""
        raw = bytearray(ARTICLE.format(stated="utf-8").encode())
        raw[position % len(raw)] = byte
        request = Request(
            "mofcom", "page", "http://x/1.html",
            about=(("kind", "page"), ("listed_title", "t"), ("listed_date", "d")),
        )  # fmt: skip
        try:
            row = MOFCOM.parse(answer_to(request, bytes(raw))).tables[PAGES].row(0, named=True)
        except SourceError:
            return
        assert "\ufffd" not in row["html"]
        assert row["charset"] == "utf-8"

    @pytest.mark.parametrize(
        ("bad", "error", "field"),
        [
            (b"", IncompleteAnswer, "body"),
            (ARTICLE.format(stated="utf-8").encode()[:300], IncompleteAnswer, "body"),
            (ARTICLE.format(stated="\ufffd").encode(), ChangedShape, "charset"),
            (b"\xff\xff" * 50 + b"</html>", ChangedShape, "charset"),
            ("<html><title>404</title><body>您访问的页面不存在或已删除</body></html>".encode(),
             PermanentError, "page"),
            ("<html><body><div class='art-con'>页面不存在</div></body></html>".encode(),
             PermanentError, "page"),
            (b"<html><body><h1>404 Not Found</h1></body></html>", PermanentError, "page"),
            (b"<html><body><div class='art-con'> </div></body></html>", ChangedShape,
             "div.art-con"),
            (b"<html><body><div class='article'>text</div></body></html>", ChangedShape,
             "div.art-con"),
        ],
    )  # fmt: skip
    def test_a_page_that_is_no_article_is_refused(
        self,
        bad: bytes,
        error: type[SourceError],
        field: str,
        page: Request,
        answer: MakeAnswer,
    ):
        with pytest.raises(error) as caught:
            MOFCOM.parse(answer(page, bad))
        assert caught.value.field == field

    def test_one_lost_article_does_not_fail_the_layer(self, page: Request, column: Request):
        assert MOFCOM.may_fail(page)
        assert not MOFCOM.may_fail(column)

    def test_an_article_calls_for_nothing_more(self, page: Request, answer: MakeAnswer):
        got = answer(page, ARTICLE.format(stated="utf-8"))
        assert MOFCOM.follow(got, Parsed({})) == []

    def test_the_same_article_listed_twice_is_one_question(
        self, column: Request, news: Request, answer: MakeAnswer
    ):
        first, second = (answer(request, listing([LINK])) for request in (column, news))
        (one,) = MOFCOM.follow(first, MOFCOM.parse(first))
        (two,) = MOFCOM.follow(second, MOFCOM.parse(second))
        assert one.key == two.key
