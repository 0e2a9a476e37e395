"""How fresh each layer is, and where the data come from under which terms."""

from __future__ import annotations

from collections.abc import Iterator

from tradeflow.site.figures import FigureBook
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View


def source_pages(view: View) -> Iterator[Page]:
    """The status page and the page of sources and licences."""
    layers = sorted(view.marts.rows("fct_layer_coverage"), key=lambda row: row["sort_order"])
    for name, path, title, description in (
        ("status", "status/index.html", "資料狀態", "每個資料層的最新期間、下一期與是否逾期。"),
        ("sources", "sources/index.html", "來源與授權", "資料來源、涵蓋期間、版本與授權條款。"),
    ):
        book = FigureBook(view.glossary, "../", set(view.receipts))
        body = (
            environment()
            .get_template(f"{name}.html.j2")
            .render(
                layers=layers,
                week=view.marts.week,
                checks=view.marts.checks,
                term=view.glossary.term,
                figure=book.fact,
            )
        )
        yield Page(path, title, description, body + book.notes())
