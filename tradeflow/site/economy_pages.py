"""A page per economy: its partners, its concentration over the years, what it is exposed to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tradeflow.briefing.concentration import top_three
from tradeflow.briefing.marts import Row
from tradeflow.site.drawings import concentration
from tradeflow.site.figures import FigureBook
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View

_PARTNERS = 20
_CODES = 15
"""Rows of the two long tables: the largest partners, the codes with most imports from China."""
_DRAWN_YEARS = 2
"""Years from which on there is a history to draw."""
_LIMITS = (
    ("hhi_2023_moderate", "2023 年準則・中"),
    ("hhi_2010_moderate", "2010 年準則・中"),
    ("hhi_2023_high", "2023 年準則・高"),
    ("hhi_2010_high", "2010 年準則・高"),
)


def economy_pages(view: View) -> Iterator[Page]:
    """The list of economies, and a page for each reporter."""
    marts = view.marts
    reporters = list(
        dict.fromkeys(row["reporter_iso3"] for row in marts.rows("fct_reporter_flows_yearly"))
    )
    economy = marts.economies.__getitem__
    book = FigureBook(view.glossary, "../", set(view.receipts))
    newest = {
        (row["reporter_iso3"], row["flow"]): row
        for row in marts.rows("fct_reporter_flows_yearly", is_latest=True)
    }
    body = (
        environment()
        .get_template("economies.html.j2")
        .render(reporters=reporters, economy=economy, newest=newest, figure=book.fact)
    )
    yield Page(
        "economies/index.html",
        "經濟體",
        f"{len(reporters)} 個經濟體的貿易夥伴、市場集中度與受管制進口的曝險。",
        body + book.notes(),
        structured={"@type": "CollectionPage"},
        modified=view.as_of,
    )
    for iso3 in reporters:
        yield _economy_page(view, iso3)


def _economy_page(view: View, iso3: str) -> Page:
    marts, name = view.marts, view.marts.economies[iso3]
    book = FigureBook(view.glossary, "../", set(view.receipts))
    years = marts.rows("fct_concentration_yearly", reporter_iso3=iso3)
    totals = marts.rows("fct_reporter_flows_yearly", reporter_iso3=iso3)
    body = (
        environment()
        .get_template("economy.html.j2")
        .render(
            name=name,
            totals=sorted(totals, key=_by_flow_and_year),
            concentration=sorted(years, key=_by_flow_and_year),
            drawing=_drawing(view, years),
            balances=sorted(
                marts.rows("fct_trade_balances_yearly", reporter_iso3=iso3, partner_iso3="CHN"),
                key=lambda row: -row["year"],
            ),
            flows={flow: _partners(view, iso3, flow) for flow in ("X", "M")},
            exposed=[
                row
                for row in marts.rows("fct_exposed_imports_yearly", reporter_iso3=iso3)
                if row["is_latest"] and row["code_count"]
            ],
            codes=_exposed_codes(view, iso3),
            dependent=[
                row
                for row in marts.rows("fct_dependency_flags_yearly", reporter_iso3=iso3)
                if row["is_latest"] and row["is_dependent"]
            ],
            term=view.glossary.term,
            figure=book.fact,
            top_three=partial(top_three, view.marts),
        )
    )
    spans = sorted({str(row["year"]) for row in totals})
    return Page(
        path=f"economies/{iso3}.html",
        title=f"{name}：貿易夥伴與集中度",
        description=f"{name}的前 {_PARTNERS} 大夥伴、歷年市場集中度、對中國的貿易與受管制進口。",
        body=body + book.notes(),
        trail=(("經濟體", "economies/index.html"),),
        structured={
            "@type": "Dataset",
            "license": "site:sources/",
            "creator": {"@id": "site:#publisher"},
            "spatialCoverage": name,
            "temporalCoverage": f"{spans[0]}/{spans[-1]}",
            "isBasedOn": "https://comtradeplus.un.org/",
        },
        modified=view.as_of,
    )


def _by_flow_and_year(row: Row) -> tuple[bool, int]:
    return row["flow"] != "X", -row["year"]


def _drawing(view: View, years: list[Row]) -> str:
    series = {
        view.glossary.term("flow", flow): [
            (row["year"], row["hhi_partner"])
            for row in sorted(years, key=lambda row: row["year"])
            if row["flow"] == flow and row["hhi_partner"] is not None
        ]
        for flow in ("X", "M")
    }
    if max(len(values) for values in series.values()) < _DRAWN_YEARS:
        return ""
    limits = sorted((float(view.project.thresholds[key]["value"]), name) for key, name in _LIMITS)
    return concentration(series, limits)


def _partners(view: View, iso3: str, flow: str) -> list[Row]:
    rows = view.marts.rows("fct_partner_flows_yearly", reporter_iso3=iso3, flow=flow)
    ranked = [row for row in rows if row["is_latest"] and row["partner_rank"] is not None]
    return sorted(ranked, key=lambda row: row["partner_rank"])[:_PARTNERS]


def _exposed_codes(view: View, iso3: str) -> list[Row]:
    """The codes under a live control with figures to show, by the imports they carry from China."""
    rows = [
        row
        for row in view.marts.rows("fct_control_exposure_yearly", reporter_iso3=iso3)
        if row["is_latest"]
        and row["is_live"]
        and row["china_share_pct"] is not None
        and row.fact_id("china_share_pct") in view.marts.facts
    ]
    rows.sort(key=lambda row: (-float(row["imports_usd"]) * row["china_share_pct"], row.key))
    by_code: dict[str, Row] = {}
    for row in rows:
        by_code.setdefault(row["hs6"], row)
    return list(by_code.values())[:_CODES]
