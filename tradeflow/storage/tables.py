"""The schemas, and the tables whose columns are fixed: what every warehouse has.

Here: their definitions, and how a raw table is made from its source's columns. Not here:
tables of SQL models and of policy extraction, which their own code shapes.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from tradeflow.errors import StorageError

SCHEMAS = ("raw", "staging", "intermediate", "marts", "policy", "search", "reports", "ops", "seeds")

_FIXED_TABLES = (
    # Which answers each layer-week consists of; replaced per layer and week.
    """create table if not exists raw.snapshot (
        layer varchar, week varchar, request_key varchar, response_id varchar,
        carried_forward boolean, label varchar)""",
    # Answers kept out of a layer-week until a person decides; replaced with the snapshot.
    """create table if not exists raw.held_answers (
        layer varchar, week varchar, request_key varchar, label varchar, response_id varchar,
        held_id varchar, reason varchar)""",
    # The decisions the last run of each week knew of; replaced per week.
    """create table if not exists raw.review_decisions (
        week varchar, subject_kind varchar, subject_id varchar, decision varchar,
        decided_by varchar, decided_on date, reason varchar)""",
    # One row per answer and request it answered.
    """create table if not exists raw.answers (
        response_id varchar, source varchar, request_key varchar, label varchar, url varchar,
        status integer, byte_count bigint, mode varchar, source_vintage varchar,
        fetched_at timestamp)""",
    # Every replaced partition: what it was replaced by, and by which code.
    """create table if not exists ops.ledger (
        written_at timestamp, relation varchar, partition_key varchar, rows_before bigint,
        rows_after bigint, code_version varchar)""",
    # The one place for rows and requests that were refused.
    """create table if not exists ops.rejects (
        stage varchar, relation varchar, reason varchar, response_id varchar, row_number bigint,
        value varchar, week varchar)""",
    # Which readings of an answer the raw tables hold (see `raw_rows.py`).
    """create table if not exists ops.parsed (
        response_id varchar, relation varchar, parser_version varchar, reading varchar,
        rows_digest varchar, row_count bigint)""",
    """create table if not exists ops.check_results (
        week varchar, relation varchar, check_name varchar, severity varchar, passed boolean,
        failing_rows bigint, description varchar)""",
    """create table if not exists ops.quarantine (
        layer varchar, week varchar, request_key varchar, label varchar, response_id varchar,
        reason varchar, noted_at timestamp)""",
    # From what a week's models were last made, so that they need not be made again.
    "create table if not exists ops.brought_up_to_date (week varchar, inputs varchar)",
    # What the rows that stand for a model's week were made from (see `sql_inputs.py`).
    """create table if not exists ops.made_from (
        relation varchar, week varchar, inputs varchar, content varchar, row_count bigint,
        rejected bigint)""",
    # Lineage of each model's columns by code version, as JSON (see `lineage_store.py`).
    """create table if not exists ops.column_lineage (
        model varchar, code_version varchar, lineage varchar)""",
)


_FIXED_NAMES = [statement.split("exists ")[1].split(" (")[0] for statement in _FIXED_TABLES]


def ensure_fixed_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the schemas and fixed tables that are missing."""
    present = con.execute(
        "select count(*) from duckdb_tables() where schema_name in ('raw', 'ops')"
        " and list_contains($1, schema_name || '.' || table_name)",
        [_FIXED_NAMES],
    )
    if present.fetchall()[0][0] == len(_FIXED_NAMES):
        return
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    for statement in _FIXED_TABLES:
        con.execute(statement)


def ensure_raw_table(con: duckdb.DuckDBPyConnection, relation: str, columns: Iterable[str]) -> None:
    """Create a raw table: the source's columns as text, then the answer and the row's place in it.

    Args:
        relation: `raw.<table>`.

    Raises:
        StorageError: the table was made for other columns.
    """
    wanted = [*columns, "response_id", "row_number"]
    found = columns_of(con, relation)
    if not found:
        typed = ", ".join(f"{identifier(column)} varchar" for column in wanted[:-1])
        con.execute(f"create table {quoted(relation)} ({typed}, row_number bigint)")
    elif [name for name, _ in found] != wanted:
        raise StorageError(
            f"{relation} was made for another version of its parser; "
            "run `tradeflow rebuild` to make it anew from the archive"
        )


def columns_of(con: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    """(name, type) of a table's columns in order; none when there is no such table."""
    try:
        described = con.execute(f"describe {quoted(relation)}").fetchall()
    except duckdb.CatalogException:
        return []
    return [(name, kind) for name, kind, *_ in described]


def quoted(relation: str) -> str:
    """`schema.name` or `name` as SQL identifiers."""
    return ".".join(identifier(part) for part in relation.split("."))


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
