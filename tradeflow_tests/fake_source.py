"""A small source for the tests of ingest and rebuild, and a server that answers for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import httpx
import polars as pl

from tradeflow.answers import Answer, Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed, Source
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer

HOST = "http://figures.example"
PARTNERS = "raw.figures__partners"


@dataclass
class FakeSource(Source):
    """Partners, their total, and a listing of pages: every kind of request ingest knows."""

    name = "figures"
    group = "figures_layer"
    parser_version: str = "1"
    tables = {
        "figures__partners": ("partner", "value", "is_reconstructed"),
        "figures__pages": ("url", "listed_title", "text"),
    }

    def requests(self, as_of: date, settings: Settings) -> list[Request]:
        return [
            ask("partners", group="totals"),
            ask("world", group="totals"),
            ask("listing"),
        ]

    def parse(self, answer: Answer) -> Parsed:
        request = answer.request
        if request.context["kind"] == "page":
            text = answer.body.decode()
            if "error" in text:
                raise ChangedShape(request, "page", "an article", text)
            row = (request.url, request.context["listed_title"], text)
            return Parsed({"figures__pages": self._frame("figures__pages", [row])})
        try:
            rows = json.loads(answer.body)["rows"]
        except (ValueError, KeyError, TypeError):
            raise ChangedShape(request, "body", "JSON with rows", answer.body[:40]) from None
        if len({name for name, _ in rows}) < len(rows):
            raise IncompleteAnswer(request, "rows", "one of each", rows)
        if request.context["kind"] == "listing":
            return Parsed({"figures__pages": self._frame("figures__pages", [])})
        reconstructed = "true" if answer.marks.everything else "false"
        frame = self._frame("figures__partners", [(n, v, reconstructed) for n, v in rows])
        return Parsed({"figures__partners": frame})

    def follow(self, answer: Answer, parsed: Parsed) -> list[Request]:
        if answer.request.context["kind"] != "listing":
            return []
        return [
            ask("page", url, listed_title=title) for url, title in json.loads(answer.body)["rows"]
        ]

    def leads_on(self, request: Request) -> bool:
        return request.context["kind"] == "listing"

    def audit(self, group: str, parsed: Mapping[Request, Parsed]) -> None:
        totals = {
            request.context["kind"]: sum(
                int(value) for value in one.tables["figures__partners"]["value"]
            )
            for request, one in parsed.items()
        }
        if totals["partners"] != totals["world"]:
            raise IncompleteAnswer(next(iter(parsed)), "sum", totals["world"], totals["partners"])

    def may_fail(self, request: Request) -> bool:
        return request.context["kind"] == "page"

    def stands(self, request: Request) -> bool:
        return request.context["kind"] == "page"

    def _frame(self, table: str, rows: list[tuple]) -> pl.DataFrame:
        schema = dict.fromkeys(self.tables[table], pl.Utf8)
        return pl.DataFrame(rows, schema=schema, orient="row")


def ask(kind: str, url: str | None = None, group: str = "", **about: str) -> Request:
    return Request(
        source="figures",
        label=f"{kind} {url or ''}".strip(),
        url=url or f"{HOST}/{kind}",
        group=group,
        about=(("kind", kind), *about.items()),
    )


def rows(*pairs: tuple[str, str]) -> httpx.Response:
    return httpx.Response(200, json={"rows": pairs})


@dataclass
class FakeServer(httpx.BaseTransport):
    """Answers by path; counts what it was asked."""

    answers: dict[str, httpx.Response] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/")
        self.asked.append(path)
        found = self.answers.get(path, httpx.Response(404, text="no such page"))
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)


def good_answers() -> dict[str, httpx.Response]:
    return {
        "partners": rows(("CHN", "60"), ("USA", "40")),
        "world": rows(("W00", "100")),
        "listing": rows((f"{HOST}/a", "公告一"), (f"{HOST}/b", "公告二")),
        "a": httpx.Response(200, text="text of a"),
        "b": httpx.Response(200, text="text of b"),
    }
