"""A figure a reader can open: value, coverage, vintage, model, and the answers it rests on.

A figure is a button that opens a note on the same page; no script is needed. Not here: how a
value is formatted (`briefing/chinese.py`), the answers' own pages (`receipts.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from tradeflow.briefing.chinese import FACT_FORMATS, MINUS
from tradeflow.briefing.figure_marks import facts_of
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact
from tradeflow.errors import StorageError

_SPAN = re.compile(r'([（]?)<span class="figure" data-figure="(\d+)">([^<]*)</span>([）、，。；]?)')
"""A figure's span with the marks that may not be parted from it at a line's end."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MOST_ANSWERS = 12
"""Answers named in a note; the others are counted."""


_VINTAGES = {
    "observed": "有紀錄",
    "calendar_dated": "依行事曆推定",
    "": "—",
}


class FigureBook:
    """The figures of one page and the notes they open."""

    def __init__(self, glossary: Glossary, root: str, receipts: set[str]) -> None:
        self._glossary = glossary
        self._root = root
        self._receipts = receipts
        self._origins: dict[str, Mapping[str, Any]] = {}
        self._places: dict[str, int] = {}

    def report(self, main: str, record: Mapping[str, Any]) -> str:
        """A report's HTML with each figure's span turned into its button.

        Raises:
            StorageError: a span names a fact the report's record does not have.
        """
        names = facts_of(record)

        def button(span: re.Match[str]) -> str:
            before, number, text, after = span.groups()
            if int(number) >= len(names):
                raise StorageError(f"figure {text!r} names no fact of its report")
            name = names[int(number)]
            shown = self._button(name, record["facts"][name], text)
            return f'<span class="kept">{before}{shown}{after}</span>' if before or after else shown

        return _SPAN.sub(button, main)

    def fact(self, fact: Fact | None, form: str) -> str:
        """A fact of the marts as a button, or a dash where there is none."""
        if fact is None:
            return escape(self._glossary.term("cell", "none"))
        origin = {
            "value": fact.text if fact.exact is None else f"{fact.exact:f}",
            "unit": fact.unit,
            "coverage": fact.coverage,
            "vintage": fact.vintage,
            "is_reconstructed": fact.is_reconstructed,
            "response_ids": list(fact.response_ids),
        }
        return self._button(fact.fact_id, origin, escape(FACT_FORMATS[form](fact)))

    def notes(self) -> str:
        """The notes of every figure written so far, one each."""
        return "".join(self._note(name) for name in self._origins)

    def _button(self, name: str, origin: Mapping[str, Any], text: str) -> str:
        self._origins.setdefault(name, origin)
        place = self._places.setdefault(name, len(self._places))
        negative = " negative" if text.startswith(MINUS) else ""
        return (
            f'<button type="button" class="figure{negative}" popovertarget="note-{place}">'
            f"{text}</button>"
        )

    def _note(self, name: str) -> str:
        place, origin = self._places[name], self._origins[name]
        model, _, rest = name.partition(":")
        rows = [
            ("值", f"{_unrounded(origin['value'])} {origin['unit']}".strip()),
            ("涵蓋", origin["coverage"].replace("..", " 至 ")),
            ("發布日", _VINTAGES.get(origin["vintage"], origin["vintage"])),
            ("欄位", rest),
        ]
        if origin["is_reconstructed"]:
            rows.append(("註記", "重建：示範資料推算，不是來源公布的數字"))
        listed = "".join(f"<dt>{name}</dt><dd>{escape(str(text))}</dd>" for name, text in rows)
        link = f'<a href="{self._root}data/{escape(model)}.html">{escape(model)}</a>'
        return (
            f'<div popover id="note-{place}" class="origin" role="dialog" aria-label="來源">\n'
            f"<dl>{listed}<dt>模型</dt><dd>{link}</dd>"
            f"<dt>來源答覆</dt><dd>{self._answers(origin['response_ids'])}</dd></dl>\n</div>\n"
        )

    def _answers(self, response_ids: list[str]) -> str:
        named = [
            f'<a href="{self._root}receipts/{each[:16]}.html"><code>{each[:8]}</code></a>'
            for each in response_ids[:_MOST_ANSWERS]
            if each in self._receipts
        ]
        left = len(response_ids) - len(named)
        return "、".join(named) + (f" 等共 {len(response_ids)} 筆" if left > 0 else "")


def _unrounded(value: str) -> str:
    """A stored value with its thousands apart and without zeros that say nothing."""
    if not _NUMBER.fullmatch(value):
        return value
    whole, _, rest = f"{Decimal(value):,f}".partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole
