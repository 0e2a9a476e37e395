"""What the terminal says of the layers after a run."""

from __future__ import annotations

from datetime import date

import pytest
from rich.console import Console

from tradeflow.briefing.freshness import Freshness
from tradeflow.periods import Week
from tradeflow.summary import _freshness_table

SILENT = Freshness("open_trade_stats", "OTS", None, None, None, None, "no_answer", 0)
PAGES = Freshness(
    "cn_export_control", "MOFCOM", "2026-01-06", date(2026, 1, 6), None, None, "current", 0
)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (SILENT, ["無資料／來源未回應", "無", "0"]),
        (PAGES, ["合於發布時程", "不定期", "2026-01-06"]),
    ],
)
def test_every_state_of_a_layer_has_words(row: Freshness, words: list[str]) -> None:
    console = Console(width=160, record=True)
    console.print(_freshness_table(Week(2026, 7), (row,)))
    text = console.export_text()
    assert all(word in text for word in words)
    assert ("不定期" in text) is (row is PAGES)
