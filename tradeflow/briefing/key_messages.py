"""本週重點: which of the week's facts come first, by fixed rules.

Candidates are tried in a fixed order of urgency and none may rest on a reconstructed figure.
The words of each are in `reports/templates/key_messages.md.j2`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tradeflow.briefing.followup import changed_items, measure_of, notice_of
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.policy_section import PolicySection
from tradeflow.briefing.us_trade import UsSection, UsStory
from tradeflow.briefing.yearly import CLEAR_PCT

MOST = 5
ENOUGH = 3
"""From this many messages on, a mere level is not one."""
SOON_DAYS = 30
"""A date of a measure this near goes before trade figures."""


@dataclass(frozen=True)
class KeyMessage:
    """One message: the pattern that words it, and what the pattern needs."""

    pattern: str
    data: Any
    tables: tuple[int, ...]
    charts: tuple[str, ...] = ()


def key_messages(
    marts: Marts, us: UsSection, policy: PolicySection, week_start: date
) -> list[KeyMessage]:
    """At most five messages, the most urgent first."""
    found: list[KeyMessage] = []
    for message in _candidates(marts, us, policy, week_start):
        repeated = sum(m.pattern == message.pattern for m in found) >= 2
        needed = message.pattern != "largest" or len(found) < ENOUGH
        if len(found) < MOST and not repeated and needed:
            found.append(message)
    return found


def _candidates(
    marts: Marts, us: UsSection, policy: PolicySection, week_start: date
) -> Iterator[KeyMessage]:
    paused = _just_paused(marts, policy)
    if paused:
        yield KeyMessage("paused", paused, (7, 11), ("timeline",))
    told = {row["notice_key"] for row in paused} | {row["by_notice_key"] for row in paused}
    for changes in _status_changes(marts, told):
        yield KeyMessage("status_changed", changes, (11,))
        told |= {changes.by["notice_key"]} if changes.by else set()
    news = tuple(row for row in policy.new_notices if row["notice_key"] not in told)
    if news:
        yield KeyMessage("new_notices", news, (6,))
    starting = _starting(policy)
    if starting:
        yield KeyMessage("starting", starting, (7,))
    ending = _ending(policy)
    if ending and _days(ending[0]) <= SOON_DAYS:
        yield KeyMessage("suspended", ending, (7,), ("timeline",))
    yield from _new_month(us, week_start)
    yield from _crossing(marts)
    yield from _year_to_date(us)
    if ending and ending != paused and _days(ending[0]) > SOON_DAYS:
        yield KeyMessage("suspended", ending, (7,), ("timeline",))
    if not policy.new_notices:
        yield KeyMessage("no_new_notices", policy, (6,))
    yield from _records(us)
    yield from _largest(us)


@dataclass(frozen=True)
class StatusChanges:
    """Measures that went from one state to another since the week before."""

    rows: tuple[Row, ...]
    """Rows of `fct_week_changes`."""
    by: Row | None
    """The notice that changed them all, where one did."""


def _moved(marts: Marts) -> list[Row]:
    return [
        row
        for row in changed_items(marts)
        if row["change"] == "status_changed" and not row.is_reconstructed
    ]


def _just_paused(marts: Marts, policy: PolicySection) -> tuple[Row, ...]:
    """The measures that one notice suspended together, where it did so since the week before."""
    paused = {notice_of(row) for row in _moved(marts) if row["text_current"] == "suspended"}
    together = {row["notice_key"] for row in policy.together}
    return policy.together if together and together <= paused else ()


def _status_changes(marts: Marts, told: set[str]) -> Iterator[StatusChanges]:
    moves: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in _moved(marts):
        if notice_of(row) not in told:
            moves[row["text_previous"], row["text_current"]].append(row)
    for _, rows in sorted(moves.items(), key=lambda item: (-len(item[1]), item[0])):
        yield StatusChanges(tuple(rows), _acting_notice(marts, rows))


def _acting_notice(marts: Marts, rows: Sequence[Row]) -> Row | None:
    measures = [measure_of(marts, row) for row in rows]
    acting = {each.values.get("by_notice_key") if each else None for each in measures}
    key = acting.pop() if len(acting) == 1 else None
    return marts.one("dim_notices", notice_key=key) if key else None


def _starting(policy: PolicySection) -> tuple[Row, ...]:
    """Announced measures that take effect soon, all on the nearest such day."""
    rows = [
        row
        for row in policy.tracked
        if row["next_event"] == "takes_effect" and _days(row) <= SOON_DAYS
    ]
    return tuple(row for row in rows if row["next_date"] == rows[0]["next_date"])


def _ending(policy: PolicySection) -> tuple[Row, ...]:
    """The measures one notice suspended together, else those whose suspension ends first."""
    rows = [row for row in policy.tracked if row["status"] == "suspended" and row["until_date"]]
    return policy.together or tuple(r for r in rows if r["until_date"] == rows[0]["until_date"])


def _largest(us: UsSection) -> Iterator[KeyMessage]:
    told = [story for story in us.stories if not story.month_row.is_reconstructed]
    if told and told[0].deficit > 0:
        yield KeyMessage("largest", told[0], (4,), ("deficits",))


def _days(row: Row) -> int:
    return int(row["days_left"] or 0)


def _new_month(us: UsSection, week_start: date) -> Iterator[KeyMessage]:
    released = us.coverage["newest_released_on"] if us.coverage else None
    told = [story for story in us.stories if not story.month_row.is_reconstructed]
    if released is not None and released >= week_start and told and told[0].deficit > 0:
        yield KeyMessage("new_month", (us.coverage, told[0]), (4,))


def brief_contents(rows: Sequence[Row]) -> list[Row]:
    """At most three rows that name different goods; a list of three or more goods comes last.

    A content that only goes into another one (稀土技術 beside 稀土) names nothing further.
    """
    distinct = {row["content_zh"]: row for row in reversed(rows) if row["content_zh"]}
    ordered = [row for row in rows if distinct.get(row["content_zh"]) is row]
    short = [row for row in ordered if row["content_zh"].count("、") < 2]
    wider = [
        row
        for row in short
        if not any(
            row["content_zh"].startswith(each["content_zh"]) for each in short if each is not row
        )
    ]
    return wider[:3] or ordered[:1]


def _crossing(marts: Marts) -> Iterator[KeyMessage]:
    row = marts.one("fct_us_deficit_comparisons", partner_iso3="TWN", other_iso3="CHN")
    if row is not None and not row.is_reconstructed and (row["streak_months"] or 0) > 0:
        yield KeyMessage("crossing", row, (4,), ("deficits",))


def _year_to_date(us: UsSection) -> Iterator[KeyMessage]:
    movers: list[tuple[float, UsStory]] = []
    for story in us.stories:
        ytd = story.ytd
        if ytd is None or ytd.is_reconstructed or ytd["months"] < 2:
            continue
        change = ytd.fact("imports_yoy_pct")
        if change is not None and abs(change.number) >= CLEAR_PCT:
            movers.append((abs(float(ytd["imports_usd"] - ytd["imports_prior_usd"])), story))
    for _, story in sorted(movers, key=lambda pair: (-pair[0], pair[1].name))[:2]:
        yield KeyMessage("year_to_date", story, (5,), ("year_to_date",))


def _records(us: UsSection) -> Iterator[KeyMessage]:
    for story in us.stories:
        row = story.month_row
        if row.is_reconstructed:
            continue
        for measure in ("imports", "exports", "deficit"):
            if row[f"{measure}_extreme"] and (measure != "deficit" or story.deficit > 0):
                yield KeyMessage("record", (story, measure), (4,))
                break
