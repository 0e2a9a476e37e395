"""Secrets never leave (promise 15): not in answers, errors, logs, receipts, archive or ledger."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Response as Sent

from tradeflow.answers import Exchange, Request
from tradeflow.errors import InputError
from tradeflow.settings import Settings
from tradeflow.sources.errors import KeyRejected, QuotaExceeded, SourceError, TransientError
from tradeflow.sources.secrets import redact
from tradeflow.sources.transport import Transport, ledger_path
from tradeflow.storage.archive import Archive
from tradeflow_tests.sources.transport_bench import (
    CANARY,
    KEYS,
    OTHER_CANARY,
    Clock,
    local,
    opened,
    question,
    served,
    with_keys,
)


@pytest.fixture
def settings_with_keys(settings: Settings, httpserver: HTTPServer, tmp_path: Path) -> Settings:
    return local(with_keys(tmp_path), httpserver, requests_per_second=1e6)


@pytest.fixture
def keyed(settings_with_keys: Settings) -> Iterator[Transport]:
    clock = Clock()
    with opened(settings_with_keys, clock) as transport:
        yield transport


@pytest.fixture(params=["header", "query"])
def asked(request: pytest.FixtureRequest, httpserver: HTTPServer) -> Request:
    return question(httpserver, params=(("a", "b"),), credential=KEYS[request.param])


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What the client side logged; the test's own server logs the address it received."""
    return "\n".join(r.getMessage() for r in caplog.records if r.name != "werkzeug")


def test_the_key_reaches_the_source_and_nobody_else(
    httpserver: HTTPServer, keyed: Transport, asked: Request, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request("/q").respond_with_handler(
        lambda received: Sent(
            f"you sent {received.url} {received.headers}", headers={"ETag": received.url}
        )
    )
    exchange = keyed.send(asked)
    received = httpserver.log[0][0]
    sent = {received.args.get("key"), received.headers.get("Ocp-Apim-Subscription-Key")}
    assert sent & {CANARY, OTHER_CANARY}
    said = f"{exchange!r} {exchange.body!r} {exchange.headers} {asked!r} {logged(caplog)}"
    assert "canary" not in said
    assert "redacted" in said


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 500])
def test_a_key_is_in_no_file_error_receipt_or_log(
    status: int,
    httpserver: HTTPServer,
    keyed: Transport,
    asked: Request,
    settings_with_keys: Settings,
    caplog: pytest.LogCaptureFixture,
):
    """Whatever the source repeats of it, in whatever answer, refused ones included."""
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request("/q").respond_with_handler(
        lambda received: Sent(
            f"your keys are {CANARY} and {OTHER_CANARY}, asked {received.url}",
            status=status,
            headers={"ETag": CANARY, "Location": f"/page?key={quote(OTHER_CANARY)}"},
        )
    )
    archive = Archive(settings_with_keys.world_home / "archive")
    said, exchange = "", None
    try:
        exchange = keyed.send(asked)
    except SourceError as error:
        said, exchange = f"{error} {error!r} {error.args!r}", error.exchange
    assert isinstance(exchange, Exchange)
    entry = archive.keep(
        asked,
        exchange.body,
        status=exchange.status,
        headers=exchange.headers,
        mode=exchange.mode,
        attempts=exchange.attempts,
        fetched_at=datetime(2026, 11, 21, tzinfo=UTC),
    )
    archive.quarantine(entry, said or "looked at")
    files = [path for path in settings_with_keys.home.rglob("*") if path.is_file()]
    assert ledger_path(settings_with_keys) in files
    assert any(path.suffix == ".gz" for path in files)
    for path in files:
        stored = path.read_bytes()
        text = gzip.decompress(stored) if path.suffix == ".gz" else stored
        assert b"canary" not in text.lower(), path
    assert "canary" not in f"{said} {logged(caplog)} {keyed.state()!r}"


@pytest.mark.parametrize("name", KEYS)
def test_a_failure_that_quotes_the_request_does_not_show_its_key(
    name: str, settings_with_keys: Settings, httpserver: HTTPServer
):
    def lost(request: httpx.Request) -> httpx.Response:
        key = request.headers.get("Ocp-Apim-Subscription-Key")
        raise httpx.ConnectError(f"key {key}: no way to {request.url}")

    asked = question(httpserver, credential=KEYS[name])
    with (
        opened(settings_with_keys, Clock(), http=httpx.MockTransport(lost)) as live,
        pytest.raises(TransientError, match="redacted") as caught,
    ):
        live.send(asked)
    assert "canary" not in f"{caught.value} {caught.value!r}"


def test_a_later_request_without_a_key_cannot_bring_it_home(
    httpserver: HTTPServer, keyed: Transport, asked: Request
):
    """A cookie that holds the key comes back with the next request, and in its answer."""
    httpserver.expect_request("/q").respond_with_handler(
        lambda _: Sent(b"ok", headers={"Set-Cookie": f"seen={quote(CANARY)}"})
    )
    httpserver.expect_request("/next").respond_with_handler(
        lambda received: Sent(f"you brought {received.headers.get('Cookie')}")
    )
    keyed.send(asked)
    assert b"canary" not in keyed.send(question(httpserver, "/next")).body


@pytest.mark.parametrize(("status", "error"), [(401, KeyRejected), (403, QuotaExceeded)])
def test_a_refused_key_or_quota_is_not_asked_about_again(
    status: int,
    error: type[SourceError],
    httpserver: HTTPServer,
    keyed: Transport,
    asked: Request,
):
    httpserver.expect_request("/q").respond_with_data("no", status=status)
    for _ in range(3):
        with pytest.raises(error):
            keyed.send(asked)
    assert served(httpserver) == 1


def test_a_missing_key_names_its_variable(
    settings: Settings, httpserver: HTTPServer, asked: Request
):
    with (
        opened(local(settings, httpserver), Clock()) as live,
        pytest.raises(InputError, match=r"(COMTRADE|CENSUS)_API_KEY is not set"),
    ):
        live.send(asked)


def test_a_key_with_line_breaks_is_refused_without_showing_it(httpserver: HTTPServer, tmp_path):
    broken = Settings(
        _env_file=None, home=tmp_path, sources="live", comtrade_api_key="canary\nX: y"
    )
    asked = question(httpserver, credential=KEYS["header"])
    with opened(local(broken, httpserver), Clock()) as live, pytest.raises(InputError) as caught:
        live.send(asked)
    assert "canary" not in str(caught.value)


@given(
    secret=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8),
    spell=st.sampled_from(
        [
            str,
            quote,
            quote_plus,
            lambda text: quote(text, safe=""),
            lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
        ]
    ),
)
def test_a_secret_is_wiped_however_a_url_or_json_spells_it(
    secret: str, spell: Callable[[str], str]
):
    wiped = redact(f"before {spell(secret)} after".encode(), secret)
    assert wiped == b"before [redacted] after"


def test_a_demo_key_does_not_cut_into_the_data():
    assert redact(b"1010 CANADA", "1") == b"1010 CANADA"
