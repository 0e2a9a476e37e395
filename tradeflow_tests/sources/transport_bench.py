"""What the tests of the transport share: a clock moved by sleeping, a local world."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pytest_httpserver import HTTPServer

from tradeflow.answers import Credential, Request
from tradeflow.settings import Mode, Settings
from tradeflow.sources.transport import Transport

CANARY = "canary/key+7 x"
OTHER_CANARY = "canary-of-census=9&y"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEYS = {
    "header": Credential("header", "Ocp-Apim-Subscription-Key", "comtrade_api_key"),
    "query": Credential("query", "key", "census_api_key"),
}


class Clock:
    """Time that passes only by sleeping or by hand; both the forward clock and the wall's."""

    def __init__(self, start: datetime = NOON) -> None:
        self.start = start
        self.now = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(round(seconds, 3))
            self.now += seconds

    def wall(self) -> datetime:
        return self.start + timedelta(seconds=self.now)


def local(settings: Settings, server: HTTPServer, **changes: object) -> Settings:
    """Settings under which Comtrade's and Census's hosts are the local server."""
    base = server.url_for("").rstrip("/")
    return settings.model_copy(
        update={"comtrade_url": base, "census_api_url": base, "census_site_url": base, **changes}
    )


def with_keys(home: Path, **changes: object) -> Settings:
    """Live settings with the canary for every key."""
    return Settings(
        _env_file=None,
        home=home,
        sources=Mode.LIVE,
        comtrade_api_key=CANARY,
        census_api_key=OTHER_CANARY,
        **changes,
    )


def opened(settings: Settings, clock: Clock, **more: object) -> Transport:
    """A transport whose time is the clock's."""
    return Transport(settings, clock=clock, sleep=clock.sleep, wall=clock.wall, **more)


def question(server: HTTPServer, path: str = "/q", **fields: object) -> Request:
    return Request(
        **{"source": "comtrade", "label": "a question", **fields}, url=server.url_for(path)
    )


def served(server: HTTPServer, path: str = "/q") -> int:
    return sum(received.path == path for received, _ in server.log)


def together(count: int, work: Callable[[int], object]) -> None:
    """Run `work(0) … work(count - 1)` in threads of their own and wait for all."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
