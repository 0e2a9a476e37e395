"""What persons decided of review items and held answers: records in the archive, and their list.

A decision takes effect at the next run of its week, which records how many decisions it knew
of; so a rebuild gives every week the decisions it was made with. Not here: what counts as a
review item (`fct_review_items`), what an accepted answer becomes (`collect.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import polars as pl

from tradeflow.errors import InputError, StorageError
from tradeflow.periods import TAIPEI, Week
from tradeflow.storage.archive import Archive
from tradeflow.storage.warehouse import Warehouse, replace_partition

DECISIONS_TABLE = "raw.review_decisions"
_KNOWN = "decisions_known"
"""Kind of archive record that says how many decisions the last run of a week knew of."""

_SCHEMA: dict[str, Any] = {
    "week": pl.Utf8,
    "subject_kind": pl.Utf8,
    "subject_id": pl.Utf8,
    "decision": pl.Utf8,
    "decided_by": pl.Utf8,
    "decided_on": pl.Date,
    "reason": pl.Utf8,
}


class Verdict(StrEnum):
    """What a person says of a subject. Of a held answer: use it, or keep it out for good."""

    ACCEPT = "accept"
    REJECT = "reject"


SubjectKind = Literal["held_answer", "review_item", "report"]


@dataclass(frozen=True)
class Decision:
    """One decision of one person."""

    subject_kind: SubjectKind
    subject_id: str
    """The review id of an item or held answer; of a report its kind and partition."""
    subject: str
    """What it was about, for a reader of the archive."""
    week: str
    """The week in which it was looked at."""
    verdict: Verdict
    by: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True)
class Item:
    """One review item of a week with what was decided of it, decisions after its run included."""

    id: str
    week: str
    kind: str
    subject: str
    detail: str
    decision: Decision | None = None

    @property
    def is_open(self) -> bool:
        return self.decision is None


def record_decision(archive: Archive, decision: Decision) -> int:
    """Add a decision to the archive; its number."""
    content = asdict(decision)
    content["verdict"] = decision.verdict.value
    content["decided_at"] = decision.decided_at.isoformat()
    return archive.append_decision(content)


def decisions(archive: Archive) -> list[Decision]:
    """All decisions in the order they were taken."""
    return [
        Decision(
            **{
                **content,
                "verdict": Verdict(content["verdict"]),
                "decided_at": datetime.fromisoformat(content["decided_at"]),
            }
        )
        for content in archive.decisions()
    ]


def newest_by_subject(taken: Iterable[Decision]) -> dict[str, Decision]:
    """The decision that counts for each subject id: the last one taken."""
    return {decision.subject_id: decision for decision in taken}


def decided_ids(archive: Archive, verdict: Verdict) -> frozenset[str]:
    """Subject ids of which the newest decision is `verdict`."""
    newest = newest_by_subject(decisions(archive))
    return frozenset(name for name, decision in newest.items() if decision.verdict is verdict)


def take_decisions(archive: Archive, warehouse: Warehouse, week: Week) -> int:
    """Let a run of the week know every decision taken so far; how many subjects they settle."""
    count = len(archive.decisions())
    if count:
        archive.append_record(_KNOWN, week, {"decisions": count})
    return store_decisions(archive, warehouse, week)


def weeks_with_decisions(archive: Archive) -> list[Week]:
    """Weeks that were run knowing of decisions, ascending."""
    return archive.recorded_weeks(_KNOWN)


def store_decisions(archive: Archive, warehouse: Warehouse, week: Week) -> int:
    """Make the week's partition of `raw.review_decisions` as its last run knew it.

    Returns:
        How many subjects are decided.

    Raises:
        StorageError: the archive is damaged or the warehouse cannot be written.
    """
    known = archive.record(_KNOWN, week)
    if known is None:
        return 0
    newest = newest_by_subject(decisions(archive)[: known["decisions"]])
    rows = [
        (
            week.key,
            one.subject_kind,
            one.subject_id,
            one.verdict.value,
            one.by,
            one.decided_at.astimezone(TAIPEI).date(),
            one.reason,
        )
        for _, one in sorted(newest.items())
    ]
    with warehouse.connect(f"decisions known to {week}") as con:
        con.register("known_decisions", pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
        try:
            con.execute("create or replace temp table decisions_stage as from known_decisions")
        finally:
            con.unregister("known_decisions")
        replace_partition(con, DECISIONS_TABLE, {"week": week.key}, "decisions_stage")
    return len(rows)


def named(subject: str) -> str:
    """A subject as people read it: a notice and its clause, without the mark between them."""
    return " ".join(part for part in subject.split("|") if part)


def review_items(archive: Archive, warehouse: Warehouse, week: Week | None = None) -> list[Item]:
    """The review items of a week, open ones first; by default of the newest week that has any.

    Answers held in a week whose models have not run since are listed too.

    Raises:
        InputError: nothing of that week has been run.
    """
    stored = _published_items(warehouse)
    held = _held_items(archive)
    weeks = {item.week for item in (*stored, *held)} | _run_weeks(archive)
    chosen = week.key if week else max(weeks, default=None)
    if chosen is None or chosen not in weeks:
        option = f" --week {week}" if week else ""
        raise InputError(
            f"nothing of {chosen or 'any week'} was run yet; run it: tradeflow run{option}"
        )
    newest = newest_by_subject(decisions(archive))
    found = {item.id: item for item in (*held, *stored) if item.week == chosen}
    items = [
        Item(item.id, item.week, item.kind, item.subject, item.detail, newest.get(item.id))
        for item in found.values()
    ]
    return sorted(items, key=lambda item: (not item.is_open, item.kind, item.subject, item.id))


def decide(
    archive: Archive,
    warehouse: Warehouse,
    review_id: str,
    verdict: Verdict,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> Decision:
    """Record what a person decided of a review item or a held answer.

    Args:
        review_id: the item's short id, as `review_items` gives it.
        by: who decided.
        reason: why, for whoever reads the archive later.
        at: when, timezone-aware.

    Raises:
        InputError: no such item in any week, no name or reason, or already decided so.
    """
    if not by.strip() or not reason.strip():
        raise InputError("a decision needs a name (--by) and a reason (--reason)")
    known = [*_held_items(archive), *_published_items(warehouse)]
    named = sorted((item for item in known if item.id == review_id), key=lambda item: item.week)
    if not named:
        raise InputError(f"no review item {review_id}; see them: tradeflow review list")
    item = named[-1]
    before = newest_by_subject(decisions(archive)).get(review_id)
    if before is not None and before.verdict is verdict:
        day = before.decided_at.astimezone(TAIPEI).date()
        raise InputError(f"{review_id} was decided so by {before.by} on {day}: {before.reason}")
    decision = Decision(
        subject_kind="held_answer" if item.kind == "held_answer" else "review_item",
        subject_id=item.id,
        subject=": ".join(part for part in (item.kind, item.subject, item.detail) if part),
        week=item.week,
        verdict=verdict,
        by=by.strip(),
        reason=reason.strip(),
        decided_at=at,
    )
    record_decision(archive, decision)
    return decision


def _run_weeks(archive: Archive) -> set[str]:
    return {week.key for layer in archive.layers() for week in archive.weeks(layer)}


def _held_items(archive: Archive) -> list[Item]:
    """Answers held by the newest manifest of each layer-week."""
    items = []
    for layer in archive.layers():
        for week in archive.weeks(layer):
            manifest = archive.manifest(layer, week)
            for held in manifest.held if manifest else ():
                items.append(Item(held.id, week.key, "held_answer", layer, held.reason))
    return items


def _published_items(warehouse: Warehouse) -> list[Item]:
    """Items of every week in the published copy; none before the first run."""
    try:
        with warehouse.reader() as con:
            present = con.execute(
                "select count(*) from duckdb_columns() where schema_name = 'marts'"
                " and table_name = 'fct_review_items' and column_name = 'review_id'"
            ).fetchall()[0][0]
            if not present:
                return []
            rows = con.execute(
                "select review_id, week, kind, subject, coalesce(text_value, '')"
                " from marts.fct_review_items order by week, review_id"
            ).fetchall()
    except StorageError:
        return []
    return [Item(*row) for row in rows]
