"""Every page of the bundled world, read by the rules and put through the models.

Against the reviewed registry of notices and events, and day by day for states. The pages come
through the sandbox's HTTP surface; nothing here shares code with the rules.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from tradeflow.policy.status import status_on
from tradeflow.policy.tables import extraction_frames
from tradeflow_tests.policy.site import site_pages
from tradeflow_tests.sql.graph import PROJECT, Graph

WEEK = "2026-W26"
_WANTED = (
    "fct_review_items",
    "fct_expiry_calendar",
    "fct_notice_links",
    "fct_numbering_gaps",
    "fct_near_duplicates",
    "dim_listed_entities",
    "fct_entity_counts",
)


def _with_upstream(*wanted: str) -> list[str]:
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(PROJECT.upstream_models(name))
    return [name for name in PROJECT.models if name in needed]


@pytest.fixture(scope="module")
def graph(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    graph = Graph(tmp_path_factory.mktemp("pages"))
    pages = [(f"r{i:03}", 1, *page, "") for i, page in enumerate(site_pages(shared))]
    columns = ["response_id", "row_number", "url", "html", "listed_title", "listed_date"]
    frames = extraction_frames(pl.DataFrame(pages, columns, orient="row"))
    assert frames.pop("unread").is_empty()
    for name, frame in frames.items():
        graph.policy(name, frame.to_dicts())
    graph.see("mofcom", [page[0] for page in pages], [WEEK])
    graph.run_only(_with_upstream(*_WANTED), WEEK)
    return graph


@pytest.fixture(scope="module")
def registry(shared: Path) -> list[dict[str, str]]:
    with (shared / "facts" / "announcement_events.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_every_event_of_the_registry_is_reproduced(graph: Graph, registry) -> None:
    told = {
        (row["notice_key"], row["clause"], row["event"], str(row["event_date"]))
        for row in graph.rows("select * from marts.fct_clause_events")
    }
    expected = {(r["notice_key"], r["clause"], r["event"], r["event_date"]) for r in registry}
    assert expected - told == set()
    suspended = {
        (row["notice_key"], row["clause"], str(row["event_date"]), str(row["until_date"]))
        for row in graph.rows("select * from marts.fct_clause_events where event = 'suspended'")
    }
    assert {
        (r["notice_key"], r["clause"], r["event_date"], r["until"])
        for r in registry
        if r["event"] == "suspended"
    } <= suspended


def test_conflicts_and_events_of_medium_certainty_wait_for_a_person(graph: Graph, registry) -> None:
    items = graph.rows("select * from marts.fct_review_items")
    doubted = {row["subject"].split("|")[0] for row in items if row["kind"] == "unconfirmed"}
    doubted |= {row["related"] for row in items if row["kind"] == "unconfirmed"}
    assert {r["notice_key"] for r in registry if r["certainty"] == "medium"} <= doubted
    conflicts = {
        (row["subject"], str(row["date_a"]), str(row["date_b"]))
        for row in items
        if row["kind"] == "date_conflict"
    }
    assert ("MOFCOM-公告-2025-70|", "2025-11-07", "2025-11-10") in conflicts
    points = {row["subject"]: row["text_value"] for row in items if row["kind"] == "unconfirmed"}
    assert points["MOFCOM-公告-2025-21|"] == "computed_term"


def test_notices_acted_on_share_the_words_around_their_numbers(graph: Graph) -> None:
    contents = {
        row["notice_key"]: row["content_zh"]
        for row in graph.rows("select * from marts.dim_notices")
    }
    suspended = "暫停 2025 年第 55、56、57、58、61、62 號"
    assert contents["MOFCOM-公告-2025-70"] == suspended
    assert contents["MOFCOM-公告-2024-51"] == "取代 2023 年第 23、39 號、2024 年第 33 號"
    assert contents["MOFCOM-公告-2025-72"] == "暫停 2024 年第 46 號第二款"


def test_each_clause_has_exactly_one_state_on_each_day_and_none_holds_while_suspended(
    graph: Graph,
) -> None:
    """P01–P04, CHK-STATUS: 2023-01-01 to 2026-12-31."""
    first, last = date(2023, 1, 1), date(2026, 12, 31)
    intervals = defaultdict(list)
    for row in graph.rows("select * from marts.fct_clause_intervals"):
        intervals[row["notice_key"], row["clause"]].append(row)
    events = defaultdict(list)
    for row in graph.rows("select * from marts.fct_clause_events order by event_no"):
        events[row["notice_key"], row["clause"]].append(row)
    assert len(intervals) == len(events) > 30
    for place, rows in intervals.items():
        rows.sort(key=lambda row: row["valid_from"])
        for before, after in pairwise(rows):
            assert before["valid_to"] + timedelta(days=1) == after["valid_from"], place
        assert rows[-1]["valid_to"] is None, place
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            holding = [
                row["status"]
                for row in rows
                if row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"])
            ]
            if day < rows[0]["valid_from"]:
                assert holding == [], (place, day)
                continue
            assert len(holding) == 1, (place, day)
            told = [e for e in events[place] if e["event_date"] <= day and e["event"] != "amended"]
            newest = told[-1]
            term_is_over = newest["until_date"] is not None and newest["until_date"] < day
            expected = {"replaced": "ended"}.get(newest["event"], newest["event"])
            assert holding == ["lapsed_unconfirmed" if term_is_over else expected], (place, day)


def test_status_on_gives_the_state_of_the_day_at_every_turn(graph: Graph) -> None:
    """The function against the intervals, on each clause's first, last and neighbouring days."""
    first, last, step = date(2023, 1, 1), date(2026, 12, 31), timedelta(days=1)
    rows = graph.rows("select * from marts.fct_clause_intervals order by valid_from")
    begun: dict[tuple[str, str], date] = {}
    with graph.warehouse.connect("ask for states") as con:
        for row in rows:
            place = row["notice_key"], row["clause"]
            begun.setdefault(place, row["valid_from"])
            for day in (row["valid_from"], row["valid_to"] or last):
                assert status_on(con, WEEK, *place, day) == row["status"], (place, day)
        for place, day in begun.items():
            for before in (first, day - step):
                assert before >= day or status_on(con, WEEK, *place, before) == "not_announced"


def test_a_suspension_of_the_registry_holds_to_its_last_day_and_then_lapses(
    graph: Graph, registry
) -> None:
    """Never in force while suspended; after the term no state is guessed."""
    last, step = date(2026, 12, 31), timedelta(days=1)
    suspended = [row for row in registry if row["event"] == "suspended"]
    assert len(suspended) > 8
    with graph.warehouse.connect("ask for states") as con:
        for row in suspended:
            place = row["notice_key"], "" if row["clause"] == "-" else row["clause"]
            later = [
                each["event_date"]
                for each in registry
                if (each["notice_key"], each["clause"]) == (row["notice_key"], row["clause"])
                and each["event_date"] > row["event_date"]
            ]
            day = date.fromisoformat(row["event_date"])
            ends = date.fromisoformat(row["until"])
            stops = min([ends, *(date.fromisoformat(each) - step for each in later)])
            while day <= stops:
                assert status_on(con, WEEK, *place, day) == "suspended", (place, day)
                day += step
            if stops == ends < last and not later:
                for day in (ends + step, last):
                    assert status_on(con, WEEK, *place, day) == "lapsed_unconfirmed", (place, day)


def test_clause_1_of_2024_46_stays_in_force_while_clause_2_is_suspended(graph: Graph) -> None:
    with graph.warehouse.connect("ask for states") as con:
        asked = [
            status_on(con, WEEK, "MOFCOM-公告-2024-46", clause, day)
            for clause in ("1", "2")
            for day in (
                date(2025, 11, 8),
                date(2025, 11, 9),
                date(2026, 11, 27),
                date(2026, 11, 28),
            )
        ]
    assert asked[:4] == ["in_force"] * 4
    assert asked[4:] == ["in_force", "suspended", "suspended", "lapsed_unconfirmed"]


def test_the_clauses_of_2024_46_name_their_own_contents(graph: Graph) -> None:
    rows = graph.rows(
        "select clause, materials_zh, end_uses_zh from intermediate.int_clause_starts__stated"
        " where notice_key = 'MOFCOM-公告-2024-46' order by clause"
    )
    assert [(r["clause"], r["materials_zh"], r["end_uses_zh"]) for r in rows] == [
        ("1", [], ["軍事用戶", "軍事用途"]),
        ("2", ["鎵", "鍺", "銻", "超硬材料", "石墨"], []),
    ]


def test_the_calendar_counts_the_days_to_each_term(graph: Graph) -> None:
    rows = graph.rows("select * from marts.fct_expiry_calendar order by event_date, notice_key")
    assert {row["event"] for row in rows} == {"term_ends"}
    november = [row for row in rows if str(row["event_date"]) == "2026-11-10"]
    assert [row["notice_key"].removeprefix("MOFCOM-") for row in november] == [
        "令-2025-6",
        *(f"公告-2025-{n}" for n in (21, 55, 56, 57, 58, 61, 61, 62)),
    ]
    assert {row["days_left"] for row in november} == {135}
    assert rows[-1]["label_zh"] == "2024 年第 46 號第二款"
    assert rows[-1]["days_left"] == 152


def test_several_pages_of_a_notice_are_one_notice_and_copies_are_found(graph: Graph) -> None:
    """P15, C11: 140 pages hold 35 notices; two keep a copy of 2026-11 apart from its list."""
    notices = graph.rows("select notice_key, urls from marts.dim_notices where not is_foreign")
    keys = [row["notice_key"] for row in notices]
    assert len(keys) == len(set(keys))
    several = {row["notice_key"] for row in notices if len(row["urls"]) > 1}
    assert several == {
        "SC-令-803",
        *(f"MOFCOM-公告-{n}" for n in ("2024-46", "2025-55", "2025-57", "2025-61", "2026-11")),
    }
    assert graph.rows("select * from marts.fct_near_duplicates") == []
    listed = graph.rows(
        "select * from marts.fct_entity_listings where notice_key = 'MOFCOM-公告-2026-11'"
    )
    assert [row["entity_no"] for row in sorted(listed, key=lambda r: r["entity_no"])] == [
        *range(1, 21)
    ]


def test_links_tell_acts_from_mentions(graph: Graph) -> None:
    rows = graph.rows("select * from marts.fct_notice_links")
    by_70 = {
        (row["relation"], row["to_notice_key"])
        for row in rows
        if row["from_id"] == "MOFCOM-公告-2025-70"
    }
    assert by_70 == {("suspended", f"MOFCOM-公告-2025-{n}") for n in (55, 56, 57, 58, 61, 62)}
    assert ("refers", "MOFCOM-公告-2025-70") in {
        (row["relation"], row["to_notice_key"])
        for row in rows
        if row["from_id"] == "MOFCOM-公告-2025-72"
    }
    assert [row["to_notice_key"] for row in rows if not row["is_known"]] == ["MOFCOM-令-2008-12"]


def test_numbers_that_pages_name_without_a_page_of_their_own_are_gaps(graph: Graph) -> None:
    """C12, CHK-REGISTRY-GAP."""
    rows = graph.rows("select * from marts.fct_numbering_gaps")
    named = [row for row in rows if row["mentioned_numbers"]]
    assert [(r["document_type"], r["year"], r["mentioned_numbers"]) for r in named] == [
        ("令", 2008, [12])
    ]
    known = graph.rows(
        "select issuer_code, document_type, year, number from"
        " intermediate.int_notices__merged where year is not null"
    )
    for row in known:
        assert not any(
            gap["first_number"] <= row["number"] <= gap["last_number"]
            for gap in rows
            if (gap["issuer_code"], gap["document_type"], gap["year"])
            == (row["issuer_code"], row["document_type"], row["year"])
        )


@pytest.mark.parametrize(
    ("list_kind", "economy", "counts"),
    [
        ("control_list", "USA", (16, 3, 13, 0, 0)),
        ("control_list", "JPN", (20, 20, 0, 0, 0)),
        ("control_list", "TWN", (8, 8, 0, 0, 0)),
        ("control_list", "EUU", (7, 7, 0, 0, 0)),
        ("watch_list", "JPN", (20, 20, 0, 0, 0)),
        ("unreliable_entities", "USA", (7, 0, 0, 0, 7)),
        ("countermeasures", "USA", (5, 0, 5, 0, 0)),
        ("countermeasures", "EUU", (2, 0, 0, 2, 0)),
    ],
)
def test_entities_are_counted_by_list_economy_and_standing(
    graph: Graph, list_kind: str, economy: str, counts: tuple[int, ...]
) -> None:
    (row,) = graph.rows(
        "select * from marts.fct_entity_counts"
        f" where list_kind = '{list_kind}' and economy_iso3 = '{economy}'"
    )
    columns = ("entity", "in_force", "halted", "ended", "not_followed")
    assert tuple(row[f"{name}_count"] for name in columns) == counts


def test_no_list_has_other_names_than_it_states(graph: Graph) -> None:
    """CHK-ENTITY-COUNT."""
    wrong = graph.rows("select * from marts.fct_entity_listings where stated_count <> read_count")
    assert wrong == []
    kinds = {row["kind"] for row in graph.rows("select kind from marts.fct_review_items")}
    assert "entity_count" not in kinds and "near_duplicate" not in kinds
