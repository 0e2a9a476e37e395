"""From when and until when a sentence says that something holds.

Here: the starts (自…起), ends (至…) and terms (一年, 90天) of one sentence. Not here: what starts
or ends then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from tradeflow.policy.numbers import DATE, NUMERAL, after, find_dates, numeral

_CLOCK = r"(?:\s*\d{1,2}\s*(?:时|:)\s*(?:\d{1,2}\s*分?)?)?"
_STARTS = (
    re.compile(rf"(?:自|从)\s*(?P<from>{DATE})"),
    re.compile(rf"(?P<from>{DATE}){_CLOCK}\s*(?:之?日?起|开始|至|到|[-—~～])"),
    re.compile(rf"于\s*(?P<from>{DATE})\s*(?=暂停|停止|终止|废止|恢复|取消|解除)"),
)
_TO = re.compile(rf"(?:至|到|截至|届满日为|截止日期为|截止日为|[-—~～])\s*(?P<until>{DATE})")
_TERM = re.compile(
    rf"(?P<count>{NUMERAL})\s*(?:个\s*(?=月))?(?P<unit>年|(?<=个)月|天|日)(?!\s*(?:第|\d|[月公前以]))"
)
_LONGEST_TERM = {"年": 10, "月": 60, "天": 400, "日": 400}


def start_date(text: str, verb_at: int, page_date: date | None) -> tuple[date | None, bool]:
    """The start stated nearest before the verb, else the first after it.

    Args:
        text: one folded sentence.
        verb_at: where its verb begins.
        page_date: gives the year to a date without one.

    Returns:
        The day, and whether the text states its year.
    """
    places = {m.start("from") for pattern in _STARTS for m in pattern.finditer(text)}
    ends = {m.start("until") for m in _TO.finditer(text)}
    starts = [d for d in find_dates(text, page_date) if d.start in places - ends]
    before = [d for d in starts if d.start < verb_at]
    chosen = before[-1] if before else (starts[0] if starts else None)
    return (chosen.day, chosen.year_stated) if chosen is not None else (None, False)


def until_date(text: str, page_date: date | None) -> date | None:
    """The last day that the text states (至2026年11月10日), or None."""
    places = {m.start("until") for m in _TO.finditer(text)}
    return next((d.day for d in find_dates(text, page_date) if d.start in places), None)


def term_end(stretches: Iterable[str], start: date) -> date | None:
    """The day on which the first stated term (一年, 90天, 六个月) counted from `start` ends."""
    for stretch in stretches:
        for match in _TERM.finditer(stretch):
            count = numeral(match["count"])
            if count is not None and 0 < count <= _LONGEST_TERM[match["unit"]]:
                return after(start, count, match["unit"])
    return None
