"""What the monthly report puts into its frame: its tables, charts and what its templates call."""

from __future__ import annotations

from functools import partial
from typing import Any

from tradeflow.briefing import chinese
from tradeflow.briefing.charts_data import charts_of
from tradeflow.briefing.charts_exposure import exposure_matrix
from tradeflow.briefing.comparisons import comparison_table, counted
from tradeflow.briefing.comparisons import comparisons as comparisons_of
from tradeflow.briefing.concentration import concentration_story
from tradeflow.briefing.content import Content
from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.followup import pending_mark, review_words
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.key_messages import brief_contents
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.month_controls import (
    alternative_table,
    alternatives,
    calendar_table,
    controls,
    due_name,
    exposure_table,
    measure_table,
    notice_status,
)
from tradeflow.briefing.month_figures import lacks_history, summary_table
from tradeflow.briefing.month_marts import MonthMarts
from tradeflow.briefing.month_messages import Told, month_messages
from tradeflow.briefing.month_outlook import indicator_table, macro_table, world
from tradeflow.briefing.month_signals import item, run_is_cut, signals
from tradeflow.briefing.month_structure import (
    dependencies,
    dependency_table,
    flow_concentration,
    most_concentrated,
    partner_table,
    partners,
    product_table,
    products,
)
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.policy_section import policy_section, status_text
from tradeflow.briefing.quality import check_table, limits, source_table
from tradeflow.briefing.related import no_documents, search_table
from tradeflow.briefing.tables import renumbered
from tradeflow.briefing.us_trade import us_section
from tradeflow.reference import elements

_CHARTS = (
    "deficits",
    "partners",
    "concentration",
    "concentration_years",
    "exposure_matrix",
    "timeline",
    "policy_series",
)
"""The charts that the report prints, in order of appearance."""


def compose_monthly(marts: Marts, glossary: Glossary, issue: Issue, pen: Pen) -> Content:
    """The contents of a month's report.

    Raises:
        BriefError: the marts were read without the history of the months before.
    """
    if not isinstance(marts, MonthMarts):
        raise BriefError(f"{issue.period}: the marts lack what earlier months knew")
    us, policy = us_section(marts), policy_section(marts)
    controlled, setting, comparisons = controls(marts), world(marts), marts.comparisons or {}
    markets, sources = partners(marts, "TWN", "X"), partners(marts, "CHN", "M")
    entries, dependent, elsewhere = products(marts), dependencies(marts), alternatives(marts)
    tables = (
        summary_table(marts, comparisons, pen, glossary),
        flow_concentration(marts, pen, glossary, "X"),
        partner_table(markets, pen, glossary),
        flow_concentration(marts, pen, glossary, "M"),
        partner_table(sources, pen, glossary),
        product_table(entries, pen, glossary),
        dependency_table(dependent, marts, pen, glossary),
        measure_table(controlled, marts, pen, glossary),
        exposure_table(controlled, marts, pen, glossary),
        calendar_table(controlled, marts, pen, glossary),
        alternative_table(elsewhere, marts, pen, glossary),
        macro_table(setting, pen, glossary),
        indicator_table(marts, pen, glossary),
        comparison_table(marts, pen, glossary, 14, MONTHLY),
        renumbered(15, check_table(marts, pen, glossary), MONTHLY),
        search_table(marts, pen, glossary, 16, MONTHLY),
        renumbered(17, source_table(marts, pen, glossary), MONTHLY),
    )
    compared = comparisons_of(marts)
    told = Told(marts, us, policy, controlled, setting)
    charts = charts_of(marts, us, policy)
    if (matrix := exposure_matrix(marts)) is not None:
        charts["exposure_matrix"] = matrix
    context: dict[str, Any] = {
        "messages": month_messages(told),
        "signals": signals(marts),
        "item": item,
        "run_is_cut": partial(run_is_cut, marts),
        "compared": compared,
        "compared_count": lambda name: counted(compared, pen, name),
        "us": us,
        "policy": policy,
        "controls": controlled,
        "due": lambda row: due_name(marts, row, pen),
        "markets": markets,
        "supplies": sources,
        "most": most_concentrated(entries),
        "dependencies": dependent,
        "alternatives": elsewhere,
        "world": setting,
        "concentration": concentration_story(marts),
        "limits": limits(marts),
        "missing": marts.missing,
        "lacks_history": lacks_history(comparisons),
        "element": _element,
        "since": marts.since,
        "layers": sorted(marts.rows("fct_layer_coverage"), key=lambda r: r["sort_order"]),
        "foreign": [r for r in policy.tracked if _is_foreign(marts, r)],
        "review_rows": marts.rows("fct_review_items", is_open=True),
        "count_of": partial(_count_of, marts),
        **review_words(marts, glossary, pen),
        "brief_contents": brief_contents,
        "pending": partial(pending_mark, marts, glossary),
        "status": lambda row: status_text(row, pen, glossary),
        "notice_status": lambda row: notice_status(marts, row, pen, glossary),
        "year_before_span": partial(_year_before_span, pen),
        "is_converted": lambda title: chinese.title_subject(title) != title,
        "month_row": lambda iso3: marts.one(
            "fct_us_trade_monthly", partner_iso3=iso3, is_latest=True
        ),
        "row_of": marts.one,
        "no_documents": no_documents(marts, glossary),
    }
    return Content(tables, {name: charts[name] for name in _CHARTS if name in charts}, context)


def _is_foreign(marts: Marts, row: Row) -> bool:
    notice = marts.one("dim_notices", notice_key=row["notice_key"])
    return notice is not None and bool(notice["is_foreign"])


def _element(symbol: str) -> str:
    """The name of an element; other materials are named as they are."""
    return next((e.name_zh_tw for e in elements() if e.symbol == symbol), chinese.inert(symbol))


def _count_of(marts: Marts, name: str, expected: int) -> Fact | None:
    fact = marts.count(name)
    return fact if fact is not None and fact.number == expected else None


def _year_before_span(pen: Pen, ytd: Row) -> str:
    first, last = (
        f"{int(month[:4]) - 1}{month[4:]}" for month in (ytd["first_month"], ytd["through_month"])
    )
    return pen.period(f"zh:{first}" if first == last else f"zh:{first}..{last}")
