"""A review of a report is recorded of the text that was read, and holds for that text alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tradeflow.briefing.front_matter import body_of
from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts, load_marts
from tradeflow.briefing.produce import Beside, Brief, produce
from tradeflow.briefing.render import Rendered
from tradeflow.briefing.reviewed import decide_report, is_report, option_of, review_states, reviews
from tradeflow.errors import GateRefused, InputError
from tradeflow.periods import Week
from tradeflow.review import Verdict
from tradeflow.site.library import library
from tradeflow.storage.archive import Archive

from .week_of_marts import AS_OF, WEEK, build

NAME = f"trade_briefing/{WEEK}"
MONDAY = datetime(2026, 2, 15, 17, tzinfo=UTC)
"""Monday 01:00 in Taipei."""


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield build(connection)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def made(
    con: duckdb.DuckDBPyConnection,
    root: Path,
    archive: Archive,
    data_version: str = "1a2b3c4d",
    known: int | None = None,
) -> Brief:
    issue = Issue(Week.parse(WEEK), AS_OF, data_version, sandbox=True)
    beside = Beside(reviews=reviews(archive, known))
    return produce(con, load_marts(con, WEEK), issue, root, beside)


def front_of(brief: Brief) -> dict[str, Any]:
    text = brief.markdown_path.read_text("utf-8")
    fields: dict[str, Any] = yaml.safe_load(text[4 : text.index("\n---\n")])
    return fields


def decided(archive: Archive, root: Path, verdict: Verdict, **more: str) -> str:
    said = {"by": "林審核", "reason": "讀過全文", **more}
    return decide_report(archive, root, NAME, verdict, at=MONDAY, **said).subject_id


def test_an_accepted_report_names_its_reviewer_at_the_next_write(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, archive: Archive
) -> None:
    first = made(con, tmp_path, archive)
    assert "**未經人工審核**" in first.markdown and "reviewed_by" not in front_of(first)
    decided(archive, tmp_path, Verdict.ACCEPT)
    second = made(con, tmp_path, archive)
    assert "**人工審核：林審核，2026-02-16 核可**" in second.markdown
    fields = front_of(second)
    assert (fields["reviewed_by"], fields["last_reviewed"]) == ("林審核", "2026-02-16")
    assert made(con, tmp_path, archive).changed == ()


def test_a_later_decision_overrules_an_earlier_one(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, archive: Archive
) -> None:
    made(con, tmp_path, archive)
    decided(archive, tmp_path, Verdict.ACCEPT)
    made(con, tmp_path, archive)
    # The reviewed text is the same text: what a review adds does not count.
    decided(archive, tmp_path, Verdict.REJECT, by="吳複審")
    assert "**人工審核：吳複審，2026-02-16 退回**" in made(con, tmp_path, archive).markdown


def test_a_text_that_changed_was_reviewed_by_nobody(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, archive: Archive
) -> None:
    """R08, CHK-REVIEW-CLAIM: a review is of what was read, not of what came after."""
    made(con, tmp_path, archive)
    decided(archive, tmp_path, Verdict.ACCEPT)
    changed = made(con, tmp_path, archive, data_version="ffffffff")
    assert "**未經人工審核**" in changed.markdown and "reviewed_by" not in front_of(changed)


def test_every_published_report_is_listed_with_what_was_decided_of_its_text(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, archive: Archive
) -> None:
    assert review_states(archive, tmp_path) == []
    made(con, tmp_path, archive)
    (state,) = review_states(archive, tmp_path)
    assert (state.name, state.decision, state.of_another_text) == (NAME, None, None)
    decided(archive, tmp_path, Verdict.REJECT)
    (state,) = review_states(archive, tmp_path)
    assert state.decision is not None and state.decision.verdict is Verdict.REJECT
    made(con, tmp_path, archive, data_version="ffffffff")
    (state,) = review_states(archive, tmp_path)
    assert state.decision is None
    assert state.of_another_text is not None and state.of_another_text.by == "林審核"


def test_a_report_sent_back_says_so_in_text_and_front_matter(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, archive: Archive
) -> None:
    made(con, tmp_path, archive)
    decided(archive, tmp_path, Verdict.REJECT)
    again = made(con, tmp_path, archive)
    assert "**人工審核：林審核，2026-02-16 退回**" in again.markdown
    assert front_of(again)["review_status"] == "rejected"


def test_a_report_made_with_fewer_decisions_is_as_it_was(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, archive: Archive
) -> None:
    """A rebuild gives every report the decisions it was written with."""
    first = made(con, tmp_path, archive).markdown
    decided(archive, tmp_path, Verdict.ACCEPT)
    assert made(con, tmp_path, archive).markdown != first
    assert made(con, tmp_path, archive, known=0).markdown == first


def test_a_decision_needs_a_published_report_a_name_and_a_change(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, archive: Archive
) -> None:
    with pytest.raises(InputError, match="no trade_briefing of 2026-W07 is published"):
        decided(archive, tmp_path, Verdict.ACCEPT)
    made(con, tmp_path, archive)
    with pytest.raises(InputError, match="needs a name"):
        decided(archive, tmp_path, Verdict.ACCEPT, by=" ")
    with pytest.raises(InputError, match="report 'daily/2026-W07' is unknown; known: trade_brief"):
        decide_report(
            archive, tmp_path, "daily/2026-W07", Verdict.ACCEPT, by="a", reason="b", at=MONDAY
        )
    decided(archive, tmp_path, Verdict.ACCEPT)
    with pytest.raises(InputError, match="was decided so by 林審核 on 2026-02-16: 讀過全文"):
        decided(archive, tmp_path, Verdict.ACCEPT)


@pytest.mark.parametrize(
    ("name", "report"),
    [
        (NAME, True),
        ("supply_chain_analysis/2026-02", True),
        ("critical_minerals_report/2025", True),
        ("3f2a9c10", False),
        ("trade_briefing/../../etc", False),
    ],
)
def test_reports_are_told_from_review_items_by_their_name(name: str, report: bool) -> None:
    assert is_report(name) is report


def test_the_message_names_the_command_that_writes_it_again() -> None:
    assert option_of(NAME) == f"--week {WEEK}"
    assert option_of("supply_chain_analysis/2026-02") == "--month 2026-02"


def test_positions_of_the_record_hold_below_the_front_matter(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, archive: Archive
) -> None:
    brief = made(con, tmp_path, archive)
    record = json.loads(brief.figures_path.read_text("utf-8"))
    text = body_of(brief.markdown_path.read_text("utf-8"))
    assert all(
        text[word["offset"] : word["offset"] + len(word["text"])] == word["text"]
        for word in record["words"]
    )
    (published,) = library(tmp_path)["trade_briefing"]
    assert published.markdown == text == brief.markdown
    assert published.source.startswith("---\n")
    assert published.title == "貿易動態簡報 — 2026 年第 07 週"


@pytest.mark.parametrize("claim", ["**人工審核：林審核**", "**未經人工審核** **人工審核：林審核**"])
def test_the_gate_refuses_a_review_that_nobody_recorded(
    rendered: Rendered, marts: Marts, glossary: Glossary, issue: Issue, claim: str
) -> None:
    text = rendered.markdown.replace("**未經人工審核**", claim)
    shift = len(text) - len(rendered.markdown)
    words = [{**word, "offset": word["offset"] + shift} for word in rendered.record["words"]]
    with pytest.raises(GateRefused, match="does not state the review"):
        Gate(marts, glossary, issue).check(text, {**rendered.record, "words": words})
