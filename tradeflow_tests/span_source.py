"""A source of numbers in spans, capped like Comtrade, and its server, for tests of collecting."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import httpx
import polars as pl

from tradeflow.answers import Answer, Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source, Total
from tradeflow.sources.errors import ChangedShape, TooManyRows

TABLE = "raw.numbers__found"


def span(first: int, last: int, stamp: str = "") -> Request:
    """Ask for the numbers from `first` up to, not with, `last`."""
    return Request(
        source="numbers",
        label=f"{first:04d}..{last:04d}",
        url="http://numbers.example/span",
        params=(("first", str(first)), ("last", str(last))),
        about=(("first", str(first)), ("last", str(last)), ("stamp", stamp)),
    )


@dataclass
class Spans(Source):
    """Asks for one span; an answer of `cap` rows is a cut one; `stamp` is the release announced."""

    last: int = 64
    cap: int = 8
    stamp: str = ""
    shrinks: bool = True
    parses: list[str] = field(default_factory=list)

    name = "numbers"
    group = "numbers_layer"
    parser_version: str = "1"
    tables = {"numbers__found": ("number", "is_reconstructed")}

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        return [span(0, self.last, self.stamp)]

    def parse(self, answer: Answer) -> Parsed:
        self.parses.append(answer.request.label)
        try:
            numbers = json.loads(answer.body)
        except ValueError:
            raise ChangedShape(answer.request, "body", "JSON", answer.body[:20]) from None
        if len(numbers) >= self.cap:
            raise TooManyRows(answer.request, "rows", f"under {self.cap}", len(numbers))
        rows = [(str(number), "false") for number in numbers]
        schema = dict.fromkeys(self.tables["numbers__found"], pl.Utf8)
        return Parsed({"numbers__found": pl.DataFrame(rows, schema=schema, orient="row")})

    def split(self, request: Request) -> list[Request]:
        first, last = int(request.context["first"]), int(request.context["last"])
        if last - first < 2:
            return []
        middle = (first + last) // 2 if self.shrinks else last - 1
        stamp = request.context["stamp"]
        return [span(first, middle, stamp), span(middle, last, stamp)]

    def stands(self, request: Request) -> bool:
        return bool(request.context["stamp"])

    def totals(self, parsed: Parsed) -> Mapping[str, Total]:
        numbers = [int(number) for number in parsed.tables["numbers__found"]["number"]]
        return {"all": Total(Decimal(sum(numbers)), len(numbers))}


@dataclass
class SpanServer(httpx.BaseTransport):
    """Answers with the numbers of a span, cut at the cap; counts and fails as told."""

    numbers: Iterable[int] = ()
    cap: int = 8
    failing: dict[str, int] = field(default_factory=dict)
    """Span -> status of its refusals."""
    asked: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        first, last = int(request.url.params["first"]), int(request.url.params["last"])
        name = f"{first:04d}..{last:04d}"
        self.asked.append(name)
        if name in self.failing:
            return httpx.Response(self.failing[name], text="no")
        found = [number for number in sorted(self.numbers) if first <= number < last]
        return httpx.Response(200, json=found[: self.cap])
