"""Raw rows: what the parsers read, appended once per answer and parser version.

An answer can have several readings: the same bytes came to two requests (a page under two
addresses), and its rows name the request. Rows of all readings stand side by side, in an
order that does not depend on which came first. Not here: what a row means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tradeflow.answers import RECONSTRUCTED_HEADER, Receipt, Request
from tradeflow.storage.tables import ensure_raw_table, quoted
from tradeflow.storage.warehouse import Connection, transaction

_KEPT_WHEN_ROWS_CHANGE = ("parsed", "quarantine")


def reading_of(request: Request, receipt: Receipt) -> str:
    """Identity of everything a parser may look at beside the body, 64 hex digits."""
    stated = [request.key, request.about, receipt.headers.get(RECONSTRUCTED_HEADER)]
    return hashlib.sha256(json.dumps(stated, ensure_ascii=False).encode()).hexdigest()


def parsed_readings(con: Connection, parser_version: str) -> set[tuple[str, str]]:
    """Every (response_id, reading) the raw tables hold by this parser version."""
    return set(
        con.execute(
            "select distinct response_id, reading from ops.parsed where parser_version = $1",
            [parser_version],
        ).fetchall()
    )


@dataclass(frozen=True)
class RawRows:
    """What a parser read in one answer for one raw table."""

    response_id: str
    frame: pl.DataFrame
    """Text columns in the table's order, rows as sent."""
    reading: str = ""
    """See `reading_of`; rows equal to those of a known reading are not repeated."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.frame.write_json().encode()).hexdigest()


def append_rows(
    con: Connection, relation: str, answers: Sequence[RawRows], parser_version: str
) -> int:
    """Append rows to a raw table, once per answer and parser version, all or none.

    Rows of an older parser version are replaced, and what was made of them per answer
    (staging, policy, rejects) is forgotten, so that it is made again.

    Args:
        relation: `raw.<table>`; made on first use.
        answers: rows of distinct readings, all with the same columns.

    Returns:
        How many rows were added.

    Raises:
        StorageError: the table was made for other columns.
    """
    if not answers:
        return 0
    columns = answers[0].frame.columns
    ensure_raw_table(con, relation, columns)
    known = _known(con, relation, parser_version, {rows.response_id for rows in answers})
    changed: dict[str, dict[str, pl.DataFrame]] = {}
    noted = []
    for rows in answers:
        heights = known.get(rows.response_id, {})
        digest = rows.digest
        noted.append((rows.response_id, rows.reading, digest, rows.frame.height))
        if digest in heights:
            continue
        if rows.response_id not in changed:
            changed[rows.response_id] = _stored(con, relation, columns, rows.response_id, heights)
        changed[rows.response_id][digest] = rows.frame
    with transaction(con):
        for response_id in changed:
            if response_id in known:
                _forget(con, relation, response_id)
        _insert(con, relation, columns, changed)
        _note(con, relation, parser_version, noted)
    return sum(
        frame.height
        for response_id, readings in changed.items()
        for digest, frame in readings.items()
        if digest not in known.get(response_id, {})
    )


def _known(
    con: Connection, relation: str, parser_version: str, response_ids: set[str]
) -> dict[str, dict[str, int]]:
    """Answers the table has rows of: digest -> row count of each reading by this version."""
    found: dict[str, dict[str, int]] = {}
    for response_id, version, digest, height in con.execute(
        "select response_id, parser_version, rows_digest, row_count from ops.parsed"
        " where relation = $1 and list_contains($2::varchar[], response_id)",
        [relation, sorted(response_ids)],
    ).fetchall():
        heights = found.setdefault(response_id, {})
        if version == parser_version:
            heights[digest] = height
    return found


def _stored(
    con: Connection, relation: str, columns: list[str], response_id: str, heights: dict[str, int]
) -> dict[str, pl.DataFrame]:
    """The stored rows of an answer cut into its readings, which stand in order of digest."""
    if not heights:
        return {}
    fetched = con.execute(
        f"select * exclude (response_id, row_number) from {quoted(relation)}"
        " where response_id = ? order by row_number",
        [response_id],
    ).fetchall()
    stored = pl.DataFrame(fetched, schema=dict.fromkeys(columns, pl.Utf8), orient="row")
    rows, offset = {}, 0
    for digest in sorted(heights):
        rows[digest] = stored.slice(offset, heights[digest])
        offset += heights[digest]
    return rows


def _forget(con: Connection, relation: str, response_id: str) -> None:
    """Delete the answer's rows and everything kept per answer that was made of them."""
    derived = con.execute(
        "select schema_name || '.' || table_name from duckdb_columns()"
        " where database_name = current_database() and column_name = 'response_id'"
        " and schema_name in ('staging', 'policy', 'ops')"
        " and not list_contains($1::varchar[], table_name)",
        [list(_KEPT_WHEN_ROWS_CHANGE)],
    ).fetchall()
    for name in (relation, *(row[0] for row in derived)):
        con.execute(f"delete from {quoted(name)} where response_id = ?", [response_id])
    con.execute(
        "delete from ops.parsed where response_id = ? and not starts_with(relation, 'raw.')",
        [response_id],
    )


def _insert(
    con: Connection,
    relation: str,
    columns: list[str],
    changed: dict[str, dict[str, pl.DataFrame]],
) -> None:
    frames = [
        pl.concat([readings[digest] for digest in sorted(readings)])
        .with_row_index("row_number", offset=1)
        .select(*columns, pl.lit(response_id).alias("response_id"), "row_number")
        for response_id, readings in changed.items()
    ]
    if frames:
        _insert_frame(con, relation, pl.concat(frames))


def _note(
    con: Connection, relation: str, parser_version: str, noted: list[tuple[str, str, str, int]]
) -> None:
    con.execute(
        "delete from ops.parsed where relation = $1 and parser_version <> $2"
        " and list_contains($3::varchar[], response_id)",
        [relation, parser_version, [row[0] for row in noted]],
    )
    frame = pl.DataFrame(
        noted,
        schema={
            "response_id": pl.Utf8,
            "reading": pl.Utf8,
            "rows_digest": pl.Utf8,
            "row_count": pl.Int64,
        },
        orient="row",
    ).with_columns(
        pl.lit(relation).alias("relation"), pl.lit(parser_version).alias("parser_version")
    )
    known = "anti join ops.parsed using (response_id, relation, parser_version, reading)"
    _insert_frame(con, "ops.parsed", frame, unless=known)


def _insert_frame(con: Connection, relation: str, frame: pl.DataFrame, unless: str = "") -> None:
    con.register("incoming_rows", frame)
    try:
        con.execute(f"insert into {quoted(relation)} by name select * from incoming_rows {unless}")
    finally:
        con.unregister("incoming_rows")
