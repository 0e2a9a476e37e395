"""What a source is: requests, parse, follow, split, audit – all pure – and the tables it fills.

Here: the interface and the parsed form of an answer. Not here: sending (`transport.py`),
reading bytes (`reading.py`), deciding what a failure means (`collect.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

import polars as pl

from tradeflow.answers import Answer, Request
from tradeflow.settings import Settings


@dataclass(frozen=True)
class Parsed:
    """The rows of one answer by raw table: every column Utf8, values and row order as sent."""

    tables: dict[str, pl.DataFrame]

    @property
    def row_count(self) -> int:
        return sum(frame.height for frame in self.tables.values())


@dataclass(frozen=True)
class Total:
    """What one answer says of one closed period, to be held against its last good answer."""

    value: Decimal
    """In the source's own unit."""
    rows: int
    """How many rows of the answer stand behind it."""


class Source(Protocol):
    """One source. Every method is a function of its arguments alone."""

    name: str
    """Short name used everywhere: `comtrade`."""
    group: str
    """Layer as the user knows it: `bilateral_trade_flows`."""
    parser_version: str
    """Raised when the meaning of `parse` changes; parsed rows are kept per version."""
    tables: Mapping[str, tuple[str, ...]]
    """Raw table -> its text columns, in order, `is_reconstructed` included."""

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        """What to ask to know what the source had published by `as_of`."""
        ...

    def parse(self, answer: Answer) -> Parsed:
        """Read one answer strictly.

        Raises:
            TooManyRows: the answer is cut at the source's cap; `split` may give smaller requests.
            SourceError: the answer is short, empty where rows must be, not of the agreed
                shape, or does not answer what was asked. Nothing of it may be stored as data.
        """
        ...

    def follow(self, answer: Answer, parsed: Parsed) -> list[Request]:
        """Further requests this answer calls for: the next page, the pages it lists."""
        return []

    def split(self, request: Request) -> list[Request]:
        """Smaller requests that together answer this one, asked when its answer was capped.

        The union of their answers is the whole; the parts may be split again. Empty when the
        request cannot be split.
        """
        return []

    def totals(self, parsed: Parsed) -> Mapping[str, Total]:
        """Totals of the closed periods an answer speaks of, by key: `USA X 2024`.

        A key keeps its meaning over the weeks: the collector compares it with the same key of
        the last good answer to the same request, and holds an answer that departs too far.
        """
        return {}

    def leads_on(self, request: Request) -> bool:
        """Whether `follow` may find anything in an answer to this request."""
        return True

    def audit(self, group: str, parsed: Mapping[Request, Parsed]) -> None:
        """Hold the answers of one group (`Request.group`) against each other.

        Raises:
            IncompleteAnswer: they do not add up.
        """
        return

    def may_fail(self, request: Request) -> bool:
        """Whether the layer stands without this request's answer (one article among hundreds).

        A failure is then a reject of that one request, never of the layer.
        """
        return False

    def stands(self, request: Request) -> bool:
        """Whether the last good answer to an equal request (`about` included) needs no renewal.

        True for a page whose listing says nothing new, and for data whose `about` carries the
        release stamp the source itself announced.
        """
        return False


def text_frame(columns: tuple[str, ...], rows: list[tuple[str | None, ...]]) -> pl.DataFrame:
    """Rows of text under the declared columns, an empty frame of the same columns for no rows."""
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Utf8), orient="row")


def flag(value: bool) -> str:
    """A truth value as raw tables write it: `true` or `false`."""
    return "true" if value else "false"
