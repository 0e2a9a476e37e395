"""Column lineage: from which columns of which tables each column of a model comes.

Here: reading it off the SQL. Not here: how it is shown, or lineage of figures to answers
(`marts.facts` carries that).
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage

from tradeflow.errors import ContractBroken
from tradeflow.storage.sql_lint import parsed
from tradeflow.storage.sql_project import Project, Ref


def column_lineage(project: Project, name: str) -> dict[str, list[tuple[str, str]]]:
    """The upstream columns of each column of a model.

    Args:
        name: the model.

    Returns:
        Column → sorted (upstream model, seed or `schema.table` of a source, column); empty for
        a constant.

    Raises:
        ContractBroken: sqlglot cannot follow the SQL; names the model and the place.
    """
    model = project.model(name)
    named = {
        f"{ref.relation}.{column}".lower(): (_shown(ref), column)
        for ref in model.upstream
        for column in project.columns_of(ref)
    }
    try:
        tree = parsed(project, model).transform(_selected)
        schema = _schema(project, model.upstream)
        # Untrimmed: cutting each step's select down to its column, for labels nobody reads here,
        # takes six times as long as following the columns.
        nodes = lineage(None, tree, schema, dialect="duckdb", trim_selects=False)
    except (sqlglot.errors.SqlglotError, ValueError) as error:
        raise ContractBroken(f"lineage of {name}: {str(error).splitlines()[0]}") from error
    return {
        column.name: sorted(_leaves(nodes[column.name], named)) for column in model.contract.columns
    }


def _selected(node: exp.Expr) -> exp.Expr:
    """DuckDB's statement `unpivot t on a, b into name n value v` as a select sqlglot can follow."""
    if not (isinstance(node, exp.Pivot) and node.args.get("unpivot") and node.args.get("into")):
        return node
    into = node.args["into"]
    cells = [cell.copy() for cell in node.expressions]
    kept = exp.Star(except_=[exp.to_identifier(cell.name) for cell in cells])
    values = [
        exp.alias_(exp.Coalesce(this=cells[0], expressions=cells[1:]), column.name)
        for column in into.expressions
    ]
    names = exp.alias_(exp.null(), into.this.name)
    return exp.select(kept, names, *values).from_(node.this.copy())


def _leaves(node: Node, named: dict[str, tuple[str, str]]) -> set[tuple[str, str]]:
    leaves = set()
    for step in node.walk():
        if isinstance(step.expression, exp.Table):
            table = step.expression
            column = step.name.rsplit(".", 1)[-1].strip('"')
            upstream = named.get(f"{table.db}.{table.name}.{column}".lower())
            if upstream is not None:
                leaves.add(upstream)
    return leaves


def _schema(project: Project, upstream: tuple[Ref, ...]) -> dict[str, dict[str, dict[str, str]]]:
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for ref in upstream:
        schema.setdefault(ref.schema, {})[ref.name] = project.columns_of(ref)
    return schema


def _shown(ref: Ref) -> str:
    return ref.relation if ref.kind == "source" else ref.name
