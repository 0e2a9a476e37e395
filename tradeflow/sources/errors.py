"""Errors of a source, one class per remedy.

A class says what mends the failure; the fields say which source, which request, which field,
what was expected and what came. Nothing here decides what happens next: `collect.py`
carries an earlier answer forward or lets the layer fail.
"""

from __future__ import annotations

from typing import ClassVar

from tradeflow.answers import Exchange, Request
from tradeflow.errors import TradeflowError

_LONGEST = 160


class SourceError(TradeflowError):
    """An answer that cannot be used, or no answer.

    Args:
        request: the question asked.
        field: what is wrong: `status`, `count`, a column's name …
        expected: what the source had agreed to send.
        got: what came, cut to one short line.

    `exchange` is the response that was refused, for keeping and inspection; None when nothing
    came, or when the error is about an answer the archive already holds.
    """

    retry_helps: ClassVar[bool] = False
    remedy: ClassVar[str] = "asking again does not help"

    def __init__(self, request: Request, field: str, expected: object, got: object) -> None:
        super().__init__(request, field, expected, got)
        self.source = request.source
        self.request = request
        self.field = field
        self.expected = _one_line(expected)
        self.got = _one_line(got)
        self.exchange: Exchange | None = None

    def __str__(self) -> str:
        return (
            f"{self.source}: {_one_line(self.request.label)}: {self.field}: "
            f"expected {self.expected}, got {self.got}; {self.remedy}"
        )


class TransientError(SourceError):
    """The source is down, slow or asks for patience."""

    retry_helps = True
    remedy = "asking again later helps"


class PermanentError(SourceError):
    """The source refuses this request, or no longer has what it names."""


class QuotaExceeded(SourceError):
    """The source's allowance of calls is used up."""

    retry_helps = True
    remedy = "asking again after the allowance is renewed (the next day) helps"


class KeyRejected(SourceError):
    """The source wants a key, or another one than it was given."""

    remedy = "asking again helps only with another key"


class IncompleteAnswer(SourceError):
    """The answer has fewer rows than it states, must have, or needs to add up."""

    retry_helps = True
    remedy = "nothing was stored as data; asking again may help"


class TooManyRows(IncompleteAnswer):
    """The answer is cut at the source's cap of rows: the question was too large."""

    retry_helps = False
    remedy = "nothing was stored as data; the request has to be split into smaller ones"


class Implausible(SourceError):
    """A closed period came out so differently from before that a person has to look at it."""

    remedy = "the answer is held and the last good one stands until a person accepts it"


class ChangedShape(SourceError):
    """The answer is not of the agreed shape, or not an answer to what was asked."""

    remedy = "asking again does not help; the parser or the request has to follow the source"


def _one_line(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
