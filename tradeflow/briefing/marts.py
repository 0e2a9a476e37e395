"""The week's mart rows and facts, read once and handed on as plain values.

Here: which marts the brief reads, their grain, and how a cell of a row finds its fact.
Not here: choosing, sorting for print, or formatting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa

from tradeflow.briefing.errors import BriefError

GRAINS: dict[str, tuple[str, ...]] = {
    "fct_reporter_flows_yearly": ("reporter_iso3", "flow", "year"),
    "fct_partner_flows_yearly": ("reporter_iso3", "flow", "year", "partner_code"),
    "fct_trade_balances_yearly": ("reporter_iso3", "partner_code", "year"),
    "fct_concentration_yearly": ("reporter_iso3", "flow", "year"),
    "fct_us_trade_monthly": ("partner_iso3", "month"),
    "fct_us_trade_ytd": ("partner_iso3", "through_month"),
    "fct_us_deficit_comparisons": ("partner_iso3", "other_iso3"),
    "fct_us_trade_gaps": ("partner_iso3", "flow", "year"),
    "dim_notices": ("notice_key",),
    "fct_clause_intervals": ("notice_key", "clause", "valid_from"),
    "fct_tracked_measures": ("notice_key", "clause_label"),
    "fct_control_measures": ("notice_key", "clause_label"),
    "fct_control_severity": ("notice_key", "clause_label"),
    "fct_control_exposure_yearly": (
        "notice_key",
        "clause_label",
        "hs6",
        "reporter_iso3",
        "year",
    ),
    "fct_source_comparisons": ("comparison", "reporter_iso3", "partner_iso3", "flow", "year"),
    "fct_new_documents": ("url",),
    "fct_watch_items": ("rule_id", "item_key"),
    "fct_watch_changes": ("rule_id", "item_key"),
    "fct_week_changes": ("item_key",),
    "fct_review_items": ("item_id",),
    "fct_layer_coverage": ("layer",),
    "fct_counts": ("name",),
}
"""Every mart the brief reads, with the columns that identify a row (the order of fact ids)."""


@dataclass(frozen=True)
class Fact:
    """One figure of `marts.facts`: a number (`exact`) or a text (`text`), with its origin."""

    fact_id: str
    column: str
    unit: str
    exact: Decimal | None
    text: str | None
    coverage: str
    vintage: str
    is_reconstructed: bool
    response_ids: tuple[str, ...]

    @property
    def number(self) -> Decimal:
        """The unrounded value.

        Raises:
            BriefError: the fact is a text.
        """
        if self.exact is None:
            raise BriefError(f"fact {self.fact_id} is not a number")
        return self.exact


class Facts(Mapping[str, Fact]):
    """A week's facts by id; each is made when it is asked for, as a report prints one in forty.

    Args:
        table: rows of `marts.facts`, each id once.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._places = {name: place for place, name in enumerate(table["fact_id"].to_pylist())}
        self._made: dict[str, Fact] = {}

    def __getitem__(self, fact_id: str) -> Fact:
        fact = self._made.get(fact_id)
        if fact is None:
            row = self._table.slice(self._places[fact_id], 1).to_pylist()[0]
            fact = self._made[fact_id] = _fact(row)
        return fact

    def __contains__(self, fact_id: object) -> bool:
        return fact_id in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class Row:
    """One row of a mart: raw values by `row["column"]`, facts by `row.fact("column")`."""

    model: str
    key: str
    values: Mapping[str, Any]
    facts: Mapping[str, Fact] = field(repr=False)

    def __getitem__(self, column: str) -> Any:
        try:
            return self.values[column]
        except KeyError:
            raise BriefError(f"marts.{self.model} has no column {column!r}") from None

    def fact_id(self, column: str) -> str:
        """The id the column's figure has in `marts.facts`."""
        return f"{self.model}:{self.key}:{column}"

    def fact(self, column: str) -> Fact | None:
        """The column's figure, or None where the mart has no value.

        Raises:
            BriefError: the mart has a value that was not published as a fact.
        """
        if self[column] is None:
            return None
        found = self.facts.get(self.fact_id(column))
        if found is None:
            raise BriefError(
                f"{self.fact_id(column)} has a value but is not in marts.facts; "
                f"mark the column `fact: true` in dbt_like_sql/marts/{self.model}.yml"
            )
        return found

    @property
    def is_reconstructed(self) -> bool:
        return bool(self.values.get("is_reconstructed"))


@dataclass(frozen=True)
class Check:
    """The outcome of one contract test in the week: what was tested, and whether it held."""

    relation: str
    name: str
    severity: str
    passed: bool
    failing_rows: int
    description: str


@dataclass(frozen=True)
class Marts:
    """Everything the brief and its gate read of one week."""

    week: str
    facts: Mapping[str, Fact]
    tables: Mapping[str, tuple[Row, ...]]
    checks: tuple[Check, ...]
    economies: Mapping[str, str]
    """ISO3 → name in Traditional Chinese (Taiwan)."""
    _sorted: dict[tuple[str, ...], dict[tuple[Any, ...], list[Row]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def rows(self, model: str, **equal: Any) -> list[Row]:
        """Rows of a mart whose columns equal the given values, in grain order."""
        if not equal:
            return list(self.tables[model])
        found = self._sorted.get((model, *equal))
        if found is None:
            found = self._sorted[model, *equal] = {}
            for row in self.tables[model]:
                found.setdefault(tuple(row[name] for name in equal), []).append(row)
        return list(found.get(tuple(equal.values()), ()))

    def one(self, model: str, **equal: Any) -> Row | None:
        """The only such row, or None.

        Raises:
            BriefError: more than one row answers.
        """
        found = self.rows(model, **equal)
        if len(found) > 1:
            raise BriefError(f"marts.{model} has {len(found)} rows for {equal}; expected one")
        return found[0] if found else None

    def row(self, name: str) -> Row | None:
        """The row that `<model>:<grain>` names, or None."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Row]:
        return {
            f"{model}:{row.key}": row
            for model, rows in self.tables.items()
            for row in reversed(rows)
        }

    def cell(self, fact_id: str) -> Any:
        """The raw value that `<model>:<grain>:<column>` names, or None."""
        name, _, column = fact_id.rpartition(":")
        row = self.row(name)
        return None if row is None else row.values.get(column)

    def count(self, name: str) -> Fact | None:
        """The named count of `fct_counts`, or None where the mart does not count it."""
        row = self.one("fct_counts", name=name)
        return row.fact("value") if row else None


def load_marts(
    con: duckdb.DuckDBPyConnection, week: str, grains: Mapping[str, tuple[str, ...]] = GRAINS
) -> Marts:
    """Read one week's marts, facts and check results.

    Args:
        grains: the marts to read, each with the columns that identify a row.

    Raises:
        BriefError: the week has no facts; it has not been materialised.
    """
    facts = Facts(con.sql(_FACTS, params=[week]).to_arrow_table())
    if not facts:
        raise BriefError(f"marts.facts has nothing for {week}; run the week's models first")
    return Marts(
        week=week,
        facts=facts,
        tables={
            model: tuple(_rows(con, model, grain, week, facts)) for model, grain in grains.items()
        },
        checks=tuple(_checks(con, week)),
        economies=_economies(con),
    )


def grain_text(value: Any) -> str:
    """A grain value as fact ids write it."""
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _dicts(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any]
) -> Iterator[dict[str, Any]]:
    cursor = con.execute(sql, parameters)
    names = [column[0] for column in cursor.description or []]
    for values in cursor.fetchall():
        yield dict(zip(names, values, strict=True))


_FACTS = """
select fact_id, column_name, unit, value_exact, value_text, coverage, vintage, is_reconstructed,
    response_ids
from marts.facts where week = ?
"""


def _fact(row: Mapping[str, Any]) -> Fact:
    return Fact(
        fact_id=row["fact_id"],
        column=row["column_name"],
        unit=row["unit"] or "",
        exact=None if row["value_exact"] is None else Decimal(row["value_exact"]),
        text=row["value_text"],
        coverage=row["coverage"] or "",
        vintage=row["vintage"] or "",
        is_reconstructed=bool(row["is_reconstructed"]),
        response_ids=tuple(row["response_ids"] or ()),
    )


def _rows(
    con: duckdb.DuckDBPyConnection,
    model: str,
    grain: tuple[str, ...],
    week: str,
    facts: Mapping[str, Fact],
) -> Iterator[Row]:
    order = ", ".join(f'"{name}"' for name in grain)
    for values in _dicts(
        con, f"select * from marts.{model} where week = ? order by {order}", [week]
    ):
        key = "|".join(grain_text(values[name]) for name in grain)
        yield Row(model, key, values, facts)


def _checks(con: duckdb.DuckDBPyConnection, week: str) -> Iterator[Check]:
    sql = """
        select distinct relation, check_name, severity, passed, failing_rows, description
        from ops.check_results where week = ?
        order by relation, check_name, severity, passed, failing_rows, description
    """
    for row in _dicts(con, sql, [week]):
        yield Check(
            relation=row["relation"],
            name=row["check_name"],
            severity=row["severity"],
            passed=bool(row["passed"]),
            failing_rows=int(row["failing_rows"] or 0),
            description=row["description"] or "",
        )


def _economies(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    # Expired codes share an ISO3 with their successors: the reporter and the short name win.
    sql = """
        select iso3, name_zh_tw from seeds.economies
        where iso3 is not null and name_zh_tw is not null
        order by iso3, cast(is_reporter as varchar) desc, length(name_zh_tw), name_zh_tw
    """
    names: dict[str, str] = {}
    for row in _dicts(con, sql, []):
        names.setdefault(row["iso3"], row["name_zh_tw"])
    return names
