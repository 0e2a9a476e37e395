"""Proxies are honoured: the setting, else the environment; NO_PROXY in both cases."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from tradeflow.answers import Request
from tradeflow.errors import InputError
from tradeflow.settings import Mode, Settings
from tradeflow.sources.errors import SourceError, TransientError
from tradeflow.sources.proxies import Network
from tradeflow.sources.transport import Transport
from tradeflow_tests.sources.transport_bench import Clock, local, opened, question

FAR = Request("ots", "far away", "http://tradestatistics.example/q")
FAR_PACKED = Request("ots", "far away", "https://tradestatistics.example/q")


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def proxied(home: Path, **settings: object) -> Transport:
    made = Settings(_env_file=None, home=home, sources=Mode.LIVE, **settings)
    return opened(made, Clock())


@pytest.fixture
def first_lines() -> Iterator[tuple[int, list[str]]]:
    """A proxy that refuses tunnels: its port and the first line of each request it got."""
    server, lines = socket.create_server(("127.0.0.1", 0)), list[str]()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                lines.append(connection.recv(4096).decode())
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], lines
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def test_the_setting_sends_every_request_through_the_proxy(httpserver: HTTPServer, tmp_path: Path):
    httpserver.expect_request("/q").respond_with_data(b"through the proxy")
    with proxied(tmp_path, proxy=httpserver.url_for("")) as live:
        assert live.send(FAR).body == b"through the proxy"
    assert httpserver.log[0][0].headers["Host"] == "tradestatistics.example"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_without_the_setting_the_environment_counts(
    name: str, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(name, httpserver.url_for("").removeprefix("http://"))
    httpserver.expect_request("/q").respond_with_data(b"through the proxy")
    with proxied(tmp_path) as live:
        assert live.send(FAR).body == b"through the proxy"


def test_an_https_request_asks_its_proxy_for_a_tunnel(
    first_lines: tuple[int, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    port, lines = first_lines
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    with proxied(tmp_path) as live, pytest.raises(TransientError, match="ProxyError"):
        live.send(FAR_PACKED)
    assert lines[0].startswith("CONNECT tradestatistics.example:443 ")


def test_hosts_of_no_proxy_are_reached_directly(
    httpserver: HTTPServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_PROXY", "localhost, 127.0.0.0/8")
    httpserver.expect_request("/q").respond_with_data(b"direct")
    nowhere = settings.model_copy(update={"proxy": SecretStr("http://127.0.0.1:9")})
    with opened(local(nowhere, httpserver), Clock()) as live:
        assert live.send(question(httpserver)).body == b"direct"


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("*", "https://api.census.gov/x", True),
        ("census.gov", "https://api.census.gov/x", True),
        (".census.gov", "https://api.census.gov/x", True),
        ("*.census.gov", "https://api.census.gov/x", True),
        ("API.CENSUS.GOV", "https://api.census.gov/x", True),
        ("census.gov:443", "https://api.census.gov/x", True),
        ("census.gov:8443", "https://api.census.gov/x", False),
        ("sus.gov", "https://api.census.gov/x", False),
        ("a.example, ,census.gov", "https://api.census.gov/x", True),
        ("10.0.0.0/8", "http://10.1.2.3/x", True),
        ("10.0.0.0/8", "http://11.1.2.3/x", False),
        ("::1", "http://[::1]/x", True),
        ("", "https://api.census.gov/x", False),
    ],
)
def test_no_proxy_is_read_as_elsewhere(no_proxy: str, url: str, direct: bool):
    network = Network({"all": "http://proxy.example:3128", "no": no_proxy})
    assert (network.proxy_for(httpx.URL(url)) is None) is direct


def test_each_scheme_has_its_proxy():
    network = Network({"http": "a.example:1", "https": "http://b.example:2"})
    assert network.proxy_for(httpx.URL("http://x.example")) == "http://a.example:1"
    assert network.proxy_for(httpx.URL("https://x.example")) == "http://b.example:2"


@pytest.mark.parametrize("address", ["ftp://u:canary-pw@host:1", "http://u:canary-pw@:9", "a:b:c"])
def test_a_malformed_proxy_is_named_without_its_password(address: str, tmp_path: Path):
    with pytest.raises(InputError, match="TRADEFLOW_PROXY") as caught:
        proxied(tmp_path, proxy=address)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("request_", [FAR, FAR_PACKED], ids=["http", "https"])
def test_a_proxys_password_is_in_no_error_and_no_setting_shown(
    request_: Request, first_lines: tuple[int, list[str]], tmp_path: Path
):
    port, _ = first_lines
    address = f"http://user:canary-pw@127.0.0.1:{port}"
    settings = Settings(_env_file=None, home=tmp_path, sources=Mode.LIVE, proxy=address)
    assert "canary" not in repr(settings)
    with opened(settings, Clock()) as live, pytest.raises(SourceError) as caught:
        live.send(request_)
    assert "canary" not in f"{caught.value} {caught.value!r} {live.state()!r}"
