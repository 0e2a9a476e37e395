"""Reviews of reports: recorded of the text that was read, and valid for that text alone.

A decision names the report, its period and the version of its text: a hash of the text as it reads
without any review. Once the text changes nobody has reviewed it. Not here: where decisions are
kept (`tradeflow/review.py`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tradeflow.briefing.issue import Issue, Review
from tradeflow.briefing.kinds import KINDS
from tradeflow.errors import InputError
from tradeflow.periods import TAIPEI, Month, Week, Year, parse_period
from tradeflow.review import (
    Decision,
    Verdict,
    decisions,
    newest_by_subject,
    record_decision,
)
from tradeflow.storage.archive import Archive

_NAME = re.compile(r"([a-z_]+)/([0-9]{4}(?:-[0-9W]{2,3})?)")


def is_report(name: str) -> bool:
    """Whether `name` is of the form of a report and its period: `trade_briefing/2026-W07`."""
    return _NAME.fullmatch(name) is not None


def option_of(name: str) -> str:
    """The option of `tradeflow run` that makes a report again."""
    key = name.partition("/")[2]
    options = {Week: "--week", Month: "--month", Year: "--year"}
    return f"{options[type(parse_period(key))]} {key}"


def text_version(markdown: str) -> str:
    """First sixteen hex digits of the hash of a text as it reads without a review."""
    return hashlib.sha256(markdown.encode()).hexdigest()[:16]


def reviews(archive: Archive, known: int | None = None) -> dict[str, Review]:
    """Reviews of reports by what they are of, as `reviewed_text` names it.

    Args:
        known: how many of the archive's decisions count; all by default.
    """
    newest = newest_by_subject(decisions(archive)[:known])
    return {
        subject: Review(
            decision.by,
            decision.decided_at.astimezone(TAIPEI).date(),
            decision.verdict is Verdict.ACCEPT,
        )
        for subject, decision in newest.items()
        if decision.subject_kind == "report"
    }


@dataclass(frozen=True)
class ReviewState:
    """A published report, and what was decided of the text it has now."""

    name: str
    """Report and period: `trade_briefing/2026-W07`."""
    decision: Decision | None
    of_another_text: Decision | None
    """The newest decision about a text that it had before, where nobody has decided of this one."""


def review_states(archive: Archive, reports: Path) -> list[ReviewState]:
    """Every published report of a world, the newest period of each kind first.

    Args:
        reports: folder of the world's published reports.
    """
    newest = newest_by_subject(decisions(archive))
    return [
        _state(f"{report}/{path.parent.name}", path, newest)
        for report, (frame, _) in KINDS.items()
        for path in sorted((reports / frame.folder).glob("*/figures.json"), reverse=True)
    ]


def _state(name: str, path: Path, newest: Mapping[str, Decision]) -> ReviewState:
    version = json.loads(path.read_text("utf-8"))["text_version"]
    decision = newest.get(f"{name}@{version}")
    others = [each for subject, each in newest.items() if subject.partition("@")[0] == name]
    other = max(others, key=lambda each: each.decided_at, default=None)
    return ReviewState(name, decision, None if decision else other)


def reviewed_text(issue: Issue, version: str) -> str:
    """What a review of an issue is of: report, period and version of the text."""
    return _subject(issue.frame.report, issue.period.key, version)


def decide_report(
    archive: Archive,
    reports: Path,
    name: str,
    verdict: Verdict,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> Decision:
    """Record what a person decided of a report after reading it as it is published.

    Args:
        reports: folder of the world's published reports.
        name: report and period: `trade_briefing/2026-W07`.
        by: who decided.
        reason: why, for whoever reads the archive later.
        at: when, timezone-aware.

    Raises:
        InputError: no such report is published, no name or reason, or already decided so.
    """
    if not by.strip() or not reason.strip():
        raise InputError("a decision needs a name (--by) and a reason (--reason)")
    match = _NAME.fullmatch(name)
    if match is None or match[1] not in KINDS:
        known = ", ".join(f"{report}/…" for report in KINDS)
        raise InputError(f"report {name!r} is unknown; known: {known}")
    report, key = match.groups()
    path = reports / KINDS[report][0].folder / key / "figures.json"
    if not path.is_file():
        raise InputError(f"no {report} of {key} is published in {reports}; run it first")
    published = json.loads(path.read_text("utf-8"))
    subject = _subject(report, key, published["text_version"])
    before = newest_by_subject(decisions(archive)).get(subject)
    if before is not None and before.verdict is verdict:
        day = before.decided_at.astimezone(TAIPEI).date()
        raise InputError(f"{name} was decided so by {before.by} on {day}: {before.reason}")
    decision = Decision(
        subject_kind="report",
        subject_id=subject,
        subject=f"report: {name}, data {published['data_version']}",
        week=published["week"],
        verdict=verdict,
        by=by.strip(),
        reason=reason.strip(),
        decided_at=at,
    )
    record_decision(archive, decision)
    return decision


def _subject(report: str, key: str, version: str) -> str:
    return f"{report}/{key}@{version}"
