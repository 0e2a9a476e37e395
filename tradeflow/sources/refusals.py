"""What an answer's status, or no answer, means: an error by its remedy.

Here: reading refusals. Not here: what the transport does about them.
"""

from __future__ import annotations

import re

from tradeflow.answers import Exchange, Request
from tradeflow.sources.addresses import describe_redirect, names_a_key
from tradeflow.sources.allowance import Place, Refused, UsedUp, seconds_to_next_day
from tradeflow.sources.errors import (
    KeyRejected,
    PermanentError,
    QuotaExceeded,
    SourceError,
    TransientError,
)
from tradeflow.sources.patience import RETRIED

_EXCERPT = 300
_REPLENISHED = re.compile(
    r"replenished in (?:(?P<days>\d+(?:\.\d+)?) days|(?P<h>\d+):(?P<m>\d\d):(?P<s>\d\d))"
)
"""How Azure's gateway, which Comtrade runs on, ends a 403 `Out of call volume quota.`"""


def require_success(request: Request, exchange: Exchange) -> None:
    try:
        _refuse_status(request, exchange)
    except SourceError as error:
        error.exchange = exchange
        raise


def _refuse_status(request: Request, exchange: Exchange) -> None:
    status, excerpt = exchange.status, exchange.body[:_EXCERPT].decode("utf-8", "replace")
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
    if status in RETRIED:
        raise TransientError(
            request, "status", "200", f"{got} (after {exchange.attempts} attempts)"
        )
    if status == 403 and (request.credential is not None or "quota" in excerpt.lower()):
        raise QuotaExceeded(request, "status", "200", got)
    if 300 <= status < 400:
        location = exchange.headers.get("location")
        told = f"{status}, {describe_redirect(request.url, location)}"
        if names_a_key(request.url, location):
            raise KeyRejected(request, "status", valid_key, told)
        raise PermanentError(request, "status", "200 without a redirect", told)
    raise PermanentError(request, "status", "200", got)


def seconds_used_up(exchange: Exchange, now: float) -> float | None:
    """How long a quota stays used up by the source's word; None when it says nothing of one."""
    said = exchange.body[:_EXCERPT].decode("utf-8", "replace")
    found = _REPLENISHED.search(said)
    if found is None:
        return seconds_to_next_day(now) if "quota" in said.lower() else None
    if found["days"] is not None:
        return float(found["days"]) * 86400
    return int(found["h"]) * 3600 + int(found["m"]) * 60 + int(found["s"])


def quota_exceeded(request: Request, place: Place, used_up: UsedUp) -> QuotaExceeded:
    key = "with a key" if place.keyed else "without a key"
    renewed = f"renewed {used_up.renewed_at:%Y-%m-%d %H:%M} UTC"
    if used_up.calls is None:
        expected, got = f"calls left at {place.host}", f"none by its own word; {renewed}"
    else:
        most = place.limits.daily_calls(place.keyed)
        expected = f"at most {most} calls a day to {place.host} {key}"
        got = f"{used_up.calls} made; {renewed}"
    return QuotaExceeded(request, "quota", expected, got)


def resting(request: Request, place: Place, refused: Refused) -> TransientError:
    again = (
        "another request is trying it now"
        if refused.asked_again_at is None
        else f"asked again from {refused.asked_again_at:%Y-%m-%d %H:%M} UTC"
    )
    got = f"{refused.failures} failed requests in a row; {again}"
    return TransientError(request, "connection", f"{place.host} to answer", got)


def interrupted(request: Request) -> TransientError:
    return TransientError(request, "connection", "time to wait", "the run was stopped")
