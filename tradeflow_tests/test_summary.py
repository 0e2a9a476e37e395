"""What the terminal says of the layers after a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from tradeflow.briefing.freshness import Freshness
from tradeflow.periods import Week
from tradeflow.sources.allowance import Breaker, HostState
from tradeflow.summary import _freshness_table, _hosts_table

SILENT = Freshness("open_trade_stats", "ots", "OTS", None, None, None, None, "no_answer", 0)
PAGES = Freshness(
    "cn_export_control",
    "mofcom",
    "MOFCOM",
    "2026-01-06",
    date(2026, 1, 6),
    None,
    None,
    "current",
    0,
)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (SILENT, ["無資料", "無", "0"]),
        (PAGES, ["正常", "不定期", "2026-01-06"]),
    ],
)
def test_every_state_of_a_layer_has_words(row: Freshness, words: list[str]) -> None:
    console = Console(width=160, record=True)
    console.print(_freshness_table(Week(2026, 7), (row,), Week(2026, 7).end))
    text = console.export_text()
    assert "資料到 2026-W07 週末，以 2026-02-15 判定" in text
    assert all(word in text for word in words)
    assert ("不定期" in text) is (row is PAGES)


MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
HOST = HostState("comtrade", "h.example", False, 7, 500, MIDNIGHT, False, Breaker.CLOSED, 0, None)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        (HOST, ["h.example", "7", "500", "11-22 00:00 UTC", "正常"]),
        (replace(HOST, is_used_up=True, daily_calls=None), ["額度用盡", "未公布"]),
        (
            replace(HOST, breaker=Breaker.OPEN, failures=3, asked_again_at=MIDNIGHT),
            ["連續失敗 3 次，00:00 UTC 後再試"],
        ),
        (replace(HOST, breaker=Breaker.HALF_OPEN, failures=3), ["可再試一次"]),
    ],
)
def test_what_a_host_may_still_be_asked_has_words(host: HostState, words: list[str]) -> None:
    console = Console(width=160, record=True)
    console.print(_hosts_table([host]))
    text = console.export_text()
    assert all(word in text for word in words)
