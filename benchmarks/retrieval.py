"""What the search finds and how fast: judged queries, rankings, latency and index times.

Quality is measured on a week of the demonstration world, run here: titles alone, BM25 over words,
BM25 over words and concepts (what is shipped), and both kinds of vectors where
TRADEFLOW_EMBEDDING_MODEL names a model. Speed is measured on pieces drawn from that corpus until
there are enough. By default the tuning half of the judged queries is scored, `--half later` scores
the questions added since; `--half test` scores the test half, once a release.

    python -m benchmarks.retrieval [--half tuning|later|test] [--sizes 1000 20000] [--home FOLDER]
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
from rich.console import Console

from tradeflow.orchestration.runs import run_weeks
from tradeflow.periods import Week
from tradeflow.search.chunks import LONGEST
from tradeflow.search.client import FolderEngine
from tradeflow.search.corpus import Corpus, load_corpus
from tradeflow.search.edge import EdgeEngine
from tradeflow.search.index import Engine
from tradeflow.search.service import SearchService, build_index
from tradeflow.search.sparse import Postings, query_weights, text_vector
from tradeflow.search.states import States
from tradeflow.search.text import read_words
from tradeflow.settings import load_settings
from tradeflow.world import World
from tradeflow_tests.search.judged import judged_queries, outside_rankings, overlap, score

WEEK = Week(2026, 20)
SEED = 20


def main() -> None:
    asked = _arguments()
    home = Path(asked.home or tempfile.mkdtemp(prefix="tradeflow-retrieval-"))
    world = World(load_settings(home=home / "data", reports=home / "reports"))
    if not world.warehouse.published_path.exists():
        run_weeks(world.settings, WEEK, WEEK, Console(quiet=True))
    with world.warehouse.reader() as con:
        _quality(con, world, asked.half)
        corpus = load_corpus(con, None)
        assert corpus is not None
        queries = [query.query for query in judged_queries(con, "tuning")]
        for size in asked.sizes:
            grown = _grown(corpus, size)
            for engine in (EdgeEngine, FolderEngine):
                with tempfile.TemporaryDirectory() as folder:
                    _speed(con, grown, engine(Path(folder)), queries)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the search.")
    parser.add_argument("--half", choices=("tuning", "later", "test"), default="tuning")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 20000])
    parser.add_argument("--home", help="a home with the week already run")
    return parser.parse_args()


def _quality(con: duckdb.DuckDBPyConnection, world: World, half: str) -> None:
    queries = judged_queries(con, half)
    corpus = load_corpus(con, None)
    assert corpus is not None
    retrievers: dict[str, Callable[[str], Sequence[str]]] = {
        "titles alone, BM25 over words": _plain(corpus, titles_only=True),
        "BM25 over words": _plain(corpus, titles_only=False),
    }
    with tempfile.TemporaryDirectory() as folder:
        engine = EdgeEngine(Path(folder))
        with SearchService.of(con, engine) as words:
            retrievers["BM25 over words and concepts"] = _ids(words)
            _show(half, queries, retrievers, con)
        if world.embedder is not None:
            with SearchService.of(con, engine, world.embedder) as both:
                named = {f"hybrid with {world.embedder.model}": _ids(both)}
                _show(half, queries, named, con)


def _show(title: str, queries: list, retrievers: dict, con: duckdb.DuckDBPyConnection) -> None:
    rankings = outside_rankings(con)
    for name, retrieve in retrievers.items():
        _say(f"{title}  {name:<32} {score(queries, retrieve)}")
        _say(f"{'':12}{'overlap with the outside rankings':<34} {overlap(rankings, retrieve):.3f}")
        by_kind = defaultdict(list)
        for query in queries:
            by_kind[query.kind].append(query)
        for kind, those in by_kind.items():
            _say(f"{'':14}{kind:<12} {score(those, retrieve)}")


def _ids(service: SearchService) -> Callable[[str], list[str]]:
    return lambda query: [hit.document_id for hit in service.search(query, k=10)]


def _plain(corpus: Corpus, *, titles_only: bool) -> Callable[[str], list[str]]:
    """BM25 over words as jieba cuts them, without concepts, numbers or dates of its own."""
    vectors = []
    for piece in corpus.pieces:
        title = read_words(piece.chunk.title)
        text = read_words("" if titles_only else piece.chunk.text)
        vectors.append(text_vector(title, text, []))
    offsets = np.cumsum([0, *(len(vector) for vector in vectors)])
    terms = np.array([term for vector in vectors for term in sorted(vector)], dtype=np.int64)
    postings = Postings(offsets, terms)

    def retrieve(query: str) -> list[str]:
        asked, _ = postings.query_vector(query_weights(read_words(query)), None)
        best: dict[str, float] = {}
        for piece, vector in zip(corpus.pieces, vectors, strict=True):
            found = sum(weight * vector.get(term, 0.0) for term, weight in asked.items())
            if found > 0:
                best[piece.document.id] = max(found, best.get(piece.document.id, 0.0))
        return sorted(best, key=lambda document: (-best[document], document))

    return retrieve


def _grown(corpus: Corpus, size: int) -> Corpus:
    """A corpus of `size` pieces of full length, four of its own drawn together for each.

    The demonstration world's pages are short; those of the live sites fill their pieces. Every
    four pieces are a document, as with notices.
    """
    random = np.random.default_rng(SEED)
    vectors = [
        (corpus.terms[begin:end], corpus.weights[begin:end])
        for begin, end in pairwise(corpus.offsets)
    ]
    pieces, terms, weights = [], [], []
    for number in range(size):
        drawn = random.integers(0, len(corpus.pieces), 4)
        said, places = np.unique(
            np.concatenate([vectors[each][0] for each in drawn]), return_index=True
        )
        terms.append(said)
        weights.append(np.concatenate([vectors[each][1] for each in drawn])[places])
        first = corpus.pieces[drawn[0]]
        text = "\n".join(corpus.pieces[each].chunk.text for each in drawn)[:LONGEST]
        document = corpus.pieces[number // 4 % len(corpus.pieces)].document
        document = dataclasses.replace(document, id=f"{document.id}#{number // 4}")
        chunk = dataclasses.replace(first.chunk, text=text)
        pieces.append(dataclasses.replace(first, document=document, chunk=chunk))
    return Corpus(
        digest=f"{size:016x}",
        weeks=corpus.weeks,
        pieces=tuple(pieces),
        offsets=np.cumsum([0, *map(len, terms)]),
        terms=np.concatenate(terms),
        weights=np.concatenate(weights),
        dense=None,
    )


def _speed(
    con: duckdb.DuckDBPyConnection, corpus: Corpus, engine: Engine, queries: list[str]
) -> None:
    begin = time.perf_counter()
    build_index(corpus, engine)
    built = time.perf_counter() - begin
    begin = time.perf_counter()
    service = SearchService(corpus, engine.open(corpus.digest), States.of(con), None)
    opened = time.perf_counter() - begin
    with service:
        service.search(queries[0])
        seconds = []
        for query in queries:
            for filters in ({}, {"layer": "cn_export_control", "as_of": WEEK}):
                begin = time.perf_counter()
                service.search(query, **filters)
                seconds.append(time.perf_counter() - begin)
    cuts = [1000 * each for each in statistics.quantiles(seconds, n=100)]
    _say(
        f"{engine.name:<14} {len(corpus.pieces):>6} pieces  build {built:6.2f} s"
        f"  open {opened:5.2f} s  query p50 {cuts[49]:6.1f} ms  p95 {cuts[94]:6.1f} ms"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
