"""The one way a request leaves tradeflow: httpx with bounds, patience and no secrets left over.

Here: sending one request and mapping refusals to errors by remedy. Not here: what to ask or
how to read it (the sources), keeping answers (`storage/`). `http=` plugs in the sandbox or a
test's server; waiting between calls is for real hosts only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

import httpx
from httpx_retries import Retry, RetryTransport

from tradeflow.answers import RECONSTRUCTED_HEADER, Credential, Exchange, Request
from tradeflow.errors import InputError
from tradeflow.settings import Mode, Settings
from tradeflow.sources.errors import (
    ChangedShape,
    KeyRejected,
    PermanentError,
    QuotaExceeded,
    SourceError,
    TransientError,
)
from tradeflow.sources.secrets import CredentialTransport, redact, secret_of
from tradeflow.thresholds import threshold

KEPT_HEADERS = (
    "content-type",
    "content-length",
    "last-modified",
    "etag",
    "location",
    "retry-after",
    "x-datawebapi-keyerror",
    RECONSTRUCTED_HEADER,
)
"""The response headers a receipt keeps."""

_RETRIED = (408, 429, 500, 502, 503, 504)
_MIN_INTERVAL_S = 1.0
_TIMEOUT = httpx.Timeout(60.0, connect=20.0)


class Transport:
    """Sends requests; use as a context manager.

    Args:
        settings: mode, contact and keys.
        http: what carries requests instead of the network (sandbox, tests); required in sandbox.
        clock: seconds that only move forward.
        sleep: waits that many seconds between calls to one host.

    Raises:
        InputError: replay, which has no network, or sandbox without its server.
    """

    def __init__(
        self,
        settings: Settings,
        http: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if settings.sources is Mode.REPLAY:
            raise InputError("replay reads the archive alone; this request is not archived")
        if settings.sources is Mode.SANDBOX and http is None:
            raise InputError("sandbox mode was opened without its server; nothing was sent")
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._live = settings.sources is Mode.LIVE
        self._last_call: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._closed: dict[tuple[str, Credential | None], KeyRejected | QuotaExceeded] = {}
        keyed = CredentialTransport(http or httpx.HTTPTransport(), settings)
        self._client = httpx.Client(
            transport=RetryTransport(transport=keyed, retry=_retry(self._live)),
            timeout=_TIMEOUT,
            follow_redirects=False,
            headers={
                "User-Agent": f"tradeflow (+{settings.contact})",
                "Accept-Encoding": "gzip, deflate",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def concurrency(self, source: str) -> int:
        """How many requests of a source may be under way at once; 1 for the sandbox."""
        return 1

    def send(self, request: Request) -> Exchange:
        """Send one request, with retries; redirects are refused, not followed.

        An error about an answer that came carries it as `exchange`.

        Raises:
            TransientError: time-out, broken connection, 408, 429 or 5xx after all retries, or a
                host that failed several requests in a row.
            KeyRejected: 401, or the source's own sign of a wrong key; from then on without
                asking again.
            QuotaExceeded: 403 to a request with a key, or one that speaks of a quota; from then
                on without asking again.
            PermanentError: an address nobody can ask, or any other status outside 2xx,
                redirects included.
            ChangedShape: an answer beyond the size or time bound, or in an unknown encoding.
        """
        host = _host(request)
        self._refuse_if_closed(request, host)
        self._keep_interval(host)
        try:
            exchange = self._exchange(request)
            _require_success(request, exchange)
        except TransientError:
            self._failures[host] = self._failures.get(host, 0) + 1
            raise
        except (KeyRejected, QuotaExceeded) as error:
            self._closed[host, request.credential] = error
            raise
        except SourceError:
            self._failures.pop(host, None)
            raise
        self._failures.pop(host, None)
        return exchange

    def _exchange(self, request: Request) -> Exchange:
        try:
            with self._client.stream(
                request.method,
                request.url,
                params=request.params or None,
                data=dict(request.form) or None,
                headers=dict(request.headers),
                extensions={"credential": request.credential},
            ) as response:
                body = self._read(request, response)
        except httpx.HTTPError as error:
            raise TransientError(
                request, "connection", "an answer", f"{type(error).__name__}: {error}"
            ) from None
        secret = secret_of(request.credential, self._settings)
        retry = response.extensions.get("retry")
        return Exchange(
            body=redact(body, secret),
            status=response.status_code,
            headers={
                name: redact(response.headers[name].encode(), secret).decode("utf-8", "replace")
                for name in KEPT_HEADERS
                if name in response.headers
            },
            attempts=1 + (retry.attempts_made if isinstance(retry, Retry) else 0),
            mode="live" if self._live else "sandbox",
        )

    def _read(self, request: Request, response: httpx.Response) -> bytes:
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip", "deflate"):
            raise ChangedShape(request, "content-encoding", "gzip, deflate or none", encoding)
        most = int(threshold("transport_max_bytes"))
        until = self._clock() + threshold("transport_total_seconds")
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > most:
                raise ChangedShape(request, "body", f"at most {most} bytes", "more")
            if self._clock() > until:
                raise TransientError(request, "body", "an answer in time", f"{len(body)} bytes")
        return bytes(body)

    def _refuse_if_closed(self, request: Request, host: str) -> None:
        earlier = self._closed.get((host, request.credential))
        if earlier is not None:
            raise type(earlier)(request, earlier.field, earlier.expected, earlier.got)
        failures = self._failures.get(host, 0)
        if failures >= threshold("transport_breaker_failures"):
            raise TransientError(
                request, "connection", f"{host} to answer", f"{failures} failed requests in a row"
            )

    def _keep_interval(self, host: str) -> None:
        if self._live and host in self._last_call:
            self._sleep(max(0.0, self._last_call[host] + _MIN_INTERVAL_S - self._clock()))
        self._last_call[host] = self._clock()


def _host(request: Request) -> str:
    try:
        url = httpx.URL(request.url)
    except httpx.InvalidURL as error:
        raise PermanentError(request, "url", "an address", error) from None
    if url.scheme not in ("http", "https") or not url.host:
        raise PermanentError(request, "url", "an http or https address", request.url)
    return url.host


def _retry(live: bool) -> Retry:
    longest = threshold("transport_longest_wait_s")
    return Retry(
        total=int(threshold("transport_retries")),
        allowed_methods=("GET", "POST"),
        status_forcelist=_RETRIED,
        retry_on_exceptions=(httpx.TransportError,),
        backoff_factor=1.0 if live else 0.01,
        max_backoff_wait=longest,
        total_timeout=2 * longest,
    )


def _require_success(request: Request, exchange: Exchange) -> None:
    try:
        _refuse_status(request, exchange)
    except SourceError as error:
        error.exchange = exchange
        raise


def _refuse_status(request: Request, exchange: Exchange) -> None:
    status, excerpt = exchange.status, exchange.body[:300].decode("utf-8", "replace")
    got = f"{status}: {excerpt}" if excerpt.strip() else str(status)
    valid_key = (
        f"a valid key in {request.credential.setting.upper()}"
        if request.credential
        else "no key to be needed"
    )
    if status == 401 or "x-datawebapi-keyerror" in exchange.headers:
        raise KeyRejected(request, "status", valid_key, got)
    if 200 <= status < 300:
        return
    if status in _RETRIED:
        raise TransientError(
            request, "status", "200", f"{got} (after {exchange.attempts} attempts)"
        )
    if status == 403 and (request.credential is not None or "quota" in excerpt.lower()):
        raise QuotaExceeded(request, "status", "200", got)
    if 300 <= status < 400:
        target = exchange.headers.get("location", "nowhere")
        if "key" in target.lower():
            raise KeyRejected(request, "status", valid_key, f"{status} {target}")
        raise PermanentError(request, "status", "200 without a redirect", f"{status} to {target}")
    raise PermanentError(request, "status", "200", got)
