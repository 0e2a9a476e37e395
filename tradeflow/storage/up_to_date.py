"""Whether a week's models already stand on the week's present answers and the present code.

Models are functions of the week's snapshot, of what was held and decided, of its last day and
of their code; a week that was brought up to date from the same need not be made again. Not
here: making it (`pipeline.py`), or whether the data are fresh (the marts say that).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date

import duckdb

from tradeflow.periods import Week
from tradeflow.storage.sql_project import Project

_LATEST_CODE = """
select relation, arg_max(code_version, written_at)
from ops.ledger
where partition_key ->> '$.week' = $1
group by relation
"""


def inputs_of(
    con: duckdb.DuckDBPyConnection, week: Week, as_of: date, readers: Mapping[str, str]
) -> str:
    """A digest of what a week's models are made from, apart from their own code.

    Args:
        as_of: the last day the week may know of.
        readers: versions of whatever reads answers before the models do, by name.

    Returns:
        A SHA-256 as 64 hex digits.
    """
    answers = con.execute(
        "select layer, request_key, response_id, carried_forward from raw.snapshot"
        " where week = $1 order by all",
        [week.key],
    ).fetchall()
    held = con.execute(
        "select layer, request_key, held_id, reason from raw.held_answers"
        " where week = $1 order by all",
        [week.key],
    ).fetchall()
    decisions = con.execute(
        "select subject_id, decision, decided_by, decided_on::varchar, reason"
        " from raw.review_decisions where week = $1 order by all",
        [week.key],
    ).fetchall()
    stated = [week.key, as_of.isoformat(), sorted(readers.items()), answers, held, decisions]
    return hashlib.sha256(json.dumps(stated).encode()).hexdigest()


def is_up_to_date(
    con: duckdb.DuckDBPyConnection,
    project: Project,
    models: Iterable[str],
    week: Week,
    inputs: str,
) -> bool:
    """Whether `models` were all made for the week by their present code from `inputs`."""
    noted = con.execute(
        "select inputs from ops.brought_up_to_date where week = $1", [week.key]
    ).fetchall()
    return noted == [(inputs,)] and made_by_present_code(con, project, models, week)


def made_by_present_code(
    con: duckdb.DuckDBPyConnection, project: Project, models: Iterable[str], week: Week
) -> bool:
    """Whether `models` were all made for the week, and last by the code they have now."""
    made_by = dict(con.execute(_LATEST_CODE, [week.key]).fetchall())
    return all(
        made_by.get(project.model(name).relation) == project.code_version(name)
        for name in models
        if not project.model(name).per_answer
    )


def note_up_to_date(con: duckdb.DuckDBPyConnection, week: Week, inputs: str) -> None:
    """Record that the week's models have just been made from `inputs`."""
    con.execute("delete from ops.brought_up_to_date where week = $1", [week.key])
    con.execute("insert into ops.brought_up_to_date values ($1, $2)", [week.key, inputs])
