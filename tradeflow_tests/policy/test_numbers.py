"""Numerals and dates of official Chinese."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tradeflow.policy.numbers import after, find_dates, numeral, only_date
from tradeflow.policy.page import fold

_DIGITS = "〇一二三四五六七八九"


def spelled(number: int) -> str:
    """A number below 10,000 in Chinese, as 一千零二十三."""
    words, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + name
            gap = False
        else:
            gap = True
    return words.removeprefix("一") if words.startswith("一十") else words


@given(st.integers(1, 9999))
def test_a_number_spelled_out_reads_back(number: int) -> None:
    assert numeral(spelled(number)) == number
    assert numeral(str(number)) == number


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_date_reads_back_in_every_spelling(day: date) -> None:
    year = "".join(_DIGITS[int(c)] for c in str(day.year))
    in_words = f"{year}年{spelled(day.month)}月{spelled(day.day)}日"
    in_digits = f"{day.year} 年 {day.month} 月 {day.day} 日"
    wide = in_digits.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    for text in (in_words, in_digits, wide, day.isoformat()):
        found = find_dates(fold(f"自{text}起"))
        assert [each.day for each in found] == [day], text
        assert found[0].year_stated


def test_a_date_without_year_takes_the_year_before_it_or_the_page_year_nearby() -> None:
    dates = find_dates("2025年3月4日、4月4日")
    assert [d.day for d in dates] == [date(2025, 3, 4), date(2025, 4, 4)]
    assert [d.year_stated for d in dates] == [True, False]
    (near,) = find_dates("12月30日", date(2026, 1, 6))
    assert near.day == date(2025, 12, 30)
    assert find_dates("12月30日") == []


def test_a_month_without_a_day_and_an_impossible_day_are_no_dates() -> None:
    assert find_dates("2025年10月") == []
    assert find_dates("2025年2月30日") == []


def test_a_line_is_a_date_only_when_nothing_else_stands_in_it() -> None:
    assert only_date("（二〇二五年十月九日）".translate(str.maketrans("（）", "()"))) == date(
        2025, 10, 9
    )
    assert only_date("2025年10月9日公布") is None
    assert only_date("10月9日") is None


def test_terms_count_calendar_years_and_days() -> None:
    assert after(date(2025, 11, 10), 1, "年") == date(2026, 11, 10)
    assert after(date(2025, 8, 12), 90, "天") == date(2025, 11, 10)
    assert after(date(2025, 8, 31), 6, "月") is None
