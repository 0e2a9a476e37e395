"""Seeds: the small reviewed CSV lists of the project as typed tables, and thresholds.yml as one.

Here: loading them into the schema `seeds`, once per content. Not here: what the lists mean.
"""

from __future__ import annotations

import hashlib

import duckdb

from tradeflow.errors import ContractBroken
from tradeflow.storage.sql_checks import ChecksFailed, run_tests
from tradeflow.storage.sql_project import THRESHOLD_COLUMNS, THRESHOLDS, Project, Seed
from tradeflow.storage.warehouse import transaction


def load_seeds(con: duckdb.DuckDBPyConnection, project: Project) -> list[str]:
    """Bring the schema `seeds` up to the files; a seed whose content is unchanged stays.

    Returns:
        Names of the seeds that were loaded anew.

    Raises:
        ContractBroken: header, types or tests of a CSV contradict seeds.yml; the stored seed
            is untouched.
    """
    con.execute("create schema if not exists seeds")
    stored = dict(
        con.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'seeds'"
        ).fetchall()
    )
    loaded = []
    for seed in project.seeds.values():
        if stored.get(seed.name) != seed.content_hash:
            _load_seed(con, project, seed)
            loaded.append(seed.name)
    version = hashlib.sha256(repr(project.thresholds).encode()).hexdigest()
    if stored.get(THRESHOLDS) != version:
        _load_thresholds(con, project, version)
        loaded.append(THRESHOLDS)
    return loaded


def _load_seed(con: duckdb.DuckDBPyConnection, project: Project, seed: Seed) -> None:
    declared = {column.name: column.sql_type for column in seed.contract.columns}
    with seed.path.open(encoding="utf-8") as lines:
        header = lines.readline().rstrip("\r\n").split(",")
    if header != list(declared):
        raise ContractBroken(
            f"seed {seed.name}: columns in the file are {header}, in seeds.yml {list(declared)}"
        )
    stage = f"stage__{seed.name}"
    try:
        con.execute(
            f'create or replace temp table "{stage}" as select * from read_csv($path,'
            " header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"',"
            " nullstr = '',"
            " columns = $columns)",
            {"path": str(seed.path), "columns": declared},
        )
    except duckdb.Error as error:
        raise ContractBroken(f"seed {seed.name}: {str(error).splitlines()[0]}") from error
    results = run_tests(con, project, seed.contract, stage, {})
    if failed := [r for r in results if not r.passed and r.severity == "error"]:
        raise ChecksFailed(seed.contract.model, failed)
    _store(con, seed.name, f'select * from "{stage}"', seed.content_hash)
    con.execute(f'drop table "{stage}"')


def _load_thresholds(con: duckdb.DuckDBPyConnection, project: Project, version: str) -> None:
    rows = [
        (name, float(entry["value"]), entry.get("unit"), entry.get("reason"))
        for name, entry in sorted(project.thresholds.items())
    ]
    columns = ", ".join(f"{name} {kind}" for name, kind in THRESHOLD_COLUMNS.items())
    con.execute(f"create or replace temp table stage__thresholds ({columns})")
    if rows:
        con.executemany("insert into stage__thresholds values (?, ?, ?, ?)", rows)
    _store(con, THRESHOLDS, "select * from stage__thresholds", version)
    con.execute("drop table stage__thresholds")


def _store(con: duckdb.DuckDBPyConnection, name: str, rows: str, version: str) -> None:
    with transaction(con):
        con.execute(f'create or replace table seeds."{name}" as {rows}')
        con.execute(f"comment on table seeds.\"{name}\" is '{version}'")
