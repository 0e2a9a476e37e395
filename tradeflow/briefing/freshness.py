"""How new each source's data are, as the brief and the terminal show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from tradeflow.errors import StorageError

_ROWS = """
select layer, source_name_zh, last_period, newest_released_on, expected_next_period,
    expected_next_date, state, carried_forward
from marts.fct_layer_coverage
where week = $1
order by sort_order
"""


@dataclass(frozen=True)
class Freshness:
    """How new one source's data are, relative to the week's end."""

    layer: str
    name: str
    last_period: str | None
    newest_released_on: date | None
    expected_next_period: str | None
    expected_next_date: date | None
    state: str
    """'current', 'late', 'not_published' or 'no_answer'."""
    carried_forward: int


def read_freshness(con: duckdb.DuckDBPyConnection, week: str) -> tuple[Freshness, ...]:
    """How new each source's data are, one entry a source, in the order of table 15.

    Raises:
        StorageError: the warehouse holds no marts of the week.
    """
    try:
        rows = con.execute(_ROWS, [week]).fetchall()
    except duckdb.CatalogException:
        rows = []
    if not rows:
        raise StorageError(f"no marts of {week} yet; make them: tradeflow run --week {week}")
    return tuple(Freshness(*row) for row in rows)
