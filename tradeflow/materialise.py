"""From a manifest to tables: parsed rows, the answers' receipts, the week's snapshot.

Works from the archive alone, so a run, a replay and a rebuild give the same rows. Not here:
asking sources (`collect.py`), SQL models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import polars as pl

from tradeflow.answers import Receipt
from tradeflow.sources.base import Parsed, Source
from tradeflow.storage.archive import Archive, Entry, Manifest
from tradeflow.storage.raw_rows import RawRows, append_rows, parsed_readings, reading_of
from tradeflow.storage.tables import ensure_raw_table, quoted
from tradeflow.storage.warehouse import Connection, Warehouse, replace_partition, transaction

_SNAPSHOT_SCHEMA: dict[str, Any] = {
    "layer": pl.Utf8,
    "week": pl.Utf8,
    "request_key": pl.Utf8,
    "response_id": pl.Utf8,
    "carried_forward": pl.Boolean,
    "label": pl.Utf8,
}

_HELD_SCHEMA: dict[str, Any] = {
    "layer": pl.Utf8,
    "week": pl.Utf8,
    "request_key": pl.Utf8,
    "label": pl.Utf8,
    "response_id": pl.Utf8,
    "held_id": pl.Utf8,
    "reason": pl.Utf8,
}

_ANSWERS_SCHEMA: dict[str, Any] = {
    "response_id": pl.Utf8,
    "source": pl.Utf8,
    "request_key": pl.Utf8,
    "label": pl.Utf8,
    "url": pl.Utf8,
    "status": pl.Int32,
    "byte_count": pl.Int64,
    "mode": pl.Utf8,
    "source_vintage": pl.Utf8,
    "fetched_at": pl.Datetime("us"),
}

FETCH_STAGE = "fetch"
"""Stage of the rejects that are requests without an answer."""


@dataclass(frozen=True)
class _Stored:
    """An answer of the week with its receipt and the identity of its reading."""

    entry: Entry
    receipt: Receipt

    @cached_property
    def reading(self) -> str:
        return reading_of(self.entry.request, self.receipt)

    @property
    def key(self) -> tuple[str, str]:
        return self.entry.response_id, self.reading


def materialise(
    archive: Archive,
    warehouse: Warehouse,
    source: Source,
    manifest: Manifest,
    readers: Mapping[str, Callable[[], Parsed]] | None = None,
    known: set[tuple[str, str]] | None = None,
) -> dict[str, int]:
    """Make the raw rows and the snapshot of one layer-week from its manifest.

    Raw rows are appended where they are missing; the snapshot partition is replaced last, so
    readers see the old week or the new one.

    Args:
        readers: gives what an answer holds, by request key; others are parsed where needed.
        known: the readings that the raw tables held when last looked at, brought up to date here;
            the others are parsed before the warehouse is opened.

    Returns:
        Raw table → how many rows the week consists of in it.

    Raises:
        SourceError: an archived answer no longer passes its parser.
        StorageError: the archive is damaged or the warehouse cannot be written.
    """
    purpose = f"store {manifest.layer} {manifest.week}"
    answers = [_Stored(entry, archive.receipt(entry)) for entry in manifest.entries]
    if known is None:
        with warehouse.connect(purpose) as con:
            known = parsed_readings(con, source.parser_version)
    missing = {one.key: one for one in answers if one.key not in known}
    rows = _raw_rows(archive, source, list(missing.values()), readers or {})
    with warehouse.connect(purpose) as con:
        stored = parsed_readings(con, source.parser_version)
        gone = [one for one in answers if one.key not in stored and one.key not in missing]
        for table, more in _raw_rows(archive, source, gone, readers or {}).items():
            rows[table] += more
        known.update(one.key for one in answers)
        for table, columns in source.tables.items():
            ensure_raw_table(con, f"raw.{table}", columns)
            append_rows(con, f"raw.{table}", rows[table], source.parser_version)
        _note_answers(con, answers)
        _note_unanswered(con, manifest)
        _replace_held(con, manifest)
        _replace_snapshot(con, manifest, source.parser_version)
        return {table: _rows_of_week(con, f"raw.{table}", manifest) for table in source.tables}


def _raw_rows(
    archive: Archive,
    source: Source,
    answers: list[_Stored],
    readers: Mapping[str, Callable[[], Parsed]],
) -> dict[str, list[RawRows]]:
    rows: dict[str, list[RawRows]] = {table: [] for table in source.tables}
    for one in answers:
        reader = readers.get(one.entry.request.key)
        read = reader() if reader is not None else source.parse(archive.answer(one.entry))
        for table, frame in read.tables.items():
            rows[table].append(RawRows(one.entry.response_id, frame, one.reading))
    return rows


def _note_answers(con: Connection, answers: list[_Stored]) -> None:
    stable = [name for name in _ANSWERS_SCHEMA if name != "fetched_at"]
    known = set(con.execute(f"select {', '.join(stable)} from raw.answers").fetchall())
    rows = {}
    for one in answers:
        row = tuple(
            one.entry.request.label if name == "label" else getattr(one.receipt, name)
            for name in stable
        )
        if row not in known:
            rows[row] = (*row, one.receipt.fetched_at.astimezone(UTC).replace(tzinfo=None))
    frame = pl.DataFrame(list(rows.values()), schema=_ANSWERS_SCHEMA, orient="row")
    con.register("new_answers", frame)
    try:
        con.execute("insert into raw.answers by name select * from new_answers")
    finally:
        con.unregister("new_answers")


def _note_unanswered(con: Connection, manifest: Manifest) -> None:
    with transaction(con):
        con.execute(
            "delete from ops.rejects where stage = ? and relation = ? and week = ?",
            [FETCH_STAGE, manifest.layer, manifest.week.key],
        )
        for missing in manifest.unanswered:
            con.execute(
                "insert into ops.rejects (stage, relation, reason, value, week)"
                " values (?, ?, ?, ?, ?)",
                [
                    FETCH_STAGE,
                    manifest.layer,
                    missing.reason,
                    str(missing.request),
                    manifest.week.key,
                ],
            )


def _replace_held(con: Connection, manifest: Manifest) -> None:
    key = {"layer": manifest.layer, "week": manifest.week.key}
    rows = [
        (
            *key.values(),
            one.entry.request.key,
            one.entry.request.label,
            one.entry.response_id,
            one.id,
            one.reason,
        )
        for one in manifest.held
    ]
    _stage(con, "held_stage", rows, _HELD_SCHEMA)
    replace_partition(con, "raw.held_answers", key, "held_stage")


def _replace_snapshot(con: Connection, manifest: Manifest, parser_version: str) -> None:
    key = {"layer": manifest.layer, "week": manifest.week.key}
    rows = [
        (
            *key.values(),
            entry.request.key,
            entry.response_id,
            entry.carried_forward,
            entry.request.label,
        )
        for entry in manifest.entries
    ]
    _stage(con, "snapshot_stage", rows, _SNAPSHOT_SCHEMA)
    replace_partition(
        con, "raw.snapshot", key, "snapshot_stage", code_version=f"parser {parser_version}"
    )


def _stage(con: Connection, table: str, rows: list[tuple[Any, ...]], schema: dict) -> None:
    con.register("rows_to_stage", pl.DataFrame(rows, schema=schema, orient="row"))
    try:
        con.execute(f"create or replace temp table {table} as from rows_to_stage")
    finally:
        con.unregister("rows_to_stage")


def _rows_of_week(con: Connection, relation: str, manifest: Manifest) -> int:
    return con.execute(
        f"select count(*) from {quoted(relation)} where response_id in"
        " (select response_id from raw.snapshot where layer = ? and week = ?)",
        [manifest.layer, manifest.week.key],
    ).fetchall()[0][0]


def note_refused(
    warehouse: Warehouse, layer: str, week_key: str, refused: list[tuple[Entry, str]]
) -> None:
    """Add the refused answers of a layer-week to `ops.quarantine`, once each."""
    if not refused:
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    with warehouse.connect(f"note the refused answers of {layer} {week_key}") as con:
        for entry, reason in refused:
            request = entry.request
            row = [layer, week_key, request.key, request.label, entry.response_id, reason]
            con.execute(
                "insert into ops.quarantine select $1, $2, $3, $4, $5, $6, $7 where not exists"
                " (from ops.quarantine where layer = $1 and week = $2 and request_key = $3"
                " and response_id = $5 and reason = $6)",
                [*row, now],
            )
