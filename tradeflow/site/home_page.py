"""The home page: this week's key messages and figures, the risk table, how fresh the data are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from html import escape

from tradeflow.briefing.concentration import top_three
from tradeflow.briefing.marts import Fact, Marts
from tradeflow.site.figures import FigureBook
from tradeflow.site.library import Published
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.structured import NAME
from tradeflow.site.view import View

_REFERENCES = re.compile(r"（(?:(?:表|圖) \d+、?)+）$")
_REFERENCE = re.compile(r"(表|圖) (\d+)")
_ANCHOR = {"表": "table", "圖": "figure"}
_MOST_ISSUES = 6
_MOST_DATES = 8


@dataclass(frozen=True)
class KeyNumber:
    """A figure of the home page: what it is, the fact, how it is written, what it counts."""

    name: str
    fact: Fact
    form: str
    unit: str
    note: str
    is_reconstructed: bool


def home_page(view: View) -> Page:
    """What a reader sees first."""
    book = FigureBook(view.glossary, "", set(view.receipts))
    everything = [issue for listed in view.issues.values() for issue in listed]
    weekly = next(iter(view.issues["trade_briefing"]), None)
    concentration = [row for row in view.marts.rows("fct_concentration_yearly") if row["is_latest"]]
    concentration.sort(key=lambda row: (row["flow"] != "X", -(row["hhi_partner"] or 0)))
    layers = sorted(view.marts.rows("fct_layer_coverage"), key=lambda row: row["sort_order"])
    body = (
        environment()
        .get_template("home.html.j2")
        .render(
            weekly=weekly,
            messages=[linked(each, weekly.path) for each in weekly.record["key_messages"]]
            if weekly
            else [],
            numbers=list(_key_numbers(view.marts)),
            issues=sorted(everything, key=_newest_first, reverse=True)[:_MOST_ISSUES],
            kinds=[listed[0].frame for listed in view.issues.values() if listed],
            concentration=concentration,
            layers=layers,
            health=view.health,
            tracked=sorted(
                view.marts.rows("fct_tracked_measures"),
                key=lambda row: (row["next_date"] is None, row["next_date"], row["sort_order"]),
            )[:_MOST_DATES],
            notices={
                row["notice_key"] for row in view.marts.rows("dim_notices") if not row["is_foreign"]
            },
            economy=view.marts.economies.__getitem__,
            term=view.glossary.term,
            figure=book.fact,
            top_three=partial(top_three, view.marts),
        )
    )
    return Page(
        path="index.html",
        title=NAME,
        description=weekly.record["key_messages"][0] if weekly else NAME,
        body=body + book.notes(),
        structured={"@type": "CollectionPage"},
        modified=view.as_of,
    )


def linked(message: str, path: str) -> str:
    """A key message as HTML, its references to tables and charts leading into the report."""

    def link(reference: re.Match[str]) -> str:
        return f'<a href="{path}#{_ANCHOR[reference[1]]}-{reference[2]}">{reference[0]}</a>'

    told = _REFERENCES.search(message)
    if told is None:
        return escape(message)
    return escape(message[: told.start()]) + _REFERENCE.sub(link, told[0])


def _newest_first(issue: Published) -> tuple[str, str]:
    return issue.record["as_of"], issue.path


def _key_numbers(marts: Marts) -> Iterator[KeyNumber]:
    month = marts.one("fct_us_trade_monthly", partner_iso3="TWN", is_latest=True)
    if month is not None and (fact := month.fact("deficit_usd")):
        yield KeyNumber("美國對台灣逆差", fact, "yi", "億美元", month["month"], False)
    year_to_date = marts.one("fct_us_trade_ytd", partner_iso3="TWN", is_latest=True)
    if year_to_date is not None and (fact := year_to_date.fact("imports_yoy_pct")):
        span = f"{year_to_date['first_month']} 至 {year_to_date['through_month']}，較前一年同月份"
        yield KeyNumber("美國自台灣進口年增率", fact, "pct", "", span, False)
    for model, column, name, form, unit in (
        ("fct_reporter_flows_yearly", "value_usd", "台灣出口", "yi", "億美元"),
        ("fct_concentration_yearly", "hhi_partner", "台灣出口市場 HHI", "one", ""),
    ):
        row = marts.one(model, reporter_iso3="TWN", flow="X", is_latest=True)
        if row is not None and (fact := row.fact(column)):
            yield KeyNumber(name, fact, form, unit, f"{row['year']} 年", row.is_reconstructed)
    if fact := marts.count("suspended_measures"):
        yield KeyNumber("暫停實施的管制措施", fact, "whole", "項", "含期滿日已定者", False)
    for row in marts.rows("fct_expiry_calendar")[:1]:
        if fact := row.fact("days_left"):
            yield KeyNumber(
                "距最近的到期或生效日", fact, "whole", "天", f"{row['event_date']}", False
            )
