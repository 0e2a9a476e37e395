"""Two worlds side by side: every table as text, without what only says where answers came from."""

from __future__ import annotations

from collections.abc import Callable

from tradeflow.storage.warehouse import Connection, Warehouse

_SCHEMAS = ("raw", "staging", "intermediate", "marts", "policy")
_OF_THE_MODE = ("mode", "request_key", "fetched_at", "host", "source_host")
"""Columns that say how and from where an answer came: their values are the mode's marks."""


def tables(warehouse: Warehouse) -> list[str]:
    """Every table of the compared schemas, by name."""
    with warehouse.connect("list the tables") as con:
        return [
            name
            for (name,) in con.execute(
                "select schema_name || '.' || table_name from duckdb_tables()"
                " where list_contains($1, schema_name) order by 1",
                [list(_SCHEMAS)],
            ).fetchall()
        ]


def rows_of(
    warehouse: Warehouse, table: str, read: Callable[[str], str] = str
) -> list[tuple[str, ...]]:
    """The rows of one table as text, sorted; `read` is applied to every text."""
    with warehouse.connect("compare") as con:
        columns = _columns(con, table)
        listed = ", ".join(f'"{name}"::varchar' for name in columns)
        found = con.execute(f"select {listed} from {table}").fetchall()
    return sorted(tuple(read(str(value)) for value in row) for row in found)


def _columns(con: Connection, table: str) -> list[str]:
    described = con.execute(f"describe {table}").fetchall()
    return [name for name, *_ in described if name not in _OF_THE_MODE]
