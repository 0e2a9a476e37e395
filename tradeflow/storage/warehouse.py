"""The warehouse: one DuckDB file per world, one writer at a time, partitions replaced whole.

Here: opening and closing under a bounded, explained lock; replacing a partition in one
transaction; the published copy readers use; table hashes. Not here: what the tables mean,
Dagster, or any source.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import filelock

from tradeflow.errors import InputError, StorageError, WarehouseBusy
from tradeflow.storage.tables import columns_of, ensure_fixed_tables, identifier, quoted

Connection = duckdb.DuckDBPyConnection

_UNHASHED_SCHEMA = "ops"
_UNHASHED_COLUMN = "fetched_at"

_EXPLAIN_AFTER_S = 2.0
"""A wait this short is the usual turn-taking of steps and nobody's concern."""
_EXPLAIN_EVERY_S = 30.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Written:
    """How many rows a partition had and has."""

    before: int
    after: int
    made_anew: bool = field(default=False, compare=False)
    """Whether the table was made anew, without other partitions."""


class Warehouse:
    """The database of one world.

    Args:
        path: the DuckDB file, made on first use.
        lock_timeout_s: how long to wait for another process, in seconds.
    """

    def __init__(self, path: Path, lock_timeout_s: float = 600.0) -> None:
        self.path = path.absolute()
        self.lock_timeout_s = lock_timeout_s
        self._held = threading.local()
        self._completed = 0

    @property
    def published_path(self) -> Path:
        """The read-only copy that readers outside a run open."""
        return self.path.with_name("published.duckdb")

    @contextlib.contextmanager
    def connect(self, purpose: str) -> Iterator[Connection]:
        """Open the warehouse for reading and writing; alone among all processes.

        Connect late and leave early: never across an HTTP call. Inside a `connect` of the same
        thread the connection that is open is handed out again.

        Args:
            purpose: what for, in words another waiting process can show: `store comtrade 2026-W07`.

        Raises:
            WarehouseBusy: another process held it longer than the bounded wait.
            StorageError: the file cannot be opened or written.
        """
        held = getattr(self._held, "connection", None)
        if held is not None:
            yield held
            return
        with self._locked(purpose):
            con = self._open()
            self._held.connection = con
            try:
                self._complete(con)
                yield con
            except (
                duckdb.IOException,
                duckdb.FatalException,
                duckdb.TransactionException,
            ) as error:
                if not _is_of_the_disk(error):
                    raise
                raise StorageError(
                    f"{self.path}: {_one_line(error)}; what was stored is untouched"
                ) from error
            finally:
                self._held.connection = None
                con.close()

    def _complete(self, con: Connection) -> None:
        """Make the fixed tables that are missing; looked at once a file, as that takes a while."""
        found = self.path.stat().st_ino
        if found != self._completed:
            ensure_fixed_tables(con)
            self._completed = found

    @contextlib.contextmanager
    def reader(self) -> Iterator[Connection]:
        """Open the published copy read-only; any number of processes may, beside a writer.

        Raises:
            StorageError: nothing has been published yet.
        """
        if not self.published_path.exists():
            raise StorageError(f"{self.published_path} does not exist yet; run `tradeflow run`")
        con = duckdb.connect(self.published_path, read_only=True)
        try:
            yield con
        finally:
            con.close()

    def publish(self) -> None:
        """Replace the published copy by the present state, whole or not at all."""
        draft = self.published_path.with_suffix(".draft")
        with self.connect("publish a copy for readers") as con:
            # Folds the write-ahead log into the file, which then is all there is: nobody else
            # writes while this process holds the lock. Copying table by table takes ten times as
            # long, and longer with every week stored.
            con.execute("checkpoint")
            try:
                shutil.copyfile(self.path, draft)
                with draft.open("rb") as copied:
                    os.fsync(copied.fileno())
                draft.replace(self.published_path)
            except OSError as error:
                draft.unlink(missing_ok=True)
                raise StorageError(
                    f"cannot write {self.published_path}: {error.strerror or error}; what was"
                    " published before is untouched"
                ) from error

    def table_hashes(self) -> dict[str, str]:
        """SHA-256 of every table's columns and ordered rows.

        Leaves out the schema ops and the columns fetched_at, the only homes of clock time.

        Returns:
            `schema.table` -> 64 hex digits, by name.
        """
        with self.connect("hash the tables") as con:
            tables = con.execute(
                "select schema_name || '.' || table_name from duckdb_tables()"
                " where database_name = current_database() and schema_name <> $1 order by 1",
                [_UNHASHED_SCHEMA],
            ).fetchall()
            return {relation: _table_hash(con, relation) for (relation,) in tables}

    def discard(self) -> None:
        """Remove the database; the archive can rebuild it.

        Raises:
            WarehouseBusy: another process holds it.
        """
        with self._locked("remove the database"):
            _remove(self.path)
            self._completed = 0

    def take_over(self, other: Warehouse) -> None:
        """Put another database in this one's place; a reader sees the old or the new one."""
        with other._locked("hand over the database"), self._locked("replace the database"):
            for database in (other, self):
                # Opening and closing folds the log into the file it belongs to; beside the new
                # file the old log would be replayed into it.
                if _log_of(database.path).exists():
                    database._open().close()
            other.path.replace(self.path)
            self._completed = 0
        for path in other._companions:
            path.unlink(missing_ok=True)

    @property
    def _companions(self) -> tuple[Path, Path]:
        """The lock, and who holds it: beside the lock, for a waiting process may truncate it."""
        name = self.path.name
        return self.path.with_name(f"{name}.lock"), self.path.with_name(f"{name}.holder")

    def _open(self) -> Connection:
        try:
            con = duckdb.connect(self.path)
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise WarehouseBusy(
                    f"{self.path} is open in a program outside tradeflow; close it: "
                    f"{_one_line(error)}"
                ) from error
            raise StorageError(f"cannot open {self.path}: {_one_line(error)}") from error
        con.execute("set timezone = 'UTC'")
        # Its bar would be drawn across the terminal's own progress.
        con.execute("set enable_progress_bar = false")
        return con

    @contextlib.contextmanager
    def _locked(self, purpose: str) -> Iterator[None]:
        lock_path, holder_path = self._companions
        lock = filelock.FileLock(lock_path, poll_interval=0.05)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._acquire(lock, holder_path, purpose)
        except OSError as error:
            raise StorageError(f"cannot lock {lock_path}: {error.strerror or error}") from error
        try:
            _write_holder(holder_path, purpose)
            yield
        finally:
            lock.release()

    def _acquire(self, lock: filelock.BaseFileLock, holder_path: Path, purpose: str) -> None:
        """Take the lock; whoever waits for longer than a moment says for whom, and how long."""
        began = time.monotonic()
        patience = _EXPLAIN_AFTER_S
        while True:
            waited = time.monotonic() - began
            left = self.lock_timeout_s - waited
            try:
                lock.acquire(timeout=max(0.0, min(patience, left)))
                return
            except filelock.Timeout as error:
                if left <= patience:
                    raise WarehouseBusy(
                        f"{self.path} is held by {_holder(holder_path)}; waited "
                        f"{self.lock_timeout_s:g} s (TRADEFLOW_LOCK_TIMEOUT_S); try again when it "
                        "is done"
                    ) from error
            _log.warning(
                "waiting to %s: %s is held by %s; giving up after %g s in all",
                purpose,
                self.path.name,
                _holder(holder_path),
                self.lock_timeout_s,
            )
            patience = _EXPLAIN_EVERY_S


def _is_of_the_disk(error: duckdb.Error) -> bool:
    """A commit that finds no room fails as one that breaks a rule of transactions does."""
    return not isinstance(error, duckdb.TransactionException) or "Could not write" in str(error)


@contextlib.contextmanager
def transaction(con: Connection) -> Iterator[None]:
    """All statements inside, or none: commits at the end, rolls back on any exception."""
    con.execute("begin")
    try:
        yield
        con.execute("commit")
    except BaseException as error:
        try:
            con.rollback()
        except duckdb.Error as second:
            # After a failed commit nothing is open; closing the connection undoes the rest.
            error.add_note(f"rolling back: {_one_line(second)}")
        raise


def replace_partition(
    con: Connection,
    relation: str,
    key: Mapping[str, str],
    stage: str,
    audit: Callable[[Connection, str], None] | None = None,
    code_version: str = "",
    note: Callable[[], None] | None = None,
) -> Written:
    """Replace the rows of one partition by the staged rows: audit first, then one transaction.

    A reader, or a process after a crash, sees the old partition or the new one. A table that
    is missing is made in the staged shape. When the columns have changed, the table is made
    anew and other partitions are forgotten: rows of two shapes do not mix, and the archive
    can make them again.

    Args:
        relation: `schema.table`.
        key: columns and values that name the partition; every staged row must carry them.
        stage: temporary table with exactly the relation's columns.
        audit: raises to refuse the staged rows.
        code_version: what made the rows, for the ledger.
        note: called once the rows are replaced, in the same transaction.

    Returns:
        Row counts of the partition before and after.

    Raises:
        InputError: a staged row belongs to another partition.
        ContractBroken: as `audit` decides. The stored partition is untouched in either case.
    """
    if audit is not None:
        audit(con, stage)
    condition = " and ".join(f"{identifier(column)} = ?" for column in key) or "true"
    values = list(key.values())
    target, staged = quoted(relation), quoted(stage)
    after, strays = con.execute(
        f"select count(*), count(*) filter (where ({condition}) is not true) from {staged}", values
    ).fetchall()[0]
    if strays:
        raise InputError(f"{relation}: {strays} staged rows do not belong to {dict(key)}")
    stored_shape, staged_shape = columns_of(con, relation), columns_of(con, stage)
    with transaction(con):
        before = 0
        if stored_shape:
            before = _count(con, f"select count(*) from {target} where {condition}", values)
        if stored_shape != staged_shape:
            # Not an empty table and an insert: DuckDB 2.0 then answers filters and groups of a
            # table of a row group or more with nothing until the next checkpoint.
            con.execute(f"create or replace table {target} as from {staged}")
            con.execute("delete from ops.made_from where relation = ?", [relation])
        else:
            if before:
                con.execute(f"delete from {target} where {condition}", values)
            con.execute(f"insert into {target} by name from {staged}")
        note_replaced(con, relation, json.dumps(dict(key)), before, after, code_version)
        if note is not None:
            note()
    return Written(before, after, stored_shape != staged_shape)


def note_replaced(
    con: Connection, relation: str, key: str, before: int, after: int, code_version: str
) -> None:
    """Enter a replaced partition, named by the JSON of its key, in the ledger."""
    con.execute(
        "insert into ops.ledger values (?, ?, ?, ?, ?, ?)",
        [_now(), relation, key, before, after, code_version],
    )


def _table_hash(con: Connection, relation: str) -> str:
    columns = [c for c in columns_of(con, relation) if c[0] != _UNHASHED_COLUMN]
    names = ", ".join(identifier(name) for name, _ in columns)
    rows = con.execute(
        "select coalesce(string_agg(row_hash, '' order by row_hash), '') from ("
        f"select sha256(to_json(rows)) as row_hash from (select {names} from {quoted(relation)})"
        " as rows)"
    ).fetchall()[0][0]
    return hashlib.sha256(f"{columns}{rows}".encode()).hexdigest()


def _count(con: Connection, query: str, values: list[str]) -> int:
    return con.execute(query, values).fetchall()[0][0]


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _write_holder(path: Path, purpose: str) -> None:
    stated = {"pid": os.getpid(), "purpose": purpose, "since": time.time()}
    try:
        path.write_text(json.dumps(stated), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def _holder(path: Path) -> str:
    """Who holds the warehouse: `process 812 (store comtrade 2026-W07) since 14:02:11 UTC`."""
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
        since = datetime.fromtimestamp(stated["since"], UTC)
        return f"process {stated['pid']} ({stated['purpose']}) since {since:%H:%M:%S} UTC"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _remove(database: Path) -> None:
    # The log first: an old log beside a new file would be replayed into it.
    _log_of(database).unlink(missing_ok=True)
    database.unlink(missing_ok=True)


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")


def _literal(path: Path) -> str:
    return str(path).replace("'", "''")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
