"""The index on a Qdrant server, or in a folder, by the vendor's client (qdrant-client).

A server serves many readers while a new index is filled beside the old one; the alias moves when it
is whole. The client's own folder mode computes in Python and admits one process at a time; it is
kept as the measure of the embedded engine (docs/search.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException

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

_BATCH = 500
_FIELDS = dict.fromkeys(NUMBERS, models.PayloadSchemaType.INTEGER) | dict.fromkeys(
    WORDS, models.PayloadSchemaType.KEYWORD
)
_COLLECTION = "tradeflow"
ALIAS = "tradeflow-search"
"""The server's name for the newest whole index."""


class ServerEngine:
    """Indexes as collections of one server, each behind an alias that names its content.

    Args:
        client: connected to the server.
        label: how messages name the server.
    """

    name = "qdrant-server"

    def __init__(self, client: QdrantClient, label: str) -> None:
        self._client = client
        self._label = label

    @classmethod
    def at(cls, url: str, api_key: str | None = None) -> ServerEngine:
        """The engine of the server at `url`; nothing is asked of it yet."""
        client = QdrantClient(url=url, api_key=api_key, check_compatibility=False)
        return cls(client, f"{url} (QDRANT_URL)")

    def has(self, digest: str) -> bool:
        return _name(digest) in self._aliases()

    def build(self, digest: str, points: Iterable[Point], dense_size: int | None) -> int:
        stored = list(points)
        draft = f"{_name(digest)}-{uuid.uuid4().hex[:8]}"
        try:
            counted = self._asked(_fill, self._client, draft, stored, dense_size)
            for name, kind in _FIELDS.items():
                self._asked(self._client.create_payload_index, draft, name, kind)
            if counted != len(stored):
                raise StorageError(
                    f"search index on {self._label}: expected {len(stored)} points, counted "
                    f"{counted}; the index before it still stands"
                )
        except StorageError:
            self._asked(self._client.delete_collection, draft)
            raise
        before = self._aliases().get(ALIAS)
        self._asked(self._client.update_collection_aliases, _named(draft, (_name(digest), ALIAS)))
        self._forget_all_but({draft, before})
        return counted

    def open(self, digest: str) -> ClientIndex:
        if not self.has(digest):
            raise StorageError(f"Qdrant at {self._label} has no index {_name(digest)}")
        return ClientIndex(self._client, _name(digest))

    def _aliases(self) -> dict[str, str]:
        found = self._asked(self._client.get_aliases).aliases
        return {each.alias_name: each.collection_name for each in found}

    def _forget_all_but(self, kept: set[str | None]) -> None:
        for each in self._asked(self._client.get_collections).collections:
            if each.name.startswith(f"{_COLLECTION}-") and each.name not in kept:
                self._asked(self._client.delete_collection, each.name)

    def _asked(self, call: Any, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except (ApiException, ResponseHandlingException, OSError, ValueError) as error:
            line = " ".join(str(error).split())[:300]
            raise StorageError(f"Qdrant at {self._label}: {line}") from error


class FolderEngine:
    """Indexes in folders, searched by the client in Python; one process at a time.

    Args:
        root: the folder of the indexes.
    """

    name = "qdrant-client"

    def __init__(self, root: Path) -> None:
        self.folders = Folders(root)

    def has(self, digest: str) -> bool:
        return self.folders.path(digest).is_dir()

    def build(self, digest: str, points: Iterable[Point], dense_size: int | None) -> int:
        stored = list(points)

        def make(folder: Path) -> int:
            client = QdrantClient(path=str(folder))
            try:
                return _fill(client, _COLLECTION, stored, dense_size)
            finally:
                client.close()

        return self.folders.swap_in(digest, make, len(stored))

    def open(self, digest: str) -> ClientIndex:
        folder = self.folders.path(digest)
        if not folder.is_dir():
            raise StorageError(f"{folder} does not exist")
        try:
            client = QdrantClient(path=str(folder))
        except RuntimeError as error:
            raise StorageError(
                f"search index {folder} is open elsewhere, and this engine admits one opener at "
                "a time; close it, or set QDRANT_URL to a server"
            ) from error
        return ClientIndex(client, _COLLECTION)


class ClientIndex:
    """An open collection."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        self._client = client
        self._collection = collection

    def sparse(self, vector: Mapping[int, float], limit: int, where: Filter) -> list[Found]:
        if not vector:
            return []
        asked = models.SparseVector(indices=list(vector), values=list(vector.values()))
        return self._query(asked, SPARSE, limit, where)

    def dense(self, vector: Sequence[float], limit: int, where: Filter) -> list[Found]:
        return self._query(list(vector), DENSE, limit, where)

    def count(self) -> int:
        return self._client.count(self._collection, exact=True).count

    def close(self) -> None:
        self._client.close()

    def _query(self, asked: Any, using: str, limit: int, where: Filter) -> list[Found]:
        answer = self._client.query_points(
            self._collection,
            query=asked,
            using=using,
            limit=limit,
            query_filter=_filter(where),
            with_payload=False,
        )
        return [Found(int(each.id), float(each.score)) for each in answer.points]


def _name(digest: str) -> str:
    return f"{_COLLECTION}-{digest}"


def _fill(
    client: QdrantClient, collection: str, points: list[Point], dense_size: int | None
) -> int:
    dense: dict[str, models.VectorParams] = {}
    if dense_size is not None:
        dense[DENSE] = models.VectorParams(size=dense_size, distance=models.Distance.COSINE)
    client.create_collection(
        collection,
        vectors_config=dense,
        sparse_vectors_config={SPARSE: models.SparseVectorParams()},
    )
    for batch in batches(points, _BATCH):
        client.upsert(collection, [_point(each) for each in batch], wait=True)
    return client.count(collection, exact=True).count


def _point(point: Point) -> models.PointStruct:
    vectors: dict[str, Any] = {
        SPARSE: models.SparseVector(indices=list(point.sparse), values=list(point.sparse.values()))
    }
    if point.dense is not None:
        vectors[DENSE] = list(point.dense)
    return models.PointStruct(id=point.id, vector=vectors, payload=point.payload)


def _named(collection: str, aliases: Iterable[str]) -> list[Any]:
    return [
        models.CreateAliasOperation(
            create_alias=models.CreateAlias(collection_name=collection, alias_name=alias)
        )
        for alias in aliases
    ]


def _filter(where: Filter) -> models.Filter:
    must: list[Any] = [
        models.FieldCondition(key=name, range=models.Range(gte=least, lte=greatest))
        for name, least, greatest in where.bounds
    ]
    must += [
        models.FieldCondition(key=name, match=models.MatchValue(value=value))
        for name, value in where.equal
    ]
    if where.documents is not None:
        match = models.MatchAny(any=sorted(where.documents))
        must.append(models.FieldCondition(key="document", match=match))
    return models.Filter(must=must)
