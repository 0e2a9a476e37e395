"""The registry of notices: what each controls, its state by clause, and the dates to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from tradeflow.briefing.chinese import notice_key_zh, plain, traditional
from tradeflow.briefing.marts import Row
from tradeflow.site.drawings import Interval, timeline
from tradeflow.site.entity_pages import list_path
from tradeflow.site.figures import FigureBook
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View

_TRAIL = (("公告", "notices/index.html"),)
_WHOLE = "全部"


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
    names = {row["notice_key"]: row["label_zh"] for row in marts.rows("dim_notices")}
    clause = _clause_names(marts.rows("fct_clause_intervals"))
    book = FigureBook(view.glossary, "../", set(view.receipts))
    shared = {
        "clause": clause,
        "term": view.glossary.term,
        "economy": lambda iso3: marts.economies.get(iso3, iso3),
        "traditional": traditional,
        "label": lambda key: names.get(key) or notice_key_zh(key),
        "pages": {notice["notice_key"] for notice in notices},
        "as_of": view.as_of,
    }
    materials = sorted({name for notice in notices for name in notice["materials_zh"] or ()})
    economies = sorted({iso3 for notice in notices for iso3 in notice["target_iso3"] or ()})
    states = {
        key: sorted({row["status"] for row in rows if row["status"]})
        for key, rows in clauses.items()
    }
    body = (
        environment()
        .get_template("notices.html.j2")
        .render(
            notices=notices,
            clauses=clauses,
            calendar=marts.rows("fct_expiry_calendar"),
            materials=materials,
            economies=economies,
            states=states,
            every_state=sorted({state for one in states.values() for state in one}),
            figure=book.fact,
            **shared,
        )
    )
    yield Page(
        "notices/index.html",
        "公告與狀態",
        "出口管制公告的登記簿：每一則與每一款目前的狀態、接下來的日期。",
        body + book.notes(),
        structured={"@type": "CollectionPage"},
        script="registry.js",
        modified=view.as_of,
    )
    for notice in notices:
        yield _notice_page(view, notice, clauses.get(notice["notice_key"], []), shared)


def _notice_page(view: View, notice: Row, clauses: list[Row], shared: dict[str, Any]) -> Page:
    book = FigureBook(view.glossary, "../", set(view.receipts))
    key, marts = notice["notice_key"], view.marts
    intervals = marts.rows("fct_clause_intervals", notice_key=key)
    links = [
        row
        for row in marts.rows("fct_notice_links")
        if key in (row["to_notice_key"], row["from_notice_key"])
    ]
    title = traditional(plain(notice["title_zh_hans"] or notice["label_zh"]))
    body = (
        environment()
        .get_template("notice.html.j2")
        .render(
            notice=notice,
            issuers=[traditional(name) for name in notice["issuers"] or ()],
            title=title,
            clauses=clauses,
            intervals=intervals,
            drawing=_drawing(intervals, view, shared["clause"]),
            events=marts.rows("fct_clause_events", notice_key=key),
            acting=[row for row in links if row["to_notice_key"] == key],
            acted=[row for row in links if row["from_notice_key"] == key],
            listed=marts.rows("fct_entity_listings", notice_key=key),
            list_path=list_path,
            figure=book.fact,
            **shared,
        )
    )
    return Page(
        path=f"notices/{key}.html",
        title=f"{notice['label_zh']}　{title}"[:80],
        description=f"{notice['label_zh']}：{title}",
        body=body + book.notes(),
        trail=_TRAIL,
        structured={
            "@type": "WebPage",
            "about": {
                "@type": "Legislation",
                "@id": f"site:notices/#{key}",
                "name": title,
                "legislationIdentifier": notice["label_zh"],
                **({"datePublished": str(notice["issue_date"])} if notice["issue_date"] else {}),
            },
        },
        modified=view.as_of,
    )


def _clause_names(intervals: Sequence[Row]) -> Callable[[str, str | None], str]:
    """How a clause of a notice is named: 第一款第三項, or as the mart writes it."""
    names = {
        (row["notice_key"], row["clause"]): row.values.get("clause_label") for row in intervals
    }
    return lambda key, clause: names.get((key, clause)) or clause or _WHOLE


def _drawing(intervals: Sequence[Row], view: View, clause: Callable[[str, str | None], str]) -> str:
    rows: dict[str, list[Interval]] = {}
    for row in intervals:
        states = rows.setdefault(clause(row["notice_key"], row["clause"]), [])
        states.append(Interval(row["status"], row["valid_from"], row["valid_to"]))
    if not rows:
        return ""
    names = {row["status"]: view.glossary.term("status", row["status"]) for row in intervals}
    return timeline(list(rows.items()), date.fromisoformat(view.as_of), names)
