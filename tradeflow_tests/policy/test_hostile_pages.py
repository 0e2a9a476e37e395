"""Hostile pages: what they hold is text, or the page is refused with its reason; never more."""

from __future__ import annotations

import time

import pytest

from tradeflow.policy.extract import extract_page
from tradeflow.policy.limits import PageRefused
from tradeflow.policy.names import printable
from tradeflow_tests.policy.pages import SITE, page

_LISTING = "商务部公告2025年第51号 公布将3家美国实体列入出口管制管控名单决定"
_SIGNED = ("本公告自公布之日起实施。", "商务部", "2025年9月25日")


def test_scripts_styles_and_comments_are_no_text() -> None:
    html = page(_LISTING, "正文。", *_SIGNED).replace(
        "<p>正文。</p>",
        "<script>document.title='商务部公告2025年第99号'</script><style>p{}</style>"
        "<!-- 废止商务部公告2025年第61号 --><noscript>1. 甲</noscript><p>正文。</p>"
        "<template><p>暂停实施商务部公告2025年第62号</p></template>",
    )
    record = extract_page(SITE, html)
    assert record is not None
    assert record.article.lines == ("正文。", *_SIGNED)
    assert record.identity.key == "MOFCOM-公告-2025-51"
    assert record.links == ()


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "{{ site.github }}{% include x %}",
        '=HYPERLINK("http://x","y")',
        "'); drop table policy.documents; --",
        "\u202egnisrever\u202c",
        "[x](javascript:alert(1))",
    ],
)
def test_words_that_mean_something_elsewhere_are_words_here(words: str) -> None:
    lines = ("1. 甲公司", f"2. {words}", "3. 丙公司")
    record = extract_page(SITE, page(_LISTING, *lines, *_SIGNED))
    assert record is not None
    assert [entity.name_zh_hans for entity in record.entities][::2] == ["甲公司", "丙公司"]
    assert record.entities[1].quote == words
    assert record.identity.key == "MOFCOM-公告-2025-51"


def test_direction_marks_and_unseen_characters_leave_names_but_not_quotes() -> None:
    name = "甲\u202e公\u200b司\x1b[31m\x00"
    assert printable(name) == "甲公司[31m"
    record = extract_page(SITE, page(_LISTING, f"1. {name}", "2. 乙公司", "3. 丙公司", *_SIGNED))
    assert record is not None
    assert record.entities[0].name_zh_hans == "甲公司[31m"
    assert record.entities[0].quote in record.article.text


def test_a_number_broken_by_an_unseen_character_is_not_guessed() -> None:
    record = extract_page(SITE, page("商务部公告2025年第5\u200b1号 公布决定", "正文。"))
    assert record is not None
    assert record.identity.key is None


def test_two_numbers_for_one_page_put_its_key_in_doubt() -> None:
    record = extract_page(SITE, page(_LISTING, "商务部公告2025年第52号", "根据规定，决定如下。"))
    assert record is not None
    assert record.identity.key == "MOFCOM-公告-2025-51"
    assert record.value("key").confidence == "medium"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (page(_LISTING, "甲" * 10_000_000), "characters, more than 4000000"),
        (page(_LISTING, "x").replace("<p>x", "<div>" * 60_000 + "x"), "more than 500 deep"),
        (page(_LISTING, "x").replace("<p>x", "<span>" * 60_000 + "x"), "more than 500 deep"),
        (page(_LISTING, *["暂停实施。" * 100] * 1000), "the text has"),
        (page(_LISTING, "商务部" * 3_000), "one line has 9000 characters"),
        (page("第" * 9_000, "正文。"), "one line has 9000 characters"),
        (page(_LISTING, "甲" + " " * 300_000 + "x"), "one line has 300002 characters"),
    ],
    ids=[
        "10 MB",
        "nested blocks",
        "nested spans",
        "long text",
        "long line",
        "long title",
        "blanks",
    ],
)
def test_a_page_beyond_the_bounds_is_refused_at_once(html: str, reason: str) -> None:
    began = time.perf_counter()
    with pytest.raises(PageRefused, match=reason):
        extract_page(SITE, html)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "line",
    [
        "商务部" * 2_600,
        "部长" * 3_900,
        "（" * 7_900,
        "《" * 7_900,
        "自2025年11月10日起" * 600,
        "对美国" * 2_600,
        "一" * 7_900,
        "第一条第（一）项、" * 800,
        "商务部公告2025年第61号、" * 500,
        "问：" * 3_900,
        "设备、" * 2_600 + "技术",
        "10. " * 1_900,
    ],
)
def test_no_line_within_the_bounds_takes_long(line: str) -> None:
    """Backtracking: the rules' time on one line stays within seconds, whatever it repeats."""
    began = time.perf_counter()
    extract_page(SITE, page(_LISTING, f"一、{line}x", line, *_SIGNED))
    assert time.perf_counter() - began < 20


def test_ten_thousand_entities_are_refused_and_three_hundred_are_read() -> None:
    title = "商务部公告2025年第51号 公布将{}家美国实体列入出口管制管控名单决定"
    many = [f"{n}. 实体{n}号有限公司" for n in range(1, 10_001)]
    refused = extract_page(SITE, page(title.format(10_000), *many, *_SIGNED))
    assert refused is not None
    assert (refused.entity_count, refused.entities) == (10_000, ())
    read = extract_page(SITE, page(title.format(300), *many[:300], *_SIGNED))
    assert read is not None
    assert len(read.entities) == read.entity_count == 300


def test_names_that_hold_numbers_are_not_cut() -> None:
    lines = ("1. Area 51 Systems", "2. 甲公司（Alpha 7 Ltd）", "3. 丙公司")
    record = extract_page(SITE, page(_LISTING, *lines, *_SIGNED))
    assert record is not None
    assert [entity.name_zh_hans for entity in record.entities] == [
        "Area 51 Systems",
        "甲公司",
        "丙公司",
    ]
    assert record.entities[1].name_en == "Alpha 7 Ltd"
