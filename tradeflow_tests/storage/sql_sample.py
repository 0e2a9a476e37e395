"""A throw-away SQL project on disk and a warehouse with the answers it reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from tradeflow.periods import Week
from tradeflow.storage.raw_rows import RawRows, append_rows
from tradeflow.storage.sql_project import Project
from tradeflow.storage.sql_run import ModelRun
from tradeflow.storage.sql_runner import Runner
from tradeflow.storage.warehouse import Warehouse

WEEK = Week.parse("2026-W07")

_PROJECT = """
layers:
  staging: {reads: [raw, seeds]}
  intermediate: {reads: [staging, intermediate, policy, seeds, raw.snapshot]}
  marts: {reads: [intermediate, marts, seeds]}
"""
_SOURCES = """
sources:
  raw:
    shop__sales: {description: Sales as sent., columns: [area, item, amount]}
    snapshot: {description: Answers of a week., keyed_by: week, columns: {response_id: VARCHAR}}
"""
_THRESHOLDS = """
sum_pct: {value: 1.0, unit: '%', reason: Rounding.}
rejected_rows_max_pct: {value: 60, unit: '%', reason: One of two sales may be misprinted.}
"""
STAGED = """-- Grain: one row per sale. Source: raw.shop__sales.
select response_id, row_number, area, try_cast(amount as decimal(24, 4)) as amount_usd,
    case when try_cast(amount as decimal(24, 4)) is null then 'amount is no number' end
        as reject_reason,
    amount as reject_value
from {{ source('raw', 'shop__sales') }}
"""
JOINED = """-- Grain: one row per area. Source: stg_shop__sales.
select area, cast(sum(amount_usd) as decimal(24, 4)) as amount_usd,
    list_sort(list_distinct(list(response_id))) as response_ids
from {{ ref('stg_shop__sales') }} group by area
"""
MART = """-- Grain: one row per area. Source: int_sales__summed.
select area, amount_usd, doubled(amount_usd) as doubled_usd, $as_of as seen_on,
    $week as coverage, 'observed' as vintage, false as is_reconstructed, response_ids
from {{ ref('int_sales__summed') }}
"""
MART_COLUMNS: list[dict[str, Any]] = [
    {"name": "area", "type": "VARCHAR"},
    {"name": "amount_usd", "type": "DECIMAL(24,4)", "unit": "USD", "fact": True},
    {"name": "doubled_usd", "type": "DOUBLE", "unit": "USD", "fact": True},
    {"name": "seen_on", "type": "DATE", "fact": True},
    {"name": "coverage", "type": "VARCHAR"},
    {"name": "vintage", "type": "VARCHAR"},
    {"name": "is_reconstructed", "type": "BOOLEAN"},
    {"name": "response_ids", "type": "VARCHAR[]"},
]


class Sample:
    """The project `<root>/project` and the warehouse `<root>/warehouse.duckdb`."""

    def __init__(self, root: Path) -> None:
        self.root = root / "project"
        self.warehouse = Warehouse(root / "warehouse.duckdb", lock_timeout_s=5)
        self.write("project.yml", _PROJECT)
        self.write("sources.yml", _SOURCES)
        self.write("thresholds.yml", _THRESHOLDS)
        self.write("macros/money.sql", "create macro doubled(x) as cast(2 * x as double);")
        self.model(
            "staging/shop/stg_shop__sales",
            STAGED,
            [
                {"name": "response_id", "type": "VARCHAR"},
                {"name": "row_number", "type": "BIGINT"},
                {"name": "area", "type": "VARCHAR"},
                {"name": "amount_usd", "type": "DECIMAL(24,4)"},
            ],
            grain=["response_id", "row_number"],
        )
        self.model(
            "intermediate/int_sales__summed",
            JOINED,
            [
                {"name": "area", "type": "VARCHAR", "tests": ["not_null"]},
                {"name": "amount_usd", "type": "DECIMAL(24,4)"},
                {"name": "response_ids", "type": "VARCHAR[]"},
            ],
            grain=["area"],
        )
        self.mart()

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def model(
        self, path: str, sql: str, columns: list[dict], grain: list[str], **more: Any
    ) -> None:
        """Write a model and its contract; columns get a description of their own."""
        layer, name = path.split("/")[0], path.rsplit("/", 1)[-1]
        contract = {
            "model": name,
            "description": f"What {name} holds.",
            "layer": layer,
            "materialized": "per_answer" if layer == "staging" else "per_week",
            "grain": grain,
            "columns": [{"description": f"The {c['name']}.", **c} for c in columns],
            **more,
        }
        self.write(f"{path}.sql", sql)
        self.write(f"{path}.yml", yaml.safe_dump(contract, sort_keys=False))

    def mart(self, sql: str = MART, columns: list[dict] = MART_COLUMNS, **more: Any) -> None:
        self.model("marts/fct_sales", sql, columns, **{"grain": ["area"], **more})

    def answer(
        self,
        response_id: str,
        rows: list[tuple[str | None, str, str]],
        week: Week = WEEK,
        parser_version: str = "1",
    ) -> None:
        """Store one answer's rows (area, item, amount) and make the week consist of it too."""
        frame = pl.DataFrame(
            rows, schema=dict.fromkeys(("area", "item", "amount"), pl.Utf8), orient="row"
        )
        with self.warehouse.connect("sample") as con:
            append_rows(con, "raw.shop__sales", [RawRows(response_id, frame)], parser_version)
            con.execute(
                "delete from raw.snapshot where response_id = ? and week = ?",
                [response_id, week.key],
            )
            con.execute(
                "insert into raw.snapshot values ('shop', ?, ?, ?, false, 'sales')",
                [week.key, response_id, response_id],
            )

    @property
    def project(self) -> Project:
        return Project.load(self.root)

    def run(self, *names: str, week: Week = WEEK, as_of: date | None = None) -> list[ModelRun]:
        project = self.project
        runner = Runner(self.warehouse, project)
        return runner.run_many(names or list(project.models), week, as_of or week.end)

    def rows(self, query: str, *values: Any) -> list[tuple]:
        with self.warehouse.connect("look") as con:
            return con.execute(query, list(values)).fetchall()
