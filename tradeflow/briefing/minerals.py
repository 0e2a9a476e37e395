"""What the critical-minerals report puts into its frame: tables, charts and template calls."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from tradeflow.briefing.charts_data import ChartData
from tradeflow.briefing.charts_exposure import exposure_matrix
from tradeflow.briefing.charts_minerals import state_matrix, top_shares
from tradeflow.briefing.content import Content
from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.followup import review_words
from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.mineral_controls import (
    item_table,
    mineral_controls,
    state_table,
    timeline_table,
)
from tradeflow.briefing.mineral_impact import (
    exposure_table,
    impact,
    import_table,
    industry_table,
)
from tradeflow.briefing.mineral_marts import LAYERS
from tradeflow.briefing.mineral_messages import mineral_messages
from tradeflow.briefing.mineral_response import (
    advice,
    advice_table,
    article_advice,
    cited,
    cited_value,
    correction_table,
    strategies,
    strategy_table,
)
from tradeflow.briefing.mineral_supply import (
    band_table,
    other_producers,
    producer_table,
    rare_earth_table,
    rare_earths,
    supply,
)
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.policy_section import status_text
from tradeflow.briefing.quality import check_table, layer_limits, source_table
from tradeflow.briefing.tables import renumbered
from tradeflow.periods import Year


def compose_minerals(marts: Marts, glossary: Glossary, issue: Issue, pen: Pen) -> Content:
    """The contents of a year's report.

    Raises:
        BriefError: the issue is not about a year.
    """
    if not isinstance(issue.period, Year):
        raise BriefError(f"the critical-minerals report is of a year, not of {issue.period}")
    own = _of_own_layers(marts)
    produced, earths = supply(marts), rare_earths(marts)
    controlled = mineral_controls(marts, issue.period, issue.as_of)
    reached, advised = impact(marts), advice(marts)
    tables = (
        producer_table(produced, pen, glossary),
        band_table(produced, pen, glossary),
        rare_earth_table(earths, marts, pen, glossary),
        timeline_table(controlled, marts, pen, glossary),
        state_table(controlled, pen, glossary),
        item_table(marts, pen, glossary),
        exposure_table(reached, marts, pen, glossary),
        import_table(reached, marts, pen, glossary),
        industry_table(marts, pen, glossary),
        strategy_table(marts, pen, glossary),
        advice_table(advised, marts, pen, glossary),
        renumbered(12, check_table(marts, pen, glossary), MINERALS),
        correction_table(marts, pen, glossary),
        renumbered(14, source_table(own, pen, glossary), MINERALS),
    )
    context: dict[str, Any] = {
        "messages": mineral_messages(marts, produced, earths, controlled),
        "supply": produced,
        "controls": controlled,
        "impact": reached,
        "advice": advised,
        "earths_differ": earths.classes_differ,
        "free_earths": earths.of("not_controlled"),
        "cited": cited(marts),
        "figure_gap": partial(glossary.term, "figure_gap"),
        "cited_value": lambda row: cited_value(row, pen, glossary),
        "article_advice": article_advice(marts),
        "targets": dict.fromkeys(
            row["economies_zh"] for row in strategies(marts) if row["value"] is not None
        ),
        "other_producers": partial(other_producers, marts),
        "limits": layer_limits(own),
        "review_rows": marts.rows("fct_review_items", is_open=True),
        **review_words(marts, glossary, pen),
        "notice_of": partial(_notice_of, marts, pen),
        "notice_row": lambda row: marts.one("dim_notices", notice_key=row["notice_key"]),
        "status": lambda row: status_text(row, pen, glossary),
    }
    candidates: dict[str, ChartData | None] = {
        "top_shares": top_shares(marts),
        "state_matrix": state_matrix(marts, issue.as_of),
        "exposure_matrix": exposure_matrix(marts),
    }
    charts = {name: chart for name, chart in candidates.items() if chart is not None}
    return Content(tables, charts, context)


def _of_own_layers(marts: Marts) -> Marts:
    """The marts with the coverage of the layers this report rests on."""
    rows = tuple(row for row in marts.rows("fct_layer_coverage") if row["layer"] in LAYERS)
    return replace(marts, tables={**marts.tables, "fct_layer_coverage": rows})


def _notice_of(marts: Marts, pen: Pen, row: Row) -> str:
    """How reports name the notice a row is about."""
    notice = marts.one("dim_notices", notice_key=row["notice_key"])
    return pen.notice(notice) if notice else pen.unregistered(row, "notice_key")
