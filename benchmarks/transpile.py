"""Which SQL models another engine could take over: `python -m benchmarks.transpile spark`.

Transpiling is not running: functions may exist under a name and mean something else, and the
project's macros are DuckDB's. What this shows is where the work of a move would lie.
"""

from __future__ import annotations

import re
import sys
from collections import Counter

import sqlglot
from rich.console import Console
from rich.table import Table
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from tradeflow.bundled import sql_root
from tradeflow.storage.sql_lint import parsed
from tradeflow.storage.sql_project import Model, Project


def verdict(project: Project, model: Model, dialect: str, macros: set[str]) -> tuple[str, str]:
    """`yes`, `macros` or `no`, and why: what the dialect lacks, or which macros are called."""
    tree = parsed(project, model)
    try:
        text = tree.sql(dialect=dialect, unsupported_level=ErrorLevel.RAISE)
        sqlglot.parse_one(text, dialect=dialect)
    except SqlglotError as error:
        return "no", " ".join(str(error).split())[:120]
    called = {call.name.lower() for call in tree.find_all(exp.Anonymous)} & macros
    return ("macros", ", ".join(sorted(called))) if called else ("yes", "")


def main(dialect: str) -> None:
    """Print the verdict on every model and their number by layer."""
    project = Project.load(sql_root())
    written = "\n".join(project.macros.values())
    macros = {name.lower() for name in re.findall(r"\bmacro\s+(\w+)\s*\(", written, re.I)}
    console, counted = Console(), Counter[tuple[str, str]]()
    table = Table("model", dialect, "why not as it stands")
    for model in project.models.values():
        can, why = verdict(project, model, dialect, macros)
        counted[model.layer, can] += 1
        table.add_row(model.name, can, why)
    console.print(table)
    for (layer, can), count in sorted(counted.items()):
        console.print(f"{layer}: {count} {can}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "spark")
