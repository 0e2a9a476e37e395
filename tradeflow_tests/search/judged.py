"""The judged queries as a measure: which documents answer, and how well a ranking has them.

The test half is for a release and not for building: it is read only when asked for by name.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

GOLD = Path(__file__).parent / "gold"
PAGES = Path(__file__).parents[2] / "tradeflow" / "sandbox" / "data" / "mofcom_pages.csv"

Retriever = Callable[[str], Sequence[str]]
"""A question to document ids, best first, at least ten where there are so many."""


@dataclass(frozen=True)
class Judged:
    """A question with the grades (2 answers, 1 helps) of the documents it is about."""

    id: str
    kind: str
    query: str
    grades: Mapping[str, int]


@dataclass(frozen=True)
class Scores:
    """Means over questions, each from 0 to 1."""

    questions: int
    ndcg_10: float
    """Gain 2^grade − 1, discount log2(rank + 1), over the best possible ranking."""
    recall_5: float
    """Answers and helps among the first five, over five or as many as there are."""
    recall_5_of_all: float
    """The same over all there are, so that a question with eight answers reaches 5/8 at most."""
    mrr: float
    """One over the rank of the first document that answers or helps."""

    def __str__(self) -> str:
        return (
            f"nDCG@10 {self.ndcg_10:.3f}  recall@5 {self.recall_5:.3f}"
            f" (of all {self.recall_5_of_all:.3f})  MRR {self.mrr:.3f}  n = {self.questions}"
        )


def judged_queries(con: duckdb.DuckDBPyConnection, half: str = "tuning") -> list[Judged]:
    """The questions of one part, their pages mapped to the documents of a database.

    Args:
        con: the warehouse, with schema search filled.
        half: `tuning`, or for a release `test`; `later` for the questions added since.
    """
    documents = documents_by_judged_name(con)
    found = []
    name = "tuning.csv" if half == "later" else "queries.csv"
    with (GOLD / name).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row.get("half", half) != half:
                continue
            grades: dict[str, int] = {}
            for stated in row["relevant"].split(";"):
                name, _, grade = stated.rpartition(":")
                document = documents[name]
                grades[document] = max(int(grade), grades.get(document, 0))
            found.append(Judged(row["query_id"], row["kind"], row["query"], grades))
    return found


@dataclass(frozen=True)
class Ranked:
    """What an outside model of 1,536 dimensions found for a question, best first, without doubles.

    Its scores are of another space and are left out: only order and overlap can be compared.
    """

    query: str
    documents: tuple[str, ...]


def outside_rankings(con: duckdb.DuckDBPyConnection) -> list[Ranked]:
    """The rankings of gold/semantic_gold.csv, mapped to the documents of a database."""
    names = documents_by_judged_name(con)
    found: dict[str, list[str]] = {}
    with (GOLD / "semantic_gold.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["query"], []).append(names[row["document"]])
    return [Ranked(query, tuple(documents)) for query, documents in found.items()]


def overlap(rankings: Iterable[Ranked], retrieve: Retriever) -> float:
    """Mean share of an outside ranking that is among the first ten here."""
    shares = []
    for each in rankings:
        found = set(list(retrieve(each.query))[:10])
        shares.append(len(found & set(each.documents)) / len(each.documents))
    return sum(shares) / len(shares)


def documents_by_judged_name(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Document ids by page id of the bundled world, and by themselves for data cards."""
    rows = con.execute(
        "select distinct documents.document_id, chunks.url from search.documents as documents"
        " inner join search.chunks as chunks using (content_hash)"
        " union select distinct document_id, url from search.documents"
    ).fetchall()
    by_place = {_place(url): document for document, url in rows if url}
    named = {document: document for document, _ in rows}
    with PAGES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            document = by_place.get((row["host"], row["path"]))
            if document is not None:
                named[row["page_id"]] = document
    return named


def score(queries: Iterable[Judged], retrieve: Retriever) -> Scores:
    """Put every question to a retriever and average."""
    rows = [_one(query.grades, list(retrieve(query.query))) for query in queries]
    means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return Scores(len(rows), *means)


def _one(grades: Mapping[str, int], ranking: list[str]) -> tuple[float, float, float, float]:
    gained = sum(
        (2 ** grades.get(document, 0) - 1) / math.log2(rank + 1)
        for rank, document in enumerate(ranking[:10], 1)
    )
    best = sum(
        (2**grade - 1) / math.log2(rank + 1)
        for rank, grade in enumerate(sorted(grades.values(), reverse=True)[:10], 1)
    )
    hits = sum(document in grades for document in ranking[:5])
    first = next((rank for rank, each in enumerate(ranking, 1) if each in grades), None)
    return (
        gained / best,
        hits / min(5, len(grades)),
        hits / len(grades),
        1 / first if first is not None else 0.0,
    )


def _place(url: str) -> tuple[str, str]:
    split = urlsplit(url)
    return split.hostname or "", split.path
