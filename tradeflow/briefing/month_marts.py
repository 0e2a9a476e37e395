"""The marts a monthly report reads: those of its last week, and what earlier months knew.

The rows of the last week come as for a brief. Beside them stand, under `@`, the figures of the
last weeks of the three months before (`history.py`), as far as their sources answer for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import duckdb

from tradeflow.briefing.history import MONTHS, Compared, Earlier, compare
from tradeflow.briefing.marts import GRAINS, Marts, load_marts
from tradeflow.briefing.month_figures import FIGURES
from tradeflow.periods import TAIPEI, Month, Week

MONTH_GRAINS: dict[str, tuple[str, ...]] = GRAINS | {
    "dim_commodities": ("commodity_code",),
    "fct_clause_events": ("notice_key", "clause", "event_no"),
    "fct_clause_status": ("notice_key", "clause"),
    "fct_control_exposure_yearly": (
        "notice_key",
        "clause_label",
        "hs6",
        "reporter_iso3",
        "year",
    ),
    "fct_control_measures": ("notice_key", "clause_label"),
    "fct_control_severity": ("notice_key", "clause_label"),
    "fct_dependency_flags_yearly": ("reporter_iso3", "year", "commodity_code"),
    "fct_expiry_calendar": ("event_date", "notice_key", "clause", "event"),
    "fct_macro_indicators_yearly": ("iso3", "indicator_code", "year"),
    "fct_mineral_bands": ("band",),
    "fct_mineral_producers_yearly": ("mineral_code", "year", "economy_iso3"),
    "fct_mineral_production_yearly": ("mineral_code", "year"),
    "fct_product_concentration_yearly": ("reporter_iso3", "flow", "year"),
    "fct_signals": ("rule_id", "item_key"),
    "fct_source_comparisons": (
        "comparison",
        "reporter_iso3",
        "partner_iso3",
        "flow",
        "year",
    ),
    "fct_watch_indicators": ("indicator_id",),
}
"""Every mart a monthly report reads, with the columns that identify a row."""

_COMPARED_GRAINS = {
    name: GRAINS[name]
    for name in (
        "fct_concentration_yearly",
        "fct_counts",
        "fct_reporter_flows_yearly",
        "fct_tracked_measures",
        "fct_us_trade_monthly",
    )
} | {"fct_signals": MONTH_GRAINS["fct_signals"]}


@dataclass(frozen=True)
class MonthMarts(Marts):
    """The marts of a month's last week, with what earlier months knew."""

    since: date = date.min
    """First day the report tells news of: the day after the month before was closed."""
    comparisons: Mapping[str, Compared] | None = None
    """Key of a `FIGURES` line → the figure with its history."""
    missing: tuple[Month, ...] = ()
    """Earlier months whose last week could not be read, the newest first."""
    before: Marts | None = None
    """The marts of the last week of the month before, or None."""


def load_month(
    con: duckdb.DuckDBPyConnection, month: Month, week: Week, history: Sequence[Week]
) -> MonthMarts:
    """Read the marts of `week`, the last of `month`, and the history they are compared with.

    Args:
        history: the last weeks of earlier months that may be read; the others count as missing,
            so that a report is the same whatever else the warehouse has come to hold.

    Raises:
        BriefError: the week has no facts; it has not been materialised.
    """
    own = load_marts(con, week.key, MONTH_GRAINS)
    return with_history(own, earlier_months(con, month, history))


def with_history(own: Marts, earlier: Sequence[Earlier]) -> MonthMarts:
    """The marts with the comparisons of every figure of the summary.

    Args:
        earlier: the newest month first.
    """
    comparisons = {
        figure.key: compare(current, figure.fact, earlier, figure.change)
        for figure in FIGURES
        if (current := figure.fact(own)) is not None
    }
    made = {fact.fact_id: fact for each in comparisons.values() for fact in each.facts}
    shared = {name: getattr(own, name) for name in ("week", "tables", "checks", "economies")}
    return MonthMarts(
        **shared,
        facts={**own.facts, **made},
        since=earlier[0].week.end + timedelta(days=1),
        comparisons=comparisons,
        missing=tuple(each.month for each in earlier if each.marts is None),
        before=earlier[0].marts,
    )


def earlier_months(
    con: duckdb.DuckDBPyConnection, month: Month, history: Sequence[Week]
) -> list[Earlier]:
    """The months before `month`, the newest first, with what their last weeks knew.

    Raises:
        BriefError: a week of `history` has no facts; it has not been materialised.
    """
    return [
        Earlier(
            each, week, load_marts(con, week.key, _COMPARED_GRAINS) if week in history else None
        )
        for each, week in weeks_of_history(month)
    ]


def weeks_of_history(month: Month) -> Iterator[tuple[Month, Week]]:
    """The months that `month` is compared with and the last week of each, the newest first."""
    each = month
    for _ in range(MONTHS):
        each = each.previous()
        yield each, each.last_week(datetime.combine(each.next().start, time(), TAIPEI))
