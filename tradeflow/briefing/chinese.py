"""How a value is written in Traditional Chinese (Taiwan): amounts, rates, dates, counts.

Pure functions of an exact value; each rounds once, in decimal, half away from zero. The gate
uses the same functions to re-format every printed fact. Terms live in `reports/glossary.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.marts import Fact
from tradeflow.script import traditional

MINUS = "−"
HUNDRED_MILLION = Decimal(10) ** 8
TRILLION = Decimal(10) ** 12
MILLION = Decimal(10) ** 6
_DIGITS = "零一二三四五六七八九"


_NOTICE_KEY = re.compile(r"[A-Z]+-(公告|令)-(?:([0-9]{4})-)?([0-9]+)")


def notice_key_zh(key: str) -> str:
    """How a notice key reads where no page gives its label: 2025 年第 72 號, 第 792 號令."""
    match = _NOTICE_KEY.fullmatch(key)
    if match is None:
        return key
    year = f"{int(match[2])} 年" if match[2] else ""
    return f"{year}第 {int(match[3])} 號{'令' if match[1] == '令' else ''}"


def rounded(value: Decimal, places: int, *, sign: bool = False) -> str:
    """A number with thousand separators, a true minus and, on request, a plus sign.

    A value that rounds to zero carries no sign.
    """
    quantum = Decimal(1).scaleb(-places)
    number = value.quantize(quantum, rounding=ROUND_HALF_UP)
    text = f"{abs(number):,.{places}f}"
    if number < 0:
        return MINUS + text
    return f"+{text}" if sign and number > 0 else text


def score(value: float) -> str:
    """A search score of 0 to 1, with two decimals."""
    return rounded(Decimal(str(value)), 2)


def count_zh(number: int) -> str:
    """A count before a measure word: 一, 兩, 三 … 九十九."""
    if not 0 <= number <= 99:
        raise BriefError(f"count {number} is not written in Chinese numerals")
    if number == 2:
        return "兩"
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def money(value: Decimal) -> str:
    """An amount in a sentence: 億美元 with one decimal, from a trillion 兆美元 with two."""
    if abs(value) >= TRILLION:
        return f"{rounded(value / TRILLION, 2)} 兆美元"
    return f"{rounded(value / HUNDRED_MILLION, 1)} 億美元"


def month_zh(month: str) -> str:
    """`2025-11` → 2025 年 11 月."""
    year, number = month.split("-")
    return f"{int(year)} 年 {int(number)} 月"


def span_zh(first: str, last: str) -> str:
    """A span of months of one year: 2025 年 1–11 月; one month alone: 2025 年 1 月.

    Raises:
        BriefError: the months belong to two years.
    """
    (year, start), (other, end) = first.split("-"), last.split("-")
    if year != other:
        raise BriefError(f"months {first} to {last} do not lie in one year")
    if start == end:
        return month_zh(first)
    if (int(start), int(end)) == (1, 12):
        return f"{int(year)} 年全年"
    return f"{int(year)} 年 {int(start)}–{int(end)} 月"


def period_zh(reference: str) -> str:
    """How a period reference is printed; the reference says which form.

    `zh:2025-11` 2025 年 11 月 · `zh:2025-01..2025-11` 2025 年 1–11 月 · `zh:2024` 2024 年 ·
    `months:2025-01..2025-11` 1–11 月 · `iso:2025-11` as it stands.
    """
    form, _, period = reference.partition(":")
    first, _, last = period.partition("..")
    if form == "iso":
        return period
    if form == "months":
        return span_zh(first, last or first).split(" 年 ")[1]
    if "-" not in first:
        return f"{int(first)} 年"
    return span_zh(first, last) if last else month_zh(first)


def period_start(reference: str) -> date:
    """The first day of the period a reference names."""
    first = reference.partition(":")[2].partition("..")[0]
    year, month, day, *_ = (*(int(part) for part in first.split("-")), 1, 1)
    return date(year, month, day)


def as_printed(text: str) -> str:
    """A text that another publication prints, its long numbers with separators."""
    return _LONG_NUMBER.sub(lambda found: f"{int(found[0]):,}", text)


_LONG_NUMBER = re.compile(r"(?<![0-9-])[0-9]{5,}(?![0-9])")
"""A number as a table without separators has it, not a day or a year."""


def _date_text(fact: Fact) -> str:
    return date.fromisoformat((fact.text or "")[:10]).isoformat()


FACT_FORMATS: dict[str, Callable[[Fact], str]] = {
    "yi": lambda f: rounded(f.number / HUNDRED_MILLION, 1),
    "yi_abs": lambda f: rounded(abs(f.number) / HUNDRED_MILLION, 1),
    "money": lambda f: money(abs(f.number)),
    "pct": lambda f: f"{rounded(f.number, 1, sign=True)} %",
    "pct_abs": lambda f: f"{rounded(abs(f.number), 1)} %",
    "share": lambda f: f"{rounded(f.number, 2)} %",
    "share_plain": lambda f: f"{rounded(f.number, 1)} %",
    "stated": lambda f: f"{f.number.normalize():,f}",
    "stated_pct": lambda f: f"{f.number.normalize():,f} %",
    "million": lambda f: rounded(f.number / MILLION, 1),
    "one": lambda f: rounded(f.number, 1),
    "one_abs": lambda f: rounded(abs(f.number), 1),
    "one_signed": lambda f: rounded(f.number, 1, sign=True),
    "ppt": lambda f: f"{rounded(f.number, 2, sign=True)} 個百分點",
    "ppt_rate": lambda f: f"{rounded(f.number, 1, sign=True)} 個百分點",
    "ppt_abs": lambda f: f"{rounded(abs(f.number), 1)} 個百分點",
    "whole": lambda f: rounded(f.number, 0),
    "whole_signed": lambda f: rounded(f.number, 0, sign=True),
    "whole_abs": lambda f: rounded(abs(f.number), 0),
    "count_zh": lambda f: count_zh(abs(int(f.number))),
    "day": _date_text,
    "month": lambda f: f.text or "",
    "month_zh": lambda f: month_zh(f.text or ""),
    "decade": lambda f: f"{int((f.text or '')[:4])} 年代",
    "full_year": lambda f: f"{int(f.number)} 年全年",
}
"""Format name → how a fact is printed. The name is recorded with every use."""

_TITLE_NUMBER = re.compile(r"^.*?第\s*[0-9〇零一二三四五六七八九十百]+\s*号[\s：:，,《〈]*")


_TITLE_REMARK = re.compile(r"^（[^（）]*）\s*")
"""What stands in brackets before the subject, such as that a title is unconfirmed."""


def clause_of(subject: str) -> str:
    """The clause of a subject written `MOFCOM-公告-2024-46|第二款`."""
    return subject.partition("|")[2]


def title_subject(title: str) -> str:
    """A notice's title without issuer and number, in traditional characters."""
    subject = _TITLE_NUMBER.sub("", title, count=1).strip()
    subject = _TITLE_REMARK.sub("", subject)
    return traditional(subject or title)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
_PRIVATE = re.compile(r"[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_SPECIAL = re.compile(r"([\\`*_\[\]{}#|~$]|(?<=\{)%)")


def plain(text: str) -> str:
    """Text from outside on one line, without control, direction and private-use characters."""
    return " ".join(_PRIVATE.sub("", _CONTROL.sub(" ", text)).split())


def inert(text: str) -> str:
    """Text from outside, escaped so that Markdown, HTML and Liquid print it as it is."""
    entities = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", entities)


def safe_url(url: str) -> str | None:
    """An http(s) address fit for a Markdown link, or None for anything else."""
    cleaned = plain(url)
    if not re.match(r"https?://[^/\s]+", cleaned):
        return None
    return "".join(
        f"%{ord(char):02X}" if char in "()<>[]{}\"'`|\\^ *" else char for char in cleaned
    )
