"""BM25 as sparse vectors: what a piece of text weighs, and what a query asks for.

A piece's vector holds the saturated term frequencies, the query's the inverse document
frequencies, so their dot product is BM25. The usual length of a piece is a constant, not the
corpus' mean: a piece then has one vector for good, whatever else is stored. How many pieces
hold a term is counted at the time of asking, among what was public on the day asked about:
the weight of a term never knows the future, and IDF always counts.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009;
fields weighed before saturation as in BM25F.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np

from tradeflow.search.glossary import glossary
from tradeflow.search.text import TEXT_VERSION, Reading

MODEL = "bm25"
K1 = 1.2
"""How soon a term said again stops counting; the usual value."""
B = 0.3
"""How far long pieces are held against: little, as pieces are cut to one length."""
USUAL_LENGTH = 150.0
"""Weighted terms of a usual piece."""
TITLE, MARKS, WORD, IMPLIED = 2.0, 1.0, 0.7, 0.5
"""Weight of a term of the title, of what is known of the document beside its text, of a plain
word (a concept has 1), and of what a concept merely implies. Chosen on the tuning half of the
judged queries (docs/search.md); nearby values differ by one to three hundredths of nDCG."""


@cache
def revision() -> str:
    """What the vectors of texts depend on beside the texts: rules, glossary, weights, jieba."""
    from importlib.metadata import version

    weights = (K1, B, USUAL_LENGTH, TITLE, MARKS, WORD, IMPLIED)
    stated = (TEXT_VERSION, glossary().digest, weights, version("jieba"))
    return hashlib.sha256(repr(stated).encode()).hexdigest()[:16]


def term_id(term: str) -> int:
    """The dimension of a term, 32 bits: equal everywhere without a shared list of terms."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=4).digest(), "big")


def text_vector(title: Reading, text: Reading, marks: Iterable[str]) -> dict[int, float]:
    """The sparse vector of a piece.

    Args:
        title: the document's title.
        text: the piece.
        marks: terms known of the document beside its text (number, dates, materials).

    Returns:
        Term dimension to saturated frequency, between 0 and K1 + 1.
    """
    frequencies: defaultdict[str, float] = defaultdict(float)
    for term, weight in _weighed(title).items():
        frequencies[term] += TITLE * weight
    for term, weight in _weighed(text).items():
        frequencies[term] += weight
    for term in marks:
        frequencies[term] += MARKS
    length = sum(frequencies.values())
    norm = K1 * (1 - B + B * length / USUAL_LENGTH)
    return {
        term_id(term): count * (K1 + 1) / (count + norm)
        for term, count in sorted(frequencies.items())
    }


def query_weights(query: Reading) -> dict[str, float]:
    """What each term of a query counts, before its rarity."""
    return _weighed(query)


def _weighed(reading: Reading) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for each in reading.terms:
        found[each.term] += 1.0 if each.term[0] == "#" or ":" in each.term else WORD
    for each in reading.implied:
        found[each.term] += IMPLIED
    return found


class Postings:
    """Which pieces hold a term.

    Args:
        offsets, terms: the dimensions of piece i are `terms[offsets[i]:offsets[i + 1]]`.
    """

    def __init__(self, offsets: np.ndarray, terms: np.ndarray) -> None:
        self._pieces = len(offsets) - 1
        owners = np.repeat(np.arange(self._pieces, dtype=np.int32), np.diff(offsets))
        order = np.argsort(terms, kind="stable")
        self._terms, self._owners = terms[order], owners[order]

    def query_vector(
        self, weights: Mapping[str, float], public: np.ndarray | None
    ) -> tuple[dict[int, float], float]:
        """The query's vector, and the most that a piece could score.

        Args:
            weights: of `query_weights`.
            public: whether each piece counts; None for all.

        Returns:
            Term dimension to weight times IDF; terms that no piece holds are left out of it, but
            not of the most a piece could score.
        """
        pieces = self._pieces if public is None else int(public.sum())
        vector, most = {}, 0.0
        for term, weight in sorted(weights.items()):
            dimension = term_id(term)
            begin, end = np.searchsorted(self._terms, [dimension, dimension + 1])
            owners = self._owners[begin:end]
            holding = len(owners) if public is None else int(public[owners].sum())
            rarity = math.log(1 + (pieces - holding + 0.5) / (holding + 0.5))
            most += weight * rarity * (K1 + 1)
            if holding:
                vector[dimension] = weight * rarity
        return vector, most
