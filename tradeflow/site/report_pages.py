"""The pages of the reports: each issue with its neighbours, and the list of each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tradeflow.briefing.glossary import Glossary
from tradeflow.site.figures import FigureBook
from tradeflow.site.library import Published
from tradeflow.site.page import Page
from tradeflow.site.shell import environment


def report_pages(
    issues: Sequence[Published], glossary: Glossary, receipts: set[str]
) -> Iterator[Page]:
    """A page for each issue of one kind.

    Args:
        issues: newest first.
        receipts: answers that have a page of their own.
    """
    for place, issue in enumerate(issues):
        depth = "../" * issue.path.count("/")
        book = FigureBook(glossary, depth, receipts)
        main = book.report(issue.main, issue.record)
        summary = (issue.record["key_messages"] or [issue.title])[0]
        body = (
            environment()
            .get_template("report.html.j2")
            .render(
                main=main,
                notes=book.notes(),
                issue=issue,
                tables=[path.name for path in issue.tables],
                earlier=issues[place + 1] if place + 1 < len(issues) else None,
                later=issues[place - 1] if place else None,
            )
        )
        yield Page(
            path=issue.path,
            title=issue.title,
            description=summary,
            body=body,
            trail=((issue.frame.name_zh, f"{issue.frame.folder}/index.html"),),
            structured={
                "@type": "Article",
                "headline": issue.title,
                "datePublished": issue.record["as_of"],
                "dateModified": issue.record["as_of"],
                "author": {"@type": "Organization", "name": "tradeflow"},
                "version": issue.record["data_version"],
            },
        )


def kind_page(name_zh: str, folder: str, issues: Sequence[Published]) -> Page:
    """The list of one kind's issues, newest first."""
    body = environment().get_template("kind.html.j2").render(name=name_zh, issues=issues)
    return Page(
        path=f"{folder}/index.html",
        title=name_zh,
        description=f"{name_zh}各期，最新在前。",
        body=body,
        structured={"@type": "CollectionPage"},
    )
