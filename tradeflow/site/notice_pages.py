"""The registry of notices: what each controls, its state by clause, and the dates to come."""

from __future__ import annotations

from collections.abc import Iterator

from tradeflow.briefing.chinese import plain, safe_url, traditional
from tradeflow.briefing.marts import Row
from tradeflow.site.figures import FigureBook
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View

_TRAIL = (("公告", "notices/index.html"),)


def notice_pages(view: View) -> Iterator[Page]:
    """The list with its calendar, and a page for each notice."""
    marts = view.marts
    notices = sorted(
        (row for row in marts.rows("dim_notices") if not row["is_foreign"]),
        key=lambda row: (row["issue_date"] or row["released_on"], row["notice_key"]),
        reverse=True,
    )
    clauses: dict[str, list[Row]] = {}
    for row in marts.rows("fct_clause_status"):
        clauses.setdefault(row["notice_key"], []).append(row)
    pending = sorted(
        (row for row in marts.rows("fct_clause_status") if row["next_date"] is not None),
        key=lambda row: (row["next_date"], row.key),
    )
    labels = {row["notice_key"]: row["label_zh"] for row in marts.rows("dim_notices")}
    book = FigureBook(view.glossary, "../", set(view.receipts))
    shared = {
        "term": view.glossary.term,
        "economy": lambda iso3: marts.economies.get(iso3, iso3),
        "plain": plain,
        "safe_url": safe_url,
        "traditional": traditional,
        "labels": labels,
        "as_of": marts.week,
    }
    body = (
        environment()
        .get_template("notices.html.j2")
        .render(notices=notices, clauses=clauses, pending=pending, figure=book.fact, **shared)
    )
    yield Page(
        "notices/index.html",
        "公告與狀態",
        "出口管制公告的登記簿：每一則與每一款目前的狀態、接下來的日期。",
        body + book.notes(),
        structured={"@type": "CollectionPage"},
    )
    for notice in notices:
        yield _notice_page(view, notice, clauses.get(notice["notice_key"], []), shared)


def _notice_page(view: View, notice: Row, clauses: list[Row], shared: dict[str, object]) -> Page:
    book = FigureBook(view.glossary, "../", set(view.receipts))
    key = notice["notice_key"]
    body = (
        environment()
        .get_template("notice.html.j2")
        .render(
            notice=notice,
            clauses=clauses,
            intervals=view.marts.rows("fct_clause_intervals", notice_key=key),
            figure=book.fact,
            **shared,
        )
    )
    title = traditional(plain(notice["title_zh_hans"] or notice["label_zh"]))
    return Page(
        path=f"notices/{key}.html",
        title=f"{notice['label_zh']}　{title}"[:80],
        description=f"{notice['label_zh']}：{title}",
        body=body + book.notes(),
        trail=_TRAIL,
        structured={"@type": "WebPage", "about": notice["label_zh"]},
    )
