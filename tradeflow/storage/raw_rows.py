"""Raw rows: what the parsers read, appended once per answer and parser version.

An answer can have several readings: the same bytes came to two requests (a page under two
addresses), and its rows name the request. Rows of all readings stand side by side, in an
order that does not depend on which came first. Not here: what a row means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

import polars as pl

from tradeflow.answers import RECONSTRUCTED_HEADER, Answer
from tradeflow.storage.tables import columns_of, ensure_raw_table, identifier, quoted
from tradeflow.storage.warehouse import Connection, transaction

_KEPT_WHEN_ROWS_CHANGE = ("parsed", "quarantine")


def reading_of(answer: Answer) -> str:
    """Identity of everything a parser may look at beside the body, 64 hex digits."""
    request = answer.request
    stated = [request.key, request.about, answer.receipt.headers.get(RECONSTRUCTED_HEADER)]
    return hashlib.sha256(json.dumps(stated, ensure_ascii=False).encode()).hexdigest()


def parsed_readings(
    con: Connection, response_ids: Iterable[str], parser_version: str
) -> set[tuple[str, str]]:
    """(response_id, reading) the raw tables already hold, by this parser version."""
    return set(
        con.execute(
            "select distinct response_id, reading from ops.parsed"
            " where parser_version = $1 and list_contains($2::varchar[], response_id)",
            [parser_version, sorted(set(response_ids))],
        ).fetchall()
    )


def append_rows(
    con: Connection,
    relation: str,
    frame: pl.DataFrame,
    response_id: str,
    parser_version: str,
    reading: str = "",
) -> int:
    """Append the rows of one answer to a raw table, once per answer and parser version.

    Rows of an older parser version are replaced, and what was made of them per answer
    (staging, policy, rejects) is forgotten, so that it is made again.

    Args:
        relation: `raw.<table>`; made on first use.
        frame: text columns in the table's order, rows as sent.
        reading: see `reading_of`; rows equal to those of a known reading are not repeated.

    Returns:
        How many rows were added.
    """
    ensure_raw_table(con, relation, frame.columns)
    digest = hashlib.sha256(frame.write_json().encode()).hexdigest()
    known = con.execute(
        "select parser_version, reading, rows_digest, row_count from ops.parsed"
        " where response_id = ? and relation = ?",
        [response_id, relation],
    ).fetchall()
    current = [row for row in known if row[0] == parser_version]
    if any(row[1] == reading for row in current):
        return 0
    with transaction(con):
        if all(row[2] != digest for row in current):
            rows = {digest: frame}
            if current:
                rows |= _stored_rows(con, relation, response_id, {r[2]: r[3] for r in current})
            if known:
                _forget(con, relation, response_id)
            _insert(con, relation, response_id, [rows[name] for name in sorted(rows)])
        con.execute(
            "delete from ops.parsed where response_id = ? and relation = ? and parser_version <> ?",
            [response_id, relation, parser_version],
        )
        con.execute(
            "insert into ops.parsed values (?, ?, ?, ?, ?, ?)",
            [response_id, relation, parser_version, reading, digest, frame.height],
        )
    return frame.height


def _stored_rows(
    con: Connection, relation: str, response_id: str, heights: dict[str, int]
) -> dict[str, pl.DataFrame]:
    """The stored rows of an answer cut into its readings, which stand in order of digest."""
    names = [name for name, _ in columns_of(con, relation)][:-2]
    fetched = con.execute(
        f"select * exclude (response_id, row_number) from {quoted(relation)}"
        " where response_id = ? order by row_number",
        [response_id],
    ).fetchall()
    stored = pl.DataFrame(fetched, schema=dict.fromkeys(names, pl.Utf8), orient="row")
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


def _insert(con: Connection, relation: str, response_id: str, frames: list[pl.DataFrame]) -> None:
    names = [name for name, _ in columns_of(con, relation)]
    text_columns = ", ".join(identifier(name) for name in names[:-2])
    numbered = pl.concat(frames).with_row_index("row_number", offset=1)
    con.register("incoming_rows", numbered)
    try:
        con.execute(
            f"insert into {quoted(relation)} select {text_columns}, ?, row_number"
            " from incoming_rows",
            [response_id],
        )
    finally:
        con.unregister("incoming_rows")
