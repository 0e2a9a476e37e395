"""The steps of a week that concern searching, each a plain function over a world.

Here: what is stored, indexed and looked up, and in which order beside other processes. Not here:
the order of the week (`pipeline.py`), how anything is searched (`search/`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tradeflow.periods import Week
from tradeflow.world import World

if TYPE_CHECKING:
    import duckdb

    from tradeflow.search import store as search_store
    from tradeflow.search.appendix import Related
    from tradeflow.search.corpus import Corpus
    from tradeflow.search.service import SearchService


def store_search_documents(world: World, week: Week) -> search_store.Counts:
    """Store what the week knew of documents and data cards, cut into pieces, for searching.

    The words of the pieces are weighed before the warehouse is let go: another process finds no
    piece that cannot be searched.
    """
    from tradeflow.search import store

    with world.warehouse.connect(f"store the documents of {week} for searching") as con:
        counts = store.update_documents(con, week.key, world.as_of(week))
        store.update_sparse_vectors(con)
        return counts


def store_search_vectors(world: World) -> dict[str, int]:
    """Make the vectors that stored pieces lack, such as those of a new model; how many."""
    from tradeflow.search import sparse, store

    with world.warehouse.connect("weigh the words of stored pieces") as con:
        made = {sparse.MODEL: store.update_sparse_vectors(con)}
    embedder = world.embedder
    if embedder is None:
        return made
    with world.warehouse.connect("read the pieces without a meaning") as con:
        texts = store.texts_without_meaning(con, embedder)
    # A model takes minutes over many texts; the warehouse is not held meanwhile.
    if texts:
        vectors = embedder.texts([text for _, text in texts])
        with world.warehouse.connect("store the meaning of pieces") as con:
            store.store_meaning(con, embedder, texts, vectors)
    return made | {embedder.model: len(texts)}


def index_search(world: World) -> tuple[str, int]:
    """Make the search index of all that is stored and swap it in, where it does not stand yet.

    Returns:
        The name of its content, and how many points it holds.
    """
    from tradeflow.search.service import build_index

    with world.warehouse.connect("read what is searched") as con:
        corpus = _searchable(world, con)
    if corpus is None:
        return "", 0
    if not world.search_engine.has(corpus.digest):
        build_index(corpus, world.search_engine)
    return corpus.digest, len(corpus.pieces)


def _searchable(world: World, con: duckdb.DuckDBPyConnection) -> Corpus | None:
    """What is stored to be searched, with the vectors of pieces another process has just stored."""
    from tradeflow.search import store
    from tradeflow.search.corpus import load_corpus

    embedder = world.embedder
    if embedder is not None and (texts := store.texts_without_meaning(con, embedder)):
        vectors = embedder.texts([text for _, text in texts])
        store.store_meaning(con, embedder, texts, vectors)
    return load_corpus(con, embedder)


@contextmanager
def searching(
    world: World, con: duckdb.DuckDBPyConnection, weeks: Sequence[Week]
) -> Iterator[SearchService | None]:
    """What the reports of weeks ask for related documents; None where none of them is stored.

    Raises:
        StorageError: the index cannot be made or opened.
    """
    from tradeflow.search.service import SearchService, build_index
    from tradeflow.search.states import States

    embedder, engine = world.embedder, world.search_engine
    corpus = _searchable(world, con)
    if corpus is None or not any(week.key in corpus.weeks for week in weeks):
        yield None
        return
    if not engine.has(corpus.digest):
        # Another process stored the documents of its week since this run made its index.
        build_index(corpus, engine)
    index = engine.open(corpus.digest)
    with SearchService(corpus, index, States.of(con), embedder) as service:
        yield service


def related_documents(service: SearchService | None, week: Week, kind: str) -> list[Related] | None:
    """What a report's appendix shows; None where no documents of the week are stored.

    Args:
        kind: one of `search.appendix.LIMITS`.
    """
    from tradeflow.search.appendix import appendix

    if service is None or week.key not in service.corpus.weeks:
        return None
    return appendix(service, week, kind)
