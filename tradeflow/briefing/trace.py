"""From a printed number back to the stored answers it came from.

Reads a published brief's `figures.json` and the archive; no warehouse is needed. Each answer's
body is verified against its hash on the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradeflow.briefing.kinds import frame_of
from tradeflow.errors import InputError
from tradeflow.periods import Period
from tradeflow.storage.archive import Archive


@dataclass(frozen=True)
class Origin:
    """Where one printed numeral came from."""

    position: int
    """Place of the numeral in the brief, from 1."""
    printed: str
    kind: str
    reference: str
    value: str | None
    """The unrounded value of a fact."""
    coverage: str
    vintage: str
    is_reconstructed: bool
    response_ids: tuple[str, ...]


def origins(record: Mapping[str, Any], figure: str) -> list[Origin]:
    """Every numeral of a brief that answers to `figure`.

    Args:
        record: the brief's `figures.json`.
        figure: a printed number (`1,767.3`), `#position`, or a fact id.

    Raises:
        InputError: the brief prints no such figure.
    """
    found = [
        _origin(record, position, entry)
        for position, entry in enumerate(record["numerals"], 1)
        if _answers(figure, position, entry)
    ]
    if not found:
        raise InputError(
            f"{record['period']} brief prints no figure {figure!r}; "
            "give a number as printed, #position, or a fact id of figures.json"
        )
    return _distinct(found)


def trace_figure(archive: Archive, reports: Path, period: Period, figure: str) -> Iterator[str]:
    """Tell, line by line, how a printed figure leads to the stored answers.

    Args:
        archive: archive of the world the brief was made in.
        reports: folder of that world's published reports.
        period: the week, month or year the report is about.

    Raises:
        InputError: no report of the period is published, or it prints no such figure.
        StorageError: a stored answer is missing or was changed; the file is named.
    """
    path = frame_of(period).folder_of(reports, period) / "figures.json"
    if not path.is_file():
        raise InputError(f"no report of {period} is published in {reports}; run it first")
    record = json.loads(path.read_text("utf-8"))
    for origin in origins(record, figure):
        yield from _lines(archive, origin)


def _answers(figure: str, position: int, entry: Mapping[str, Any]) -> bool:
    if figure.startswith("#"):
        return figure[1:] == str(position)
    return figure in {entry["text"], entry["whole"], entry["reference"]} or (
        figure.replace("-", "−") == entry["whole"]
    )


def _origin(record: Mapping[str, Any], position: int, entry: Mapping[str, Any]) -> Origin:
    fact = record["facts"].get(entry["reference"], {})
    row = entry["reference"].partition("#")[0].rpartition(":")[0]
    return Origin(
        position=position,
        printed=entry["whole"],
        kind=entry["kind"],
        reference=entry["reference"],
        value=fact.get("value"),
        coverage=fact.get("coverage", ""),
        vintage=fact.get("vintage", ""),
        is_reconstructed=bool(fact.get("is_reconstructed")),
        response_ids=tuple(fact.get("response_ids") or record["rows"].get(row, ())),
    )


def _distinct(found: list[Origin]) -> list[Origin]:
    first: dict[tuple[str, str], Origin] = {}
    for origin in found:
        first.setdefault((origin.reference, origin.printed), origin)
    return list(first.values())


def _lines(archive: Archive, origin: Origin) -> Iterator[str]:
    yield f"#{origin.position} {origin.printed}  {origin.kind} {origin.reference}"
    if origin.value is not None:
        mark = ", 重建" if origin.is_reconstructed else ""
        yield f"  value {origin.value}  coverage {origin.coverage}  vintage {origin.vintage}{mark}"
    if not origin.response_ids:
        yield "  no answer of a source stands behind it"
    for response_id in origin.response_ids:
        size = len(archive.body(response_id))
        for receipt in archive.receipts(response_id):
            yield f"  answer {response_id}  {size:,} bytes, verified"
            yield f"    {receipt.source}: {receipt.label}"
            when = receipt.fetched_at.isoformat()
            yield f"    {receipt.method} {receipt.url}  {when}  {receipt.mode}"
