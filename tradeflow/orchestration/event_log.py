"""Dagster's event log in SQLite files, with connections that outlive one event.

The stock storage opens an engine, connects, compiles the same statements and folds the
write-ahead log back for every event: some 5 ms each, and a back-fill of a year writes over ten
thousand. Files, tables and rows are the stock ones; either storage reads what the other wrote.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from dagster._core.events import DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData

_OF_PARTITIONS = {
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
}
_KEPT = 4
"""Engines kept: the index of all runs, and the runs last written or looked at."""


class KeptSqliteEventLogStorage(SqliteEventLogStorage):
    """The stock storage on kept connections; configured by `base_dir` as the stock one is."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, sqlalchemy.Engine] = OrderedDict()
        self._columns: dict[str, bool] = {}
        self._open: dict[str, sqlalchemy.Connection] = {}
        super().__init__(base_dir, inst_data)
        self._db_lock: Any = threading.RLock()  # a batch holds it around its events

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> KeptSqliteEventLogStorage:
        return cls(inst_data=inst_data, **config_value)

    def dispose(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()
        super().dispose()

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store the events of a batch in one transaction a file; all of one run, as Dagster's are.

        It sends in batches what it plans or materialises for every partition of a range. Of an
        asset's events in a batch the last one alone is entered as its newest, as `dagster-postgres`
        does it too.
        """
        with self.run_connection(events[0].run_id) as run, self.index_connection() as index:
            if not {event.dagster_event_type for event in events} <= _OF_PARTITIONS:
                super().store_event_batch(events)
                return
            rows = [self._event_to_row(event) for event in events]
            run.execute(SqlEventLogStorageTable.insert(), rows)
            numbered = SqlEventLogStorageTable.insert().returning(
                SqlEventLogStorageTable.c.id, sort_by_parameter_order=True
            )
            ids = index.execute(numbered, rows).scalars().all()
            self._store_asset_event_tags(index, events, ids)
            newest = {
                event.get_dagster_event().asset_key: (event, id)
                for event, id in zip(events, ids, strict=True)
            }
            for event, id in newest.values():
                self._store_asset_event(index, event, id)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock:
            if shard in self._open:
                yield self._open[shard]
                return
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                self._open[shard] = connection
                try:
                    yield connection
                finally:
                    del self._open[shard]

    def _has_asset_key_col_on_connection(
        self, conn: sqlalchemy.Connection, column_name: str
    ) -> bool:
        # Asked at every event of an asset; a column that is there stays.
        if not self._columns.get(column_name):
            has_it = super()._has_asset_key_col_on_connection(conn, column_name)
            self._columns[column_name] = has_it
        return self._columns[column_name]

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        engine = self._engines.get(shard)
        if engine is None:
            engine = self._engines[shard] = sqlalchemy.create_engine(
                self.conn_string_for_shard(shard),
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
            sqlalchemy.event.listen(engine, "connect", _commit_to_the_log)
        self._engines.move_to_end(shard)
        while len(self._engines) > _KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return engine


def _commit_to_the_log(connection: Any, _record: object) -> None:
    # Beside a write-ahead log this cannot damage the file; a power cut may lose the last events.
    connection.execute("pragma synchronous = normal")
