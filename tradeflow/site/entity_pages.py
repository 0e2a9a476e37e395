"""The four lists of entities: how many stand where, and who, on the word of which notice."""

from __future__ import annotations

from collections.abc import Iterator

from tradeflow.briefing.marts import Row
from tradeflow.site.figures import FigureBook
from tradeflow.site.page import Page
from tradeflow.site.shell import environment
from tradeflow.site.view import View

LISTS = ("control_list", "watch_list", "unreliable_entities", "countermeasures")
"""Kinds of lists, in the order of the pages; each has a page even while nobody is on it."""
_SEVERAL = "-"
_TRAIL = (("實體清單", "entities/index.html"),)


def list_path(kind: str) -> str:
    """Where the page of a list lies on the site."""
    return f"entities/{kind.replace('_', '-')}.html"


def entity_pages(view: View) -> Iterator[Page]:
    """The page of all lists with their counts, and one for each list."""
    book = FigureBook(view.glossary, "../", set(view.receipts))
    listings = view.marts.rows("fct_entity_listings")
    shared = {
        "economy": lambda iso3: view.marts.economies.get(iso3, "未指明或多個經濟體"),
        "term": view.glossary.term,
        "as_of": view.as_of,
        "notices": {
            row["notice_key"] for row in view.marts.rows("dim_notices") if not row["is_foreign"]
        },
    }
    counts = sorted(
        view.marts.rows("fct_entity_counts"),
        key=lambda row: (
            LISTS.index(row["list_kind"]),
            row["economy_iso3"] == _SEVERAL,
            -row["entity_count"],
            row["economy_iso3"],
        ),
    )
    body = environment().get_template("entities.html.j2")
    yield Page(
        "entities/index.html",
        "實體清單",
        "中國的管控名單、關注名單、不可靠實體清單與反制清單：各清單各經濟體的家數與狀態。",
        body.render(counts=counts, lists=LISTS, path=list_path, figure=book.fact, **shared)
        + book.notes(),
        structured={"@type": "CollectionPage", "hasPart": [f"site:{list_path(k)}" for k in LISTS]},
        modified=view.as_of,
    )
    for kind in LISTS:
        yield _list_page(view, kind, [row for row in listings if row["list_kind"] == kind], shared)


def _list_page(view: View, kind: str, listings: list[Row], shared: dict) -> Page:
    book = FigureBook(view.glossary, "../", set(view.receipts))
    name = view.glossary.term("entity_list", kind)
    body = environment().get_template("entity_list.html.j2")
    newest_first = sorted(
        listings, key=lambda row: (-row["listed_on"].toordinal(), row["listing_id"], row.key)
    )
    return Page(
        path=list_path(kind),
        title=name,
        description=f"{name}所列的實體：名稱、經濟體、公告、列入日與目前狀態。",
        body=body.render(
            name=name,
            counts=view.marts.rows("fct_entity_counts", list_kind=kind),
            listings=newest_first,
            figure=book.fact,
            **shared,
        )
        + book.notes(),
        trail=_TRAIL,
        structured={"@type": "CollectionPage", "about": name},
        modified=view.as_of,
    )
