"""How often each host may be asked, read from `hosts.yml`.

Here: the numbers, and which of them a request's host is held to. Not here: counting
(`allowance.py`), waiting and sending (`transport.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml

from tradeflow.errors import InputError
from tradeflow.settings import Settings

HOSTS_FILE = Path(__file__).with_name("hosts.yml")

_NUMBERS = (
    "requests_per_second",
    "concurrent",
    "daily_calls_without_key",
    "daily_calls_with_key",
    "breaker_failures",
    "breaker_rest_s",
)
_UNLIMITED = ("requests_per_second", "daily_calls_without_key", "daily_calls_with_key")
_IDENTITY = ("source", "host", "setting")


@dataclass(frozen=True)
class Limits:
    """What one host bears. Rates are per second, calls per UTC day; None is without limit."""

    requests_per_second: float | None
    concurrent: int
    daily_calls_without_key: int | None
    daily_calls_with_key: int | None
    breaker_failures: int
    breaker_rest_s: float

    @property
    def interval_s(self) -> float:
        """Seconds between two requests."""
        return 1 / self.requests_per_second if self.requests_per_second else 0.0

    def unlimited(self) -> Limits:
        """The same without pace and daily allowance, for what is no real host."""
        return replace(
            self,
            requests_per_second=None,
            daily_calls_without_key=None,
            daily_calls_with_key=None,
        )

    def daily_calls(self, keyed: bool) -> int | None:
        """Calls a UTC day of requests that carry a key, or of those that do not."""
        return self.daily_calls_with_key if keyed else self.daily_calls_without_key


@dataclass(frozen=True)
class Host:
    """One row of the file: a source's host, and the setting that may put another in its place."""

    source: str
    host: str
    setting: str
    limits: Limits


@dataclass(frozen=True)
class HostsFile:
    """The file as read: limits of hosts it does not name, and its rows in order."""

    default: Limits
    hosts: tuple[Host, ...]


class Hosts:
    """Which limits a request is held to, under the settings in use.

    A host is known by the address in its setting first – a mirror or a local server is held to
    the limits of the host it stands for – then by its name; any other takes the default.
    `requests_per_second` and `daily_calls` of the settings replace those of every host.
    """

    def __init__(self, settings: Settings, path: Path = HOSTS_FILE) -> None:
        read = read_hosts(path)
        change: dict[str, Any] = {}
        if settings.requests_per_second is not None:
            change["requests_per_second"] = settings.requests_per_second
        if settings.daily_calls is not None:
            change["daily_calls_without_key"] = settings.daily_calls
            change["daily_calls_with_key"] = settings.daily_calls
        self._default = replace(read.default, **change)
        self._rows: dict[tuple[str, str], Limits] = {}
        self._by_source: dict[str, list[Limits]] = {}
        self._configured: set[str] = set()
        for row in read.hosts:
            limits = replace(row.limits, **change)
            self._by_source.setdefault(row.source, []).append(limits)
            self._rows.setdefault((row.source, row.host), limits)
        for row in read.hosts:
            address = _address_of(settings, row.setting)
            self._configured.add(address)
            if address != row.host:
                self._rows.setdefault((row.source, address), replace(row.limits, **change))

    def limits(self, source: str, host: str) -> Limits:
        """Limits of a source's host, given as `netloc` writes it."""
        return self._rows.get((source, host), self._default)

    def concurrent(self, source: str) -> int:
        """The most requests any host of the source bears at once."""
        rows = self._by_source.get(source, [self._default])
        return max(limits.concurrent for limits in rows)

    def is_configured(self, host: str) -> bool:
        """Whether a setting of a source names this very host."""
        return host in self._configured


def _address_of(settings: Settings, name: str) -> str:
    stated = str(getattr(settings, name))
    try:
        return netloc(stated)
    except httpx.InvalidURL as error:
        raise InputError(f"TRADEFLOW_{name.upper()}: {stated!r} is no address: {error}") from None


def netloc(url: str | httpx.URL) -> str:
    """Host and, unless it is the scheme's usual one, port: `api.census.gov`, `127.0.0.1:8000`.

    Raises:
        httpx.InvalidURL: not an address.
    """
    return httpx.URL(url).netloc.decode("ascii").lower()


@cache
def read_hosts(path: Path = HOSTS_FILE) -> HostsFile:
    """The file at `path`.

    Raises:
        InputError: it cannot be read, or an entry lacks its number, reason or source.
    """
    try:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(stated, dict) or set(stated) != {"default", "hosts"}:
        raise InputError(f"{path}: expected `default` and `hosts`")
    default = _numbers(path, "default", stated["default"])
    if set(default) != set(_NUMBERS):
        raise InputError(f"{path}: default: expected exactly {', '.join(_NUMBERS)}")
    return HostsFile(
        default=Limits(**default),
        hosts=tuple(_host(path, default, row) for row in stated["hosts"]),
    )


def _host(path: Path, default: Mapping[str, Any], row: object) -> Host:
    if not isinstance(row, dict) or not set(_IDENTITY) <= set(row):
        raise InputError(f"{path}: every host needs {', '.join(_IDENTITY)}")
    name = f"{row['source']} {row['host']}"
    own = _numbers(path, name, {key: row[key] for key in row if key not in _IDENTITY})
    identity = {key: str(row[key]) for key in _IDENTITY}
    return Host(**identity, limits=Limits(**{**default, **own}))


def _numbers(path: Path, name: str, entries: object) -> dict[str, Any]:
    if not isinstance(entries, dict) or not set(entries) <= set(_NUMBERS):
        raise InputError(f"{path}: {name}: expected entries among {', '.join(_NUMBERS)}")
    return {key: _number(f"{path}: {name}: {key}", key, entries[key]) for key in entries}


def _number(place: str, key: str, entry: object) -> float | int | None:
    if not isinstance(entry, dict) or set(entry) != {"value", "reason", "source"}:
        raise InputError(f"{place}: expected exactly value, reason and source")
    value = entry["value"]
    if value is None and key in _UNLIMITED:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise InputError(f"{place}: value {value!r} is not a number above 0")
    if key != "requests_per_second" and int(value) != value:
        raise InputError(f"{place}: value {value!r} is not a whole number")
    return value
