"""The law of the layers, read off the templates: who may read what, and where `*` may stand.

Here: rules about the project as a whole. Not here: rules about rows (`contracts.py`). There is
no list of exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from tradeflow.storage.sql_project import Model, Project

_NAMES = {
    "staging": re.compile(r"stg_[a-z0-9]+__[a-z0-9_]+"),
    "intermediate": re.compile(r"int_[a-z0-9_]+"),
    "marts": re.compile(r"(fct|dim)_[a-z0-9_]+"),
}
_PARAMETER = re.compile(r"\$[a-z_]+")


def breaches(project: Project) -> list[str]:
    """Every breach, one sentence each, in the order of the models."""
    found: list[str] = []
    for model in project.models.values():
        found += _of_names(model)
        found += _of_reading(project, model)
        found += _of_stars(project, model)
    return found


def parsed(project: Project, model: Model) -> exp.Expr:
    """The model's query as a tree, its refs standing as `schema.name`.

    Raises:
        sqlglot.errors.ParseError: sqlglot does not understand the SQL.
    """
    query = project.render(model.template, lambda ref: ref.relation, model.path.name)
    return sqlglot.parse_one(query, dialect="duckdb")


def _of_names(model: Model) -> Iterator[str]:
    pattern = _NAMES.get(model.layer)
    if pattern and not pattern.fullmatch(model.name):
        yield f"{model.name}: a model of {model.layer} is named like {pattern.pattern}"
    if not model.template.lstrip().startswith("--"):
        yield f"{model.name}: the file does not begin with a comment on grain, source and purpose"


def _of_reading(project: Project, model: Model) -> Iterator[str]:
    allowed = project.reads_of_layer[model.layer]
    for ref in model.upstream:
        if ref.schema not in allowed and ref.relation not in allowed:
            yield f"{model.name}: {model.layer} must not read {ref.relation}"
        if ref.previous and project.reads_previous(ref.name):
            yield (
                f"{model.name}: {ref.name} of the previous week itself looks back a week;"
                " its history would have no end"
            )
    if model.layer == "staging":
        raw = [ref for ref in model.upstream if ref.kind == "source"]
        if len(raw) != 1:
            yield f"{model.name}: staging reads exactly one raw table, not {len(raw)}"
        for parameter in sorted(set(_PARAMETER.findall(_without_comments(model.template)))):
            yield f"{model.name}: staging types an answer once and cannot know {parameter}"


def _of_stars(project: Project, model: Model) -> Iterator[str]:
    try:
        tree = parsed(project, model)
    except sqlglot.errors.SqlglotError as error:
        yield f"{model.name}: sqlglot cannot read it: {str(error).splitlines()[0]}"
        return
    relations = {ref.relation for ref in model.upstream}
    for select in tree.find_all(exp.Select):
        if not any(_is_star(projection) for projection in select.expressions):
            continue
        parent = select.parent
        holder = parent if isinstance(parent, exp.CTE) else None
        if select is tree or (holder is not None and holder.alias == "final"):
            continue
        source = select.args.get("from_") or select.args.get("from")
        table = source.this if source is not None else None
        reads_import = isinstance(table, exp.Table) and f"{table.db}.{table.name}" in relations
        if holder is not None and reads_import and not select.args.get("joins"):
            continue
        place = f"CTE {holder.alias}" if holder is not None else "a subquery"
        yield f"{model.name}: {place} selects *; only imports and final may"


def _is_star(projection: exp.Expr) -> bool:
    return isinstance(projection, exp.Star) or (
        isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star)
    )


def _without_comments(template: str) -> str:
    return re.sub(r"--[^\n]*", "", template)
