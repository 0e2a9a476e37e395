"""Schema search of the warehouse, brought up to a week: documents, pieces, vectors.

A document's version is known by its content; a week lists the versions it knew, so a text is cut
and weighed once, however many weeks know it. What no week knows is dropped: the tables are a
function of the weeks. Not here: what documents say (`documents.py`, `cards.py`), reading the
tables for a search (`corpus.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import polars as pl

from tradeflow.policy.page import read_article
from tradeflow.search import sparse
from tradeflow.search.cards import data_cards
from tradeflow.search.chunks import CHUNKER_VERSION, Chunk, chunks
from tradeflow.search.dense import Embedder
from tradeflow.search.documents import Document, Page, policy_documents
from tradeflow.search.glossary import glossary
from tradeflow.search.text import (
    concept_terms,
    day_terms,
    number_terms,
    own_number_term,
    read_text,
)
from tradeflow.storage.warehouse import replace_partition, transaction
from tradeflow.thresholds import threshold

_DOCUMENTS: dict[str, Any] = {
    "content_hash": pl.Utf8,
    "document_id": pl.Utf8,
    "layer": pl.Utf8,
    "category": pl.Utf8,
    "title": pl.Utf8,
    "url": pl.Utf8,
    "notice_key": pl.Utf8,
    "document_type": pl.Utf8,
    "year": pl.Int32,
    "number": pl.Int32,
    "issue_date": pl.Date,
    "page_date": pl.Date,
    "released_on": pl.Date,
    "materials": pl.List(pl.Utf8),
    "economies": pl.List(pl.Utf8),
    "is_unconfirmed": pl.Boolean,
    "is_reconstructed": pl.Boolean,
}
_CHUNKS: dict[str, Any] = {
    "content_hash": pl.Utf8,
    "chunk_no": pl.Int32,
    "url": pl.Utf8,
    "clause": pl.Utf8,
    "title": pl.Utf8,
    "text": pl.Utf8,
    "page_date": pl.Date,
    "marks": pl.List(pl.Utf8),
    "text_hash": pl.Utf8,
}
_VECTORS: dict[str, Any] = {
    "text_hash": pl.Utf8,
    "model": pl.Utf8,
    "revision": pl.Utf8,
    "indices": pl.List(pl.UInt32),
    "weights": pl.List(pl.Float32),
}
_WEEK_DOCUMENTS: dict[str, Any] = {
    "week": pl.Utf8,
    "document_id": pl.Utf8,
    "content_hash": pl.Utf8,
}
TABLES = ("week_documents", "documents", "chunks", "vectors")

_CREATE = (
    # Which version of each document a week knew; replaced per week.
    """create table if not exists search.week_documents (
        week varchar, document_id varchar, content_hash varchar)""",
    """create table if not exists search.documents (
        content_hash varchar, document_id varchar, layer varchar, category varchar,
        title varchar, url varchar, notice_key varchar, document_type varchar, year integer,
        number integer, issue_date date, page_date date, released_on date, materials varchar[],
        economies varchar[], is_unconfirmed boolean, is_reconstructed boolean)""",
    # Pieces of a version; the text hash names all that a vector is made from.
    """create table if not exists search.chunks (
        content_hash varchar, chunk_no integer, url varchar, clause varchar, title varchar,
        text varchar, page_date date, marks varchar[], text_hash varchar)""",
    # Sparse vectors have their dimensions in `indices`; dense ones have none.
    """create table if not exists search.vectors (
        text_hash varchar, model varchar, revision varchar, indices uinteger[], weights float[])""",
)
_DROP_UNKNOWN = (
    "delete from search.documents where content_hash not in"
    " (select content_hash from search.week_documents)",
    "delete from search.chunks where content_hash not in"
    " (select content_hash from search.documents)",
    "delete from search.vectors where text_hash not in (select text_hash from search.chunks)",
)
_UNWEIGHED = """
select distinct text_hash, title, text, page_date, marks from search.chunks
where text_hash not in (
    select text_hash from search.vectors where model = $model and revision = $revision
)
order by text_hash
"""
_REJECT_STAGE = "search"
_BATCH = 2000


@dataclass(frozen=True)
class Counts:
    """What one update of a week's documents did."""

    documents: int
    """Documents the week knows."""
    new_documents: int
    """Versions that were not stored before."""
    new_chunks: int
    cut: int
    """Versions too long to be searched to their end; ops.rejects names them."""


def update_documents(con: duckdb.DuckDBPyConnection, week_key: str, as_of: date) -> Counts:
    """Store the documents of a week, from its pages and marts.

    Args:
        con: a connection to the warehouse, outside a transaction.
        as_of: the last day the week may know of.
    """
    _ensure_tables(con)
    found = [*policy_documents(con, week_key), *data_cards(con, week_key, as_of)]
    hashed = {_content_hash(document): document for document in found}
    known = {row[0] for row in con.execute("select content_hash from search.documents").fetchall()}
    new = {content: each for content, each in hashed.items() if content not in known}
    html = _pages_of(con, [page for document in new.values() for page in document.pages])
    documents, pieces, cut = [], [], []
    for content, document in new.items():
        rows, is_cut = _chunk_rows(content, document, html)
        documents.append(_document_row(content, document))
        pieces += rows
        cut += [document] if is_cut else []
    with transaction(con):
        _append(con, "search.documents", documents, _DOCUMENTS)
        _append(con, "search.chunks", pieces, _CHUNKS)
        _note_cut(con, cut, week_key)
    members = sorted((week_key, document.id, content) for content, document in hashed.items())
    con.register("known_documents", pl.DataFrame(members, schema=_WEEK_DOCUMENTS, orient="row"))
    con.execute("create or replace temp table known_stage as from known_documents")
    con.unregister("known_documents")
    replace_partition(con, "search.week_documents", {"week": week_key}, "known_stage")
    _drop_unknown(con)
    return Counts(len(hashed), len(new), len(pieces), len(cut))


def update_sparse_vectors(con: duckdb.DuckDBPyConnection) -> int:
    """Make the sparse vectors that pieces lack; how many.

    Args:
        con: a connection to the warehouse, outside a transaction.
    """
    _ensure_tables(con)
    con.execute(
        "delete from search.vectors where model = ? and revision <> ?",
        [sparse.MODEL, sparse.revision()],
    )
    rows = con.execute(
        _UNWEIGHED, {"model": sparse.MODEL, "revision": sparse.revision()}
    ).fetchall()
    for place in range(0, len(rows), _BATCH):
        batch = [_sparse_row(row) for row in rows[place : place + _BATCH]]
        _append(con, "search.vectors", batch, _VECTORS)
    return len(rows)


def texts_without_meaning(
    con: duckdb.DuckDBPyConnection, embedder: Embedder
) -> list[tuple[str, str]]:
    """Text hash and text, title first, of the pieces that lack a dense vector of the model."""
    _ensure_tables(con)
    rows = con.execute(
        _UNWEIGHED, {"model": embedder.model, "revision": embedder.revision}
    ).fetchall()
    return [(text_hash, f"{title}\n{text}") for text_hash, title, text, _, _ in rows]


def store_meaning(
    con: duckdb.DuckDBPyConnection,
    embedder: Embedder,
    texts: Sequence[tuple[str, str]],
    vectors: np.ndarray,
) -> None:
    """Store dense vectors, one a text of `texts_without_meaning`."""
    rows = [
        (text_hash, embedder.model, embedder.revision, None, vector.tolist())
        for (text_hash, _), vector in zip(texts, vectors, strict=True)
    ]
    _append(con, "search.vectors", rows, _VECTORS)


def _ensure_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create schema if not exists search")
    for statement in _CREATE:
        con.execute(statement)


def _content_hash(document: Document) -> str:
    """Identity of a version: of all that is stored of it and of what reads it."""
    stated = [CHUNKER_VERSION, sparse.revision(), asdict(document)]
    return _sha256(stated)


def _sha256(stated: object) -> str:
    text = json.dumps(stated, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _document_row(content: str, document: Document) -> tuple[Any, ...]:
    """The row of a version; what it is about includes what that belongs to."""
    named = {each.term[1:] for each in read_text(document.title).terms if each.term[0] == "#"}
    said = named | {part for each in named for part in glossary().parts(each)}
    materials = {term[1:] for term in concept_terms(document.materials)}
    values = asdict(document) | {
        "content_hash": content,
        "document_id": document.id,
        "materials": sorted(materials | set(document.materials)),
        "economies": sorted(set(document.economies) | said & glossary().economies),
    }
    return tuple(values[name] for name in _DOCUMENTS)


def _chunk_rows(
    content: str, document: Document, html: dict[tuple[str, int], tuple[str, str, str]]
) -> tuple[list[tuple[Any, ...]], bool]:
    """The pieces of a version, each text once, and whether it was too long for all of them."""
    longest = int(threshold("search_chunks_per_document"))
    marks = _marks(document)
    rows: list[tuple[Any, ...]] = []
    seen: set[str] = set()
    for url, title, page_date, piece in _pieces(document, html):
        if piece.text in seen:
            continue
        if len(rows) == longest:
            return rows, True
        seen.add(piece.text)
        text_hash = _sha256([title, piece.text, page_date, marks])
        rows.append(
            (content, len(rows), url, piece.clause, title, piece.text, page_date, marks, text_hash)
        )
    return rows, False


def _pieces(
    document: Document, html: dict[tuple[str, int], tuple[str, str, str]]
) -> Iterator[tuple[str | None, str, date | None, Chunk]]:
    if not document.pages:
        for piece in chunks(document.text.split("\n")):
            yield document.url, document.title, document.page_date, piece
    for page in document.pages:
        article = read_article(*html[page.response_id, page.row_number])
        for piece in chunks(article.lines) if article is not None else ():
            yield page.url, page.title or document.title, page.page_date, piece


def _marks(document: Document) -> list[str]:
    terms: list[str] = []
    for day in (document.issue_date, document.page_date):
        terms += day_terms(day) if day is not None else []
    if document.number is not None:
        terms += number_terms(document.document_type or "", document.year, document.number)
        terms += [own_number_term(document.year, document.number)] if document.year else []
    terms += concept_terms([*document.materials, *document.economies])
    return list(dict.fromkeys(terms))


def _pages_of(
    con: duckdb.DuckDBPyConnection, pages: Sequence[Page]
) -> dict[tuple[str, int], tuple[str, str, str]]:
    """The stored pages, by answer and row: HTML, listed title, listed date."""
    if not pages:
        return {}
    wanted = pl.DataFrame({"response_id": sorted({page.response_id for page in pages})})
    con.register("wanted_answers", wanted)
    try:
        rows = con.execute(
            "select response_id, row_number, html, coalesce(listed_title, ''),"
            " coalesce(listed_date, '') from raw.mofcom__pages"
            " where response_id in (select response_id from wanted_answers)"
        ).fetchall()
    finally:
        con.unregister("wanted_answers")
    return {(response, row): (html, title, day) for response, row, html, title, day in rows}


def _note_cut(con: duckdb.DuckDBPyConnection, cut: list[Document], week_key: str) -> None:
    for document in cut:
        con.execute(
            "insert into ops.rejects (stage, relation, reason, value, week)"
            " values (?, 'search.chunks', ?, ?, ?)",
            [
                _REJECT_STAGE,
                "longer than what is searched of one document; its end is not found",
                document.url or document.id,
                week_key,
            ],
        )


def _sparse_row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    text_hash, title, text, page_date, marks = row
    vector = sparse.text_vector(read_text(title), read_text(text, page_date), marks)
    ordered = sorted(vector.items())
    return (
        text_hash,
        sparse.MODEL,
        sparse.revision(),
        [dimension for dimension, _ in ordered],
        [weight for _, weight in ordered],
    )


def _append(
    con: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[Any, ...]], schema: dict
) -> None:
    frame = pl.DataFrame(list(rows), schema=schema, orient="row")
    if frame.is_empty():
        return
    con.register("rows_to_append", frame)
    try:
        con.execute(f"insert into {table} by name from rows_to_append")
    finally:
        con.unregister("rows_to_append")


def _drop_unknown(con: duckdb.DuckDBPyConnection) -> None:
    with transaction(con):
        for statement in _DROP_UNKNOWN:
            con.execute(statement)
