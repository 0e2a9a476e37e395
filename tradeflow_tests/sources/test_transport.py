"""Transport: patient within bounds, loud by remedy, and silent about keys."""

from __future__ import annotations

import gzip
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response as Sent

from tradeflow.answers import RECONSTRUCTED_HEADER, Credential, Request
from tradeflow.errors import InputError
from tradeflow.settings import Mode, Settings
from tradeflow.sources import transport as transport_module
from tradeflow.sources.errors import (
    ChangedShape,
    KeyRejected,
    PermanentError,
    QuotaExceeded,
    SourceError,
    TransientError,
)
from tradeflow.sources.secrets import redact
from tradeflow.sources.transport import Transport
from tradeflow.thresholds import threshold

CANARY = "canary/key+7 x"
RETRIES = int(threshold("transport_retries"))


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replaces waiting in the transport and in the retry library."""
    made = Clock()
    monkeypatch.setattr("httpx_retries.retry.time.sleep", made.sleep)
    return made


@pytest.fixture
def live(settings: Settings, clock: Clock) -> Iterator[Transport]:
    with Transport(settings, clock=clock, sleep=clock.sleep) as opened:
        yield opened


@pytest.fixture
def asked(httpserver: HTTPServer) -> Request:
    return Request("comtrade", "a question", httpserver.url_for("/q"))


def served(httpserver: HTTPServer) -> int:
    return sum(received.path == "/q" for received, _ in httpserver.log)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What the client side logged; the test's own server logs the address it received."""
    return "\n".join(r.getMessage() for r in caplog.records if r.name != "werkzeug")


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


def test_parameters_form_headers_and_user_agent_are_sent(
    httpserver: HTTPServer, live: Transport, settings: Settings
):
    httpserver.expect_request("/q").respond_with_data(b"ok")
    live.send(
        Request(
            "mofcom",
            "a form",
            httpserver.url_for("/q"),
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
def test_a_passing_failure_is_asked_again(
    status: int, httpserver: HTTPServer, live: Transport, asked: Request
):
    httpserver.expect_oneshot_request("/q").respond_with_data("later", status=status)
    httpserver.expect_request("/q").respond_with_data(b"ok")
    exchange = live.send(asked)
    assert (exchange.body, exchange.attempts) == (b"ok", 2)


def test_a_lasting_failure_is_given_up_after_a_bounded_number_of_attempts(
    httpserver: HTTPServer, live: Transport, asked: Request, clock: Clock
):
    httpserver.expect_request("/q").respond_with_data("down", status=503)
    with pytest.raises(TransientError, match="503: down") as caught:
        live.send(asked)
    assert caught.value.retry_helps
    assert served(httpserver) == 1 + RETRIES
    assert all(0 <= wait <= threshold("transport_longest_wait_s") for wait in clock.slept)


@pytest.mark.parametrize(
    "wait",
    ["7", format_datetime(datetime.now(UTC) + timedelta(hours=9))],
    ids=["seconds", "a date"],
)
def test_retry_after_is_honoured_in_seconds_and_as_a_date_and_capped(
    wait: str, httpserver: HTTPServer, live: Transport, asked: Request, clock: Clock
):
    httpserver.expect_oneshot_request("/q").respond_with_data(
        "slow down", status=429, headers={"Retry-After": wait}
    )
    httpserver.expect_request("/q").respond_with_data(b"ok")
    live.send(asked)
    assert clock.slept == [7.0 if wait == "7" else threshold("transport_longest_wait_s")]


@pytest.mark.parametrize("wait", ["-5", "soon", "1e99"])
def test_an_absurd_retry_after_falls_back_to_the_own_pace(
    wait: str, httpserver: HTTPServer, live: Transport, asked: Request, clock: Clock
):
    httpserver.expect_oneshot_request("/q").respond_with_data(
        "slow down", status=429, headers={"Retry-After": wait}
    )
    httpserver.expect_request("/q").respond_with_data(b"ok")
    live.send(asked)
    assert all(0 <= seconds <= threshold("transport_longest_wait_s") for seconds in clock.slept)


def test_endless_requests_for_patience_are_bounded_in_sum(
    httpserver: HTTPServer, live: Transport, asked: Request, clock: Clock
):
    httpserver.expect_request("/q").respond_with_data(
        "slow down", status=429, headers={"Retry-After": "86400"}
    )
    with pytest.raises(TransientError):
        live.send(asked)
    assert sum(clock.slept) <= 2 * threshold("transport_longest_wait_s")


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
def test_a_refusal_is_sent_once_and_named_by_its_remedy(
    status: int,
    body: str,
    error: type[SourceError],
    httpserver: HTTPServer,
    live: Transport,
    asked: Request,
):
    httpserver.expect_request("/q").respond_with_data(body, status=status)
    with pytest.raises(error, match=body):
        live.send(asked)
    assert served(httpserver) == 1


def test_a_connection_refused_is_transient(settings: Settings, clock: Clock):
    with (
        Transport(settings, clock=clock, sleep=clock.sleep) as live,
        pytest.raises(TransientError, match="ConnectError"),
    ):
        live.send(Request("census", "nobody", "http://127.0.0.1:9/x"))


def test_a_time_out_is_transient(
    httpserver: HTTPServer,
    settings: Settings,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
):
    def slow(_: Received) -> Sent:
        threading.Event().wait(0.3)
        return Sent(b"late")

    monkeypatch.setattr(transport_module, "_TIMEOUT", httpx.Timeout(0.05))
    httpserver.expect_request("/slow").respond_with_handler(slow)
    with (
        Transport(settings, clock=clock, sleep=clock.sleep) as live,
        pytest.raises(TransientError, match="ReadTimeout"),
    ):
        live.send(Request("comtrade", "slow", httpserver.url_for("/slow")))


@pytest.mark.parametrize(
    "target",
    ["/other", "https://elsewhere.example/", "http://169.254.169.254/", "http://[::ffff:7f00:1]/"],
)
def test_a_redirect_is_refused_wherever_it_points(
    target: str, httpserver: HTTPServer, live: Transport, asked: Request
):
    httpserver.expect_request("/q").respond_with_data("", 302, headers={"Location": target})
    with pytest.raises(PermanentError, match="200 without a redirect"):
        live.send(asked)
    assert served(httpserver) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "http://", "http://a:b/"])
def test_only_web_addresses_are_asked(url: str, live: Transport):
    with pytest.raises(PermanentError):
        live.send(Request("mofcom", "a page", url))


@pytest.mark.parametrize("packed", [True, False])
def test_a_body_beyond_the_size_bound_is_refused(
    packed: bool,
    httpserver: HTTPServer,
    live: Transport,
    asked: Request,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(
        transport_module,
        "threshold",
        lambda name: 1_000.0 if name == "transport_max_bytes" else threshold(name),
    )
    bomb = b"0" * 5_000_000
    httpserver.expect_request("/q").respond_with_data(
        gzip.compress(bomb) if packed else bomb,
        headers={"Content-Encoding": "gzip"} if packed else {},
    )
    with pytest.raises(ChangedShape, match="at most 1000 bytes"):
        live.send(asked)


def test_an_endless_stream_is_refused(
    httpserver: HTTPServer, live: Transport, asked: Request, monkeypatch: pytest.MonkeyPatch
):
    def stream(_: Received) -> Sent:
        return Sent(b"x" * 1_000 for _ in range(1_000_000))

    monkeypatch.setattr(
        transport_module,
        "threshold",
        lambda name: 100_000.0 if name == "transport_max_bytes" else threshold(name),
    )
    httpserver.expect_request("/q").respond_with_handler(stream)
    with pytest.raises(ChangedShape, match="at most 100000 bytes"):
        live.send(asked)


def test_an_answer_that_drips_past_the_time_bound_is_refused(settings: Settings, clock: Clock):
    class Dripping(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                clock.now += 50
                yield b"."

    dripping = httpx.MockTransport(lambda _: httpx.Response(200, stream=Dripping()))
    with (
        Transport(settings, http=dripping, clock=clock, sleep=clock.sleep) as live,
        pytest.raises(TransientError, match="an answer in time"),
    ):
        live.send(Request("ots", "a drip", "http://host/x"))


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_an_encoding_without_a_bounded_reader_is_refused(
    encoding: str, httpserver: HTTPServer, live: Transport, asked: Request
):
    httpserver.expect_request("/q").respond_with_data(b"x", headers={"Content-Encoding": encoding})
    with pytest.raises(ChangedShape, match="content-encoding"):
        live.send(asked)


def test_broken_compression_is_transient(httpserver: HTTPServer, live: Transport, asked: Request):
    httpserver.expect_request("/q").respond_with_data(
        b"not packed", headers={"Content-Encoding": "gzip"}
    )
    with pytest.raises(TransientError, match="DecodingError"):
        live.send(asked)


class TestPace:
    def test_calls_to_one_real_host_keep_their_distance(
        self, httpserver: HTTPServer, live: Transport, asked: Request, clock: Clock
    ):
        httpserver.expect_request("/q").respond_with_data(b"ok")
        live.send(asked)
        live.send(asked)
        assert clock.slept == [1.0]

    def test_the_sandbox_is_asked_without_waiting(self, settings: Settings, clock: Clock):
        sandbox = settings.model_copy(update={"sources": Mode.SANDBOX})
        mock = httpx.MockTransport(lambda _: httpx.Response(200, content=b"ok"))
        with Transport(sandbox, http=mock, clock=clock, sleep=clock.sleep) as opened:
            exchanges = [opened.send(Request("ots", "x", "http://h/x")) for _ in range(3)]
        assert clock.slept == []
        assert {exchange.mode for exchange in exchanges} == {"sandbox"}

    def test_a_host_that_keeps_failing_is_left_alone(
        self, httpserver: HTTPServer, live: Transport, asked: Request
    ):
        httpserver.expect_request("/q").respond_with_data("down", status=500)
        for _ in range(3):
            with pytest.raises(TransientError):
                live.send(asked)
        before = served(httpserver)
        with pytest.raises(TransientError, match="3 failed requests in a row"):
            live.send(asked)
        assert served(httpserver) == before

    def test_one_answer_in_between_clears_the_failures(
        self, httpserver: HTTPServer, live: Transport, asked: Request
    ):
        fine = Request("comtrade", "fine", httpserver.url_for("/fine"))
        httpserver.expect_request("/q").respond_with_data("down", status=500)
        httpserver.expect_request("/fine").respond_with_data(b"ok")
        for request in (asked, asked, fine, asked, asked):
            if request is fine:
                live.send(fine)
            else:
                with pytest.raises(TransientError, match="500: down"):
                    live.send(request)


class TestModes:
    def test_replay_never_opens_a_network(self, settings: Settings):
        with pytest.raises(InputError, match="archive alone"):
            Transport(settings.model_copy(update={"sources": Mode.REPLAY}))

    def test_the_sandbox_without_its_server_never_falls_back_to_the_network(
        self, settings: Settings
    ):
        with pytest.raises(InputError, match="without its server"):
            Transport(settings.model_copy(update={"sources": Mode.SANDBOX}))


class TestSecrets:
    @pytest.fixture
    def keyed(self, settings: Settings, clock: Clock, tmp_path) -> Iterator[Transport]:
        with_keys = Settings(
            _env_file=None,
            home=tmp_path,
            sources=Mode.LIVE,
            comtrade_api_key=CANARY,
            census_api_key=CANARY,
        )
        with Transport(with_keys, clock=clock, sleep=clock.sleep) as opened:
            yield opened

    @pytest.fixture(params=["header", "query"])
    def question(self, request: pytest.FixtureRequest, httpserver: HTTPServer) -> Request:
        places = {
            "header": Credential("header", "Ocp-Apim-Subscription-Key", "comtrade_api_key"),
            "query": Credential("query", "key", "census_api_key"),
        }
        url = httpserver.url_for("/q")
        return Request(
            "census", "keyed", url, params=(("a", "b"),), credential=places[request.param]
        )

    def test_the_key_reaches_the_source_and_nobody_else(
        self,
        httpserver: HTTPServer,
        keyed: Transport,
        question: Request,
        caplog: pytest.LogCaptureFixture,
    ):
        caplog.set_level(logging.DEBUG)
        httpserver.expect_request("/q").respond_with_handler(
            lambda received: Sent(
                f"you sent {received.url} {received.headers}", headers={"ETag": received.url}
            )
        )
        exchange = keyed.send(question)
        received = httpserver.log[0][0]
        sent = {received.args.get("key"), received.headers.get("Ocp-Apim-Subscription-Key")}
        assert CANARY in sent
        said = f"{exchange!r} {exchange.body!r} {exchange.headers} {question!r} {logged(caplog)}"
        assert CANARY not in said
        assert "canary" not in said
        assert "redacted" in said

    @pytest.mark.parametrize("status", [400, 401, 403, 500])
    def test_an_error_that_echoes_the_key_is_cleaned(
        self,
        status: int,
        httpserver: HTTPServer,
        keyed: Transport,
        question: Request,
        caplog: pytest.LogCaptureFixture,
    ):
        caplog.set_level(logging.DEBUG)
        httpserver.expect_request("/q").respond_with_data(f"bad key {CANARY}", status=status)
        with pytest.raises(SourceError) as caught:
            keyed.send(question)
        assert "canary" not in f"{caught.value} {caught.value!r} {logged(caplog)}"

    @pytest.mark.parametrize(("status", "error"), [(401, KeyRejected), (403, QuotaExceeded)])
    def test_a_refused_key_or_quota_is_not_asked_about_again(
        self,
        status: int,
        error: type[SourceError],
        httpserver: HTTPServer,
        keyed: Transport,
        question: Request,
    ):
        httpserver.expect_request("/q").respond_with_data("no", status=status)
        for _ in range(3):
            with pytest.raises(error):
                keyed.send(question)
        assert served(httpserver) == 1

    def test_a_missing_key_names_its_variable(self, live: Transport, question: Request):
        with pytest.raises(InputError, match=r"(COMTRADE|CENSUS)_API_KEY is not set"):
            live.send(question)

    def test_a_key_with_line_breaks_is_refused_without_showing_it(
        self, settings: Settings, question: Request
    ):
        broken = Settings(
            _env_file=None,
            sources=Mode.LIVE,
            comtrade_api_key="canary\nX: y",
            census_api_key="canary\nX: y",
        )
        with Transport(broken) as opened, pytest.raises(InputError) as caught:
            opened.send(question)
        assert "canary" not in str(caught.value)


@given(
    secret=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8),
    spell=st.sampled_from([str, quote, quote_plus, lambda text: quote(text, safe="")]),
)
def test_a_secret_is_wiped_however_a_url_spells_it(secret: str, spell: Callable[[str], str]):
    wiped = redact(f"before {spell(secret)} after".encode(), secret)
    assert wiped == b"before [redacted] after"


def test_a_demo_key_does_not_cut_into_the_data():
    assert redact(b"1010 CANADA", "1") == b"1010 CANADA"
