"""The index in this process, by the vendor's embedded engine (qdrant-edge-py, Apache-2.0).

Opening a shard writes to its folder and knows no lock, so every opener works on a copy of its own:
any number of processes may search one index, and none can change it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import qdrant_edge as qe

from tradeflow.errors import StorageError
from tradeflow.search.index import (
    DENSE,
    NUMBERS,
    SPARSE,
    WORDS,
    Filter,
    Folders,
    Found,
    Point,
    batches,
)

_BATCH = 1000
_BLOCK = 1 << 16
_FIELDS = dict.fromkeys(NUMBERS, qe.PayloadSchemaType.Integer) | dict.fromkeys(
    WORDS, qe.PayloadSchemaType.Keyword
)


class EdgeEngine:
    """Indexes as shards in folders.

    Args:
        root: the folder of the indexes.
    """

    name = "qdrant-edge"

    def __init__(self, root: Path) -> None:
        self.folders = Folders(root)

    def has(self, digest: str) -> bool:
        return self.folders.path(digest).is_dir()

    def build(self, digest: str, points: Iterable[Point], dense_size: int | None) -> int:
        stored = list(points)
        return self.folders.swap_in(
            digest, lambda folder: _fill(folder, stored, dense_size), len(stored)
        )

    def open(self, digest: str) -> EdgeIndex:
        folder = self.folders.path(digest)
        if not folder.is_dir():
            raise StorageError(f"{folder} does not exist; the next `tradeflow run` makes it")
        return EdgeIndex(folder)


class EdgeIndex:
    """An open shard, on a copy of its folder that goes when it is closed."""

    def __init__(self, folder: Path) -> None:
        self._copy = tempfile.TemporaryDirectory(prefix="tradeflow-search-")
        place = Path(self._copy.name) / "shard"
        try:
            shutil.copytree(folder, place, copy_function=_copy_sparsely)
            self._shard: Any = qe.EdgeShard.load(str(place))
        except Exception as error:
            self._copy.cleanup()
            raise StorageError(f"search index {folder} cannot be opened: {error}") from error

    def sparse(self, vector: Mapping[int, float], limit: int, where: Filter) -> list[Found]:
        if not vector:
            return []
        asked = qe.SparseVector(indices=list(vector), values=list(vector.values()))
        return self._query(qe.Query.Nearest(asked, using=SPARSE), limit, where)

    def dense(self, vector: Sequence[float], limit: int, where: Filter) -> list[Found]:
        return self._query(qe.Query.Nearest(list(vector), using=DENSE), limit, where)

    def count(self) -> int:
        return self._shard.count(qe.CountRequest(exact=True))

    def close(self) -> None:
        if self._shard is not None:
            self._shard.close()
            self._shard = None
            self._copy.cleanup()

    def _query(self, query: Any, limit: int, where: Filter) -> list[Found]:
        request = qe.QueryRequest(
            limit=limit, query=query, filter=_filter(where), with_payload=False
        )
        return [Found(int(each.id), float(each.score)) for each in self._shard.query(request)]


def _copy_sparsely(source: str, target: str) -> None:
    """Copy a file without writing its empty blocks: a shard's files are mostly reserved space."""
    with Path(source).open("rb") as read, Path(target).open("wb") as written:
        while block := read.read(_BLOCK):
            if block.strip(b"\0"):
                written.write(block)
            else:
                written.seek(len(block), os.SEEK_CUR)
        written.truncate(read.tell())


def _fill(folder: Path, points: list[Point], dense_size: int | None) -> int:
    dense: dict[str, Any] = {}
    if dense_size is not None:
        dense[DENSE] = qe.EdgeVectorParams(size=dense_size, distance=qe.Distance.Cosine)
    config = qe.EdgeConfig(
        vectors=dense,
        sparse_vectors={SPARSE: qe.EdgeSparseVectorParams()},
        # The folder is made anew rather than repaired: a log would only be written twice.
        wal_enabled=False,
    )
    shard = qe.EdgeShard.create(str(folder), config)
    try:
        for name, kind in _FIELDS.items():
            shard.update(qe.UpdateOperation.create_field_index(name, kind))
        for batch in batches(points, _BATCH):
            shard.update(qe.UpdateOperation.upsert_points([_point(each) for each in batch]))
        shard.flush()
        return shard.count(qe.CountRequest(exact=True))
    finally:
        shard.close()


def _point(point: Point) -> Any:
    vectors: dict[str, Any] = {
        SPARSE: qe.SparseVector(indices=list(point.sparse), values=list(point.sparse.values()))
    }
    if point.dense is not None:
        vectors[DENSE] = list(point.dense)
    return qe.Point(point.id, vectors, point.payload)


def _filter(where: Filter) -> Any:
    must: list[Any] = [
        qe.FieldCondition(name, range=qe.RangeFloat(gte=least, lte=greatest))
        for name, least, greatest in where.bounds
    ]
    must += [qe.FieldCondition(name, match=qe.MatchValue(value)) for name, value in where.equal]
    if where.documents is not None:
        must.append(qe.FieldCondition("document", match=qe.MatchAny(sorted(where.documents))))
    return qe.Filter(must=must)
