"""The home page: this week's key messages, the risk table, how fresh the data are."""

from __future__ import annotations

from tradeflow.site.figures import FigureBook
from tradeflow.site.page import Page
from tradeflow.site.shell import NAME, environment
from tradeflow.site.view import View


def home_page(view: View) -> Page:
    """What a reader sees first."""
    book = FigureBook(view.glossary, "", set(view.receipts))
    newest = {name: listed[0] for name, listed in view.issues.items() if listed}
    weekly = newest.get("trade_briefing")
    concentration = [row for row in view.marts.rows("fct_concentration_yearly") if row["is_latest"]]
    concentration.sort(key=lambda row: (row["flow"] != "X", -(row["hhi_partner"] or 0)))
    body = (
        environment()
        .get_template("home.html.j2")
        .render(
            weekly=weekly,
            newest=list(newest.values()),
            concentration=concentration,
            layers=sorted(view.marts.rows("fct_layer_coverage"), key=lambda row: row["sort_order"]),
            tracked=sorted(
                view.marts.rows("fct_tracked_measures"),
                key=lambda row: (row["next_date"] is None, row["next_date"], row["sort_order"]),
            )[:8],
            economy=view.marts.economies.__getitem__,
            term=view.glossary.term,
            figure=book.fact,
        )
    )
    return Page(
        path="index.html",
        title=NAME,
        description=weekly.record["key_messages"][0] if weekly else NAME,
        body=body + book.notes(),
        structured={"@type": "WebSite"},
    )
