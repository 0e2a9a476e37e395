"""Facts: every figure a report may print, one row each, made from the contracts alone.

Here: turning the columns marked `fact: true` into `marts.facts` of a week. Not here: how a
fact is worded (`briefing/`), or which rows a table shows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from tradeflow.errors import ContractBroken
from tradeflow.periods import Week
from tradeflow.storage.contract_file import Column
from tradeflow.storage.sql_project import Model, Project
from tradeflow.storage.tables import identifier
from tradeflow.storage.warehouse import Connection, Warehouse, Written, replace_partition

RELATION = "marts.facts"
FACT_TABLE = {
    "week": "VARCHAR",
    "fact_id": "VARCHAR",
    "model": "VARCHAR",
    "grain_key": "VARCHAR",
    "column_name": "VARCHAR",
    "unit": "VARCHAR",
    "value": "DOUBLE",
    "value_exact": "VARCHAR",
    "value_text": "VARCHAR",
    "coverage": "VARCHAR",
    "vintage": "VARCHAR",
    "is_reconstructed": "BOOLEAN",
    "response_ids": "VARCHAR[]",
}
"""Columns of `marts.facts`; grain: week, fact_id. `fact_id` = `<model>:<grain key>:<column>`."""

_NUMERIC = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|DOUBLE|FLOAT")
_STAGE = "stage__facts"
_STAGE_OF_WEEK = "stage__facts_of_week"
_AT_ONCE = 13
"""Weeks staged together: reading the statement of a mart costs as much as some weeks' rows."""


def build_facts(warehouse: Warehouse, project: Project, *weeks: Week) -> list[Written]:
    """Replace the facts of weeks by those of all marts as stored now.

    Numbers give `value` and `value_exact` (its exact decimal text); other types `value_text`.
    A null is no fact, and neither is a row the contract's `facts_where` leaves out.

    Returns:
        Row counts before and after, one a week.

    Raises:
        ContractBroken: a mart is missing or of another shape, its `facts_where` cannot run, or
            two facts have one id; the stored facts of that week are untouched.
    """
    with warehouse.connect(f"facts of {', '.join(map(str, weeks))}") as con:
        return [
            written
            for place in range(0, len(weeks), _AT_ONCE)
            for written in _build(con, project, weeks[place : place + _AT_ONCE])
        ]


def _build(con: Connection, project: Project, weeks: Sequence[Week]) -> list[Written]:
    columns = ", ".join(f"{name} {kind}" for name, kind in FACT_TABLE.items())
    con.execute(f"create or replace temp table {_STAGE} ({columns})")
    try:
        for model in project.models.values():
            if model.contract.facts:
                _stage_facts(con, model, weeks)
        _refuse_repeated_ids(con)
        version = ",".join(
            project.code_version(model.name)
            for model in project.models.values()
            if model.contract.facts
        )
        return [_replace(con, week, version) for week in weeks]
    finally:
        con.execute(f"drop view if exists temp.{_STAGE_OF_WEEK}")
        con.execute(f"drop table temp.{_STAGE}")


def _replace(con: Connection, week: Week, version: str) -> Written:
    con.execute(
        f"create or replace temp view {_STAGE_OF_WEEK} as from {_STAGE} where week = '{week.key}'"
    )
    return replace_partition(con, RELATION, {"week": week.key}, _STAGE_OF_WEEK, None, version)


def _stage_facts(con: Connection, model: Model, weeks: Sequence[Week]) -> None:
    grain = ", ".join(f"cast({identifier(name)} as varchar)" for name in model.contract.grain)
    listed = ", ".join(f"'{week.key}'" for week in weeks)
    query = "\nunion all\n".join(_facts_of(column) for column in model.contract.facts)
    try:
        con.execute(
            f"""
            insert into {_STAGE}
            with grained as (
                select *, concat_ws('|', {grain}) as grain_key
                from {model.relation}
                where week in ({listed}) and ({model.contract.facts_where or "true"})
            )
            select week, '{model.name}:' || grain_key || ':' || column_name, '{model.name}',
                grain_key, column_name, unit, value, value_exact, value_text, coverage, vintage,
                is_reconstructed, response_ids
            from (
            {query}
            )
            """
        )
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        remedy = "Run the model first."
        if model.contract.facts_where and not isinstance(error, duckdb.CatalogException):
            remedy = "Run the model again, or mend facts_where in its contract."
        raise ContractBroken(f"facts of {model.name}: {reason} {remedy}") from error


def _facts_of(column: Column) -> str:
    name = identifier(column.name)
    unit = identifier(column.unit_from) if column.unit_from else f"'{column.unit or ''}'"
    text = f"cast({name} as varchar)"
    if _NUMERIC.fullmatch(column.sql_type):
        values = f"cast({name} as double) as value, {text} as value_exact, null as value_text"
    else:
        values = f"null as value, null as value_exact, {text} as value_text"
    return (
        f"select week, grain_key, '{column.name}' as column_name, nullif({unit}, '') as unit,"
        f" {values}, coverage, vintage, is_reconstructed, response_ids"
        f" from grained where {name} is not null"
    )


def _refuse_repeated_ids(con: Connection) -> None:
    repeated = con.execute(
        f"select fact_id from {_STAGE} group by week, fact_id having count(*) > 1"
        " order by 1 limit 1"
    ).fetchall()
    if repeated:
        raise ContractBroken(f"fact {repeated[0][0]} stands for several rows; mend its grain")
