"""Searching: one object, opened once, asked many times.

Here: from a query to ranked documents with the clause that answers it. Words and meaning are
ranked apart and joined by reciprocal rank (RRF, k = 60); a document counts once, at its best
piece; equal scores go to the newer document. Not here: how texts become vectors, the index.

A question may be put as of a day: the documents are those that the newest week by then knew and
that were public, and states are those of that day. A score orders the answers to one question; it
proves nothing and is no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from tradeflow.errors import InputError, StorageError
from tradeflow.periods import Week
from tradeflow.search import sparse
from tradeflow.search.chunks import Chunk, clause_at
from tradeflow.search.corpus import (
    Corpus,
    Piece,
    StoredDocument,
    day_number,
    load_corpus,
    week_number,
)
from tradeflow.search.dense import Embedder
from tradeflow.search.glossary import glossary
from tradeflow.search.index import Engine, Filter, Found, Index
from tradeflow.search.states import States
from tradeflow.search.text import Reading, Term, own_number_term, places, read_query
from tradeflow.thresholds import threshold

if TYPE_CHECKING:
    from tradeflow.world import World

RRF_K = 60
"""Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""
_FIRST_LIMIT = 100
_LIMIT_STEP = 5
_WINDOW = 160
"""Characters in which a clause is looked for that says most of what was asked."""


@dataclass(frozen=True)
class Hit:
    """A document that answers a question, at its best piece."""

    rank: int
    document_id: str
    """Notice key, page address, or `card:<layer>/<category>/<economy>`."""
    title: str
    layer: str
    category: str
    url: str | None
    """The page the clause stands on; None for a data card."""
    notice_key: str | None
    dated: date | None
    """Day of issue, else the day the page carries."""
    released_on: date
    materials: tuple[str, ...]
    economies: tuple[str, ...]
    states: tuple[tuple[str, str], ...]
    """Clause and its state on the day, '' being the whole notice; none for what has no state."""
    clause: str
    """The clause that says most of what was asked, as the text numbers it; '' before the first."""
    text: str
    """The piece of some clauses that it stands in."""
    highlights: tuple[tuple[int, int], ...]
    """Half-open stretches of `text` that say what was asked."""
    score: float
    """Sum of 1 / (60 + rank) over the rankings; orders the hits of one question."""
    relevance: float
    """Share of what was asked, weighed by rarity, that the piece says; 0 to 1."""
    is_unconfirmed: bool
    is_reconstructed: bool

    def excerpt(self, width: int) -> tuple[str, tuple[tuple[int, int], ...]]:
        """The part of the text of at most `width` characters that says most of what was asked.

        Returns:
            The excerpt, and the highlights within it.
        """
        best = _densest(self.text, self.highlights, width)
        kept = [
            (max(begin, best) - best, min(end, best + width) - best)
            for begin, end in self.highlights
            if end > best and begin < best + width
        ]
        return self.text[best : best + width], tuple(kept)


class SearchService:
    """An open corpus with its index.

    Args:
        corpus: what is searched.
        index: of this corpus.
        states: the clauses' states.
        embedder: the model whose vectors the corpus carries.
    """

    def __init__(
        self, corpus: Corpus, index: Index, states: States, embedder: Embedder | None
    ) -> None:
        self.corpus = corpus
        self.embedder = embedder
        self._index = index
        self._states = states
        self._postings = sparse.Postings(corpus.offsets, corpus.terms)
        pieces = corpus.pieces
        self._known_from = np.array([each.known_from for each in pieces], dtype=np.int32)
        self._known_until = np.array([each.known_until for each in pieces], dtype=np.int32)
        self._known = {
            name: {getattr(each.document, name) for each in pieces}
            for name in ("layer", "category")
        }
        self._bearers: dict[int, list[int]] = {}
        for place, each in enumerate(pieces):
            if each.document.number is not None:
                self._bearers.setdefault(each.document.number, []).append(place)
        self._released = np.array(
            [day_number(each.document.released_on) for each in pieces], dtype=np.int32
        )

    @classmethod
    def of(
        cls, con: duckdb.DuckDBPyConnection, engine: Engine, embedder: Embedder | None = None
    ) -> SearchService:
        """Open what a database holds; an index that is missing is made.

        Args:
            con: the warehouse or its published copy; not used after this call.

        Raises:
            StorageError: nothing has been stored to search, or the index cannot be opened.
        """
        corpus = load_corpus(con, embedder)
        if corpus is None:
            raise StorageError("nothing to search yet; run `tradeflow run` first")
        if not engine.has(corpus.digest):
            build_index(corpus, engine)
        return cls(corpus, engine.open(corpus.digest), States.of(con), embedder)

    @classmethod
    def of_world(cls, world: World) -> SearchService:
        """Open the published copy of a world, beside a writer.

        Raises:
            StorageError: nothing has been published yet.
            InputError: the configured model cannot be loaded.
        """
        with world.warehouse.reader() as con:
            return cls.of(con, world.search_engine, world.embedder)

    def search(
        self,
        text: str,
        *,
        k: int = 5,
        as_of: Week | date | None = None,
        layer: str | None = None,
        category: str | None = None,
        material: str | None = None,
        status: str | None = None,
        economy: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> list[Hit]:
        """The k documents that answer best, best first.

        Args:
            text: what is asked, in either script or in English.
            k: how many at most.
            as_of: a week (its last day) or a day; default all that the newest week knows.
            layer: only this layer, e.g. `cn_export_control`.
            category: only this category, e.g. `enforcement_action`.
            material: only documents about this material, by symbol, id or any of its names.
            status: only notices with a clause in this state on the day, e.g. `suspended`.
            economy: only documents about this economy, by ISO 3166 alpha-3 code or name.
            since: only documents dated on this day or later: issued, else the page's day, else
                released. Unlike `as_of` it says nothing of what was known.
            until: only documents dated on this day or earlier.

        Raises:
            InputError: the question is empty or too long, a filter names nothing known, or
                `since` is after `until`.
        """
        question = self._question(text)
        if k < 1:
            raise InputError(f"k must be at least 1, got {k}")
        if since is not None and until is not None and since > until:
            raise InputError(f"no day lies from {since} to {until}")
        week, day = self._moment(as_of)
        where = Filter(
            week=week_number(week),
            released_until=None if as_of is None else day_number(day),
            dated=(_day_number_of(since), _day_number_of(until)),
            equal=tuple(self._equal(layer, category, material, economy)),
            documents=None if status is None else self._states.documents(week, day, status),
        )
        public = self._public(where)
        reading = self._with_own_numbers(question, public)
        vector, most = self._postings.query_vector(sparse.query_weights(reading), public)
        by_words = self._ranking(lambda n: self._index.sparse(vector, n, where), k)
        rankings = [by_words]
        if self.embedder is not None:
            meaning = self.embedder.query(question).tolist()
            rankings.append(self._ranking(lambda n: self._index.dense(meaning, n, where), k))
        scored = {each.id: each.score for each in by_words.values()}
        wanted = {term.term for term in (*reading.terms, *reading.implied)}
        return [
            self._hit(
                rank,
                piece,
                score,
                scored.get(place, 0.0) / most if most else 0.0,
                wanted,
                week,
                day,
            )
            for rank, (place, score) in enumerate(self._fused(rankings)[:k], 1)
            for piece in [self.corpus.pieces[place]]
        ]

    def close(self) -> None:
        """Give back what the index holds."""
        self._index.close()

    def __enter__(self) -> SearchService:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def documents(self, as_of: Week | date | None = None) -> Iterator[StoredDocument]:
        """The documents that were public on a day, one each, in order of their ids."""
        week, day = self._moment(as_of)
        seen: set[str] = set()
        for piece in self.corpus.pieces:
            document = piece.document
            is_known = piece.known_from <= week_number(week) <= piece.known_until
            if is_known and document.released_on <= day and document.id not in seen:
                seen.add(document.id)
                yield document

    def _question(self, text: str) -> str:
        question = " ".join(text.split())
        longest = int(threshold("search_query_characters"))
        if not question:
            raise InputError("the question is empty")
        if len(question) > longest:
            raise InputError(f"the question has {len(question)} characters; at most {longest}")
        return question

    def _moment(self, as_of: Week | date | None) -> tuple[str, date]:
        """The week whose knowledge counts, and the day asked about."""
        weeks = self.corpus.weeks
        if as_of is None:
            return weeks[-1], Week.parse(weeks[-1]).end
        day = as_of.end if isinstance(as_of, Week) else as_of
        by_then = [week for week in weeks if week <= Week.containing(day).key]
        return (by_then[-1] if by_then else weeks[0]), day

    def _equal(
        self, layer: str | None, category: str | None, material: str | None, economy: str | None
    ) -> Iterator[tuple[str, str]]:
        for name, value in (("layer", layer), ("category", category)):
            if value is not None:
                yield name, _one_of(name, value, self._known[name])
        if material is not None:
            yield "materials", glossary().concept_of(material) or material
        if economy is not None:
            code = economy.upper() if economy.upper() in glossary().economies else None
            code = code or glossary().concept_of(economy)
            if code not in glossary().economies:
                raise InputError(f"economy {economy!r} is neither an ISO alpha-3 code nor a name")
            yield "economies", code

    def _public(self, where: Filter) -> np.ndarray | None:
        known = (self._known_from <= where.week) & (self._known_until >= where.week)
        if where.released_until is not None:
            known &= self._released <= where.released_until
        return None if known.all() else known

    def _with_own_numbers(self, question: str, public: np.ndarray | None) -> Reading:
        """The question's terms, with the notices that are asked for by their numbers.

        A notice named without its year is the newest of that number.
        """
        reading = read_query(question)
        said = {each.term for each in reading.terms}
        numbers: dict[tuple[int, int], dict[str, Term]] = {}
        for each in reading.terms:
            if each.term.startswith("no:"):
                numbers.setdefault((each.start, each.end), {})[each.term[3:]] = each
        added: list[Term] = []
        for (start, end), named in numbers.items():
            full = [number for number in named if "-" in number]
            for number in full or [number for number in named if number.isdecimal()]:
                year, _, last = number.rpartition("-")
                bearer = self._newest_with(int(last), said, public) if not year else None
                year = year or (str(bearer.year) if bearer is not None and bearer.year else "")
                if year:
                    added.append(Term(own_number_term(int(year), int(last)), start, end))
        return Reading((*reading.terms, *added), reading.implied)

    def _newest_with(
        self, number: int, terms: set[str], public: np.ndarray | None
    ) -> StoredDocument | None:
        numbered = [
            self.corpus.pieces[place].document
            for place in self._bearers.get(number, ())
            if public is None or public[place]
        ]
        typed = [each for each in numbered if f"no:{each.document_type}{number}" in terms]
        return max(
            typed or numbered,
            key=lambda each: (each.year or 0, each.released_on, each.id),
            default=None,
        )

    def _ranking(self, ask: Callable[[int], list[Found]], k: int) -> dict[str, Found]:
        """The best piece of each document, best document first."""
        limit = _FIRST_LIMIT
        while True:
            found = ask(limit)
            best: dict[str, Found] = {}
            for each in sorted(found, key=self._order):
                best.setdefault(self.corpus.pieces[each.id].document.id, each)
            if len(best) >= max(k, 10) or len(found) < limit:
                return best
            limit *= _LIMIT_STEP

    def _order(self, found: Found) -> tuple[float, int, str, int]:
        document = self.corpus.pieces[found.id].document
        # Engines add up in other orders: what they agree on decides.
        return (-round(found.score, 4), -day_number(document.released_on), document.id, found.id)

    def _fused(self, rankings: Iterable[dict[str, Found]]) -> list[tuple[int, float]]:
        """Points of the documents' best pieces with their fused scores, best first."""
        scores: dict[str, float] = {}
        places_of: dict[str, int] = {}
        for ranking in rankings:
            for rank, (document, found) in enumerate(ranking.items(), 1):
                scores[document] = scores.get(document, 0.0) + 1 / (RRF_K + rank)
                places_of.setdefault(document, found.id)
        newest = {
            document: day_number(self.corpus.pieces[place].document.released_on)
            for document, place in places_of.items()
        }
        ordered = sorted(scores, key=lambda each: (-scores[each], -newest[each], each))
        return [(places_of[each], scores[each]) for each in ordered]

    def _hit(
        self,
        rank: int,
        piece: Piece,
        score: float,
        relevance: float,
        wanted: set[str],
        week: str,
        day: date,
    ) -> Hit:
        document, chunk = piece.document, piece.chunk
        highlights = tuple(places(chunk.text, wanted))
        window = _densest(chunk.text, highlights, _WINDOW)
        place = next((begin for begin, _ in highlights if begin >= window), window)
        return Hit(
            rank=rank,
            document_id=document.id,
            title=document.title,
            layer=document.layer,
            category=document.category,
            url=chunk.url,
            notice_key=document.notice_key,
            dated=document.dated,
            released_on=document.released_on,
            materials=document.materials,
            economies=document.economies,
            states=self._states.of_notice(week, day, document.notice_key),
            clause=clause_at(Chunk(chunk.clause, chunk.text), place),
            text=chunk.text,
            highlights=highlights,
            score=score,
            relevance=min(1.0, relevance),
            is_unconfirmed=document.is_unconfirmed,
            is_reconstructed=document.is_reconstructed,
        )


def _densest(text: str, highlights: Sequence[tuple[int, int]], width: int) -> int:
    """Where the stretch of `width` characters with most highlighted ones begins.

    It begins with the clause or sentence of a highlight where that is near.
    """
    said: dict[int, int] = {}
    for first, _ in highlights:
        near = text[max(0, first - width // 3) : first]
        edge = max(near.rfind(mark) for mark in "\n。；;")
        start = first - len(near) + edge + 1 if edge >= 0 else max(0, first - width // 6)
        said[start] = sum(
            min(end, start + width) - begin
            for begin, end in highlights
            if start <= begin < start + width
        )
    best = max(said, key=lambda start: (said[start], -start), default=0)
    return best if len(text) - best >= width // 2 else max(0, min(best, len(text) - width))


def build_index(corpus: Corpus, engine: Engine) -> int:
    """Make the corpus' index beside the present one and swap it in; how many points it holds.

    Raises:
        StorageError: it could not be made whole; what stood still stands.
    """
    size = None if corpus.dense is None else corpus.dense.shape[1]
    return engine.build(corpus.digest, corpus.points(), size)


def _day_number_of(day: date | None) -> int | None:
    return None if day is None else day_number(day)


def _one_of(name: str, value: str, known: set[str]) -> str:
    if value not in known:
        raise InputError(f"{name} {value!r} is unknown; known: {', '.join(sorted(known))}")
    return value
