"""One world for everyone, opened on a day within its range."""

from __future__ import annotations

from datetime import date

import httpx
import pytest

from tradeflow.errors import InputError
from tradeflow.periods import Week
from tradeflow.sandbox import server
from tradeflow_tests.sandbox.asking import (
    EXPORTS,
    FEBRUARY_2026,
    IMPORTS,
    PREVIEW,
    TOTAL_SLICE,
    WORKBOOK,
    ask,
)

QUESTIONS = [
    (PREVIEW, {"reporterCode": "490", "flowCode": "X", "period": "2024", **TOTAL_SLICE}),
    (IMPORTS, {"get": "CTY_CODE,GEN_VAL_MO", "time": "from 2024-01", "key": "k"}),
    (EXPORTS, {"get": "CTY_CODE,ALL_VAL_MO", "time": "from 2024-01", "key": "k"}),
    (WORKBOOK, {}),
    (
        "https://api.worldbank.org/v2/country/USA/indicator/NY.GDP.MKTP.CD",
        {"format": "json", "date": "2018:2024"},
    ),
]


@pytest.mark.parametrize(("url", "params"), QUESTIONS, ids=[url for url, _ in QUESTIONS])
def test_two_openings_of_the_world_answer_alike_byte_for_byte(
    url: str, params: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(url, FEBRUARY_2026, **params)
    # An Excel writer that stamps the time would show here.
    import openpyxl.writer.excel as writer

    class Later(writer.datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2031, 5, 6, 7, 8, 9, tzinfo=tz)

    monkeypatch.setattr(writer.datetime, "datetime", Later)
    second = ask(url, FEBRUARY_2026, **params)
    assert first.content == second.content
    assert first.headers == second.headers


@pytest.mark.parametrize("key", ["2025-W01", "2026-W07", "2026-W26"])
def test_weeks_of_the_range_are_accepted(key: str) -> None:
    server.check_range(Week.parse(key))


@pytest.mark.parametrize("key", ["2024-W52", "2026-W27"])
def test_weeks_outside_the_range_are_refused_with_the_range_named(key: str) -> None:
    with pytest.raises(InputError, match=r"2025-W01…2026-W26"):
        server.check_range(Week.parse(key))


def test_a_day_outside_the_range_opens_no_world() -> None:
    with pytest.raises(InputError, match="2026-W27"):
        server.SandboxTransport(date(2026, 7, 1))


def test_a_host_the_world_lacks_cannot_be_reached() -> None:
    with pytest.raises(httpx.ConnectError, match=r"no host example\.org"):
        ask("https://example.org/")
