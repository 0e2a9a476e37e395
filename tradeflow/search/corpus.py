"""What schema search holds, read into memory to be searched.

Here: the versions of documents with the weeks that knew them, their pieces and vectors, and the
name of all that together. Not here: writing the tables (`store.py`), the index.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import duckdb
import numpy as np

from tradeflow.errors import StorageError
from tradeflow.search import sparse
from tradeflow.search.dense import Embedder
from tradeflow.search.index import Point
from tradeflow.search.store import TABLES

OPEN_END = 999999
"""`known_until` of a version that the newest week still knows."""
_LAYOUT = "2"
"""Raised when points are made otherwise from equal tables."""

_SPANS = """
with turns as (
    select week, row_number() over (order by week) as turn
    from (select distinct week from search.week_documents)
),
known as (
    select content_hash, document_id, week, turn,
        turn - row_number() over (partition by content_hash order by turn) as island
    from search.week_documents inner join turns using (week)
)
select content_hash, min(week),
    case when max(turn) < (select max(turn) from turns) then max(week) end
from known
group by document_id, content_hash, island
order by document_id, min(week), content_hash
"""


@dataclass(frozen=True)
class StoredDocument:
    """A version of a document, without its text."""

    id: str
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

    @property
    def dated(self) -> date | None:
        """Day of issue, else the day the page carries."""
        return self.issue_date or self.page_date


@dataclass(frozen=True)
class StoredChunk:
    """A piece of a version."""

    clause: str
    url: str | None
    title: str
    text: str
    text_hash: str = field(repr=False)


@dataclass(frozen=True)
class Piece:
    """A piece of a version with the weeks that knew it: a point of the index."""

    document: StoredDocument
    chunk: StoredChunk
    known_from: int
    known_until: int


@dataclass(frozen=True)
class Corpus:
    """All that is searched; point i of the index is `pieces[i]`."""

    digest: str
    """Names the content: equal corpora have equal ones. 16 hex digits."""
    weeks: tuple[str, ...]
    """The weeks whose documents are stored, oldest first."""
    pieces: tuple[Piece, ...]
    offsets: np.ndarray
    terms: np.ndarray
    weights: np.ndarray
    """Sparse vectors end to end: that of piece i lies from offsets[i] to offsets[i + 1]."""
    dense: np.ndarray | None
    """One unit vector a piece; None without a model."""

    def points(self) -> Iterator[Point]:
        """The points of an index of this corpus."""
        for place, piece in enumerate(self.pieces):
            begin, end = self.offsets[place], self.offsets[place + 1]
            document = piece.document
            yield Point(
                id=place,
                sparse=dict(
                    zip(
                        self.terms[begin:end].tolist(),
                        self.weights[begin:end].tolist(),
                        strict=True,
                    )
                ),
                dense=None if self.dense is None else self.dense[place].tolist(),
                document=document.id,
                layer=document.layer,
                category=document.category,
                materials=document.materials,
                economies=document.economies,
                released=day_number(document.released_on),
                dated=day_number(document.dated or document.released_on),
                known_from=piece.known_from,
                known_until=piece.known_until,
            )


def week_number(week_key: str) -> int:
    """`2026-W07` as 202607, so that weeks compare as numbers."""
    return int(week_key[:4]) * 100 + int(week_key[-2:])


def day_number(day: date) -> int:
    """2025-10-09 as 20251009."""
    return day.year * 10000 + day.month * 100 + day.day


def load_corpus(con: duckdb.DuckDBPyConnection, embedder: Embedder | None) -> Corpus | None:
    """Read all that is searched; None where no week has been stored.

    Args:
        con: the warehouse or its published copy.
        embedder: the model whose vectors to read beside the sparse ones.

    Raises:
        StorageError: a piece has no vector of this version's weights, or of the model.
    """
    if not _is_stored(con):
        return None
    spans = con.execute(_SPANS).fetchall()
    documents = _documents(con)
    chunks: dict[str, list[StoredChunk]] = {}
    for content, *values in con.execute(
        "select content_hash, clause, url, title, text, text_hash from search.chunks"
        " order by content_hash, chunk_no"
    ).fetchall():
        chunks.setdefault(content, []).append(StoredChunk(*values))
    pieces = tuple(
        Piece(
            documents[content],
            chunk,
            week_number(first),
            OPEN_END if last is None else week_number(last),
        )
        for content, first, last in spans
        for chunk in chunks.get(content, ())
    )
    offsets, terms, weights = _sparse_vectors(con, pieces)
    dense = None if embedder is None else _dense_vectors(con, pieces, embedder)
    weeks = con.execute("select distinct week from search.week_documents order by 1").fetchall()
    model = None if embedder is None else [embedder.model, embedder.revision]
    stated = json.dumps([_LAYOUT, sparse.revision(), model, spans])
    return Corpus(
        digest=hashlib.sha256(stated.encode()).hexdigest()[:16],
        weeks=tuple(week for (week,) in weeks),
        pieces=pieces,
        offsets=offsets,
        terms=terms,
        weights=weights,
        dense=dense,
    )


def _is_stored(con: duckdb.DuckDBPyConnection) -> bool:
    found = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'search'"
        " and database_name = current_database() and list_contains($1, table_name)",
        [list(TABLES)],
    ).fetchall()[0][0]
    if found < len(TABLES):
        return False
    return con.execute("select count(*) from search.week_documents").fetchall()[0][0] > 0


def _documents(con: duckdb.DuckDBPyConnection) -> dict[str, StoredDocument]:
    """The versions by content."""
    names = [each.name for each in fields(StoredDocument)]
    columns = ", ".join("document_id" if name == "id" else name for name in names)
    found = {}
    for content, *values in con.execute(
        f"select content_hash, {columns} from search.documents"
    ).fetchall():
        row: dict[str, Any] = dict(zip(names, values, strict=True))
        for name in ("materials", "economies"):
            row[name] = tuple(row[name])
        found[content] = StoredDocument(**row)
    return found


def _sparse_vectors(
    con: duckdb.DuckDBPyConnection, pieces: tuple[Piece, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pieces' sparse vectors end to end."""
    table: Any = con.sql(
        "select text_hash, indices, weights from search.vectors"
        " where model = $model and revision = $revision",
        params={"model": sparse.MODEL, "revision": sparse.revision()},
    ).to_arrow_table()
    rows = {text_hash: row for row, text_hash in enumerate(table["text_hash"].to_pylist())}
    indices: Any = table["indices"].combine_chunks()
    bounds = np.asarray(indices.offsets)
    all_terms = np.asarray(indices.values, dtype=np.int64)
    saturated: Any = table["weights"].combine_chunks()
    all_weights = np.asarray(saturated.values, dtype=np.float32)
    _require_all(pieces, rows, "this version of tradeflow")
    places = [rows[piece.chunk.text_hash] for piece in pieces]
    stretches = [(bounds[row], bounds[row + 1]) for row in places]
    lengths = np.array([end - begin for begin, end in stretches], dtype=np.int64)
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    empty = [np.zeros(0, dtype=np.int64)]
    picked = np.concatenate([np.arange(begin, end) for begin, end in stretches] or empty)
    return offsets, all_terms[picked], all_weights[picked]


def _dense_vectors(
    con: duckdb.DuckDBPyConnection, pieces: tuple[Piece, ...], embedder: Embedder
) -> np.ndarray:
    """The pieces' dense vectors, one row each."""
    vectors = dict(
        con.execute(
            "select text_hash, weights from search.vectors where model = ? and revision = ?",
            [embedder.model, embedder.revision],
        ).fetchall()
    )
    _require_all(pieces, vectors, f"TRADEFLOW_EMBEDDING_MODEL {embedder.model}")
    return np.array([vectors[piece.chunk.text_hash] for piece in pieces], dtype=np.float32).reshape(
        len(pieces), embedder.size
    )


def _require_all(pieces: tuple[Piece, ...], made: Container[str], maker: str) -> None:
    missing = sum(piece.chunk.text_hash not in made for piece in pieces)
    if missing:
        raise StorageError(
            f"{missing} of {len(pieces)} stored pieces have no vector of {maker} yet; "
            "run `tradeflow run` or `tradeflow rebuild`"
        )
