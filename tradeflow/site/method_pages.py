"""Indicators and method: thresholds with their reasons, and a page for each model."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt

from tradeflow.bundled import indicators_page
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View

_TRAIL = (("指標與方法", "method/index.html"),)


def indicators_html() -> str | None:
    """The definitions of the indicators, without the title; None where they are not at hand."""
    text = indicators_page()
    if text is None:
        return None
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    return reader.render(text.partition("\n")[2])


def method_pages(view: View) -> Iterator[Page]:
    """The page of indicators and limits, and one for each mart."""
    project = view.project
    marts = [model for model in project.models.values() if model.layer == "marts"]
    body = (
        environment()
        .get_template("method.html.j2")
        .render(
            indicators=indicators_html(),
            thresholds=sorted(project.thresholds.items()),
            models=marts,
        )
    )
    yield Page(
        "method/index.html",
        "指標與方法",
        "指標的定義、門檻及其理由，每張資料表的欄位與單位。",
        body,
    )
    for model in marts:
        body = environment().get_template("model.html.j2").render(model=model)
        yield Page(
            path=f"method/models/{model.name}.html",
            title=model.name,
            description=model.contract.description[:150],
            body=body,
            trail=_TRAIL,
            structured={"@type": "Dataset", "name": model.name},
            searchable=False,
        )
