"""Transport: patient within bounds, and loud by remedy (promise 7)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response as Sent

from tradeflow.answers import RECONSTRUCTED_HEADER, Request
from tradeflow.errors import InputError
from tradeflow.settings import Mode, Settings
from tradeflow.sources import transport as transport_module
from tradeflow.sources.errors import (
    KeyRejected,
    PermanentError,
    QuotaExceeded,
    SourceError,
    TransientError,
)
from tradeflow.sources.patience import Patience, asked_wait
from tradeflow.sources.transport import Transport
from tradeflow.thresholds import threshold
from tradeflow_tests.sources.transport_bench import (
    NOON,
    Clock,
    local,
    opened,
    question,
    served,
)

RETRIES = int(threshold("transport_retries"))
LONGEST = threshold("transport_longest_wait_s")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(settings: Settings, httpserver: HTTPServer, clock: Clock) -> Iterator[Transport]:
    with opened(local(settings, httpserver, requests_per_second=1e6), clock) as transport:
        yield transport


@pytest.fixture
def asked(httpserver: HTTPServer) -> Request:
    return question(httpserver)


def test_a_good_answer_comes_as_bytes_with_the_headers_that_matter(
    httpserver: HTTPServer, live: Transport, asked: Request
):
    marks = '{"all": true}'
    httpserver.expect_request("/q").respond_with_data(
        b"body", headers={"ETag": "v1", RECONSTRUCTED_HEADER: marks, "Set-Cookie": "a=b"}
    )
    exchange = live.send(asked)
    assert (exchange.body, exchange.status) == (b"body", 200)
    assert (exchange.attempts, exchange.mode) == (1, "live")
    assert exchange.headers["etag"] == "v1"
    assert exchange.headers[RECONSTRUCTED_HEADER] == marks
    assert "set-cookie" not in exchange.headers


def test_a_receipt_states_no_length_that_was_not_sent(
    httpserver: HTTPServer, live: Transport, asked: Request
):
    httpserver.expect_request("/q").respond_with_handler(
        lambda _: Sent((piece for piece in (b"a", b"b")), direct_passthrough=True)
    )
    exchange = live.send(asked)
    assert exchange.body == b"ab"
    assert "content-length" not in exchange.headers


def test_parameters_form_headers_and_user_agent_are_sent(
    httpserver: HTTPServer, live: Transport, settings: Settings
):
    httpserver.expect_request("/q").respond_with_data(b"ok")
    live.send(
        question(
            httpserver,
            method="POST",
            params=(("time", "from 2024-01 to 2025-11"),),
            form=(("pageNumber", "1"),),
            headers=(("X-Requested-With", "XMLHttpRequest"),),
        )
    )
    received = httpserver.log[0][0]
    assert received.args["time"] == "from 2024-01 to 2025-11"
    assert received.form["pageNumber"] == "1"
    assert received.headers["X-Requested-With"] == "XMLHttpRequest"
    assert settings.contact in received.headers["User-Agent"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_passing_failure_is_asked_again(
    method: str, status: int, httpserver: HTTPServer, live: Transport
):
    httpserver.expect_oneshot_request("/q").respond_with_data("later", status=status)
    httpserver.expect_request("/q").respond_with_data(b"ok")
    exchange = live.send(question(httpserver, method=method))
    assert (exchange.body, exchange.attempts) == (b"ok", 2)


def test_a_lasting_failure_is_given_up_after_a_bounded_number_of_attempts(
    httpserver: HTTPServer, live: Transport, asked: Request, clock: Clock
):
    httpserver.expect_request("/q").respond_with_data("down", status=503)
    with pytest.raises(TransientError, match="503: down") as caught:
        live.send(asked)
    assert caught.value.retry_helps
    assert served(httpserver) == 1 + RETRIES
    assert caught.value.exchange is not None
    assert caught.value.exchange.attempts == 1 + RETRIES


def test_own_waits_double_with_jitter_in_bounds(
    httpserver: HTTPServer, live: Transport, asked: Request, clock: Clock
):
    httpserver.expect_request("/q").respond_with_data("down", status=503)
    with pytest.raises(TransientError):
        live.send(asked)
    assert len(clock.slept) == RETRIES
    for attempt, wait in enumerate(clock.slept, 1):
        assert 2**attempt / 2 <= wait <= 2**attempt


def test_jitter_is_at_random():
    waits = {round(Patience(lambda *_: None, lambda: 0.0).backoff_strategy(), 6) for _ in range(20)}
    assert len(waits) > 10


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asks", "waits"),
    [
        ("7", 7.0),
        (format_datetime(NOON + timedelta(seconds=20), usegmt=True), 20.0),
        (format_datetime(NOON + timedelta(hours=9), usegmt=True), LONGEST),
        ("600", LONGEST),
        ("86400", LONGEST),
        ("9" * 400, LONGEST),
    ],
    ids=["seconds", "a date", "a far date", "ten minutes", "a day", "absurd"],
)
def test_retry_after_is_honoured_in_seconds_and_as_a_date_and_capped(
    asks: str,
    waits: float,
    status: int,
    httpserver: HTTPServer,
    live: Transport,
    asked: Request,
    clock: Clock,
):
    httpserver.expect_oneshot_request("/q").respond_with_data(
        "slow down", status=status, headers={"Retry-After": asks}
    )
    httpserver.expect_request("/q").respond_with_data(b"ok")
    live.send(asked)
    assert clock.slept == [waits]


@pytest.mark.parametrize("asks", ["-5", "soon", "1e99", "0", "٣", "Fri, 01 Jan 1990 00:00:00 GMT"])
def test_an_unusable_retry_after_falls_back_to_the_own_pace(
    asks: str, httpserver: HTTPServer, live: Transport, asked: Request, clock: Clock
):
    httpserver.expect_oneshot_request("/q").respond_with_data(
        "slow down", status=429, headers={"Retry-After": asks.encode().decode("latin-1")}
    )
    httpserver.expect_request("/q").respond_with_data(b"ok")
    live.send(asked)
    assert len(clock.slept) == 1
    assert 1 <= clock.slept[0] <= 2


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_no_retry_after_breaks_the_reading_of_it(stated: str):
    wait = asked_wait(httpx.Response(429, headers={"Retry-After": stated}), NOON.timestamp())
    assert wait is None or wait >= 0


@pytest.mark.parametrize(
    ("asks", "waits"), [("50", [50.0] * 3), ("86400", [LONGEST] * 2)], ids=["some", "a day"]
)
def test_endless_requests_for_patience_are_bounded_in_sum(
    asks: str,
    waits: list[float],
    httpserver: HTTPServer,
    live: Transport,
    asked: Request,
    clock: Clock,
):
    """No wait begins once twice the longest one is over, and none is cut short of what is asked."""
    httpserver.expect_request("/q").respond_with_data(
        "slow down", status=429, headers={"Retry-After": asks}
    )
    with pytest.raises(TransientError):
        live.send(asked)
    assert clock.slept == waits
    assert served(httpserver) == 1 + len(waits)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, "error: unknown variable", PermanentError),
        (404, "not here", PermanentError),
        (403, "forbidden", PermanentError),
        (403, "Out of call volume quota", QuotaExceeded),
        (401, "missing key", KeyRejected),
    ],
)
def test_a_refusal_is_sent_once_named_by_its_remedy_and_keeps_its_answer(
    status: int,
    body: str,
    error: type[SourceError],
    httpserver: HTTPServer,
    live: Transport,
    asked: Request,
):
    httpserver.expect_request("/q").respond_with_data(body, status=status)
    with pytest.raises(error, match=body) as caught:
        live.send(asked)
    assert served(httpserver) == 1
    assert caught.value.exchange is not None
    assert (caught.value.exchange.status, caught.value.exchange.body) == (status, body.encode())


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("/data/missing_key.html", KeyRejected),
        ("/data/missing_html.html", PermanentError),
        ("https://keys.example/data/missing_key.html", PermanentError),
    ],
)
def test_a_redirect_to_the_hosts_page_on_keys_is_a_rejected_key(
    location: str, error: type[SourceError], httpserver: HTTPServer, live: Transport, asked: Request
):
    httpserver.expect_request("/q").respond_with_data("", 302, headers={"Location": location})
    with pytest.raises(error):
        live.send(asked)


def test_a_connection_refused_is_transient_and_says_how_often_it_was_tried(
    settings: Settings, clock: Clock
):
    here = settings.model_copy(update={"census_api_url": "http://127.0.0.1:9"})
    with opened(here, clock) as live, pytest.raises(TransientError) as caught:
        live.send(Request("census", "nobody", "http://127.0.0.1:9/x"))
    assert "ConnectError" in str(caught.value)
    assert f"after {1 + RETRIES} attempts" in str(caught.value)
    assert caught.value.exchange is None


def test_a_lost_connection_is_asked_again(httpserver: HTTPServer, settings: Settings, clock: Clock):
    network = httpx.HTTPTransport()
    losses = iter([httpx.ReadError("connection reset"), httpx.RemoteProtocolError("cut")])

    class Losing(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            loss = next(losses, None)
            if loss is not None:
                raise loss
            return network.handle_request(request)

        def close(self) -> None:
            network.close()

    httpserver.expect_request("/q").respond_with_data(b"ok")
    with opened(local(settings, httpserver), clock, http=Losing()) as live:
        assert live.send(question(httpserver)).attempts == 3


def test_a_time_out_is_asked_again_and_then_transient(
    httpserver: HTTPServer, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    def slow(_: Received) -> Sent:
        threading.Event().wait(0.3)
        return Sent(b"late")

    monkeypatch.setattr(transport_module, "_TIMEOUT", httpx.Timeout(0.05))
    httpserver.expect_request("/slow").respond_with_handler(slow)
    with (
        opened(local(settings, httpserver), clock) as live,
        pytest.raises(TransientError, match=rf"ReadTimeout.* \(after {1 + RETRIES} attempts\)"),
    ):
        live.send(question(httpserver, "/slow"))


class TestWaiting:
    def test_a_person_is_told_of_long_waits_before_they_begin(
        self, httpserver: HTTPServer, settings: Settings, clock: Clock
    ):
        httpserver.expect_oneshot_request("/q").respond_with_data(
            "slow down", status=429, headers={"Retry-After": "20"}
        )
        httpserver.expect_request("/q").respond_with_data(b"ok")
        told: list[tuple[str, float, str, int]] = []
        fast = local(settings, httpserver, requests_per_second=1)
        with opened(
            fast, clock, on_wait=lambda *what: told.append((*what, len(clock.slept)))
        ) as live:
            live.send(question(httpserver))
            live.send(question(httpserver))
        host = f"localhost:{httpserver.port}"
        assert told == [(host, 20.0, "status 429", 0)]
        assert clock.slept == [20.0, 1.0]

    def test_a_stopped_transport_gives_up_its_waits_and_sends_no_more(
        self, httpserver: HTTPServer, settings: Settings
    ):
        httpserver.expect_request("/q").respond_with_data(
            "slow down", status=429, headers={"Retry-After": "50"}
        )
        waiting = threading.Event()
        with Transport(local(settings, httpserver), on_wait=lambda *_: waiting.set()) as live:
            caught: list[TransientError] = []

            def ask() -> None:
                try:
                    live.send(question(httpserver))
                except TransientError as error:
                    caught.append(error)

            thread = threading.Thread(target=ask)
            thread.start()
            assert waiting.wait(10)
            live.stop()
            thread.join(10)
            assert not thread.is_alive()
            assert "the run was stopped" in str(caught[0])
            with pytest.raises(TransientError, match="the run was stopped"):
                live.send(question(httpserver))
            assert served(httpserver) == 1
            assert live.state()[0].failures == 0


class TestModes:
    def test_replay_never_opens_a_network(self, settings: Settings):
        with pytest.raises(InputError, match="archive alone"):
            Transport(settings.model_copy(update={"sources": Mode.REPLAY}))

    def test_the_sandbox_without_its_server_never_falls_back_to_the_network(
        self, settings: Settings
    ):
        with pytest.raises(InputError, match="without its server"):
            Transport(settings.model_copy(update={"sources": Mode.SANDBOX}))

    def test_the_sandbox_is_asked_without_waiting_counting_or_a_file(
        self, settings: Settings, clock: Clock
    ):
        sandbox = settings.model_copy(update={"sources": Mode.SANDBOX, "daily_calls": 2})
        answers = iter([429, 200, 200, 200, 200])
        mock = httpx.MockTransport(
            lambda _: httpx.Response(next(answers), headers={"Retry-After": "9"}, content=b"ok")
        )
        with opened(sandbox, clock, http=mock) as transport:
            exchanges = [transport.send(Request("ots", "x", "http://h/x")) for _ in range(4)]
            assert transport.concurrency("comtrade") == 1
        assert clock.slept == []
        assert {exchange.mode for exchange in exchanges} == {"sandbox"}
        assert list(settings.home.rglob("*")) == []
