"""One in-process server for every host the sources ask, opened with a day as its clock.

Here: routing by host, the range of weeks the bundled world covers. Not here: any host's
protocol or values.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib import import_module

import httpx

from tradeflow.errors import InputError
from tradeflow.periods import Week

FIRST_WEEK, LAST_WEEK = Week(2025, 1), Week(2026, 26)

_HANDLERS = {
    "comtradeapi.un.org": "tradeflow.sandbox.comtrade",
    "api.census.gov": "tradeflow.sandbox.census",
    "www.census.gov": "tradeflow.sandbox.census",
    "api.worldbank.org": "tradeflow.sandbox.worldbank",
    "api.tradestatistics.io": "tradeflow.sandbox.ots",
    "www.sciencebase.gov": "tradeflow.sandbox.usgs",
    "exportcontrol.mofcom.gov.cn": "tradeflow.sandbox.mofcom",
    "www.mofcom.gov.cn": "tradeflow.sandbox.mofcom",
}
"""Host → module with `handle(request, as_of)`, imported when the host is first asked."""


def check_range(week: Week) -> None:
    """Refuse a week the bundled world does not cover.

    Raises:
        InputError: the week lies outside `FIRST_WEEK`…`LAST_WEEK`.
    """
    if not FIRST_WEEK <= week <= LAST_WEEK:
        raise InputError(
            f"week {week} is outside the sandbox's range {FIRST_WEEK}…{LAST_WEEK}; choose a week "
            "within it, or set TRADEFLOW_SOURCES=live"
        )


class SandboxTransport(httpx.BaseTransport):
    """Answers as the real hosts would have on the day `as_of`, the same for everyone."""

    def __init__(self, as_of: date) -> None:
        """Open the world on `as_of`.

        Raises:
            InputError: the day lies outside the weeks the world covers.
        """
        check_range(Week.containing(as_of))
        self._as_of = as_of

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request.

        Raises:
            httpx.ConnectError: no such host in the bundled world.
        """
        module = _HANDLERS.get(request.url.host)
        if module is None:
            raise httpx.ConnectError(f"the sandbox has no host {request.url.host}", request=request)
        request.read()
        handle: Callable[[httpx.Request, date], httpx.Response] = import_module(module).handle
        return handle(request, self._as_of)
