"""Indicators and method: definitions with worked examples, thresholds with their reasons."""

from __future__ import annotations

from markdown_it import MarkdownIt

from tradeflow.bundled import indicators_page
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View

_SCROLL = '<div class="scroll" role="region" tabindex="0" aria-label="表">'


def indicators_html() -> str | None:
    """The definitions of the indicators, without the title; None where they are not at hand."""
    text = indicators_page()
    if text is None:
        return None
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    return with_scrolling_tables(reader.render(text.partition("\n")[2]))


def with_scrolling_tables(html: str) -> str:
    """Rendered Markdown whose wide parts scroll inside themselves, its table heads scoped."""
    return (
        html.replace("<th>", '<th scope="col">')
        .replace("<table>", f"{_SCROLL}<table>")
        .replace("</table>", "</table></div>")
        .replace("<pre>", '<pre tabindex="0">')
    )


def method_page(view: View) -> Page:
    """The page of indicators and limits."""
    body = (
        environment()
        .get_template("method.html.j2")
        .render(
            indicators=indicators_html(),
            thresholds=sorted(view.project.thresholds.items()),
        )
    )
    return Page(
        "method/index.html",
        "指標與方法",
        "指標的定義、出處、單位與算例，門檻及其理由。",
        body,
    )
