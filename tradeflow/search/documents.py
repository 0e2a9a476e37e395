"""The documents of a week: notices and news pages of the ministry, and data cards.

Here: what a document is and what of it is searched beside its text; all pages of a notice are
one document. Not here: cutting into clauses (`chunks.py`), the cards' words (`cards.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

POLICY_LAYER = "cn_export_control"


@dataclass(frozen=True)
class Page:
    """A stored page of a document; its text is read from `raw.mofcom__pages`."""

    url: str
    response_id: str
    row_number: int
    title: str
    page_date: date | None


@dataclass(frozen=True)
class Document:
    """What is found. Either `pages` hold its text, or `text` does (a data card)."""

    id: str
    """The notice key, the page's address, or `card:<layer>/<category>/<economy>`."""
    layer: str
    category: str
    title: str
    url: str | None
    notice_key: str | None
    document_type: str | None
    year: int | None
    number: int | None
    issue_date: date | None
    page_date: date | None
    released_on: date
    materials: tuple[str, ...]
    economies: tuple[str, ...]
    is_unconfirmed: bool
    is_reconstructed: bool
    pages: tuple[Page, ...] = ()
    text: str = ""


_PAGES = """
select
    coalesce(pages.notice_key, pages.url) as document_id,
    pages.url, pages.response_id, pages.row_number, pages.title_zh_hans, pages.page_date,
    pages.released_on, pages.notice_key, pages.category, pages.materials, pages.target_iso3,
    pages.is_unconfirmed, pages.document_type, pages.year, pages.number, pages.issue_date,
    notices.title_zh_hans as notice_title, notices.url as notice_url,
    notices.category as notice_category, notices.issue_date as notice_issue_date,
    notices.released_on as notice_released_on, notices.first_page_date,
    notices.target_iso3 as notice_target_iso3, notices.is_unconfirmed as notice_is_unconfirmed
from intermediate.int_pages__released as pages
left join intermediate.int_notices__merged as notices
    on notices.notice_key = pages.notice_key and notices.week = pages.week
where pages.week = $week
order by document_id, pages.url <> coalesce(notices.url, pages.url), pages.released_on, pages.url
"""


def policy_documents(con: duckdb.DuckDBPyConnection, week_key: str) -> Iterator[Document]:
    """The notices and other pages of the ministry that were public at the week's end.

    A notice's pages stand in the order in which they speak for it. Its state is not part of it:
    that is a matter of the day asked about.
    """
    rows = _dicts(con.execute(_PAGES, {"week": week_key}))
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["document_id"], []).append(row)
    for document_id, pages in grouped.items():
        yield _policy_document(document_id, pages)


def _policy_document(document_id: str, rows: list[dict[str, Any]]) -> Document:
    first = rows[0]
    of_notice = first["notice_key"] is not None
    prefix = "notice_" if of_notice else ""
    pages = [
        Page(
            row["url"],
            row["response_id"],
            row["row_number"],
            row["title_zh_hans"] or "",
            row["page_date"],
        )
        for row in rows
    ]
    return Document(
        id=document_id,
        layer=POLICY_LAYER,
        category=first[f"{prefix}category"],
        title=(first["notice_title"] if of_notice else first["title_zh_hans"]) or "",
        url=first["notice_url"] if of_notice else first["url"],
        notice_key=first["notice_key"],
        document_type=first["document_type"],
        year=first["year"] if of_notice else None,
        number=first["number"] if of_notice else None,
        issue_date=first[f"{prefix}issue_date"],
        page_date=first["first_page_date"] if of_notice else first["page_date"],
        released_on=first[f"{prefix}released_on"],
        materials=tuple(dict.fromkeys(each for row in rows for each in row["materials"])),
        economies=tuple(first[f"{prefix}target_iso3"] or ()),
        is_unconfirmed=first[f"{prefix}is_unconfirmed"],
        is_reconstructed=False,
        pages=tuple(pages),
    )


def _dicts(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
