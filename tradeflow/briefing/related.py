"""The appendix of related documents: what the search found for the report's questions.

The answers stand among the marts as rows of `search_appendix`, so that the gate holds every
printed cell to them. Scores order related reading; they stand in this appendix alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from tradeflow.briefing import chinese
from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table
from tradeflow.search.appendix import Related
from tradeflow.search.service import Hit

SEARCH = "search_appendix"
Known = TypeVar("Known", bound=Marts)


def with_related(marts: Known, related: Sequence[Related] | None) -> Known:
    """The marts with the answers among them; as they are where there is no index (None)."""
    if related is None:
        return marts
    rows = tuple(
        _row(marts, asked, question.question, hit)
        for asked, question in enumerate(related, 1)
        for hit in question.hits
    )
    return replace(marts, tables={**marts.tables, SEARCH: rows})


def _row(marts: Marts, asked: int, question: str, hit: Hit) -> Row:
    states = sorted({state for _, state in hit.states})
    notice = marts.one("dim_notices", notice_key=hit.notice_key) if hit.notice_key else None
    values: dict[str, Any] = {
        "asked": asked,
        "question": question,
        "document_id": hit.document_id,
        "title": hit.title,
        "url": hit.url,
        "notice_key": hit.notice_key if notice else None,
        "states": states,
        "state": states[0] if len(states) == 1 else None,
        "dated": hit.dated or hit.released_on,
        "released_on": hit.released_on,
        "relevance": hit.relevance,
        "layer": hit.layer,
        "is_unconfirmed": hit.is_unconfirmed,
        "is_reconstructed": hit.is_reconstructed,
        "response_ids": notice["response_ids"] if notice else (),
    }
    return Row(SEARCH, f"{asked}|{hit.rank}", values, {})


def search_table(
    marts: Marts, pen: Pen, glossary: Glossary, number: int = 14, frame: Frame = WEEKLY
) -> Table:
    """The table of related documents, numbered as the report's frame has it."""
    rows = marts.tables.get(SEARCH, ())
    return table(number, [_cells(row, marts, pen, glossary) for row in rows], frame)


def no_documents(marts: Marts, glossary: Glossary) -> str:
    """Why the table has no rows: no index, or no answer that says enough of a question."""
    return glossary.term("appendix", "no_hit" if SEARCH in marts.tables else "no_index")


def _cells(row: Row, marts: Marts, pen: Pen, glossary: Glossary) -> Sequence[str]:
    none = glossary.term("cell", "none")
    notice = marts.one("dim_notices", notice_key=row["notice_key"]) if row["notice_key"] else None
    title = pen.converted(row, "title")
    if row.is_reconstructed:
        title += glossary.term("mark", "reconstructed")
    return [
        pen.quoted(row, "question"),
        pen.link(title, row["url"], row.fact_id("url")) if row["url"] else title,
        pen.notice(notice) if notice else none,
        _state(row, pen, glossary),
        pen.day(row, "dated"),
        pen.mark(chinese.score(row["relevance"]), "score", row.fact_id("relevance")),
        glossary.term("layer", row["layer"]),
    ]


def _state(row: Row, pen: Pen, glossary: Glossary) -> str:
    if not row["states"]:
        return glossary.term("cell", "none")
    if row["state"] is None:
        return glossary.term("cell", "clauses_differ")
    pending = glossary.term("mark", "pending") if row["is_unconfirmed"] else ""
    return pen.coded(row, "state", "status") + pending
