"""Numbers, periods and foreign text as the brief writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tradeflow.briefing import chinese
from tradeflow.briefing.errors import BriefError

AMOUNTS = st.decimals(min_value=-(10**15), max_value=10**15, places=4)


@given(AMOUNTS, st.integers(0, 3))
def test_a_number_is_rounded_once_half_away_from_zero(value: Decimal, places: int) -> None:
    text = chinese.rounded(value, places)
    read = Decimal(text.replace(",", "").replace("−", "-"))
    assert read == value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    assert "-" not in text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("0.05", 1, "0.1"),
        ("-0.05", 1, "−0.1"),
        ("-0.04", 1, "0.0"),
        ("2.675", 2, "2.68"),
        ("1183.15", 1, "1,183.2"),
        ("999999.95", 1, "1,000,000.0"),
    ],
)
def test_halves_go_away_from_zero_and_zero_has_no_sign(value: str, places: int, text: str) -> None:
    assert chinese.rounded(Decimal(value), places) == text


def test_a_plus_stands_before_a_rise_but_not_before_zero() -> None:
    assert chinese.rounded(Decimal("1.5"), 1, sign=True) == "+1.5"
    assert chinese.rounded(Decimal("0.04"), 1, sign=True) == "0.0"


def test_a_trillion_is_written_in_its_own_unit() -> None:
    assert chinese.money(Decimal("176726500000")) == "1,767.3 億美元"
    assert chinese.money(Decimal("2064830000000")) == "2.06 兆美元"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "零"), (2, "兩"), (6, "六"), (10, "十"), (12, "十二"), (20, "二十"), (99, "九十九")],
)
def test_counts_are_written_as_before_a_measure_word(number: int, text: str) -> None:
    assert chinese.count_zh(number) == text


def test_a_count_too_large_for_chinese_numerals_is_refused() -> None:
    with pytest.raises(BriefError, match="100"):
        chinese.count_zh(100)


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("zh:2025-11", "2025 年 11 月"),
        ("zh:2025-01..2025-11", "2025 年 1–11 月"),
        ("zh:2025-01..2025-01", "2025 年 1 月"),
        ("zh:2024", "2024 年"),
        ("iso:2025-11", "2025-11"),
    ],
)
def test_periods_are_written_in_full(reference: str, text: str) -> None:
    assert chinese.period_zh(reference) == text


def test_a_span_over_two_years_is_never_written() -> None:
    with pytest.raises(BriefError, match="one year"):
        chinese.period_zh("zh:2024-12..2025-01")


def test_a_notice_key_without_a_page_reads_as_a_document_number() -> None:
    assert chinese.notice_key_zh("MOFCOM-公告-2025-72") == "2025 年第 72 號"
    assert chinese.notice_key_zh("SC-令-792") == "第 792 號令"


@given(st.text(max_size=60))
def test_foreign_text_survives_markdown_as_it_was_and_as_nothing_else(text: str) -> None:
    shown = MarkdownIt("commonmark").enable("table").renderInline(chinese.inert(text))
    back = (
        shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    )
    assert back == chinese.plain(text)
    assert "{{" not in chinese.inert(text) and "{%" not in chinese.inert(text)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil", "", "ftp://a/b", "http://"]
)
def test_an_address_that_is_not_http_makes_no_link(url: str) -> None:
    assert chinese.safe_url(url) is None


def test_an_address_cannot_leave_its_link() -> None:
    assert chinese.safe_url("http://a.cn/x) <b> [y](z|{{q}}") == (
        "http://a.cn/x%29%20%3Cb%3E%20%5By%5D%28z%7C%7B%7Bq%7D%7D"
    )
