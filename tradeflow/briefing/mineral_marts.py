"""The marts the critical-minerals report reads: those of the last week that had closed."""

from __future__ import annotations

from tradeflow.briefing.marts import GRAINS
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
    "fct_corrections": ("correction_id",),
    "fct_economy_strategies": ("strategy_no",),
    "fct_exposed_imports_yearly": ("reporter_iso3", "year", "control_status"),
    "fct_policy_timeline": ("event_no", "notice_key"),
    "fct_rare_earth_elements": ("symbol",),
}
"""Every mart the report reads, with the columns that identify a row."""
