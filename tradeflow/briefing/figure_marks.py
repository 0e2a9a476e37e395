"""Carrying each figure's fact through Markdown into the page, where it becomes a `span`.

Marks are private-use characters around the printed figure, which no source text can contain;
they pass through the Markdown reader untouched. Not here: what a reader sees of a fact
(`site/figures.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from tradeflow.briefing.pen import DIGIT_RUN

_OPEN, _MIDDLE, _CLOSE = "\ue010", "\ue011", "\ue012"
_DIGITS = str.maketrans("0123456789", "".join(chr(0xE020 + digit) for digit in range(10)))
_BACK = {after: before for before, after in _DIGITS.items()}
_MARK = re.compile(f"{_OPEN}([\ue020-\ue029]+){_MIDDLE}([^{_CLOSE}]*){_CLOSE}")


def marked(markdown: str, record: Mapping[str, Any]) -> str:
    """The text with every printed fact wrapped in a mark that carries its place in `facts_of`."""
    places = {name: number for number, name in enumerate(facts_of(record))}
    pieces: list[str] = []
    position = 0
    for start, end, reference in sorted(_printed(markdown, record)):
        number = str(places[reference]).translate(_DIGITS)
        pieces += [
            markdown[position:start],
            f"{_OPEN}{number}{_MIDDLE}{markdown[start:end]}{_CLOSE}",
        ]
        position = end
    return "".join([*pieces, markdown[position:]])


def facts_of(record: Mapping[str, Any]) -> list[str]:
    """The ids of the facts of a report, in the order by which marks and spans number them."""
    return sorted(record["facts"])


def spanned(html: str) -> str:
    """The page with marks turned into `<span class="figure" data-figure="12">`."""
    return _MARK.sub(
        lambda mark: f'<span class="figure" data-figure="{escape(_number(mark))}">{mark[2]}</span>',
        html,
    )


def unmarked(text: str) -> str:
    """The text as a reader sees it."""
    return _MARK.sub(r"\2", text)


def _number(mark: re.Match[str]) -> str:
    return mark[1].translate(_BACK)


def _printed(markdown: str, record: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    """(start, end, fact id) of every fact of the text, whole figures only."""
    for run, entry in zip(DIGIT_RUN.finditer(markdown), record["numerals"], strict=True):
        if entry["kind"] == "fact" and entry["part"] == 0:
            whole = str(entry["whole"])
            first = DIGIT_RUN.search(whole)
            assert first is not None
            start = run.start() - first.start()
            yield start, start + len(whole), entry["reference"]
    for word in record["words"]:
        if word["kind"] == "fact":
            yield word["offset"], word["offset"] + len(word["text"]), word["reference"]
