"""The step from raw pages to schema policy: each page answer is read once a version of the rules.

Here: which answers of a week are still unread, and writing their rows in one transaction.
Not here: rules (`extract.py`), opening the warehouse (`storage/`).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

from tradeflow.policy.extract import EXTRACTOR_VERSION
from tradeflow.policy.tables import SCHEMAS, extraction_frames
from tradeflow.storage.tables import ensure_fixed_tables
from tradeflow.storage.warehouse import transaction

_TYPES: dict[object, str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Int32: "INTEGER",
    pl.Date: "DATE",
    pl.Boolean: "BOOLEAN",
    pl.List(pl.String): "VARCHAR[]",
    pl.List(pl.Int64): "BIGINT[]",
}
TABLES = tuple(SCHEMAS)
"""The tables of schema policy."""
_STAGE = f"policy extraction {EXTRACTOR_VERSION}"
"""How ops.rejects names the step and the version of the rules that found no article."""


@dataclass(frozen=True)
class Counts:
    """What one call did."""

    pages: int
    """Page answers of the week that had not been read by this version of the rules."""
    documents: int
    clauses: int
    actions: int
    items: int
    entities: int
    rejected: int
    """Pages without an article or refused, now in ops.rejects; documents + rejected = pages."""


def ensure_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of schema policy that are missing, and columns that older ones lack."""
    ensure_fixed_tables(con)
    for name, schema in SCHEMAS.items():
        columns = ", ".join(f"{column} {_TYPES[kind]}" for column, kind in schema.items())
        con.execute(f"create table if not exists policy.{name} ({columns})")
        known = {row[1] for row in con.execute(f"pragma table_info('policy.{name}')").fetchall()}
        for column in schema.keys() - known:
            con.execute(f"alter table policy.{name} add column {column} {_TYPES[schema[column]]}")


def count_rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rows each policy table has, of all pages read so far."""
    counts = {}
    for table in TABLES:
        ((counts[table],),) = con.execute(f"select count(*) from policy.{table}").fetchall()
    return counts


def extract_new_pages(con: duckdb.DuckDBPyConnection, week_key: str) -> Counts:
    """Read the week's page answers that the present rules have not read.

    Args:
        con: a connection to the warehouse, outside a transaction.
        week_key: `2026-W07`; its answers are those of raw.snapshot, layer mofcom.

    Returns:
        The counts. A second call for the week finds nothing to do.

    Raises:
        duckdb.Error: nothing was written; the tables are as before.
    """
    ensure_tables(con)
    answered = con.sql(
        """
        select pages.response_id, pages.row_number, pages.url, pages.html,
               pages.listed_title, pages.listed_date
        from raw.mofcom__pages as pages
        semi join (
            select response_id from raw.snapshot where layer = 'mofcom' and week = $week
        ) as snapshot using (response_id)
        anti join (
            select response_id from policy.documents where extractor_version = $version
            union
            select response_id from ops.rejects where stage = $stage
        ) as known using (response_id)
        order by all
        """,
        params={"week": week_key, "version": EXTRACTOR_VERSION, "stage": _STAGE},
    )
    pages = pl.DataFrame(answered.to_arrow_table())
    frames = extraction_frames(pages)
    with transaction(con):
        for name in TABLES:
            _replace(con, name, pages, frames[name])
        _reject(con, frames["unread"], week_key)
    return Counts(
        pages=pages.height,
        documents=frames["documents"].height,
        clauses=frames["clauses"].height,
        actions=frames["actions"].height,
        items=frames["items"].height,
        entities=frames["entities"].height,
        rejected=frames["unread"].height,
    )


def _replace(
    con: duckdb.DuckDBPyConnection, name: str, pages: pl.DataFrame, rows: pl.DataFrame
) -> None:
    """Put the rows of these answers in the place of what an older version read from them."""
    con.register("read_pages", pages.select("response_id").unique())
    con.register("read_rows", rows)
    con.execute(
        f"delete from policy.{name} where response_id in (select response_id from read_pages)"
    )
    con.execute(f"insert into policy.{name} by name select * from read_rows")
    con.unregister("read_rows")
    con.unregister("read_pages")


def _reject(con: duckdb.DuckDBPyConnection, unread: pl.DataFrame, week_key: str) -> None:
    for row in unread.iter_rows(named=True):
        con.execute(
            "insert into ops.rejects"
            " (stage, relation, reason, response_id, row_number, value, week)"
            " values ($stage, 'policy.documents', $reason, $response_id, $row_number, $url, $week)",
            {"stage": _STAGE, "week": week_key, **row},
        )
