"""When a request is sent again, and how long to wait before: politely, and within bounds.

Here: the rules. Not here: waiting itself and counting calls (`transport.py`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx
from httpx_retries import Retry

from tradeflow.thresholds import threshold

RETRIED = (408, 429, 500, 502, 503, 504)
"""Statuses that pass: asked again."""

_LOST = (
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
)


class Patience(Retry):
    """When to ask again, and how long to wait before: as asked, else twice as long each time.

    The k-th wait of one's own lies between 2**k / 2 and 2**k seconds, at random so that several
    clients do not return together. One wait is bounded, and none begins once a request has waited
    for twice that bound.

    Args:
        wait: told how many seconds and why; waits.
        now: the wall clock, in seconds since 1970.
    """

    def __init__(self, wait: Callable[[float, str], None], now: Callable[[], float]) -> None:
        longest = threshold("transport_longest_wait_s")
        super().__init__(
            total=int(threshold("transport_retries")),
            allowed_methods=("GET", "POST"),
            status_forcelist=RETRIED,
            retry_on_exceptions=_LOST,
            backoff_factor=1.0,
            backoff_jitter=0.5,
            max_backoff_wait=longest,
            total_timeout=2 * longest,
        )
        self._wait = wait
        self._now = now

    def increment(self) -> Retry:
        made = copy.copy(self)
        made.attempts_made += 1
        return made

    def sleep(self, response: httpx.Response | Exception) -> None:
        asked, reason = None, type(response).__name__
        if isinstance(response, httpx.Response):
            asked, reason = asked_wait(response, self._now()), f"status {response.status_code}"
        seconds = min(asked or self.backoff_strategy(), self.max_backoff_wait)
        self._wait(seconds, reason)
        self.elapsed_sleep += seconds


def asked_wait(response: httpx.Response, now: float) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or a date (RFC 9110, 10.2.3)."""
    stated = response.headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdigit():
        return float(stated)
    try:
        until = parsedate_to_datetime(stated)
    except ValueError:
        return None
    return max(0.0, until.replace(tzinfo=until.tzinfo or UTC).timestamp() - now)
