"""Review items keep their ids, decisions are only ever added, and settle what they name."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tradeflow.cli import main
from tradeflow.errors import InputError, StorageError
from tradeflow.periods import Week
from tradeflow.review import (
    Decision,
    Verdict,
    decide,
    decided_ids,
    decisions,
    newest_by_subject,
    record_decision,
    review_items,
    store_decisions,
    take_decisions,
)
from tradeflow.storage.archive import Archive
from tradeflow_tests.ingest_bench import W6, W7, Bench
from tradeflow_tests.span_source import Spans, SpanServer
from tradeflow_tests.sql.graph import Graph

LATE_SUNDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)
"""Monday 01:00 in Taipei."""


def decision(subject_id: str, verdict: Verdict, by: str = "Lin") -> Decision:
    return Decision(
        "review_item", subject_id, "a state", "2026-W07", verdict, by, "seen", LATE_SUNDAY
    )


@pytest.fixture
def held(settings, tmp_path) -> Bench:
    """W6 is good; W7 was answered implausibly and holds the answer."""
    bench = Bench(settings, tmp_path / "world")
    bench.now = LATE_SUNDAY
    bench.server = SpanServer(range(6))
    bench.ingest(W6, Spans())
    bench.server.numbers = range(1, 7)
    bench.ingest(W7, Spans())
    return bench


def taken(bench: Bench, verdict: Verdict, review_id: str, **more: str) -> Decision:
    said = {"by": "Lin", "reason": "checked with the source", **more}
    return decide(bench.archive, bench.warehouse, review_id, verdict, at=LATE_SUNDAY, **said)


def test_decisions_are_added_and_the_newest_counts(tmp_path):
    archive = Archive(tmp_path)
    first = decision("a", Verdict.REJECT)
    taken_in_order = [first, decision("b", Verdict.ACCEPT), decision("a", Verdict.ACCEPT, "Wu")]
    numbers = [record_decision(archive, one) for one in taken_in_order]
    assert numbers == [1, 2, 3]
    assert decisions(archive) == taken_in_order
    assert newest_by_subject(decisions(archive))["a"].by == "Wu"
    assert decided_ids(archive, Verdict.ACCEPT) == {"a", "b"}
    assert decided_ids(archive, Verdict.REJECT) == frozenset()


def test_a_changed_decision_is_detected_and_named(tmp_path):
    archive = Archive(tmp_path)
    record_decision(archive, decision("a", Verdict.REJECT))
    (path,) = (tmp_path / "decisions").glob("*.json")
    path.write_bytes(path.read_bytes().replace(b"reject", b"accept"))
    with pytest.raises(StorageError, match=path.name):
        decisions(archive)
    assert any(path.name in line for line in archive.damage())


def test_a_report_can_be_the_subject_of_a_decision(tmp_path):
    archive = Archive(tmp_path)
    reviewed = Decision(
        "report",
        "trade_briefing 2026-W07",
        "貿易動態簡報 2026-W07",
        "2026-W07",
        Verdict.ACCEPT,
        "林審核",
        "與原始答覆相符",
        LATE_SUNDAY,
    )
    record_decision(archive, reviewed)
    assert decisions(archive) == [reviewed]


def test_a_held_answer_is_listed_without_any_model_and_can_be_decided(held):
    (item,) = review_items(held.archive, held.warehouse)
    assert (item.week, item.kind, item.subject) == ("2026-W07", "held_answer", "numbers")
    assert "expected 15 within 5 %, got 21" in item.detail
    assert item.is_open
    made = taken(held, Verdict.ACCEPT, item.id)
    assert (made.subject_kind, made.week) == ("held_answer", "2026-W07")
    (item,) = review_items(held.archive, held.warehouse, W7)
    assert item.decision == made
    assert not item.is_open


def test_a_week_that_was_not_run_has_no_list(held):
    assert review_items(held.archive, held.warehouse, W6) == []
    with pytest.raises(InputError, match="2026-W09 was run"):
        review_items(held.archive, held.warehouse, Week(2026, 9))


@pytest.mark.parametrize(
    ("review_id", "more", "said"),
    [
        ("00000000", {}, "no review item 00000000"),
        (None, {"by": " "}, "needs a name"),
        (None, {"reason": ""}, "and a reason"),
    ],
)
def test_a_decision_names_an_item_a_person_and_a_reason(held, review_id, more, said):
    known = review_items(held.archive, held.warehouse)[0].id
    with pytest.raises(InputError, match=said):
        taken(held, Verdict.ACCEPT, review_id or known, **more)
    assert held.archive.decisions() == []


def test_the_same_decision_twice_is_refused_and_another_overrules(held):
    review_id = review_items(held.archive, held.warehouse)[0].id
    taken(held, Verdict.REJECT, review_id)
    with pytest.raises(InputError, match="decided so by Lin on 2026-03-02: checked"):
        taken(held, Verdict.REJECT, review_id, by="Wu")
    taken(held, Verdict.ACCEPT, review_id, by="Wu")
    assert review_items(held.archive, held.warehouse)[0].decision.by == "Wu"
    assert len(held.archive.decisions()) == 2


def test_a_week_keeps_the_decisions_it_was_run_with(held):
    record_decision(held.archive, decision("a", Verdict.REJECT))
    assert take_decisions(held.archive, held.warehouse, W6) == 1
    record_decision(held.archive, decision("a", Verdict.ACCEPT))
    record_decision(held.archive, decision("b", Verdict.ACCEPT))
    take_decisions(held.archive, held.warehouse, W7)
    store_decisions(held.archive, held.warehouse, W6)
    rows = held.query(
        "select week, subject_id, decision, decided_on from raw.review_decisions order by all"
    )
    day = date(2026, 3, 2)
    assert rows == [
        ("2026-W06", "a", "reject", day),
        ("2026-W07", "a", "accept", day),
        ("2026-W07", "b", "accept", day),
    ]


def test_a_run_without_decisions_adds_nothing_to_the_archive(held):
    before = sorted(held.archive.root.rglob("*"))
    assert take_decisions(held.archive, held.warehouse, W7) == 0
    assert sorted(held.archive.root.rglob("*")) == before


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """Two weeks in which the answers of one layer are carried forward and a code is unknown."""
    graph = Graph(tmp_path_factory.mktemp("graph"))
    for week in ("2026-W07", "2026-W08"):
        graph.see("worldbank", ["old"], [week], carried_forward=True)
    graph.run("2026-W07", only_plain=True)
    graph.run("2026-W07")
    graph.run("2026-W08")
    graph.warehouse.publish()
    return graph


def items_of(graph: Graph, week: str) -> dict[str, dict]:
    rows = graph.rows(f"select * from marts.fct_review_items where week = '{week}'")
    return {row["item_id"]: row for row in rows}


def open_count(graph: Graph, week: str) -> int:
    (row,) = graph.rows(
        f"select value from marts.fct_counts where week = '{week}' and name = 'review_items'"
    )
    return row["value"]


def test_an_item_keeps_its_id_while_the_matter_is_the_same(graph):
    first, second = items_of(graph, "2026-W07"), items_of(graph, "2026-W08")
    lasting = [name for name in first if name.startswith("reporter_not_published")]
    assert lasting
    for name in lasting:
        assert first[name]["review_id"] == second[name]["review_id"]
    (carried,) = [name for name in first if name.startswith("carried_forward")]
    assert first[carried]["review_id"] != second[carried]["review_id"]
    ids = [row["review_id"] for row in first.values()]
    assert len(set(ids)) == len(ids)
    assert all(len(one) == 8 for one in ids)


def test_a_decided_item_no_longer_counts_as_open(graph, tmp_path):
    week = Week.parse("2026-W08")
    archive = Archive(tmp_path / "archive")
    (name,) = [one for one in items_of(graph, week.key) if one.startswith("carried_forward")]
    review_id = items_of(graph, week.key)[name]["review_id"]
    before = open_count(graph, week.key)
    at = LATE_SUNDAY
    decide(archive, graph.warehouse, review_id, Verdict.ACCEPT, by="Lin", reason="known", at=at)
    take_decisions(archive, graph.warehouse, week)
    graph.run(week.key)
    item = items_of(graph, week.key)[name]
    assert (item["is_open"], item["decision"]) == (False, "accept")
    assert (item["decided_by"], item["decided_on"]) == ("Lin", date(2026, 3, 2))
    assert open_count(graph, week.key) == before - 1


def test_the_command_line_lists_and_records(held, monkeypatch, capsys):
    monkeypatch.setenv("TRADEFLOW_HOME", str(Path(held.archive.root).parents[1]))
    monkeypatch.setenv("TRADEFLOW_SOURCES", "sandbox")
    monkeypatch.chdir(held.archive.root)
    world_home = held.archive.root.parent
    world_home.rename(world_home.with_name("sandbox"))
    archive = Archive(world_home.with_name("sandbox") / "archive")
    review_id = archive.manifest("numbers", W7).held[0].id

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["tradeflow", "review", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        code = stopped.value.code if isinstance(stopped.value.code, int) else 0
        return code, *capsys.readouterr()

    code, listed, _ = run("list")
    assert code == 0
    assert review_id in listed
    assert "1 open, 0 decided" in listed
    code, _, refused = run("accept", "ffffffff", "--by", "Lin", "--reason", "why")
    assert code == 1
    assert refused == ("tradeflow: no review item ffffffff; see them: tradeflow review list\n")
    code, said, _ = run("reject", review_id, "--by", "Lin", "--reason", "wrong slice [sic]")
    assert code == 0
    assert "tradeflow run --week 2026-W07" in said
    (stored,) = (archive.root / "decisions").glob("*.json")
    content = json.loads(stored.read_text(encoding="utf-8"))["content"]
    assert (content["subject_id"], content["verdict"]) == (review_id, "reject")
    _, listed, _ = run("list", "--week", "2026-W07")
    assert "reject, Lin" in listed
    assert "[sic]" in listed
    assert "0 open, 1 decided" in listed
