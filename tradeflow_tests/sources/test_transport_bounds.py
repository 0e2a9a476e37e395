"""Fetching is bounded: bytes, time, addresses (promises 17 and 18's transport part)."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response as Sent

from tradeflow.answers import Request
from tradeflow.settings import Settings
from tradeflow.sources import transport as transport_module
from tradeflow.sources.addresses import describe_redirect, inner_kind
from tradeflow.sources.body import BrokenBody, read_body
from tradeflow.sources.errors import ChangedShape, PermanentError, TransientError
from tradeflow.sources.transport import Transport
from tradeflow.thresholds import threshold
from tradeflow_tests.sources.transport_bench import Clock, local, opened, question, served

ASKED = Request("comtrade", "a question", "https://host.example/q")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(settings: Settings, httpserver: HTTPServer, clock: Clock) -> Iterator[Transport]:
    with opened(local(settings, httpserver, requests_per_second=1e6), clock) as transport:
        yield transport


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the bound of bytes."""

    def set_bound(most: int) -> None:
        monkeypatch.setattr(
            transport_module,
            "threshold",
            lambda name: float(most) if name == "transport_max_bytes" else threshold(name),
        )

    return set_bound


def read(chunks: list[bytes], most: int = 10**9, encoding: str = "gzip") -> bytes:
    class Stream(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return iter(chunks)

    response = httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Stream())
    return read_body(ASKED, response, most, lambda: False)


class TestSize:
    @pytest.mark.parametrize("packed", [True, False])
    def test_a_body_beyond_the_size_bound_is_refused_and_not_asked_again(
        self, packed: bool, httpserver: HTTPServer, live: Transport, bound: Callable[[int], None]
    ):
        bound(1_000)
        bomb = b"0" * 5_000_000
        httpserver.expect_request("/q").respond_with_data(
            gzip.compress(bomb) if packed else bomb,
            headers={"Content-Encoding": "gzip"} if packed else {},
        )
        with pytest.raises(ChangedShape, match="at most 1000 bytes"):
            live.send(question(httpserver))
        assert served(httpserver) == 1

    def test_a_body_as_large_as_the_bound_is_whole(self):
        assert read([b"0" * 700, b"0" * 300], most=1_000, encoding="identity") == b"0" * 1_000

    def test_a_compressed_bomb_never_fills_the_memory(self):
        """A quarter of a megabyte that unpacks to 256, in one piece as a hostile host sends it."""
        packer = zlib.compressobj(9, wbits=31)
        megabyte = b"\0" * (1 << 20)
        bomb = b"".join(packer.compress(megabyte) for _ in range(256)) + packer.flush()
        tracemalloc.start()
        try:
            with pytest.raises(ChangedShape, match="at most 1000000 bytes"):
                read([bomb], most=1_000_000)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 4_000_000

    def test_an_endless_stream_is_refused(
        self, httpserver: HTTPServer, live: Transport, bound: Callable[[int], None]
    ):
        def stream(_: Received) -> Sent:
            return Sent(b"x" * 1_000 for _ in range(1_000_000))

        bound(100_000)
        httpserver.expect_request("/q").respond_with_handler(stream)
        with pytest.raises(ChangedShape, match="at most 100000 bytes"):
            live.send(question(httpserver))

    def test_an_answer_that_drips_past_the_time_bound_is_refused(
        self, settings: Settings, clock: Clock
    ):
        class Dripping(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                while True:
                    clock.now += 50
                    yield b"."

        dripping = httpx.MockTransport(lambda _: httpx.Response(200, stream=Dripping()))
        with (
            opened(settings, clock, http=dripping) as live,
            pytest.raises(TransientError, match="an answer in time, got 4 bytes"),
        ):
            live.send(Request("ots", "a drip", "http://host/x"))


class TestPacking:
    @given(
        body=st.binary(max_size=300_000),
        cuts=st.lists(st.integers(0, 400_000), max_size=6),
        members=st.integers(1, 3),
    )
    def test_a_packed_body_is_unpacked_to_the_byte(
        self, body: bytes, cuts: list[int], members: int
    ):
        packed = gzip.compress(body) * members
        edges = sorted({0, *(min(cut, len(packed)) for cut in cuts), len(packed)})
        chunks = [packed[a:b] for a, b in pairwise(edges)]
        assert read(chunks) == body * members

    @given(st.data())
    def test_a_packed_body_cut_anywhere_is_never_taken_for_whole(self, data: st.DataObject):
        packed = gzip.compress(b'{"count": 3, "data": [' + b"1234567890" * 50)
        cut = data.draw(st.integers(1, len(packed) - 1))
        with pytest.raises(BrokenBody):
            read([packed[:cut]])

    def test_a_cut_stream_is_asked_again_and_then_transient(
        self, httpserver: HTTPServer, live: Transport
    ):
        whole = gzip.compress(b"whole " * 100)
        cut = {"Content-Encoding": "gzip"}
        httpserver.expect_oneshot_request("/q").respond_with_data(whole[:-9], headers=cut)
        httpserver.expect_oneshot_request("/q").respond_with_data(whole, headers=cut)
        httpserver.expect_request("/q").respond_with_data(whole[:-9], headers=cut)
        assert live.send(question(httpserver)).body == b"whole " * 100
        with pytest.raises(TransientError, match="breaks off before its end"):
            live.send(question(httpserver))

    def test_a_body_shorter_than_announced_is_transient(
        self, httpserver: HTTPServer, live: Transport
    ):
        def short(_: Received) -> Sent:
            return Sent(iter([b"half"]), headers={"Content-Length": "4000"})

        httpserver.expect_request("/q").respond_with_handler(short)
        with pytest.raises(TransientError, match="RemoteProtocolError"):
            live.send(question(httpserver))

    def test_damaged_packing_is_transient(self, httpserver: HTTPServer, live: Transport):
        httpserver.expect_request("/q").respond_with_data(
            b"not packed", headers={"Content-Encoding": "gzip"}
        )
        with pytest.raises(TransientError, match="damaged gzip stream"):
            live.send(question(httpserver))

    @pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
    def test_an_encoding_that_was_not_asked_for_is_refused(
        self, encoding: str, httpserver: HTTPServer, live: Transport
    ):
        httpserver.expect_request("/q").respond_with_data(
            b"x", headers={"Content-Encoding": encoding}
        )
        with pytest.raises(ChangedShape, match="content-encoding"):
            live.send(question(httpserver))

    def test_bytes_are_handed_on_whatever_charset_the_header_claims(
        self, httpserver: HTTPServer, live: Transport
    ):
        page = "公告2025年第18号".encode("gb18030")
        httpserver.expect_request("/q").respond_with_data(
            page, content_type="text/html; charset=utf-8"
        )
        assert live.send(question(httpserver)).body == page


REDIRECTS = {
    "/other": "within the host",
    "https://elsewhere.example/": "to another host",
    "http://127.0.0.1/": "loopback",
    "http://localhost:8080/": "loopback",
    "http://2130706433/": "loopback",
    "http://0x7f.1/": "loopback",
    "http://[::1]/": "loopback",
    "http://[::ffff:127.0.0.1]/": "loopback address inside an IPv6",
    "http://[::ffff:7f00:1]/": "loopback address inside an IPv6",
    "http://[::7f00:1]/": "loopback address inside an IPv6",
    "http://[64:ff9b::a9fe:a9fe]/": "link-local address inside an IPv6",
    "http://[2002:7f00:1::]/": "loopback address inside an IPv6",
    "http://169.254.169.254/latest/meta-data": "link-local",
    "http://[fe80::1]/": "link-local",
    "http://10.0.0.1/": "private",
    "http://192.168.1.1/": "private",
    "http://100.64.0.1/": "private",
    "http://0.0.0.0/": "unspecified",
    "http://[::]/": "unspecified",
    "//169.254.169.254/x": "link-local",
    "ftp://host/x": "another kind of address",
    "file:///etc/passwd": "another kind of address",
}


class TestAddresses:
    @pytest.mark.parametrize("target", REDIRECTS)
    def test_a_redirect_is_refused_wherever_it_points_and_named(
        self, target: str, httpserver: HTTPServer, live: Transport
    ):
        httpserver.expect_request("/q").respond_with_data("", 302, headers={"Location": target})
        with pytest.raises(PermanentError, match="200 without a redirect") as caught:
            live.send(question(httpserver))
        assert served(httpserver) == 1
        assert len(httpserver.log) == 1
        if target == "/other":
            # The host asked is itself the loopback address here.
            assert "loopback" in str(caught.value)
        else:
            assert REDIRECTS[target] in str(caught.value)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_loop_is_refused_at_its_first_step(
        self, status: int, httpserver: HTTPServer, live: Transport
    ):
        httpserver.expect_request("/q").respond_with_data("", status, headers={"Location": "/q"})
        with pytest.raises(PermanentError, match="200 without a redirect"):
            live.send(question(httpserver))
        assert served(httpserver) == 1

    @pytest.mark.parametrize(
        ("target", "said"),
        [
            ("http://host.example/q", "gives up encryption"),
            ("https://host.example/page", "within the host"),
            ("/page", "within the host"),
            ("https://1.1.1.1/", "another host"),
            ("http://a:b/", "unreadable address"),
            (None, "nowhere"),
        ],
    )
    def test_what_is_wrong_with_a_redirect_is_said(self, target: str | None, said: str):
        assert said in describe_redirect("https://host.example/q", target)

    @pytest.mark.parametrize("host", ["comtradeapi.un.org", "8.8.8.8", "2606:4700::1111", "a.b"])
    def test_hosts_of_the_internet_are_not_suspected(self, host: str):
        assert inner_kind(host) is None

    @pytest.mark.parametrize(
        "host",
        [
            "LOCALHOST",
            "localhost.",
            "printer.localhost",
            "127.0.0.1.",
            "[::1]",
            "fe80::1%eth0",
            "224.0.0.1",
            "[ff02::1]",
        ],
    )
    def test_an_inner_host_is_known_however_it_is_spelt(self, host: str):
        assert inner_kind(host) is not None

    @given(st.text(max_size=20))
    def test_no_host_breaks_the_judgement(self, host: str):
        assert inner_kind(host) is None or "address" in str(inner_kind(host))

    @pytest.mark.parametrize(
        "url", ["file:///etc/passwd", "ftp://host/x", "http://", "http://a:b/", "http://\0/"]
    )
    def test_only_web_addresses_are_asked(self, url: str, live: Transport):
        with pytest.raises(PermanentError):
            live.send(Request("mofcom", "a page", url))

    def test_a_link_in_a_page_cannot_reach_the_own_network(
        self, httpserver: HTTPServer, settings: Settings, clock: Clock
    ):
        """Only a host that a setting names may be an inner one."""
        httpserver.expect_request("/q").respond_with_data(b"secret")
        with (
            opened(settings, clock) as live,
            pytest.raises(PermanentError, match="an address on the internet, got a loopback"),
        ):
            live.send(question(httpserver, source="mofcom"))
        assert served(httpserver) == 0
