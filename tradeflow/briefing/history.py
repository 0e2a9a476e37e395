"""What the last weeks of earlier months knew of the figures a report compares with.

A figure of an earlier week keeps its id with the week behind it: `<fact id>@2026-W04`. A mean
over weeks and a change against one are figures of their own, `<fact id>@mean:<weeks>` and
`<fact id>@change:<week>`, and rest on the answers of all they were made from. Not here: which
figures are compared (`month_figures.py`), or how they are worded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from tradeflow.briefing.marts import Fact, Marts
from tradeflow.periods import Month, Week

MONTHS = 3
"""How many closed months before the report's own are averaged."""

Reading = Callable[[Marts], Fact | None]
"""Finds the figure in the marts of whatever week; None where the week has none."""


@dataclass(frozen=True)
class Earlier:
    """An earlier month, its last week, and that week's marts where the warehouse holds them."""

    month: Month
    week: Week
    marts: Marts | None


@dataclass(frozen=True)
class Compared:
    """A figure with its history; every part is a fact the report may print."""

    current: Fact
    previous: Fact | None = None
    previous_period: Fact | None = None
    """What the earlier figure is of, where that is another period."""
    mean: Fact | None = None
    change: Fact | None = None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The parts that are not in the marts of the report's own week."""
        made = (self.previous, self.previous_period, self.mean, self.change)
        return tuple(fact for fact in made if fact is not None)

    @property
    def is_unchanged(self) -> bool:
        """Whether the figure is of the same period and the same value as a month ago."""
        return (
            self.previous is not None
            and self.previous_period is None
            and self.previous.number == self.current.number
        )


def compare(
    current: Fact, reading: Reading, earlier: Sequence[Earlier], change: Literal["pct", "points"]
) -> Compared:
    """Set a figure beside what was known at the ends of earlier months.

    Args:
        current: the figure as the report's own week has it.
        earlier: the newest month first.
        change: `pct` measures the change in per cent of the earlier value, `points` as the
            difference.

    The mean is taken only when each of the months has the figure. Of months whose newest period
    was the same it would count one period twice, so those have no mean either.
    """
    known = [(each.week, _found(each, reading)) for each in earlier]
    week, before = known[0] if known else (None, None)
    found = [(each, fact) for each, fact in known if fact is not None]
    mean = None
    if len(found) == MONTHS and _may_be_averaged([fact for _, fact in found], current):
        mean = _mean(current, found)
    if week is None or before is None:
        return Compared(current, mean=mean)
    previous = replace(before, fact_id=f"{before.fact_id}@{week}")
    period = None
    if before.coverage != current.coverage and not _is_day(before.coverage):
        period = replace(
            previous,
            fact_id=f"{before.fact_id}@{week}:coverage",
            exact=None,
            text=before.coverage,
            unit="",
        )
    return Compared(current, previous, period, mean, _change(current, before, week, change))


def _found(earlier: Earlier, reading: Reading) -> Fact | None:
    return None if earlier.marts is None else reading(earlier.marts)


def _is_day(coverage: str) -> bool:
    return len(coverage) == len("2026-02-22") and ".." not in coverage


def _may_be_averaged(facts: Sequence[Fact], current: Fact) -> bool:
    of_a_month = len(current.coverage) == len("2026-02")
    return not of_a_month or len({fact.coverage for fact in facts}) == len(facts)


def _mean(current: Fact, found: Sequence[tuple[Week, Fact]]) -> Fact:
    facts = [fact for _, fact in found]
    weeks = ",".join(week.key for week, _ in found)
    total = sum((fact.number for fact in facts), Decimal(0))
    return _made(current, facts, f"mean:{weeks}", total / len(facts), current.unit)


def _change(
    current: Fact, before: Fact, week: Week, change: Literal["pct", "points"]
) -> Fact | None:
    difference = current.number - before.number
    if change == "points":
        return _made(current, [before, current], f"change:{week}", difference, current.unit)
    if before.number <= 0 or current.number <= 0:
        return None
    rate = 100 * difference / before.number
    return _made(current, [before, current], f"change:{week}", rate, "%")


def _made(current: Fact, facts: Sequence[Fact], how: str, value: Decimal, unit: str) -> Fact:
    vintages = {fact.vintage for fact in facts}
    return Fact(
        fact_id=f"{current.fact_id}@{how}",
        column=current.column,
        unit=unit,
        exact=value,
        text=None,
        coverage="、".join(dict.fromkeys(fact.coverage for fact in facts)),
        vintage=vintages.pop() if len(vintages) == 1 else "mixed",
        is_reconstructed=any(fact.is_reconstructed for fact in facts),
        response_ids=tuple(sorted({each for fact in facts for each in fact.response_ids})),
    )
