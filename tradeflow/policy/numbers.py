"""Numerals and dates as Chinese official texts write them, each with its place in the text.

Here: 二〇二五年十月九日, 2025-10-09, 10月9日 and plain numerals. Not here: what a date means in
its sentence (`clauses.py`, `actions.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

DIGITS = "〇零○一二三四五六七八九"
_DIGIT_VALUE = {"〇": 0, "零": 0, "○": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_DIGIT_VALUE |= {"六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 100, "千": 1000}

NUMERAL = r"(?:\d+|[〇零○一二两三四五六七八九十百千]+)"
"""A whole number, in digits or in Chinese numerals."""
YEAR = rf"(?:\d{{4}}|[{DIGITS}]{{4}})"
"""A calendar year: 2025 or 二〇二五."""

DATE = (
    rf"(?:(?P<year>{YEAR})\s*年\s*(?P<month>{NUMERAL})\s*月\s*(?P<day>{NUMERAL})\s*日"
    r"|(?<!\d)(?P<iso_year>\d{4})(?P<mark>[-./])(?P<iso_month>\d{1,2})(?P=mark)(?P<iso_day>\d{1,2})(?!\d)"
    rf"|(?<![年\d〇一二三四五六七八九十])(?P<bare_month>{NUMERAL})\s*月\s*(?P<bare_day>{NUMERAL})\s*日)"
)
_DATE = re.compile(DATE)
_RECENT = timedelta(days=185)


def numeral(text: str) -> int | None:
    """Read a whole number below ten thousand.

    Args:
        text: `57`, `五十七`, `二〇二五` or `一百零三`, without surrounding words.

    Returns:
        The number, or None where the characters form none.
    """
    text = text.strip()
    if re.fullmatch(r"[0-9]+", text):
        return int(text)
    if not text:
        return None
    if all(c in _DIGIT_VALUE for c in text):
        return int("".join(str(_DIGIT_VALUE[c]) for c in text))
    total, digit, last_unit = 0, None, 10_000
    for c in text:
        if c in _TENS:
            if _TENS[c] >= last_unit:
                return None
            last_unit = _TENS[c]
            total += (1 if digit is None else digit) * last_unit
            digit = None
        elif c in _DIGIT_VALUE:
            digit = _DIGIT_VALUE[c] or None
        else:
            return None
    return total + (digit or 0)


@dataclass(frozen=True)
class FoundDate:
    """A date in a text, with the half-open range of characters that state it."""

    day: date
    start: int
    end: int
    year_stated: bool


def find_dates(text: str, page_date: date | None = None) -> list[FoundDate]:
    """Every calendar date in the text, in order.

    A date without a year takes the year of the last full date before it; at the start of a text
    it takes the year that puts it within half a year of `page_date`, and is left out without one.

    Args:
        text: folded text (`page.fold`).
        page_date: the day the page carries.

    Returns:
        The dates that exist in the calendar; `year_stated` is False where the year was inferred.
    """
    found: list[FoundDate] = []
    for match in _DATE.finditer(text):
        stated = match["bare_month"] is None
        if stated:
            parts = [match["year"] or match["iso_year"], match["month"] or match["iso_month"]]
            parts.append(match["day"] or match["iso_day"])
            day = _day(*(numeral(part) for part in parts))
        else:
            month, day_of_month = numeral(match["bare_month"]), numeral(match["bare_day"])
            if found:
                day = _day(found[-1].day.year, month, day_of_month)
            else:
                day = _near(page_date, month, day_of_month)
        if day is not None:
            found.append(FoundDate(day, match.start(), match.end(), stated))
    return found


def only_date(text: str) -> date | None:
    """The date a line consists of and nothing else, with its year, or None."""
    match = _DATE.fullmatch(text.strip().strip("()"))
    if match is None or match["bare_month"] is not None:
        return None
    dates = find_dates(text)
    return dates[0].day if dates else None


def after(start: date, count: int, unit: str) -> date | None:
    """The day on which a term of `count` 天/日, 个月 or 年 counted from `start` ends."""
    if unit in ("天", "日"):
        return start + timedelta(days=count)
    months = count * 12 if unit == "年" else count
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return _day(year, month + 1, start.day)


def _day(year: int | None, month: int | None, day: int | None) -> date | None:
    if year is None or month is None or day is None:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _near(page_date: date | None, month: int | None, day: int | None) -> date | None:
    if page_date is None:
        return None
    for year in (page_date.year, page_date.year - 1, page_date.year + 1):
        candidate = _day(year, month, day)
        if candidate is not None and abs(candidate - page_date) <= _RECENT:
            return candidate
    return None
