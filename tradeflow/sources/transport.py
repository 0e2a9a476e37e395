"""The one way a request leaves tradeflow: httpx with bounds, patience and no secrets left over.

Here: sending one request – its turn, its attempts, the reading of its answer – and mapping
refusals to errors by remedy. Not here: what to ask or how to read it (the sources), the numbers
(`hosts.py`), counting (`allowance.py`), keeping answers (`storage/`). `http=` plugs in the
sandbox or a test's server; waiting and counting are for live only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore, Event, Lock
from typing import Self

import httpx
from httpx_retries import RetryTransport

from tradeflow.answers import RECONSTRUCTED_HEADER, Credential, Exchange, Request
from tradeflow.errors import InputError
from tradeflow.settings import Mode, Settings
from tradeflow.sources.addresses import inner_kind
from tradeflow.sources.allowance import (
    FILE_NAME,
    Allowance,
    HostState,
    Place,
    UsedUp,
)
from tradeflow.sources.body import read_body
from tradeflow.sources.errors import (
    ChangedShape,
    KeyRejected,
    PermanentError,
    QuotaExceeded,
    TransientError,
)
from tradeflow.sources.hosts import Hosts, netloc
from tradeflow.sources.patience import RETRIED, Patience, asked_wait
from tradeflow.sources.proxies import Network
from tradeflow.sources.refusals import (
    interrupted,
    quota_exceeded,
    require_success,
    resting,
    seconds_used_up,
)
from tradeflow.sources.secrets import CredentialTransport, redact, secret_of, secrets_of
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

OnWait = Callable[[str, float, str], None]
"""Told of a pause before it begins: host, seconds, reason."""

_TIMEOUT = httpx.Timeout(60.0, connect=20.0)
_SHORTEST_WAIT_S = 0.001


@dataclass
class _Call:
    """A request on its way, and how often it was sent."""

    request: Request
    place: Place
    attempts: int = 0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Transport:
    """Sends requests; use as a context manager. Safe to use from several threads at once.

    Args:
        settings: mode, contact, keys, proxy and the pace where it is set.
        http: what carries requests instead of the network (sandbox, tests); required in sandbox.
        clock: seconds that only move forward, for the time an answer may take.
        sleep: waits that many seconds; by default `stop` ends a wait early.
        wall: the time of day, timezone-aware, for allowances and pace.
        on_wait: told of every pause of more than a few seconds before it begins.

    Raises:
        InputError: replay, which has no network, or sandbox without its server, or a proxy whose
            address is not one.
    """

    def __init__(
        self,
        settings: Settings,
        http: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        wall: Callable[[], datetime] = _utc_now,
        on_wait: OnWait | None = None,
    ) -> None:
        if settings.sources is Mode.REPLAY:
            raise InputError("replay reads the archive alone; this request is not archived")
        if settings.sources is Mode.SANDBOX and http is None:
            raise InputError("sandbox mode was opened without its server; nothing was sent")
        self._settings = settings
        self._clock = clock
        self._stopped = Event()
        self._sleep = sleep or self._stopped.wait
        self._wall = wall
        self._on_wait = on_wait
        self._live = settings.sources is Mode.LIVE
        self._is_network = http is None
        self._hosts = Hosts(settings)
        self._ledger = Allowance(ledger_path(settings) if self._live else None)
        self._secrets = secrets_of(settings)
        self._lock = Lock()
        self._places: set[Place] = set()
        self._under_way: dict[tuple[str, str], BoundedSemaphore] = {}
        self._closed: dict[tuple[str, str, Credential | None], KeyRejected | QuotaExceeded] = {}
        keyed = CredentialTransport(http or Network(settings.proxies), settings)
        self._client = httpx.Client(
            transport=RetryTransport(transport=_Attempts(keyed, self)),
            timeout=_TIMEOUT,
            follow_redirects=False,
            headers={
                "User-Agent": f"tradeflow (+{settings.contact})",
                "Accept-Encoding": "gzip",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()
        self._ledger.close()

    def stop(self) -> None:
        """End all waits: requests that are waiting fail, those that follow are not sent."""
        self._stopped.set()

    def concurrency(self, source: str) -> int:
        """How many requests of a source may be under way at once; 1 for the sandbox."""
        return self._hosts.concurrent(source) if self._live else 1

    def state(self) -> list[HostState]:
        """How every host asked through this transport stands, by source and host."""
        with self._lock:
            places = sorted(self._places, key=lambda one: (one.source, one.host, one.keyed))
        now = self._now()
        return [self._ledger.state(place, now) for place in places]

    def send(self, request: Request) -> Exchange:
        """Send one request, with retries; redirects are refused, not followed.

        An error about an answer that came carries it as `exchange`.

        Raises:
            TransientError: time-out, broken connection or body, 408, 429 or 5xx after all
                retries, or a host whose breaker is open.
            KeyRejected: 401, or the source's own sign of a wrong key; from then on without
                asking again.
            QuotaExceeded: no call of the day is left, before anything is sent; 403 to a request
                with a key, or one that speaks of a quota, from then on without asking again.
            PermanentError: an address nobody can or may ask, or any other status outside 2xx,
                redirects included.
            ChangedShape: an answer beyond the size bound, or in an unknown encoding.
            InputError: the request needs a key that is not set.
            StorageError: the calls cannot be counted.
        """
        place = self._place(request)
        secret_of(request.credential, self._settings)
        with self._lock:
            self._places.add(place)
            earlier = self._closed.get((place.source, place.host, request.credential))
        if earlier is not None:
            raise type(earlier)(request, earlier.field, earlier.expected, earlier.got)
        refused = self._ledger.admit(place, self._now())
        if refused is not None:
            raise resting(request, place, refused)
        try:
            exchange = self._exchange(_Call(request, place))
            require_success(request, exchange)
        except BaseException as error:
            self._learn(request, place, error)
            raise
        self._ledger.answered(place)
        return exchange

    def _place(self, request: Request) -> Place:
        """Where a request goes, and the limits it is held to; the sandbox knows none."""
        try:
            url = httpx.URL(request.url)
            host = netloc(url)
        except httpx.InvalidURL as error:
            raise PermanentError(request, "url", "an address", error) from None
        if url.scheme not in ("http", "https") or not url.host:
            raise PermanentError(request, "url", "an http or https address", request.url)
        kind = inner_kind(url.host)
        if self._is_network and kind is not None and not self._hosts.is_configured(host):
            raise PermanentError(request, "url", "an address on the internet", f"{kind}: {url}")
        limits = self._hosts.limits(request.source, host)
        return Place(
            source=request.source,
            host=host,
            keyed=request.credential is not None,
            limits=limits if self._live else limits.unlimited(),
        )

    def _learn(self, request: Request, place: Place, error: BaseException) -> None:
        """What a failure says of the host: that it is down, that it answers, or nothing."""
        if isinstance(error, KeyRejected | QuotaExceeded) and error.exchange is not None:
            seconds = seconds_used_up(error.exchange, self._now())
            if isinstance(error, QuotaExceeded) and seconds is not None:
                self._ledger.note_used_up(place, self._now(), seconds)
            else:
                with self._lock:
                    self._closed[place.source, place.host, request.credential] = error
        if isinstance(error, TransientError) and not self._stopped.is_set():
            self._ledger.failed(place, self._now())
        elif isinstance(error, ChangedShape) or getattr(error, "exchange", None) is not None:
            self._ledger.answered(place)
        else:
            self._ledger.released(place)

    def _exchange(self, call: _Call) -> Exchange:
        request = call.request
        try:
            response = self._client.request(
                request.method,
                request.url,
                params=request.params or None,
                data=dict(request.form) or None,
                headers=dict(request.headers),
                extensions={
                    "credential": request.credential,
                    "call": call,
                    "retry": Patience(partial(self._wait, call), self._now),
                },
            )
        except httpx.HTTPError as error:
            said = self._clean(f"{type(error).__name__}: {error}".encode()).decode()
            got = f"{said} (after {call.attempts} attempts)"
            raise TransientError(request, "connection", "an answer", got) from None
        return Exchange(
            body=self._clean(response.content),
            status=response.status_code,
            headers={
                name: self._clean(response.headers[name].encode()).decode("utf-8", "replace")
                for name in KEPT_HEADERS
                if name in response.headers
            },
            attempts=call.attempts,
            mode="live" if self._live else "sandbox",
        )

    def attempt(self, call: _Call, send: Callable[[], httpx.Response]) -> httpx.Response:
        """One call to the host: in its turn, counted, and read to the end of its answer."""
        with self._slot(call.place):
            self._take_turn(call)
            call.attempts += 1
            until = self._clock() + threshold("transport_total_seconds")
            response = send()
            try:
                body = read_body(
                    call.request,
                    response,
                    int(threshold("transport_max_bytes")),
                    lambda: self._clock() > until,
                )
            finally:
                response.close()
        asked = asked_wait(response, self._now())
        if response.status_code in RETRIED and asked is not None:
            longest = threshold("transport_longest_wait_s")
            self._ledger.hold(call.place, self._now(), min(asked, longest))
        kept = [pair for pair in response.headers.raw if pair[0].lower() != b"content-encoding"]
        return httpx.Response(response.status_code, headers=kept, stream=httpx.ByteStream(body))

    def _slot(self, place: Place) -> BoundedSemaphore:
        key = (place.source, place.host)
        with self._lock:
            if key not in self._under_way:
                self._under_way[key] = BoundedSemaphore(place.limits.concurrent)
            return self._under_way[key]

    def _take_turn(self, call: _Call) -> None:
        if self._stopped.is_set():
            raise interrupted(call.request)
        turn = self._ledger.take_call(call.place, self._now())
        if isinstance(turn, UsedUp):
            raise quota_exceeded(call.request, call.place, turn)
        self._wait(call, turn, "its turn")

    def _wait(self, call: _Call, seconds: float, reason: str) -> None:
        if not self._live or seconds < _SHORTEST_WAIT_S:
            return
        if self._on_wait is not None and seconds >= threshold("transport_told_wait_s"):
            self._on_wait(call.place.host, seconds, reason)
        self._sleep(seconds)
        if self._stopped.is_set():
            raise interrupted(call.request)

    def _clean(self, text: bytes) -> bytes:
        for secret in self._secrets:
            text = redact(text, secret)
        return text

    def _now(self) -> float:
        return self._wall().timestamp()


class _Attempts(httpx.BaseTransport):
    """Below the retries: each attempt is a call to the host and goes by the transport's rules."""

    def __init__(self, inner: httpx.BaseTransport, owner: Transport) -> None:
        self._inner = inner
        self._owner = owner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._owner.attempt(
            request.extensions["call"], lambda: self._inner.handle_request(request)
        )

    def close(self) -> None:
        self._inner.close()


def ledger_path(settings: Settings) -> Path:
    """The file in which the world in use counts its calls."""
    return settings.world_home / FILE_NAME


def host_states(settings: Settings, wall: Callable[[], datetime] = _utc_now) -> list[HostState]:
    """How every host ever asked stands, by the ledger alone; none when nothing was asked yet.

    Raises:
        StorageError: the ledger cannot be read.
    """
    path, hosts = ledger_path(settings), Hosts(settings)
    if not path.exists():
        return []
    with Allowance(path) as ledger:
        return [
            ledger.state(Place(source, host, keyed, hosts.limits(source, host)), wall().timestamp())
            for source, host, keyed in ledger.places()
        ]
