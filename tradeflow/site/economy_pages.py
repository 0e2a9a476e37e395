"""A page per economy: its partners, its concentration over the years, its trade with China."""

from __future__ import annotations

from collections.abc import Iterator

from tradeflow.site.figures import FigureBook
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View

_PARTNERS = 20


def economy_pages(view: View) -> Iterator[Page]:
    """The list of economies, and a page for each reporter."""
    marts = view.marts
    reporters = list(
        dict.fromkeys(row["reporter_iso3"] for row in marts.rows("fct_reporter_flows_yearly"))
    )
    economy = marts.economies.__getitem__
    body = (
        environment().get_template("economies.html.j2").render(reporters=reporters, economy=economy)
    )
    yield Page(
        "economies/index.html",
        "經濟體",
        "六個經濟體的貿易夥伴、市場集中度與對中國的依賴。",
        body,
        structured={"@type": "CollectionPage"},
    )
    for iso3 in reporters:
        book = FigureBook(view.glossary, "../", set(view.receipts))
        flows = {flow: _partners(view, iso3, flow) for flow in ("X", "M")}
        body = (
            environment()
            .get_template("economy.html.j2")
            .render(
                name=economy(iso3),
                totals=sorted(
                    marts.rows("fct_reporter_flows_yearly", reporter_iso3=iso3),
                    key=lambda row: (row["flow"] != "X", -row["year"]),
                ),
                concentration=sorted(
                    marts.rows("fct_concentration_yearly", reporter_iso3=iso3),
                    key=lambda row: (row["flow"] != "X", -row["year"]),
                ),
                balances=sorted(
                    marts.rows("fct_trade_balances_yearly", reporter_iso3=iso3, partner_code=156),
                    key=lambda row: -row["year"],
                ),
                flows=flows,
                term=view.glossary.term,
                figure=book.fact,
            )
        )
        yield Page(
            path=f"economies/{iso3}.html",
            title=f"{economy(iso3)}：貿易夥伴與集中度",
            description=f"{economy(iso3)}的前二十大貿易夥伴、歷年市場集中度與對中國的貿易。",
            body=body + book.notes(),
            trail=(("經濟體", "economies/index.html"),),
            structured={
                "@type": "Dataset",
                "license": "https://comtradeplus.un.org/",
                "creator": {"@type": "Organization", "name": "tradeflow"},
            },
        )


def _partners(view: View, iso3: str, flow: str) -> list:
    rows = view.marts.rows("fct_partner_flows_yearly", reporter_iso3=iso3, flow=flow)
    ranked = [row for row in rows if row["is_latest"] and row["partner_rank"] is not None]
    return sorted(ranked, key=lambda row: row["partner_rank"])[:_PARTNERS]
