"""The sources' real hosts on this machine: the sandbox's answers behind sockets, one port a host.

Status codes, caps, paging and encodings are the sandbox's; on top come what a server does that
serves many: 429 to who asks too fast, 403 to who has used up the day's calls.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

import httpx

from tradeflow.sandbox.faults import FaultyTransport
from tradeflow.sandbox.server import SandboxTransport
from tradeflow.settings import Settings

REAL_URLS = {
    name: one.default
    for name, one in Settings.model_fields.items()
    if name.endswith("_url") and isinstance(one.default, str)
}
"""Setting → address of the real host of a source."""
OUT_OF_QUOTA = '{"statusCode":403,"message":"Out of call volume quota."}'
_TOO_FAST = "Rate limit is exceeded. Try again in 1 seconds."


@dataclass(frozen=True)
class Limits:
    """What one host bears."""

    interval_s: float = 0.0
    """Least time between two requests; sooner is answered 429."""
    daily_calls: int | None = None
    """Requests served; every further one is answered 403."""


@dataclass
class RealHosts(AbstractContextManager["RealHosts"]):
    """Every host of `REAL_URLS`, listening on a port of its own while the context lasts.

    Args:
        as_of: the day the world is seen on.
        limits: what a host bears, by its real name; without limits where it is not named.
    """

    as_of: date
    limits: Mapping[str, Limits] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    """How often each host was asked, by its real name."""
    refused: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How often a host refused, by its real name and the status."""

    def __enter__(self) -> Self:
        self._servers = [_server(self) for _ in REAL_URLS]
        # Ports ascend as the real addresses do: whatever is ordered by address keeps its order.
        self._servers.sort(key=lambda server: server.server_port)
        self.urls = {}
        names = sorted(REAL_URLS, key=REAL_URLS.__getitem__)
        for name, server in zip(names, self._servers, strict=True):
            server.real_url = REAL_URLS[name]  # type: ignore[attr-defined]
            self.urls[name] = f"http://127.0.0.1:{server.server_port}"
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self._answering: httpx.BaseTransport = SandboxTransport(self.as_of)
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def turn_bad(self, share: float, seed: int) -> None:
        """From now on a share of the answers is faulty."""
        self._answering = FaultyTransport(SandboxTransport(self.as_of), share, seed)

    @property
    def environment(self) -> dict[str, str]:
        """The settings' variables that lead a live run here."""
        return {f"TRADEFLOW_{name.upper()}": url for name, url in self.urls.items()}

    def as_real(self, text: str) -> str:
        """`text` with the addresses of this machine replaced by those they stand for."""
        for name, url in self.urls.items():
            real = REAL_URLS[name]
            text = text.replace(url, real).replace(urlsplit(url).netloc, urlsplit(real).netloc)
        return text

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the real host says to one request.

        Raises:
            httpx.TransportError: the connection is to break instead.
        """
        host = request.url.host
        refusal = self._refusal(host)
        if refusal is not None:
            self.refused[host, refusal.status_code] += 1
            return refusal
        with self._lock:
            return self._answering.handle_request(request)

    def _refusal(self, host: str) -> httpx.Response | None:
        limits = self.limits.get(host, Limits())
        with self._lock:
            now = time.monotonic()
            too_fast = now - self._last.get(host, -60.0) < limits.interval_s
            self._last[host] = now
            self.asked[host] += 1
            asked = self.asked[host]
        if limits.daily_calls is not None and asked > limits.daily_calls:
            return httpx.Response(403, text=OUT_OF_QUOTA)
        if too_fast:
            return httpx.Response(429, headers={"retry-after": "1"}, text=_TOO_FAST)
        return None


def _server(hosts: RealHosts) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            real = self.server.real_url  # type: ignore[attr-defined]
            headers = [(k, v) for k, v in self.headers.items() if k.lower() != "host"]
            request = httpx.Request(
                self.command, f"{real}{self.path}", headers=headers, content=body
            )
            try:
                answer = hosts.answer(request)
            except httpx.TransportError:
                # A true time-out would take a minute; a broken connection is treated alike.
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            for name, value in answer.headers.multi_items():
                if name not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: the tests count instead."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
