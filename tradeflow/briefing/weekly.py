"""What the weekly brief puts into its frame: its tables, charts and what its templates call."""

from __future__ import annotations

from functools import partial
from typing import Any

from tradeflow.briefing import chinese
from tradeflow.briefing.charts_data import charts_of
from tradeflow.briefing.comparisons import comparison_table, comparisons, counted
from tradeflow.briefing.concentration import concentration_story, concentration_table
from tradeflow.briefing.content import Content
from tradeflow.briefing.exposure import exposure_table, exposures
from tradeflow.briefing.followup import (
    changes_table,
    pending_mark,
    review_words,
    watch_table,
)
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.key_messages import brief_contents, key_messages
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.policy_section import (
    PolicySection,
    new_documents_table,
    policy_section,
    status_text,
    tracked_table,
)
from tradeflow.briefing.quality import check_table, limits, source_table
from tradeflow.briefing.related import no_documents, search_table
from tradeflow.briefing.us_trade import monthly_table, us_section, ytd_table
from tradeflow.briefing.yearly import balance_table, china_balances, flow_section, flow_table


def compose_weekly(marts: Marts, glossary: Glossary, issue: Issue, pen: Pen) -> Content:
    """The contents of a week's brief."""
    us, policy, exposed = us_section(marts), policy_section(marts), exposures(marts)
    tables = (
        flow_table(marts, pen, glossary, "X"),
        flow_table(marts, pen, glossary, "M"),
        balance_table(marts, pen, glossary),
        monthly_table(us, pen, glossary),
        ytd_table(us, pen, glossary),
        new_documents_table(policy, pen, glossary),
        tracked_table(policy, pen, glossary),
        exposure_table(exposed, marts, pen, glossary),
        concentration_table(marts, pen, glossary),
        watch_table(marts, pen, glossary),
        changes_table(marts, pen, glossary),
        comparison_table(marts, pen, glossary),
        check_table(marts, pen, glossary),
        search_table(marts, pen, glossary),
        source_table(marts, pen, glossary),
    )
    kind = "dated" if us.calendar_dated else "plain"
    context: dict[str, Any] = {
        "messages": key_messages(marts, us, policy, issue.week.start),
        "exports": flow_section(marts, "X"),
        "imports": flow_section(marts, "M"),
        "balances": china_balances(marts),
        "us": us,
        "us_note": glossary.term("us_note", kind),
        "policy": policy,
        "exposed": exposed,
        "concentration": concentration_story(marts),
        "limits": limits(marts),
        "review_rows": marts.rows("fct_review_items", is_open=True),
        "has_previous": bool(marts.rows("fct_week_changes")),
        "compared": comparisons(marts),
        "compared_count": lambda name: counted(comparisons(marts), pen, name),
        "no_documents": no_documents(marts, glossary),
        "brief_contents": brief_contents,
        "count_of": partial(_count_of, marts),
        "is_converted": lambda title: chinese.title_subject(title) != title,
        "posted_late": partial(_posted_late, policy, issue),
        **review_words(marts, glossary, pen),
        "pending": partial(pending_mark, marts, glossary),
        "status": lambda row: status_text(row, pen, glossary),
        "year_before_span": partial(_year_before_span, pen),
    }
    return Content(tables, charts_of(marts, us, policy), context)


def _posted_late(policy: PolicySection, issue: Issue, rows: list[Row]) -> bool:
    """Whether a notice posted this week was issued before it."""
    dates = [policy.notices[row["notice_key"]]["issue_date"] for row in rows]
    return any(day is not None and day < issue.week.start for day in dates)


def _count_of(marts: Marts, name: str, expected: int) -> Fact | None:
    fact = marts.count(name)
    return fact if fact is not None and fact.number == expected else None


def _year_before_span(pen: Pen, ytd: Row) -> str:
    first, last = (
        f"{int(month[:4]) - 1}{month[4:]}" for month in (ytd["first_month"], ytd["through_month"])
    )
    return pen.period(f"zh:{first}" if first == last else f"zh:{first}..{last}")
