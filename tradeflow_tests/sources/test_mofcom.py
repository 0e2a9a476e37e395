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
    TransientError,
)
from tradeflow.sources.mofcom import ATTACHMENTS, LISTINGS, PAGES, Mofcom, concerns_controls
from tradeflow.sources.mofcom_listing import read_listing

from .conftest import Fetch, MakeAnswer, answer_to

MOFCOM = Mofcom()
AS_OF = date(2026, 2, 15)
LINK = {
    "title": "公告2025年第61号",
    "url": "/article/zcfg/202510/1.html",
    "publishTimeStr": "2025-10-09 00:00:00",
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
def announced(settings: Settings) -> Request:
    return MOFCOM.requests(AS_OF, settings)[-1]


@pytest.fixture
def page(column: Request, answer: MakeAnswer) -> Request:
    """The request of the one article that a column lists."""
    listed = answer(column, listing([LINK]))
    return MOFCOM.follow(listed, MOFCOM.parse(listed))[-1]


def listing(members: list[dict], **changes: object) -> str:
    info = {"pageNumber": 1, "pageSize": 20, "total": len(members), "maxPageNum": 1}
    info["rows"] = members
    return json.dumps({"pageInfo": info | changes}, ensure_ascii=False)


def links(count: int, start: int = 0) -> list[dict]:
    return [
        LINK | {"url": f"/article/zcfg/202510/{number}.html"}
        for number in range(start, start + count)
    ]


def announcements(items: str, count: int | None = None, after: str = "") -> str:
    number = items.count("<li>") if count is None else count
    html = f'<ul class="txtList_01">{items}</ul><div count="{number}"></div>{after}'
    return json.dumps({"success": True, "code": "200", "data": {"html": html}})


ITEM = (
    '<li><a href="/zwgk/zcfb/art/2025/art_1.html" title="商务部公告2025年第70号">商务部公告…</a>'
    "<span>[2025-11-07]</span></li>"
)


def items(count: int, start: int = 0) -> str:
    return "".join(ITEM.replace("art_1", f"art_{n}") for n in range(start, start + count))


def walk(request: Request, bodies: list[str]) -> dict[Request, Parsed]:
    """The pages of one listing, each asked for by the one before."""
    found: dict[Request, Parsed] = {}
    for body in bodies:
        got = answer_to(request, body)
        found[request] = MOFCOM.parse(got)
        onward = [r for r in MOFCOM.follow(got, found[request]) if "page" in r.context]
        request = onward[0] if onward else request
    return found


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
        assert requests[-1].url.startswith("https://www.mofcom.gov.cn/api-gateway/")

    def test_a_column_is_asked_as_the_sites_own_page_does(self, column: Request):
        assert column.method == "POST"
        assert dict(column.form) == {"pageNumber": "1", "columnID": "13", "title": ""}
        assert dict(column.headers) == {
            "Accept-Language": "zh-CN,zh;q=0.9",
            "Referer": "http://exportcontrol.mofcom.gov.cn/",
            "X-Requested-With": "XMLHttpRequest",
        }

    def test_question_marks_for_chinese_are_refused(self, column: Request, answer: MakeAnswer):
        """The site answers so, with status 200, what it does not take for its own page."""
        lost = listing([LINK | {"title": "?????2025??61?"}])
        with pytest.raises(ChangedShape, match="readable Chinese"):
            MOFCOM.parse(answer(column, lost))

    def test_replacement_characters_are_refused(self, column: Request, answer: MakeAnswer):
        with pytest.raises(ChangedShape, match="readable Chinese"):
            MOFCOM.parse(answer(column, listing([LINK | {"title": "公告\ufffd号"}])))

    def test_links_are_kept_as_sent(self, column: Request, fetch: Fetch):
        frame = MOFCOM.parse(fetch(column, listing([LINK]).encode())).tables[LISTINGS]
        assert tuple(frame.columns) == MOFCOM.tables[LISTINGS]
        assert frame.row(0) == (
            "exportcontrol.mofcom.gov.cn",
            "13",
            LINK["title"],
            LINK["url"],
            "2025-10-09 00:00:00",
            "1",
            "false",
        )

    @pytest.mark.parametrize(
        ("url", "asked"),
        [
            ("/article/a/202510/1.html", "http://exportcontrol.mofcom.gov.cn/article/a/202510/1.html"),
            ("http://exportcontrol.mofcom.gov.cn/b.html", "http://exportcontrol.mofcom.gov.cn/b.html"),
            ("https://EXPORTCONTROL.mofcom.gov.cn/b.html#top", "http://exportcontrol.mofcom.gov.cn/b.html"),
            ("https://www.gov.cn/c.html", None),
            ("//evil.example/d.html", None),
            ("http://127.0.0.1/e.html", None),
            ("file:///etc/passwd.html", None),
            ("javascript:alert(1)", None),
            ("http://[bad", None),
            ("/files/list.pdf", None),
        ],
    )  # fmt: skip
    def test_only_articles_of_the_same_host_are_followed_under_one_address(
        self, url: str, asked: str | None, column: Request, answer: MakeAnswer
    ):
        got = answer(column, listing([LINK | {"url": url}]))
        followed = MOFCOM.follow(got, MOFCOM.parse(got))
        assert [r.url for r in followed] == ([] if asked is None else [asked])

    def test_a_news_column_may_say_it_is_empty(self, news: Request, answer: MakeAnswer):
        empty = answer(news, listing([], maxPageNum=0))
        assert MOFCOM.parse(empty).row_count == 0
        assert MOFCOM.follow(empty, MOFCOM.parse(empty)) == []

    def test_a_news_column_with_a_total_but_no_links_is_incomplete(
        self, news: Request, answer: MakeAnswer
    ):
        with pytest.raises(IncompleteAnswer, match="expected 7 links, got 0 links"):
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
            (listing([LINK], maxPageNum=None), ChangedShape, "pageInfo.maxPageNum"),
            (listing([LINK], total="many"), ChangedShape, "pageInfo.total"),
            (listing([LINK], maxPageNum=9999), ChangedShape, "pages"),
            (listing([LINK, LINK]), ChangedShape, "url"),
            (listing([LINK | {"title": " "}]), ChangedShape, "pageInfo.rows.title"),
            (listing([LINK | {"publishTimeStr": 1759968000000}]), ChangedShape,
             "pageInfo.rows.publishTimeStr"),
            (listing([LINK | {"publishTimeStr": "yesterday"}]), ChangedShape,
             "pageInfo.rows.publishTimeStr"),
            (listing([{"title": "x", "url": "/x.html"}]), ChangedShape,
             "pageInfo.rows.publishTimeStr"),
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

    def test_a_site_that_no_longer_says_its_page_size_is_still_held_to_its_total(
        self, column: Request
    ):
        def sent(number: int, rows: list[dict]) -> str:
            stated = json.loads(listing(rows, total=25, maxPageNum=2))
            del stated["pageInfo"]["pageSize"], stated["pageInfo"]["pageNumber"]
            return json.dumps(stated)

        MOFCOM.audit("g", walk(column, [sent(1, links(20)), sent(2, links(5, start=20))]))
        with pytest.raises(IncompleteAnswer, match="expected 25 links, got 24"):
            MOFCOM.audit("g", walk(column, [sent(1, links(20)), sent(2, links(4, start=20))]))
        with pytest.raises(IncompleteAnswer, match="at least 5 on a page before the last"):
            MOFCOM.parse(answer_to(column, sent(1, links(4))))


class TestWalk:
    """Paging to a watermark: what was listed before is not walked again, nothing is missed."""

    def pages(self, first: list[dict] | None = None, total: int = 45) -> list[str]:
        rows = [first or links(20), links(20, start=20), links(total - 40, start=40)]
        return [
            listing(members, pageNumber=number, total=total, maxPageNum=3)
            for number, members in enumerate(rows, start=1)
        ]

    def test_pages_are_followed_to_the_last_one_stated(self, column: Request):
        """C12: reading only page 1 missed the suspension notices for five months."""
        asked = [dict(r.form)["pageNumber"] for r in walk(column, self.pages())]
        assert asked == ["1", "2", "3"]

    def test_the_first_page_is_always_asked_and_later_ones_stand_while_it_is_the_same(
        self, column: Request
    ):
        first, second, third = walk(column, self.pages())
        assert not MOFCOM.stands(first)
        assert MOFCOM.stands(second)
        assert MOFCOM.stands(third)
        assert list(walk(column, self.pages()))[1:] == [second, third]

    def test_a_new_link_a_changed_title_or_another_total_starts_a_new_walk(self, column: Request):
        before = list(walk(column, self.pages()))
        newer = [LINK | {"url": "/article/zcfg/202602/99.html"}, *links(19)]
        retitled = [
            LINK | {"url": "/article/zcfg/202510/0.html", "title": "（已废止）"},
            *links(20)[1:],
        ]
        for changed in (self.pages(newer), self.pages(retitled), self.pages(total=46)):
            after = list(walk(column, changed))
            assert not set(before[1:]) & set(after[1:])

    def test_a_new_month_starts_a_new_walk(self, settings: Settings, column: Request):
        """A title far down is amended without a trace on the first page."""
        march = MOFCOM.requests(date(2026, 3, 1), settings)[0]
        assert march.key == column.key
        assert not set(walk(column, self.pages())) & set(walk(march, self.pages()))

    def test_the_pages_of_one_walk_add_up(self, column: Request):
        MOFCOM.audit("g", walk(column, self.pages()))

    def test_a_listing_that_moved_on_between_two_pages_is_refused(self, column: Request):
        pages = self.pages()
        with pytest.raises(IncompleteAnswer, match="expected 45 as on the first page, got 46"):
            walk(column, [pages[0], self.pages(total=46)[1]])

    def test_pages_of_two_walks_are_not_taken_together(self, column: Request):
        old = walk(column, self.pages())
        newer = [LINK | {"url": "/article/zcfg/202602/99.html"}, *links(19)]
        new = walk(column, self.pages(newer))
        mixed = dict([*list(new.items())[:1], *list(old.items())[1:]])
        with pytest.raises(IncompleteAnswer, match="pages of one walk"):
            MOFCOM.audit("g", mixed)

    def test_a_link_on_two_pages_is_a_page_sent_twice(self, column: Request):
        first, _, third = self.pages()
        again = listing(links(20), pageNumber=2, total=45, maxPageNum=3)
        with pytest.raises(IncompleteAnswer, match="each link on one page"):
            MOFCOM.audit("g", walk(column, [first, again, third]))

    def test_announcements_are_walked_the_same_way(self, announced: Request):
        pages = walk(announced, [announcements(items(15), 18), announcements(items(3, 15), 18)])
        assert [json.loads(dict(r.params)["paramJson"])["pageNo"] for r in pages] == [1, 2]
        MOFCOM.audit("g", pages)


class TestAnnouncements:
    def test_they_are_asked_as_the_ministrys_own_page_does(self, announced: Request):
        assert announced.method == "GET"
        asked = dict(announced.params)
        assert asked["paramJson"] == '{"pageNo":1,"pageSize":15}'
        assert (asked["pageType"], asked["tagId"]) == ("column", "分页列表")
        assert dict(announced.headers) == {
            "Accept-Language": "zh-CN,zh;q=0.9",
            "X-Requested-With": "XMLHttpRequest",
            "Referer": "https://www.mofcom.gov.cn/zwgk/zcfb/index.html",
        }

    def test_links_are_read(self, announced: Request, fetch: Fetch):
        got = fetch(announced, announcements(ITEM).encode())
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
        (article,) = MOFCOM.follow(got, parsed)
        assert article.url == "https://www.mofcom.gov.cn/zwgk/zcfb/art/2025/art_1.html"

    @pytest.mark.parametrize(
        ("title", "is_read"),
        [
            ("商务部公告2025年第70号", True),
            ("公告2025第61号", True),
            ("商务部 海关总署公告2025年第18号 公布对部分中重稀土相关物项实施出口管制的决定", True),
            ("商务部公告2025年第13号 公布将15家美国实体列入出口管制管控名单", True),
            ("不可靠实体清单工作机制公告2025年第3号", True),
            ("商务部公告2025年第64号 关于原产于日本的合金钢无缝钢管反倾销措施的公告", False),
            ("关于做好2026年春节期间市场保供工作的通知", False),
        ],
    )
    def test_only_announcements_that_may_concern_controls_are_read(
        self, title: str, is_read: bool, announced: Request, answer: MakeAnswer
    ):
        assert concerns_controls(title) is is_read
        got = answer(announced, announcements(ITEM.replace("商务部公告2025年第70号", title)))
        parsed = MOFCOM.parse(got)
        assert parsed.tables[LISTINGS]["title"].to_list() == [title]
        assert len(MOFCOM.follow(got, parsed)) == is_read

    @pytest.mark.parametrize(
        ("bad", "error", "field"),
        [
            ("", IncompleteAnswer, "body"),
            (announcements(ITEM)[:-20], IncompleteAnswer, "body"),
            ("<html><body>maintenance</body></html>", ChangedShape, "body"),
            ('{"success":false,"message":"系统繁忙"}', TransientError, "success"),
            ('{"success":true,"data":{}}', ChangedShape, "data.html"),
            ('{"success":true,"data":{"html":""}}', ChangedShape, "data.html [count]"),
            (announcements(""), ChangedShape, "links"),
            (announcements(ITEM, 7), IncompleteAnswer, "data.html li"),
            (announcements(ITEM + ITEM), ChangedShape, "url"),
            (announcements("<li>no link</li>"), ChangedShape, "data.html li"),
            (announcements(ITEM.replace("<span>[2025-11-07]</span>", "")), ChangedShape,
             "data.html li"),
            (announcements(ITEM.replace("[2025-11-07]", "昨天")), ChangedShape,
             "data.html li span"),
        ],
    )  # fmt: skip
    def test_a_bad_list_is_refused(
        self,
        bad: str,
        error: type[SourceError],
        field: str,
        announced: Request,
        answer: MakeAnswer,
    ):
        """A list without a single link is a changed page, never a quiet week."""
        with pytest.raises(error) as caught:
            read_listing(answer(announced, bad))
        assert caught.value.field == field


class TestArticles:
    @pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
    @pytest.mark.parametrize("stated", ["utf-8", "gb2312", "iso-8859-1"])
    def test_the_bytes_decide_the_charset_not_what_is_stated(
        self, charset: str, stated: str, page: Request, fetch: Fetch
    ):
        """C13: conversion by guess once turned UTF-8 into fluent nonsense."""
        # GB2312 has neither of the two, GBK has one.
        rare = "镕" if charset == "gbk" else "镕𠮷"
        html = ARTICLE.format(stated=stated).replace("的决定", f"的决定{rare}")
        got = fetch(page, html.encode(charset), content_type=f"text/html; charset={stated}")
        row = MOFCOM.parse(got).tables[PAGES].row(0, named=True)
        assert row["html"] == html
        assert row["charset"] == ("gb18030" if charset.startswith("gb") else "utf-8")
        assert (row["listed_title"], row["listed_date"]) == (
            LINK["title"],
            LINK["publishTimeStr"],
        )
        assert (row["url"], row["host"]) == (page.url, "exportcontrol.mofcom.gov.cn")

    def test_a_damaged_utf8_page_is_not_taken_for_fluent_gb18030(
        self, page: Request, answer: MakeAnswer
    ):
        """Where runs of Chinese are of even length, every pair of their bytes is a character."""
        text = "公布出口管制公告有关部门商务海关实施管理"
        html = f'<html><body><div class="art-con">{text}</div></body></html>'.encode()
        damaged = html.replace("公".encode(), b"\xa0" + "公".encode()[1:], 1)
        assert damaged.decode("gb18030")
        with pytest.raises(ChangedShape, match=r"charset: expected UTF-8, got byte \d+ is damaged"):
            MOFCOM.parse(answer(page, damaged))

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
            ("<html><body>系统繁忙，请稍后再试</body></html>".encode(), TransientError, "page"),
            (b"<html><body><div class='bd'><script>var title = 'x';</script>"
             b"[an error occurred while processing this directive]</div></body></html>",
             TransientError, "page"),
            ("<html><body><div class='bd'><script>var title = '公告';</script></div>"
             "</body></html>".encode(),
             ChangedShape, "div.art-con"),
            (b"<html><body><div class='art-con'>????2025?61?</div></body></html>", ChangedShape,
             "div.art-con"),
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

    def test_an_article_may_speak_of_errors_after_its_beginning(
        self, page: Request, answer: MakeAnswer
    ):
        """Words of an error page count where the page begins, not in scripts or far down."""
        html = ARTICLE.format(stated="utf-8")
        html = html.replace("</head>", "<script>'系统繁忙'</script></head>")
        html = html.replace("的决定。", f"的决定。{'公布' * 100}系统提示“页面不存在”的，可以来函。")
        assert MOFCOM.parse(answer(page, html)).tables[PAGES]["html"].to_list() == [html]

    def test_the_export_control_site_puts_the_text_in_a_div_of_its_own(
        self, page: Request, answer: MakeAnswer
    ):
        html = ARTICLE.format(stated="utf-8").replace('class="art-con"', 'class="bd"')
        assert MOFCOM.parse(answer(page, html)).tables[PAGES]["html"].to_list() == [html]

    def test_attachments_are_listed_once_each_with_their_words(
        self, page: Request, answer: MakeAnswer
    ):
        files = (
            '<p><a href="P020251009.PDF">附件1：<span>物项</span>清单</a></p>'
            '<p><a href="/file/a.docx?v=2">附件2</a><a href="/file/a.docx?v=2">附件2</a></p>'
            '<p><a href="/article/2.html">另一篇</a><a href="#top">附件</a><a>附件</a></p></div>'
        )
        html = ARTICLE.format(stated="utf-8").replace("</div>\n</body>", f"{files}\n</body>")
        found = MOFCOM.parse(answer(page, html)).tables[ATTACHMENTS]
        assert found.rows() == [
            (page.url, "P020251009.PDF", "附件1：物项清单", "false"),
            (page.url, "/file/a.docx?v=2", "附件2", "false"),
        ]

    def test_an_article_stands_while_its_listing_says_the_same(
        self, page: Request, column: Request, answer: MakeAnswer
    ):
        assert MOFCOM.stands(page)
        renamed = answer(column, listing([LINK | {"title": "公告2025年第61号（已暂停）"}]))
        (again,) = MOFCOM.follow(renamed, MOFCOM.parse(renamed))
        assert again.key == page.key
        assert again != page

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
