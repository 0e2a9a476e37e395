"""What drawing a chart yields besides its marks: what it is, in words and as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tradeflow.briefing.chinese import FACT_FORMATS
from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.marts import Fact

HUNDRED_MILLION = 1e8


@dataclass(frozen=True)
class Numbers:
    """The figures drawn, formatted as in the text."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Plan:
    """Description and numbers of a chart; its marks are on the canvas."""

    description: str
    numbers: Sequence[Numbers]


def value(fact: Fact | None) -> float:
    """A figure as a place on a scale.

    Raises:
        BriefError: there is no figure.
    """
    if fact is None:
        raise BriefError("a chart cannot draw a missing figure")
    return float(fact.number)


def written(fact: Fact | None, form: str) -> str:
    """A figure as the text prints it; nothing where there is none."""
    return "" if fact is None else FACT_FORMATS[form](fact)
