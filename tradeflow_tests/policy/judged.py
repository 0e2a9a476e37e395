"""How the rules do against the judged pages: for each field how many are null and how many wrong.

`python -m tradeflow_tests.policy.judged FACTS_FOLDER` prints the table; the folder is the one that
holds `facts/`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

import tradeflow.sandbox
from tradeflow.policy.extract import PageRecord, extract_page
from tradeflow_tests.policy.site import site_pages

_GOLD = Path(__file__).resolve().parent / "gold" / "fields.yml"
_CATEGORIES = Path(__file__).resolve().parents[1] / "search" / "gold" / "categories.csv"
_PAGES = Path(tradeflow.sandbox.__file__).resolve().parent / "data" / "mofcom_pages.csv"
_LAWS = {
    "ECL": "《中华人民共和国出口管制法》",
    "FTL": "《中华人民共和国对外贸易法》",
    "CL": "《中华人民共和国海关法》",
    "DUR": "《中华人民共和国两用物项出口管制条例》",
    "AFSL": "《中华人民共和国反外国制裁法》",
    "AFSR": "《实施〈中华人民共和国反外国制裁法〉的规定》",
    "NSL": "《中华人民共和国国家安全法》",
    "TIER": "《中华人民共和国技术进出口管理条例》",
    "UELR": "《不可靠实体清单规定》",
}
_END_USES = {"user": "military_user", "use": "military_use", "strength": "military_strength"}


@dataclass(frozen=True)
class Score:
    """One field over all pages."""

    field: str
    judged: int
    """Pages on which the field is stated."""
    null: int
    """Of these, pages where nothing was read."""
    wrong: int
    """Pages where something else was read than is stated, or something where nothing is."""
    offenders: tuple[str, ...]


@cache
def records(shared: Path) -> tuple[PageRecord, ...]:
    found = [extract_page(*page) for page in site_pages(shared)]
    return tuple(record for record in found if record is not None)


def scores(shared: Path) -> list[Score]:
    """Null and wrong counts of each field over the site's pages."""
    gold = yaml.safe_load(_GOLD.read_text(encoding="utf-8"))
    with _CATEGORIES.open(encoding="utf-8") as lines:
        by_id = {row["page_id"]: row["category"] for row in csv.DictReader(lines)}
    with _PAGES.open(encoding="utf-8") as lines:
        categories = {row["path"]: by_id[row["page_id"]] for row in csv.DictReader(lines)}
    compared: dict[str, list[tuple[str, Any, Any]]] = {}
    used = set()
    for record in records(shared):
        place = next((end for end in gold if record.url.endswith(f"/{end}")), None)
        used.add(place)
        expected = _expected(gold.get(place) or {})
        expected["category"] = categories[urlsplit(record.url).path]
        for field, value in _read(record):
            compared.setdefault(field, []).append((record.url, expected[field], value))
    unused = set(gold) - used
    assert not unused, f"no page ends in {unused}"
    return [_score(field, pairs) for field, pairs in compared.items()]


def _expected(entry: dict[str, Any]) -> dict[str, Any]:
    count = entry.get("count", entry.get("stated"))
    return {
        "key": entry.get("key"),
        "issuers": entry.get("issuers"),
        "issue_date": entry.get("issue_date"),
        "effective": entry.get("effective"),
        "targets": entry.get("targets"),
        "materials": entry.get("materials"),
        "legal_basis": [_LAWS[law] for law in entry.get("laws", [])],
        "licence_types": sorted(entry.get("licences", [])),
        "licences_barred": sorted(entry.get("barred", [])),
        "end_uses": sorted(_END_USES[use] for use in entry.get("end_uses", [])),
        "extraterritorial": entry.get("abroad"),
        "list_kind": entry.get("list"),
        "stated_entities": count,
        "entities": entry.get("count"),
        "technology": sorted(entry.get("technology", [])),
        "equipment": sorted(entry.get("equipment", [])),
    }


def _read(record: PageRecord) -> Iterator[tuple[str, Any]]:
    identity = record.identity
    yield "key", identity.key
    yield "issuers", list(identity.issuers)
    yield "issue_date", identity.issue_date
    yield "effective", {each.clause: each.effective_date for each in record.clauses}
    yield "targets", list(record.target_iso3)
    yield "materials", list(record.materials)
    yield "legal_basis", list(record.values("legal_basis"))
    yield "licence_types", sorted(record.values("licence_type"))
    yield "licences_barred", sorted(record.values("licence_barred"))
    yield "end_uses", sorted(record.values("end_use"))
    yield "extraterritorial", record.is_extraterritorial or None
    yield "list_kind", next(iter(record.values("list_kind")), None)
    yield "stated_entities", record.entity_count
    yield "entities", len(record.entities) or None
    for kind in ("technology", "equipment"):
        yield kind, sorted(item.value for item in record.items if item.kind == kind)
    yield "category", record.category


def _score(field: str, pairs: Iterable[tuple[str, Any, Any]]) -> Score:
    judged = null = 0
    offenders = []
    for url, expected, value in pairs:
        expected, value = _plain(expected), _plain(value)
        judged += expected is not None
        if expected is not None and value is None:
            null += 1
        elif expected != value:
            offenders.append(f"{url}: {value!r}, not {expected!r}")
    return Score(field, judged, null, len(offenders), tuple(offenders))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {clause: str(day) for clause, day in value.items()} or None
    if isinstance(value, date):
        return str(value)
    return value or None


if __name__ == "__main__":
    sys.stdout.write(f"{'field':<18}{'judged':>8}{'null':>6}{'wrong':>7}\n")
    for score in scores(Path(sys.argv[1])):
        sys.stdout.write(f"{score.field:<18}{score.judged:>8}{score.null:>6}{score.wrong:>7}\n")
        sys.stdout.writelines(f"    {offender}\n" for offender in score.offenders)
