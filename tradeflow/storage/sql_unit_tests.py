"""Unit tests of models as data: given rows, parameters, expected rows, in a database of its own.

Here: reading `tests/unit/<model>.yaml` and comparing. Not here: the model's contract, which is
executed on every run.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tradeflow.errors import ContractBroken
from tradeflow.periods import Week
from tradeflow.storage.contract_file import read_yaml
from tradeflow.storage.seeds import load_seeds
from tradeflow.storage.sql_checks import bound, execute, shape_of
from tradeflow.storage.sql_macros import load_macros
from tradeflow.storage.sql_project import Model, Project, Ref
from tradeflow.storage.tables import identifier


@contextlib.contextmanager
def unit_test_database(project: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with the project's seeds and macros, for any number of unit tests."""
    with duckdb.connect() as con:
        load_seeds(con, project)
        load_macros(con, project)
        yield con


def run_unit_test(
    project: Project, path: Path, con: duckdb.DuckDBPyConnection | None = None
) -> None:
    """Run every case of one file; no case sees the rows of another.

    Args:
        path: `tests/unit/<model>.yaml`; its form is described in docs/sql_models.md.
        con: of `unit_test_database`, left as it was; default one of the file's own.

    Raises:
        ContractBroken: a case does not come out as expected; names the model, the case, the
            rows that are missing and the rows that were not expected.
    """
    written = read_yaml(path)
    model = project.model(written["model"])
    if not written.get("cases"):
        raise ContractBroken(f"{path.name}: no cases")
    opened = unit_test_database(project) if con is None else contextlib.nullcontext(con)
    with opened as database:
        for case in written["cases"]:
            try:
                _run_case(database, project, model, case)
            finally:
                _forget_tables(database)


def _forget_tables(con: duckdb.DuckDBPyConnection) -> None:
    for (name,) in con.execute("select table_name from duckdb_tables() where temporary").fetchall():
        con.execute(f"drop table {identifier(name)}")


def _run_case(
    con: duckdb.DuckDBPyConnection, project: Project, model: Model, case: Mapping[str, Any]
) -> None:
    where = f"{model.name}: case {case['name']!r}"
    given, used = dict(case.get("given", {})), set[str]()

    def relation_of(ref: Ref) -> str:
        name = _given_name(ref)
        if ref.kind == "seed" and name not in given:
            return ref.relation
        if name not in given:
            raise ContractBroken(f"{where}: no rows given for {name}")
        if name not in used:
            used.add(name)
            _make_table(con, name, project.columns_of(ref), given[name] or [], where)
        return identifier(name)

    query = project.render(model.template, relation_of, where)
    if unused := sorted(given.keys() - used):
        raise ContractBroken(f"{where}: the model does not read {unused[0]}")
    try:
        execute(con, f"create temp table got as {query}", _parameters(case.get("params", {})))
    except duckdb.Error as error:
        raise ContractBroken(f"{where}: {str(error).splitlines()[0]}") from error
    expected = case["expect"]
    names = list(expected[0]) if expected else []
    types = {name: kind for name, kind in shape_of(con, "got").items() if name in names}
    if unknown := [name for name in names if name not in types]:
        raise ContractBroken(f"{where}: the model has no column {unknown[0]}")
    _make_table(con, "wanted", {name: types[name] for name in names}, expected, where)
    listed = ", ".join(identifier(name) for name in names) or "1"
    got = con.execute(f"select {listed} from got").fetchall()
    wanted = con.execute(f"select {listed} from wanted").fetchall()
    missing = _without(wanted, got)
    surplus = _without(got, wanted)
    if missing or surplus:
        shown = {
            "missing": [dict(zip(names, row, strict=False)) for row in missing[:3]],
            "not expected": [dict(zip(names, row, strict=False)) for row in surplus[:3]],
        }
        raise ContractBroken(f"{where}: {len(wanted)} rows expected, {len(got)} got; {shown}")


def _given_name(ref: Ref) -> str:
    name = ref.relation if ref.kind == "source" else ref.name
    return f"{name}@previous" if ref.previous else name


def _make_table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    columns: Mapping[str, str],
    rows: list[Mapping[str, Any]],
    where: str,
) -> None:
    """A typed table with the rows of the YAML; columns a row leaves out are null."""
    for row in rows:
        if unknown := [column for column in row if column not in columns]:
            raise ContractBroken(f"{where}: {name} has no column {unknown[0]}")
    declared = ", ".join(f"{identifier(column)} {kind}" for column, kind in columns.items())
    con.execute(f"create temp table {identifier(name)} ({declared or 'nothing integer'})")
    places = ", ".join(f"cast(? as {kind})" for kind in columns.values()) or "?"
    for row in rows:
        values = [row.get(column) for column in columns] or [None]
        con.execute(f"insert into {identifier(name)} values ({places})", values)


def _parameters(written: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of a run, from `week` (and `as_of`, where it is not the week's Sunday)."""
    week = Week.parse(str(written.get("week", "2026-W07")))
    as_of = written.get("as_of", week.end)
    return bound(week, as_of if isinstance(as_of, date) else date.fromisoformat(as_of))


def _without(rows: list[tuple], others: list[tuple]) -> list[tuple]:
    """Rows that have no counterpart among the others, each counterpart used once."""
    left, remaining = [], list(others)
    for row in rows:
        for index, other in enumerate(remaining):
            if all(_same(a, b) for a, b in zip(row, other, strict=True)):
                del remaining[index]
                break
        else:
            left.append(row)
    return left


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, (float, Decimal)):
        return math.isclose(one, float(other), rel_tol=1e-6, abs_tol=1e-9)
    return one == other
