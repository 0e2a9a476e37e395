"""The project's macros: the one home of every formula, made anew on each connection.

Here: creating them as temporary, so that no stored table can depend on an old definition.
"""

from __future__ import annotations

import re

import duckdb

from tradeflow.errors import ContractBroken
from tradeflow.storage.sql_project import Project

_CREATE = re.compile(r"create\s+(or\s+replace\s+)?(temp(orary)?\s+)?(macro|function)\b", re.I)


def load_macros(con: duckdb.DuckDBPyConnection, project: Project) -> None:
    """Create the macros for the life of the connection; they may read seeds, not models.

    Raises:
        ContractBroken: a file of macros/ does not run; names file and reason.
    """
    for name, text in project.macros.items():
        try:
            for statement in con.extract_statements(text):
                con.execute(_CREATE.sub("create or replace temp macro", statement.query, count=1))
        except duckdb.Error as error:
            raise ContractBroken(f"macros/{name}.sql: {str(error).splitlines()[0]}") from error
