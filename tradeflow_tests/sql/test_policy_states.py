"""States of clauses against the registry of events, day by day, and the measures followed."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tradeflow_tests.sql.graph import Graph

WEEK = "2026-W07"
AS_OF = date(2026, 2, 15)
POLICY = [
    "int_pages__released",
    "int_notices__merged",
    "int_clause_starts__stated",
    "int_clause_actions__stated",
    "int_clause_events__united",
    "dim_notices",
    "fct_clause_events",
    "fct_clause_intervals",
    "fct_clause_status",
    "fct_tracked_measures",
    "fct_new_documents",
]
_STOPS = ("suspended", "replaced", "ended")


@dataclass(frozen=True)
class Event:
    """One line of the registry of events."""

    notice_key: str
    clause: str
    event: str
    day: date
    until: date | None
    by: str | None
    is_sure: bool


@pytest.fixture(scope="module")
def registry(shared: Path) -> list[Event]:
    """Events known by the end of the week; a notice's own term is left to its targets."""
    with (shared / "facts" / "announcement_events.csv").open(encoding="utf-8") as lines:
        events = [
            Event(
                row["notice_key"],
                row["clause"],
                row["event"],
                date.fromisoformat(row["event_date"]),
                date.fromisoformat(row["until"])
                if row["until"] and row["event"] == "suspended"
                else None,
                row["by_notice"] or None,
                row["certainty"] == "high",
            )
            for row in csv.DictReader(lines)
        ]
    return [event for event in events if event.day <= AS_OF]


@pytest.fixture(scope="module")
def known(registry: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The registry as if each notice had one page and each action one page that states it."""
    graph = Graph(tmp_path_factory.mktemp("policy"))
    begun = [event for event in registry if event.event in ("announced", "in_force")]
    issued = {event.notice_key: event.day for event in reversed(begun)}
    pages = [page(key, day) for key, day in issued.items() if not key.startswith("US-")]
    starts, actions = [], []
    for number, event in enumerate(registry):
        news = f"news-{number}"
        if event.event in _STOPS or event.event == "amended":
            source = event.by if event.by in issued else news
            actions.append(action(event, source, number))
        elif event.notice_key.startswith("US-"):
            source = news
            actions.append(action(event, news, number) | {"verb": "announced_foreign"})
        else:
            source = event.notice_key
            ahead = date(2025, 12, 1) if event.clause == "1(1)(2)" else date(2025, 11, 8)
            day = ahead if event.event == "announced" else event.day
            starts.append(start(event.notice_key, event.clause, day, number))
        if source == news:
            pages.append(page(None, event.day, news))
    graph.policy("documents", pages)
    graph.policy("clauses", starts)
    graph.policy("actions", actions)
    graph.see("mofcom", [each["response_id"] for each in pages], [WEEK])
    graph.run_only(POLICY, WEEK)
    return graph


def page(notice_key: str | None, day: date, response_id: str | None = None) -> dict:
    name = response_id or notice_key
    issuer, kind, year, number = (
        (notice_key or "").split("-")
        if (notice_key and notice_key.count("-") == 3)
        else ("SC", "令", None, (notice_key or "SC-令-0").split("-")[-1])
    )
    return {
        "response_id": name,
        "row_number": 1,
        "url": f"http://site/{name}",
        "host": "site",
        "title_zh_hans": name,
        "page_date": day,
        "released_on": day,
        "notice_key": notice_key,
        "document_type": kind,
        "lead_issuer": issuer,
        "issuers": [issuer],
        "year": int(year) if year else None,
        "number": int(number) if notice_key else None,
        "issue_date": day if notice_key else None,
        "category": "c",
        "materials_zh": ["鎢"],
        "target_iso3": [],
        "is_supplement": False,
        "is_unconfirmed": False,
    }


def start(notice_key: str, clause: str, day: date, number: int = 0) -> dict:
    return {
        "response_id": notice_key,
        "row_number": number,
        "notice_key": notice_key,
        "clause": clause,
        "effective_date": day,
        "effective_kind": "fixed_date",
        "quote": "…",
        "rule_id": "registry",
        "confidence": "high",
    }


def action(event: Event, response_id: str, number: int) -> dict:
    return {
        "response_id": response_id,
        "row_number": number,
        "verb": event.event,
        "target_key": event.notice_key,
        "target_clause": event.clause,
        "event_date": event.day,
        "until_date": event.until,
        "by_notice_key": event.by,
        "quote": "…",
        "rule_id": "registry",
        "confidence": "high" if event.is_sure else "medium",
    }


def status_by_hand(events: list[Event], day: date) -> str:
    """The state of one clause on a day, by walking its events."""
    status, until = "not_announced", None
    for event in sorted(events, key=lambda e: e.day):
        if event.day > day or event.event == "amended":
            continue
        status = "ended" if event.event == "replaced" else event.event
        until = event.until
    return "lapsed_unconfirmed" if until is not None and day > until else status


def test_every_clause_has_the_registrys_state_on_every_day(
    known: Graph, registry: list[Event]
) -> None:
    """P01–P04, CHK-STATUS: from 2023 to past the end of all suspensions."""
    intervals = known.rows("select * from marts.fct_clause_intervals")
    clauses: dict[tuple[str, str], list[Event]] = {}
    for event in registry:
        clauses.setdefault((event.notice_key, event.clause), []).append(event)
    wrong = []
    day = date(2023, 6, 1)
    while day <= date(2027, 1, 1):
        for (key, clause), events in clauses.items():
            holding = [
                row["status"]
                for row in intervals
                if (row["notice_key"], row["clause"]) == (key, clause)
                and row["valid_from"] <= day
                and (row["valid_to"] is None or day <= row["valid_to"])
            ] or ["not_announced"]
            if holding != [status_by_hand(events, day)]:
                wrong.append((day, key, clause, holding, status_by_hand(events, day)))
        day += timedelta(days=1)
    assert wrong == []


def test_measures_followed_at_the_end_of_the_week(known: Graph) -> None:
    rows = known.rows(
        "select label_zh, status, next_date, days_left, is_unconfirmed"
        " from marts.fct_tracked_measures where next_date is not null order by sort_order"
    )
    told = [(r["label_zh"], r["status"], str(r["next_date"]), r["days_left"]) for r in rows]
    november = "2026-11-10"
    assert told == [
        ("美國 50 % 穿透性規則", "suspended", "2026-11-09", 267),
        ("2025 年第 21 號", "suspended", november, 268),
        *((f"2025 年第 {n} 號", "suspended", november, 268) for n in (55, 56, 57, 58, 61, 62)),
        ("2024 年第 46 號第二款", "suspended", "2026-11-27", 285),
    ]
    assert [r["label_zh"] for r in rows if r["is_unconfirmed"]] == [
        "2025 年第 21 號",
        "2024 年第 46 號第二款",
    ]


def test_what_never_took_effect_is_never_called_in_force(known: Graph) -> None:
    """P01: the six measures of 2025-10-09, but for the parts that held on publication."""
    rows = known.rows(
        "select notice_key, clause from marts.fct_clause_intervals where status = 'in_force'"
        " and valid_to >= date '2025-10-09' and notice_key similar to"
        " 'MOFCOM-公告-2025-(55|56|57|58|61|62)' order by all"
    )
    assert [(row["notice_key"][-2:], row["clause"]) for row in rows] == [("61", "1(3)"), ("62", "")]


def test_pages_released_later_do_not_reach_back(known: Graph) -> None:
    """A week before the suspension knows only the announcement, although the page is archived."""
    archived = known.rows("select distinct response_id from policy.documents")
    known.see("mofcom", [row["response_id"] for row in archived], ["2025-W44"])
    known.run_only(POLICY, "2025-W44")
    (row,) = known.rows(
        "select status, next_date, next_event from marts.fct_clause_status"
        " where week = '2025-W44' and notice_key = 'MOFCOM-公告-2025-56'"
    )
    assert (row["status"], row["next_event"]) == ("announced", "takes_effect")
    assert row["next_date"] == date(2025, 11, 8)


histories = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["suspended", "ended", "resumed", "amended"]),
            st.integers(min_value=0, max_value=400),
            st.one_of(st.none(), st.integers(min_value=0, max_value=200)),
        ),
        max_size=6,
    ),
    min_size=10,
    max_size=20,
)


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(histories)
def test_any_history_gives_exactly_one_state_a_day(
    tmp_path_factory: pytest.TempPathFactory,
    several: list[list[tuple[str, int, int | None]]],
) -> None:
    begin = date(2024, 1, 1)
    graph = Graph(tmp_path_factory.mktemp("history"))
    pages, starts, actions = [], [], []
    for notice, history in enumerate(several, start=1):
        key = f"MOFCOM-公告-2024-{notice}"
        pages.append(page(key, begin))
        starts.append(start(key, "", begin))
        for number, (verb, offset, term) in enumerate(history):
            day = begin + timedelta(days=offset)
            until = day + timedelta(days=term) if verb == "suspended" and term is not None else None
            name = f"news-{notice}-{number}"
            pages.append(page(None, begin, name))
            actions.append(action(Event(key, "", verb, day, until, None, True), name, number))
    graph.policy("documents", pages)
    graph.policy("clauses", starts)
    graph.policy("actions", actions)
    graph.see("mofcom", [each["response_id"] for each in pages], [WEEK])
    graph.run_only(POLICY, WEEK)
    intervals: dict[str, list[dict]] = {}
    for row in graph.rows("select * from marts.fct_clause_intervals"):
        intervals.setdefault(row["notice_key"], []).append(row)
    assert len(intervals) == len(several)
    for offset in range(700):
        day = begin + timedelta(days=offset)
        for rows in intervals.values():
            holding = [
                row
                for row in rows
                if row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"])
            ]
            assert len(holding) == 1
