"""The pages of the reports: each issue with its neighbours, and the list of each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tradeflow.briefing.frames.frame import Frame
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
        folder = issue.path.removesuffix("index.html")
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
                "author": {"@id": "site:#publisher"},
                "mainEntityOfPage": f"site:{folder}",
                "articleSection": issue.frame.name_zh,
                "version": issue.record["data_version"],
                "encoding": {
                    "@type": "MediaObject",
                    "contentUrl": f"site:{folder}{issue.key}-{issue.frame.stem}.md",
                    "encodingFormat": "text/markdown",
                },
            },
            feed=(issue.frame.name_zh, f"{issue.frame.folder}/feed.xml"),
            modified=issue.record["as_of"],
        )


def kind_page(frame: Frame, issues: Sequence[Published]) -> Page:
    """The list of one kind's issues, newest first."""
    newest = issues[0].key if issues else None
    template = environment().get_template("kind.html.j2")
    return Page(
        path=f"{frame.folder}/index.html",
        title=frame.name_zh,
        description=f"{frame.name_zh}各期，最新在前。",
        body=template.render(name=frame.name_zh, issues=issues, newest=newest),
        structured={
            "@type": "CollectionPage",
            "mainEntity": {
                "@type": "ItemList",
                "itemListElement": [
                    {
                        "@type": "ListItem",
                        "position": place,
                        "name": issue.title,
                        "url": f"site:{issue.path.removesuffix('index.html')}",
                    }
                    for place, issue in enumerate(issues, 1)
                ],
            },
        },
        feed=(frame.name_zh, f"{frame.folder}/feed.xml"),
        modified=issues[0].record["as_of"] if issues else None,
    )
