"""Column lineage kept in the warehouse, for reading it off the SQL takes tenths of a second.

A model's lineage is computed once per code version. Not here: computing it (`lineage.py`).
"""

from __future__ import annotations

import json

import duckdb

from tradeflow.storage.sql_project import Project

Lineage = dict[str, list[tuple[str, str]]]


def lineage_of(con: duckdb.DuckDBPyConnection, project: Project, model: str) -> Lineage:
    """The upstream columns of each column of a model, computed where the warehouse lacks them.

    Returns:
        Column → (upstream model or source table, column) pairs.
    """
    version = project.code_version(model)
    stored = con.execute(
        "select lineage from ops.column_lineage where model = $1 and code_version = $2",
        [model, version],
    ).fetchone()
    if stored is not None:
        return {
            column: [(upstream, name) for upstream, name in pairs]
            for column, pairs in json.loads(stored[0]).items()
        }
    # Parsing SQL needs a library that takes long to import, and a warm run never parses any.
    from tradeflow.storage.lineage import column_lineage

    lineage = column_lineage(project, model)
    con.execute("delete from ops.column_lineage where model = $1", [model])
    con.execute(
        "insert into ops.column_lineage values ($1, $2, $3)", [model, version, json.dumps(lineage)]
    )
    return lineage
