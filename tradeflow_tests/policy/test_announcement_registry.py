"""The rules against the reviewed registry: notices, issue days and events, over all pages.

The pages come through the sandbox's HTTP surface; its bodies are written by code that shares
nothing with the rules. Events are derived here by a small merge of its own.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from tradeflow.policy.extract import PageRecord, extract_page
from tradeflow_tests.policy.site import site_pages

_STATED_ABROAD = "US-BIS-50PCT"
_STOPS = ("suspended", "replaced", "ended")


@dataclass(frozen=True)
class Event:
    key: str
    clause: str
    event: str
    day: date
    until: date | None
    by: str | None


def read(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "facts" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def records(shared: Path) -> list[PageRecord]:
    found = [extract_page(*page) for page in site_pages(shared)]
    assert all(record is not None for record in found)
    return found


@pytest.fixture(scope="module")
def registry(shared: Path) -> dict[str, dict[str, str]]:
    return {
        row["notice_key"]: row
        for row in read(shared, "announcement_registry.csv")
        if row["notice_key"] != _STATED_ABROAD
    }


def test_every_registered_notice_is_found_under_its_key(records, registry) -> None:
    found = {record.identity.key for record in records} - {None}
    assert set(registry) - found == set()
    # Real notices among the pages that the registry does not follow.
    assert found - set(registry) == {
        "MOFCOM-公告-2023-66",
        "MOFCOM-公告-2024-21",
        "MOFCOM-公告-2024-31",
        "MOFCOM-令-2025-5",
        "MOFCOM-令-2025-6",
        "MOFCOM-令-2025-7",
    }


def test_issuers_and_issue_days_are_those_of_the_registry(records, registry) -> None:
    for record in records:
        if record.identity.key in registry:
            row = registry[record.identity.key]
            assert list(record.identity.issuers) == row["issuers"].split(";"), record.url
            assert str(record.identity.issue_date) == row["issue_date"], record.url
            assert (record.identity.year, record.identity.number) == (
                int(row["year"]),
                int(row["number"]),
            )


def test_no_page_takes_its_posting_day_for_its_issue_day(records, registry) -> None:
    # CHK-DATE-SOURCE: one notice on several pages has one issue day.
    days = defaultdict(set)
    for record in records:
        if record.identity.key:
            days[record.identity.key].add(record.identity.issue_date)
    assert {key: found for key, found in days.items() if len(found) > 1} == {}


def test_every_quote_stands_in_its_page_character_for_character(records) -> None:
    # CHK-QUOTE
    for record in records:
        quotes = [part.quote for part in (*record.clauses, *record.actions, *record.items)]
        quotes += [part.quote for part in (*record.entities, *record.links)]
        quotes += [value.quote for value in record.fields if value.field != "page_date"]
        quotes += [words for each in record.dialogues for words in (each.question, each.answer)]
        for quote in quotes:
            assert quote in record.article.text, (record.url, quote)


def test_reading_a_page_twice_gives_the_same_record(records, shared) -> None:
    # CHK-EXTRACT-STABLE
    for page, record in zip(site_pages(shared), records, strict=True):
        assert extract_page(*page) == record


def derived(records: list[PageRecord]) -> set[Event]:
    """What the pages' clauses and actions amount to, as events of single clauses."""
    issued = {r.identity.key: r.identity.issue_date for r in records if r.identity.key}
    own = {(r.identity.key, c.clause): c.effective_date for r in records for c in r.clauses}
    acts = set()
    for record in records:
        for action in record.actions:
            named = {clause for key, clause in own if key == action.target_key}
            concerned = {c for c in named if action.target_clause in ("", c)}
            event = "in_force" if action.verb == "announced_foreign" else action.verb
            for clause in concerned or {action.target_clause}:
                acts.add(
                    Event(
                        action.target_key,
                        clause,
                        event,
                        action.event_date,
                        action.until_date,
                        record.identity.key,
                    )
                )
    events = set(acts)
    for (key, clause), effective in own.items():
        if effective > issued[key]:
            events.add(Event(key, clause, "announced", issued[key], None, None))
        stopped = any(
            (act.key, act.clause) == (key, clause)
            and act.event in _STOPS
            and act.day <= effective
            and effective > issued[key]
            for act in acts
        )
        if not stopped:
            events.add(Event(key, clause, "in_force", effective, None, None))
    return events


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def test_every_event_of_the_registry_follows_from_the_pages(records, shared) -> None:
    found = derived(records)
    missing = []
    for row in read(shared, "announcement_events.csv"):
        # A suspending notice's own last day is that of the suspensions it orders.
        is_start = row["event"] == "in_force"
        expected = Event(
            row["notice_key"],
            row["clause"],
            row["event"],
            date.fromisoformat(row["event_date"]),
            None if is_start else day(row["until"]),
            row["by_notice"] or None,
        )
        if expected not in found:
            missing.append(expected)
    assert missing == []


def test_no_decoy_becomes_an_action(records, shared) -> None:
    registered = {
        (row["notice_key"], row["event"], row["event_date"])
        for row in read(shared, "announcement_events.csv")
    }
    acts = {
        (
            action.target_key,
            action.verb.replace("announced_foreign", "in_force"),
            str(action.event_date),
        )
        for record in records
        for action in record.actions
    }
    # Countermeasure decrees act on each other; the registry does not follow them.
    assert acts - registered == {
        ("MOFCOM-令-2025-6", "suspended", "2025-11-10"),
        ("MOFCOM-令-2025-5", "ended", "2026-04-25"),
    }


def test_a_notice_suspended_before_its_day_never_took_effect(records) -> None:
    # P01, P02, CHK-STATUS
    found = derived(records)
    for number in (55, 56, 57, 58):
        events = {e.event for e in found if e.key == f"MOFCOM-公告-2025-{number}"}
        assert events == {"announced", "suspended"}


def test_announcement_61_is_staged_and_is_the_ministry_notice(records) -> None:
    # P03, P05, CHK-EFF-CONFLICT, CHK-ANN-KEY
    pages = [r for r in records if r.identity.key == "MOFCOM-公告-2025-61"]
    assert len(pages) == 2
    for record in pages:
        assert record.identity.issuers == ("商务部",)
        assert {c.clause: c.effective_date for c in record.clauses} == {
            "1(1)(2)": date(2025, 12, 1),
            "1(3)": date(2025, 10, 9),
        }


def test_printed_codes_of_the_mapping_are_read_from_the_notices(records, shared) -> None:
    read_codes = defaultdict(set)
    for record in records:
        read_codes[record.identity.key] |= {item.value for item in record.items}
    for row in read(shared, "control_hs_mapping.csv"):
        if row["evidence"].startswith("printed"):
            codes = f"{row['item_code']};{row['cn_customs_codes_named']}".split(";")
            missing = set(filter(None, codes)) - read_codes[row["notice_key"]]
            assert missing == set(), row["notice_key"]


@pytest.mark.parametrize(
    ("key", "materials"),
    [
        ("MOFCOM-公告-2023-23", ["鎵", "鍺"]),
        ("MOFCOM-公告-2025-10", ["鎢", "碲", "鉍", "鉬", "銦"]),
        ("MOFCOM-公告-2025-18", ["釤", "釓", "鋱", "鏑", "鎦", "鈧", "釔"]),
        ("MOFCOM-公告-2025-55", ["超硬材料"]),
        ("MOFCOM-公告-2025-57", ["鈥", "鉺", "銩", "銪", "鐿"]),
        ("MOFCOM-公告-2025-58", ["鋰電池", "人造石墨負極"]),
        ("MOFCOM-公告-2025-70", []),
    ],
)
def test_materials_of_a_notice_are_the_same_on_all_its_pages(records, key, materials) -> None:
    # P09, CHK-REGISTRY-GAP
    found = [list(r.materials_zh) for r in records if r.identity.key == key]
    assert found and all(each == materials for each in found)


def test_listed_entities_are_as_many_as_the_notice_states(records) -> None:
    for record in records:
        if record.identity.key and record.entity_count and "列入" in record.article.title:
            names = [item for item in record.items if item.kind == "entity"]
            assert len(names) == record.entity_count, record.url


def test_titles_are_never_the_site_name(records) -> None:
    # P14, CHK-TITLE-NOT-SITE
    assert not [r.url for r in records if "出口管制信息网" in r.article.title]


def test_foreign_and_unconfirmed_pages_are_told_apart(records) -> None:
    unconfirmed = {r.identity.key for r in records if r.is_unconfirmed}
    assert unconfirmed == {"MOFCOM-公告-2025-72"}
    supplements = {r.identity.key for r in records if r.is_supplement}
    assert {
        f"MOFCOM-公告-{n}" for n in ("2023-23", "2023-57", "2025-13", "2025-18", "2025-70")
    } <= (supplements)
