"""The record of a page: when it was released, and what it calls itself."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeflow.policy.extract import extract_page, folder_month
from tradeflow_tests.policy.pages import SITE, page


@pytest.mark.parametrize(
    ("url", "month"),
    [
        ("http://exportcontrol.mofcom.gov.cn/article/gndt/202605/1250.html", date(2026, 5, 1)),
        ("https://www.mofcom.gov.cn/zwgk/zcfb/art/2025/11/art_9476.html", date(2025, 11, 1)),
        ("https://www.mofcom.gov.cn/zwgk/zcfb/art/2025/11/07/art_9476.html", date(2025, 11, 1)),
        ("https://www.mofcom.gov.cn/zwgk/202019/1.html", None),
    ],
)
def test_the_folder_of_the_address_names_a_month(url: str, month: date | None) -> None:
    assert folder_month(url) == month


def test_a_page_is_released_on_the_later_of_its_date_and_its_folder() -> None:
    url = SITE.replace("202510", "202605")
    late = extract_page(url, page("公告", "正文。", page_date="2025-12-19"))
    on_time = extract_page(SITE, page("公告", "正文。", page_date="2025-10-13"))
    assert late is not None and late.released_on == date(2026, 5, 1)
    assert on_time is not None and on_time.released_on == date(2025, 10, 13)


def test_page_issue_and_effective_dates_stay_apart() -> None:
    # P12, CHK-DATE-SOURCE
    record = extract_page(
        SITE,
        page(
            "商务部公告2025年第57号 公布决定",
            "本公告自2025年11月8日起实施。",
            "商务部",
            "2025年10月9日",
            page_date="2025-10-13",
        ),
    )
    assert record is not None
    assert record.article.page_date == date(2025, 10, 13)
    assert record.identity.issue_date == date(2025, 10, 9)
    assert record.clauses[0].effective_date == date(2025, 11, 8)


def test_supplement_and_unconfirmed_marks_are_read_from_the_text() -> None:
    record = extract_page(
        SITE,
        page("商务部公告2025年第72号 题名", "〔补充〕本页为补充页。", "〔未证实〕编号未证实。"),
    )
    inline = extract_page(SITE, page("答记者问", "〔补充〕补充。", "暂停90天〔未证实〕。"))
    assert record is not None and record.is_supplement and record.is_unconfirmed
    assert inline is not None and inline.is_supplement and not inline.is_unconfirmed


def test_a_notice_that_only_suspends_others_starts_when_the_suspension_does() -> None:
    record = extract_page(
        SITE,
        page(
            "商务部公告2025年第70号 公布暂停实施的决定",
            "决定自2025年11月7日起至2026年11月10日，暂停实施商务部公告2025年第61号。",
            "商务部",
            "2025年11月7日",
        ),
    )
    assert record is not None
    (own,) = record.clauses
    assert (own.clause, own.effective_date) == ("", date(2025, 11, 7))


_FRAGMENTS = (
    "商务部公告2025年第61号",
    "公告2025第6",
    "国务院令第792号",
    "第一条第（一）项",
    "自2025年11月8日起",
    "至2026年11月10日",
    "2025年2月30日",
    "暂停实施",
    "同时废止",
    "自公布之日起实施",
    "一年",
    "九千九百年",
    "，",
    "。",
    "：",
    "（",
    "）",
    "《",
    "》",
    "“",
    "<script>alert(1)</script>",
    "{{ x }}",
    "\n",
    "穿透性规则",
    "美国商务部",
    "1. Alpha",
    "1C909.a",
)


@given(
    title=st.lists(st.sampled_from(_FRAGMENTS), max_size=5).map("".join),
    lines=st.lists(st.lists(st.sampled_from(_FRAGMENTS), max_size=9).map("".join), max_size=6),
)
def test_whatever_a_page_says_every_quote_is_in_it_and_no_row_lacks_its_day(title, lines) -> None:
    record = extract_page(SITE, page(title, *lines, "正文"))
    assert record is not None
    for part in (*record.clauses, *record.actions, *record.items):
        assert part.quote in record.article.text
    for action in record.actions:
        assert action.event_date is not None
        assert action.until_date is None or action.until_date >= action.event_date
        assert action.target_key != record.identity.key
