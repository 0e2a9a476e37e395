"""Every mart as a file: which are offered, and their CSV and Parquet.

The files are the newest reported week's rows. Marts that list a source's records partner by
partner are not handed out where the source does not allow passing them on in bulk.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from tradeflow.storage.sql_project import Model, Project

_BULK_SOURCES = {"comtrade", "ots"}
"""Sources whose records may not be passed on in bulk (`docs/sources/`)."""
_RECORD_COLUMNS = {"partner_code", "partner_iso3"}
"""A mart with one of these in its grain lists what the source recorded of each partner."""


@dataclass(frozen=True)
class DataFile:
    """A mart as the site offers it."""

    model: Model
    row_count: int
    is_offered: bool


def data_files(
    con: duckdb.DuckDBPyConnection, project: Project, week: str, is_demonstration: bool
) -> list[DataFile]:
    """The marts that the warehouse holds, by name, with their rows of a week."""
    stored = {
        name
        for (name,) in con.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
    }
    found = []
    for _, model in sorted(project.models.items()):
        if model.layer != "marts" or model.name not in stored:
            continue
        counted = con.execute(f"select count(*) from {model.relation} where week = ?", [week])
        (count,) = counted.fetchall()[0]
        offered = count > 0 and (is_demonstration or not lists_records(project, model))
        found.append(DataFile(model, count, offered))
    return found


def lists_records(project: Project, model: Model) -> bool:
    """Whether a mart lists, partner by partner, what a source does not let pass on in bulk."""
    if not _RECORD_COLUMNS & set(model.contract.grain):
        return False
    seen, waiting = set[str](), [model.name]
    while waiting:
        name = waiting.pop()
        for ref in project.model(name).upstream:
            if ref.kind == "source" and ref.name.partition("_")[0] in _BULK_SOURCES:
                return True
            if ref.kind == "model" and ref.name not in seen:
                seen.add(ref.name)
                waiting.append(ref.name)
    return False


def write_data(
    con: duckdb.DuckDBPyConnection, files: list[DataFile], week: str, folder: Path
) -> None:
    """Write `<mart>.csv` and `<mart>.parquet` of every offered mart, rows in grain order."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if not file.is_offered:
            continue
        order = ", ".join(f'"{name}"' for name in file.model.contract.grain)
        rows = f"select * from {file.model.relation} where week = '{week}' order by {order}"
        target = str(folder / file.model.name).replace("'", "''")
        con.execute(f"copy ({rows}) to '{target}.csv' (format csv, header)")
        con.execute(f"copy ({rows}) to '{target}.parquet' (format parquet, compression zstd)")
