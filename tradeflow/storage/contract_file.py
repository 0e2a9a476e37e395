"""What a model's YAML file may say, read into plain frozen values.

Here: the shape of contracts and of tests as written, with one-line errors for mistakes in
them. Not here: running a test against rows (`contracts.py`), or anything about the SQL
(`sql_project.py`). The format is described for people in docs/sql_models.md.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tradeflow.errors import ContractBroken

Severity = Literal["error", "warn"]

FACT_COLUMNS = {
    "coverage": "VARCHAR",
    "vintage": "VARCHAR",
    "is_reconstructed": "BOOLEAN",
    "response_ids": "VARCHAR[]",
}
"""Columns every model with facts carries, so that each figure names what it rests on."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser where PyYAML was built with it: eight times faster, and every start reads all."""

_COLUMN_TESTS = {"not_null", "unique", "accepted_values", "range", "relationships"}
_MODEL_TESTS = {"unique", "row_count", "sum_equals_total", "expression", "relationships"}
_LABELS = {"severity", "id", "description"}


class _Written(BaseModel):
    """Base of everything read from YAML: an unknown key is a mistake, not a comment."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class DeclaredTest(_Written):
    """One executed test: its kind, its arguments, what a failure does."""

    kind: str
    column: str | None = None
    """The column it stands under; None for a test of the whole model."""
    arguments: dict[str, Any] = {}
    severity: Severity = "error"
    id: str | None = None
    """Public name of the check, e.g. `CHK-UNIQUE`; several tests may share one."""
    description: str = ""

    @property
    def name(self) -> str:
        """A name unique within the model, made of letters, digits and underscores."""
        detail = self.column or self.arguments.get("name") or self.arguments.get("column") or ""
        if isinstance(detail, str) and detail:
            return f"{self.kind}__{detail}"
        return self.kind


class Column(_Written):
    """One column of a model: its type, unit and meaning."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: str
    description: str
    unit: str | None = None
    unit_from: str | None = None
    """Another column that holds the unit of this one, row by row."""
    fact: bool = False
    tests: tuple[DeclaredTest, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_tests(cls, written: Any) -> Any:
        if isinstance(written, dict) and "tests" in written:
            tests = [read_test(test, written.get("name")) for test in written["tests"] or ()]
            return {**written, "tests": tuple(tests)}
        return written

    @model_validator(mode="after")
    def _type_exists(self) -> Column:
        normal_type(self.type)
        return self

    @property
    def sql_type(self) -> str:
        """The type as DuckDB itself spells it."""
        return normal_type(self.type)


class Contract(_Written):
    """What a model promises: grain, columns in order, tests."""

    model: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str
    layer: Literal["staging", "intermediate", "marts", "seeds"]
    materialized: Literal["per_week", "per_answer", "seed"]
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    tests: tuple[DeclaredTest, ...] = ()
    fan_out: bool = False
    """Staging only: a raw row may become several rows (a wide row unpivoted)."""
    facts_where: str | None = None
    """SQL condition on the rows whose facts may be printed; None for every row."""

    @model_validator(mode="before")
    @classmethod
    def _read_tests(cls, written: Any) -> Any:
        if isinstance(written, dict) and "tests" in written:
            return {**written, "tests": tuple(read_test(t, None) for t in written["tests"] or ())}
        return written

    @model_validator(mode="after")
    def _hangs_together(self) -> Contract:
        names = [column.name for column in self.columns]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"column {repeated[0]} is listed twice")
        if not self.grain:
            raise ValueError("the grain is empty")
        needed = [*self.grain, *(c.unit_from for c in self.columns if c.unit_from)]
        for name in needed:
            if name not in names:
                raise ValueError(f"column {name} is named but not listed")
        if self.materialized == "per_week" and "week" in names:
            raise ValueError("column week is added by the runner and must not be listed")
        if self.materialized == "per_answer":
            for name in ("response_id", "row_number"):
                if name not in names:
                    raise ValueError(f"a per_answer model needs the column {name}")
        if self.facts:
            types = {column.name: column.sql_type for column in self.columns}
            for name, expected in FACT_COLUMNS.items():
                if types.get(name) != expected:
                    raise ValueError(f"a model with facts needs the column {name} {expected}")
            for column in self.facts:
                if column.sql_type.endswith("]") or column.sql_type.startswith(("STRUCT", "MAP")):
                    raise ValueError(f"fact {column.name} is not a single value")
        return self

    @property
    def facts(self) -> tuple[Column, ...]:
        """The columns whose values may be printed."""
        return tuple(column for column in self.columns if column.fact)

    @property
    def all_tests(self) -> tuple[DeclaredTest, ...]:
        """Grain first, then the columns' tests, then the model's."""
        return (
            DeclaredTest(kind="grain", arguments={"columns": list(self.grain)}),
            *(test for column in self.columns for test in column.tests),
            *self.tests,
        )


def read_test(written: Any, column: str | None) -> DeclaredTest:
    """One test as written in YAML.

    Args:
        written: `not_null`, `{range: {min: 0}}`, `{row_count: {min: 1}, severity: warn, id: …}`.
        column: the column it stands under, None for a test of the whole model.

    Raises:
        ValueError: unknown test, or more than one in an entry.
    """
    if isinstance(written, str):
        written = {written: {}}
    if not isinstance(written, dict):
        raise ValueError(f"test {written!r} is neither a name nor a mapping")
    labels = {key: value for key, value in written.items() if key in _LABELS}
    kinds = [key for key in written if key not in _LABELS]
    known = _COLUMN_TESTS if column else _MODEL_TESTS
    if len(kinds) != 1 or kinds[0] not in known:
        raise ValueError(f"test {kinds} is not exactly one of {sorted(known)}")
    kind, arguments = kinds[0], written[kinds[0]] or {}
    if kind == "expression" and isinstance(arguments, str):
        arguments = {"sql": arguments}
    if kind == "unique" and isinstance(arguments, list):
        arguments = {"columns": arguments}
    if kind == "accepted_values" and isinstance(arguments, list):
        arguments = {"values": arguments}
    if not isinstance(arguments, dict):
        raise ValueError(f"arguments of test {kind} are not a mapping: {arguments!r}")
    return DeclaredTest(kind=kind, column=column, arguments=arguments, **labels)


def read_contract(path: Path) -> Contract:
    """The contract in a model's YAML file.

    Raises:
        ContractBroken: unreadable YAML, unknown or missing keys; names file, place, reason.
    """
    return parse_contract(read_yaml(path), path.name)


def parse_contract(written: Any, where: str) -> Contract:
    """A contract from parsed YAML; `where` names the file in errors."""
    try:
        return Contract.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "contract"
        raise ContractBroken(f"{where}: {place}: {first['msg']}") from error


def read_yaml(path: Path) -> Any:
    """The content of a YAML file of the project.

    Raises:
        ContractBroken: missing or not YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    except FileNotFoundError as error:
        raise ContractBroken(f"{path.name} is missing beside {path.parent.name}/") from error
    except yaml.YAMLError as error:
        raise ContractBroken(f"{path.name} is not YAML: {' '.join(str(error).split())}") from error


@cache
def normal_type(written: str) -> str:
    """A column type as DuckDB spells it: `INT` → `INTEGER`.

    Raises:
        ValueError: DuckDB knows no such type.
    """
    try:
        with duckdb.connect() as con:
            return con.execute(f"describe select cast(null as {written})").fetchall()[0][1]
    except duckdb.Error as error:
        raise ValueError(f"{written!r} is not a type of DuckDB") from error
