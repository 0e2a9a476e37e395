"""A figure a reader can open: value, coverage, vintage, model, and the answers it rests on.

A figure is a button that opens a note on the same page; no script is needed. Not here: how a
value is formatted (`briefing/chinese.py`), the answers' own pages (`receipts.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from tradeflow.briefing.chinese import FACT_FORMATS, MINUS
from tradeflow.briefing.figure_marks import facts_of
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact
from tradeflow.errors import StorageError

_SPAN = re.compile(r'<span class="figure" data-figure="(\d+)">([^<]*)</span>')
_MOST_ANSWERS = 12
"""Answers named in a note; the others are counted."""


_VINTAGES = {
    "observed": "發布日有紀錄",
    "calendar_dated": "發布日依行事曆推定",
    "": "—",
}


class FigureBook:
    """The figures of one page and the notes they open."""

    def __init__(self, glossary: Glossary, root: str, receipts: set[str]) -> None:
        self._glossary = glossary
        self._root = root
        self._receipts = receipts
        self._origins: dict[str, Mapping[str, Any]] = {}

    def report(self, main: str, record: Mapping[str, Any]) -> str:
        """A report's HTML with each figure's span turned into its button.

        Raises:
            StorageError: a span names a fact the report's record does not have.
        """
        names = facts_of(record)

        def button(span: re.Match[str]) -> str:
            place = int(span[1])
            if place >= len(names):
                raise StorageError(f"figure {span[2]!r} names no fact of its report")
            return self._button(names[place], record["facts"][names[place]], span[2])

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
        place = list(self._origins).index(name)
        negative = " negative" if text.startswith(MINUS) else ""
        return (
            f'<button type="button" class="figure{negative}" popovertarget="note-{place}">'
            f"{text}</button>"
        )

    def _note(self, name: str) -> str:
        place, origin = list(self._origins).index(name), self._origins[name]
        model, _, rest = name.partition(":")
        rows = [
            ("值", f"{origin['value']} {origin['unit']}".strip()),
            ("涵蓋", origin["coverage"]),
            ("版本", _VINTAGES.get(origin["vintage"], origin["vintage"])),
            ("欄位", rest),
        ]
        if origin["is_reconstructed"]:
            rows.append(("註記", "重建：示範資料推算，不是來源公布的數字"))
        listed = "".join(f"<dt>{name}</dt><dd>{escape(str(text))}</dd>" for name, text in rows)
        link = f'<a href="{self._root}method/models/{escape(model)}.html">{escape(model)}</a>'
        return (
            f'<div popover id="note-{place}" class="origin" aria-label="數字來源">\n'
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
