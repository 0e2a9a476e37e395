"""The project's own readers over the sandbox's answers, as a week's ingest asks them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tradeflow.answers import Answer, Receipt, Request
from tradeflow.periods import TAIPEI
from tradeflow.sandbox.server import SandboxTransport
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source
from tradeflow.sources.registry import SOURCES
from tradeflow.sources.transport import Transport

SETTINGS = Settings(census_api_key="sandbox", _env_file=None)


def read(source: Source, request: Request, transport: Transport, as_of: date) -> Parsed:
    exchange = transport.send(request)
    receipt = Receipt(
        response_id="0" * 64,
        request_key=request.key,
        source=request.source,
        label=request.label,
        method=request.method,
        url=request.url,
        params=request.params,
        form=request.form,
        status=exchange.status,
        headers=exchange.headers,
        byte_count=len(exchange.body),
        fetched_at=datetime(as_of.year, as_of.month, as_of.day, tzinfo=TAIPEI),
        mode="sandbox",
        attempts=exchange.attempts,
    )
    return source.parse(Answer(request, receipt, exchange.body))


@pytest.mark.parametrize("name", ["comtrade", "census", "worldbank"])
@pytest.mark.parametrize(
    "as_of", [date(2025, 1, 5), date(2025, 3, 9), date(2026, 2, 15), date(2026, 6, 28)]
)
def test_every_answer_of_a_week_is_read_and_audited(name: str, as_of: date) -> None:
    source = SOURCES[name]
    with Transport(SETTINGS, http=SandboxTransport(as_of)) as transport:
        requests = source.requests(as_of, SETTINGS)
        parsed = {request: read(source, request, transport, as_of) for request in requests}
    for group in {request.group for request in requests}:
        members = {request: p for request, p in parsed.items() if request.group == group}
        source.audit(group, members)
    assert sum(p.row_count for p in parsed.values()) > 0
