"""What each host may still be asked, kept in one small file that outlives and joins processes.

Here: the calls of the UTC day, the pace between calls, allowances a source has called used up,
and the breaker. Not here: the numbers (`hosts.py`), waiting and sending (`transport.py`).

All times are seconds since 1970 of the wall clock, since several processes and a restarted
machine have to agree on them; an instant further ahead than it can be was written by a clock
that ran ahead, and counts as past. The file holds no address beyond the host's and no secret.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Self

from tradeflow.errors import StorageError
from tradeflow.sources.hosts import Limits
from tradeflow.thresholds import threshold

FILE_NAME = "transport.sqlite"

_KEPT_DAYS = 31
_TABLES = """
create table if not exists calls (
    source text, host text, keyed integer, day text, calls integer not null,
    primary key (source, host, keyed, day));
create table if not exists pace (
    source text, host text, next_at real not null, primary key (source, host));
create table if not exists used_up (
    source text, host text, keyed integer, until real not null,
    primary key (source, host, keyed));
create table if not exists breaker (
    source text, host text, failures integer not null, opened_at real, probe_at real,
    primary key (source, host));
"""


class Breaker(StrEnum):
    """Whether a host is asked: closed is the good state."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """Rested long enough: one request may try, or is trying."""


@dataclass(frozen=True)
class Place:
    """A source's host as requests with, or without, a key meet it."""

    source: str
    host: str
    keyed: bool
    limits: Limits


@dataclass(frozen=True)
class UsedUp:
    """An allowance without calls left."""

    calls: int | None
    """Calls counted today; None where the source itself said that there are none left."""
    renewed_at: datetime


@dataclass(frozen=True)
class Refused:
    """A breaker that lets nothing through."""

    failures: int
    asked_again_at: datetime | None
    """None while another request is trying."""


@dataclass(frozen=True)
class HostState:
    """What a host may still be asked, for metadata and for a person."""

    source: str
    host: str
    keyed: bool
    """Whether the calls counted are those with a key."""
    calls_today: int
    daily_calls: int | None
    renewed_at: datetime
    """When the count starts anew, or the source's own word on it."""
    is_used_up: bool
    breaker: Breaker
    failures: int
    """Failed requests in a row."""
    asked_again_at: datetime | None
    """When an open breaker lets one request try."""

    def __str__(self) -> str:
        key = "with a key" if self.keyed else "without a key"
        most = "no limit known" if self.daily_calls is None else f"{self.daily_calls} allowed"
        calls = f"{self.calls_today} calls today, {most}, renewed {self.renewed_at:%m-%d %H:%M} UTC"
        again = f" until {self.asked_again_at:%H:%M} UTC" if self.asked_again_at else ""
        breaker = f"breaker {self.breaker}{again}"
        return f"{self.host} {key}: {calls}{', used up' if self.is_used_up else ''}; {breaker}"


class Allowance:
    """The ledger of one world's calls; safe for several threads and processes.

    The file is made at the first call that is counted. Every method is one short transaction.

    Args:
        path: the file; None keeps the ledger in memory, for a source that is no real host.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def take_call(self, place: Place, now: float) -> float | UsedUp:
        """Count one call and give it its turn.

        Returns:
            Seconds to wait before sending; or, with nothing counted, that no call is left.
        """
        key = (place.source, place.host)
        with self._transaction() as con:
            used_up = self._used_up(con, place, now)
            if used_up is not None:
                return used_up
            con.execute(
                "insert into calls values (?, ?, ?, ?, 1)"
                " on conflict do update set calls = calls + 1",
                (*key, place.keyed, _day(now)),
            )
            con.execute("delete from calls where day < ?", (_day(now - _KEPT_DAYS * 86400),))
            turn = self._next_turn(con, place, now)
            con.execute(
                "insert or replace into pace values (?, ?, ?)",
                (*key, turn + place.limits.interval_s),
            )
        return turn - now

    def note_used_up(self, place: Place, now: float, seconds: float) -> datetime:
        """Believe a source that its allowance is used up; returns until when, at most a day."""
        until = now + min(seconds, threshold("transport_quota_hours") * 3600)
        with self._transaction() as con:
            con.execute(
                "insert or replace into used_up values (?, ?, ?, ?)",
                (place.source, place.host, place.keyed, until),
            )
        return _instant(until)

    def hold(self, place: Place, now: float, seconds: float) -> None:
        """Give nobody a turn at the host for so long, because it asked for patience."""
        key = (place.source, place.host)
        with self._transaction() as con:
            turn = max(self._next_turn(con, place, now), now + seconds)
            con.execute("insert or replace into pace values (?, ?, ?)", (*key, turn))

    def admit(self, place: Place, now: float) -> Refused | None:
        """Ask the breaker. None lets the request through; the one that tries must report back."""
        key = (place.source, place.host)
        with self._transaction() as con:
            failures, opened_at, probe_at = self._breaker(con, place)
            state = _breaker_state(place.limits, opened_at, now)
            if opened_at is None:
                return None
            if state is Breaker.OPEN:
                return Refused(failures, _instant(opened_at + place.limits.breaker_rest_s))
            # A trying request whose process died must not keep the breaker open for ever.
            if probe_at is not None and 0 <= now - probe_at < place.limits.breaker_rest_s:
                return Refused(failures, None)
            con.execute(
                "update breaker set probe_at = ? where source = ? and host = ?", (now, *key)
            )
        return None

    def answered(self, place: Place) -> None:
        """The host answered: the breaker closes and forgets."""
        with self._transaction() as con:
            if self._breaker(con, place) != (0, None, None):
                con.execute(
                    "delete from breaker where source = ? and host = ?", (place.source, place.host)
                )

    def failed(self, place: Place, now: float) -> None:
        """A request failed after all its retries: one more in a row, the last of them opens."""
        with self._transaction() as con:
            failures = self._breaker(con, place)[0] + 1
            opened_at = now if failures >= place.limits.breaker_failures else None
            con.execute(
                "insert or replace into breaker values (?, ?, ?, ?, null)",
                (place.source, place.host, failures, opened_at),
            )

    def released(self, place: Place) -> None:
        """A request ended without a word on the host: another may try in its place."""
        with self._transaction() as con:
            if self._breaker(con, place)[2] is not None:
                con.execute(
                    "update breaker set probe_at = null where source = ? and host = ?",
                    (place.source, place.host),
                )

    def state(self, place: Place, now: float) -> HostState:
        """How the host stands now."""
        with self._transaction() as con:
            used_up = self._used_up(con, place, now)
            failures, opened_at, _ = self._breaker(con, place)
            breaker = _breaker_state(place.limits, opened_at, now)
            resting = opened_at if breaker is Breaker.OPEN else None
            return HostState(
                source=place.source,
                host=place.host,
                keyed=place.keyed,
                calls_today=self._calls(con, place, now),
                daily_calls=place.limits.daily_calls(place.keyed),
                renewed_at=_next_day(now) if used_up is None else used_up.renewed_at,
                is_used_up=used_up is not None,
                breaker=breaker,
                failures=failures,
                asked_again_at=None
                if resting is None
                else _instant(resting + place.limits.breaker_rest_s),
            )

    def places(self) -> list[tuple[str, str, bool]]:
        """Source, host and whether with a key, of every call ever counted here."""
        with self._transaction() as con:
            found = con.execute(
                "select source, host, keyed from calls union"
                " select source, host, keyed from used_up order by 1, 2, 3"
            ).fetchall()
        return [(source, host, bool(keyed)) for source, host, keyed in found]

    def _used_up(self, con: sqlite3.Connection, place: Place, now: float) -> UsedUp | None:
        row = con.execute(
            "select until from used_up where source = ? and host = ? and keyed = ?",
            (place.source, place.host, place.keyed),
        ).fetchone()
        if row is not None and 0 < row[0] - now <= threshold("transport_quota_hours") * 3600:
            return UsedUp(None, _instant(row[0]))
        most = place.limits.daily_calls(place.keyed)
        calls = self._calls(con, place, now)
        return None if most is None or calls < most else UsedUp(calls, _next_day(now))

    def _calls(self, con: sqlite3.Connection, place: Place, now: float) -> int:
        row = con.execute(
            "select calls from calls where source = ? and host = ? and keyed = ? and day = ?",
            (place.source, place.host, place.keyed, _day(now)),
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _next_turn(self, con: sqlite3.Connection, place: Place, now: float) -> float:
        row = con.execute(
            "select next_at from pace where source = ? and host = ?", (place.source, place.host)
        ).fetchone()
        if row is None or row[0] - now > threshold("transport_longest_queue_s"):
            return now
        return max(now, float(row[0]))

    def _breaker(
        self, con: sqlite3.Connection, place: Place
    ) -> tuple[int, float | None, float | None]:
        row = con.execute(
            "select failures, opened_at, probe_at from breaker where source = ? and host = ?",
            (place.source, place.host),
        ).fetchone()
        return (0, None, None) if row is None else row

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                con = self._connection or self._open()
                con.execute("begin immediate")
                try:
                    yield con
                except BaseException:
                    con.rollback()
                    raise
                con.commit()
            except sqlite3.Error as error:
                raise StorageError(
                    f"{self._path or 'the ledger of calls'}: {error}; it counts the calls made to "
                    "each source and no request is sent without it; if it is damaged, delete it: "
                    "only today's counts are lost"
                ) from error

    def _open(self) -> sqlite3.Connection:
        if self._path is not None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"{self._path.parent}: {error.strerror or error}") from error
        con = sqlite3.connect(
            self._path or ":memory:",
            timeout=threshold("transport_ledger_wait_s"),
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # A killed process loses nothing by this; a power cut may, at worst, damage the file.
            con.execute("pragma synchronous = off")
            con.executescript(f"begin immediate; {_TABLES} commit;")
        except BaseException:
            con.close()
            raise
        self._connection = con
        return con


def seconds_to_next_day(now: float) -> float:
    """From an instant to the next midnight UTC."""
    return _next_day(now).timestamp() - now


def _breaker_state(limits: Limits, opened_at: float | None, now: float) -> Breaker:
    if opened_at is None:
        return Breaker.CLOSED
    rested = now - opened_at
    is_resting = -limits.breaker_rest_s <= rested < limits.breaker_rest_s
    return Breaker.OPEN if is_resting else Breaker.HALF_OPEN


def _day(now: float) -> str:
    return str(_instant(now).date())


def _next_day(now: float) -> datetime:
    midnight = _instant(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
