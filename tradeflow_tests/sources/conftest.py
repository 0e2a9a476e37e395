"""Answers for the tests of sources: made by hand, or fetched from a local server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from pytest_httpserver import HTTPServer

from tradeflow.answers import Answer, Exchange, Receipt, Request
from tradeflow.settings import Settings
from tradeflow.sources.transport import Transport

MakeAnswer = Callable[..., Answer]
Fetch = Callable[..., Answer]


def as_answer(request: Request, exchange: Exchange) -> Answer:
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
        fetched_at=datetime(2026, 2, 15, tzinfo=UTC),
        mode=exchange.mode,
        attempts=exchange.attempts,
    )
    return Answer(request, receipt, exchange.body)


def answer_to(request: Request, body: bytes | str, status: int = 200, **headers: str) -> Answer:
    """An answer made by hand; header names are written as the receipt keeps them."""
    raw = body.encode() if isinstance(body, str) else body
    return as_answer(request, Exchange(raw, status, headers, 1, "live"))


@pytest.fixture
def answer() -> MakeAnswer:
    """`answer(request, body, status=200, **headers)` without any transport."""
    return answer_to


class _ToLocalServer(httpx.BaseTransport):
    """Carries every request to the local server over a real socket, path and query unchanged."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host="localhost", port=self._port)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def transport(settings: Settings, httpserver: HTTPServer) -> Iterator[Transport]:
    """The real transport, its network being the local server; waits take no time."""
    with Transport(settings, http=_ToLocalServer(httpserver.port), sleep=lambda _: None) as opened:
        yield opened


@pytest.fixture
def fetch(transport: Transport, httpserver: HTTPServer) -> Fetch:
    """`fetch(request, body, **response)`: the local server answers `request` with `body`."""

    def serve(request: Request, body: bytes, **response: object) -> Answer:
        path = urlsplit(request.url).path
        httpserver.expect_oneshot_request(path, method=request.method).respond_with_data(
            body, **response
        )
        return as_answer(request, transport.send(request))

    return serve
