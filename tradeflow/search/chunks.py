"""Texts in pieces of one or more clauses, the title in every piece.

Here: where a text is cut, 400 to 600 characters apart where its clauses allow it. Not here: words,
or which documents there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CHUNKER_VERSION = "1"
"""Raised whenever any text would be cut otherwise."""

SHORTEST, LONGEST = 400, 600
"""Characters of a piece: a clause ends it from SHORTEST on, nothing goes beyond LONGEST.

A piece holds a handful of clauses, few enough to show and enough to say what they are about.
"""

_ORDINAL = "[一二三四五六七八九十百零〇0-9]{1,4}"
_CLAUSE = re.compile(
    rf"\s*(?:第(?P<article>{_ORDINAL})[条條章节節款]|(?P<top>[一二三四五六七八九十]{{1,3}})、"
    rf"|[（(](?P<sub>[一二三四五六七八九十]{{1,3}})[）)]|(?P<item>\d{{1,3}})[.、．])"
)
_SENTENCE = re.compile(r"[^。！？；!?;]*[。！？；!?;]*")


@dataclass(frozen=True)
class Chunk:
    """A stretch of a document's text, and the clause it begins in as the text numbers it."""

    clause: str
    text: str


def chunks(lines: Iterable[str]) -> Iterator[Chunk]:
    """Cut a text, given line by line.

    Yields:
        Pieces in order; lines are joined by newlines. Every character of every line is in exactly
        one piece, apart from empty lines.
    """
    held: list[str] = []
    size, label, current = 0, "", ""
    for piece in _pieces(lines):
        match = _CLAUSE.match(piece)
        if match is not None:
            current = _label(match, current)
        ends_here = match is not None and size >= SHORTEST
        if held and (ends_here or size + 1 + len(piece) > LONGEST):
            yield Chunk(label, "\n".join(held))
            held, size = [], 0
        if not held:
            label = current
        size += len(piece) + (1 if held else 0)
        held.append(piece)
    if held:
        yield Chunk(label, "\n".join(held))


def clause_at(chunk: Chunk, place: int) -> str:
    """The clause that a place of a piece's text stands in, as the text numbers it."""
    current, begin = chunk.clause, 0
    for line in chunk.text.split("\n"):
        if begin > place:
            break
        match = _CLAUSE.match(line)
        if match is not None:
            current = _label(match, current)
        begin += len(line) + 1
    return current


def _label(match: re.Match[str], current: str) -> str:
    whole = match["article"] or match["top"]
    if whole:
        return whole
    part = f"({match['sub'] or match['item']})"
    return current.split("(")[0] + part


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    """Lines, the long ones cut after sentences and in the last resort anywhere."""
    for line in lines:
        if len(line) <= LONGEST:
            if line:
                yield line
            continue
        held = ""
        for match in _SENTENCE.finditer(line):
            if held and len(held) + len(match[0]) > LONGEST:
                yield held
                held = ""
            held += match[0]
            while len(held) > LONGEST:
                yield held[:LONGEST]
                held = held[LONGEST:]
        if held:
            yield held
