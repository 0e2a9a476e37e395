"""The marts the critical-minerals report reads: those of the last week that had closed."""

from __future__ import annotations

from typing import Any

import duckdb

from tradeflow.briefing.marts import GRAINS, load_marts
from tradeflow.briefing.mineral_changes import basis
from tradeflow.briefing.month_marts import MONTH_GRAINS

LAYERS = ("critical_minerals", "cn_export_control", "bilateral_trade_flows")
"""Layers the report rests on, in the order in which it names them."""

_SHARED = (
    "dim_commodities",
    "dim_notices",
    "fct_clause_status",
    "fct_control_exposure_yearly",
    "fct_control_measures",
    "fct_counts",
    "fct_layer_coverage",
    "fct_mineral_bands",
    "fct_mineral_producers_yearly",
    "fct_mineral_production_yearly",
    "fct_review_items",
    "fct_signals",
)

MINERAL_GRAINS: dict[str, tuple[str, ...]] = {
    name: (GRAINS | MONTH_GRAINS)[name] for name in _SHARED
} | {
    "fct_article_figures": ("figure_key",),
    "fct_clause_intervals": ("notice_key", "clause", "valid_from"),
    "fct_controlled_items": ("notice_key", "material_zh", "hs6"),
    "fct_corrections": ("correction_id",),
    "fct_economy_strategies": ("strategy_no",),
    "fct_exposed_imports_yearly": ("reporter_iso3", "year", "control_status"),
    "fct_material_industries": ("link_no",),
    "fct_material_shares": ("share_key",),
    "fct_policy_timeline": ("event_no", "notice_key"),
    "fct_rare_earth_elements": ("symbol",),
}
"""Every mart the report reads, with the columns that identify a row."""


def mineral_basis(con: duckdb.DuckDBPyConnection, week: str) -> dict[str, Any]:
    """What a report of a week's marts rests on, for telling when the next one is due.

    Raises:
        BriefError: the week has no facts; it has not been materialised.
    """
    return basis(load_marts(con, week, MINERAL_GRAINS))
