"""A short sketch of a page's text by which nearly equal pages are found.

The sketch holds the smallest hashes of the text's overlapping pieces (bottom-k of A. Broder, "On
the resemblance and containment of documents", 1997): the share of the smallest hashes of two pages
together that both hold estimates how much of their pieces they share. Not here: comparing pages
(`dbt_like_sql/marts/fct_near_duplicates.sql`).
"""

from __future__ import annotations

import re
from hashlib import blake2b

from tradeflow.policy.page import Article

SKETCH_SIZE = 128
"""Hashes kept; texts with fewer pieces are compared exactly, longer ones to about 4 points."""
_PIECE = 5
_NO_LETTER = re.compile(r"[\W_]+")


def sketch(article: Article) -> tuple[int, ...]:
    """The smallest hashes of the text's pieces of five letters, ascending; 63 bits each."""
    letters = _NO_LETTER.sub("", article.folded)
    pieces = {letters[i : i + _PIECE] for i in range(max(1, len(letters) - _PIECE + 1))}
    hashes = {
        int.from_bytes(blake2b(piece.encode(), digest_size=8).digest(), "big") >> 1
        for piece in pieces
    }
    return tuple(sorted(hashes)[:SKETCH_SIZE])
