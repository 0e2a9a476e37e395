"""執行摘要: the sentences a month is told in, by fixed rules, none on a reconstructed figure.

Candidates are tried in a fixed order and the first eight are kept. The words of each are in
`reports/templates/monthly_summary.md.j2`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tradeflow.briefing.key_messages import KeyMessage
from tradeflow.briefing.marts import Row
from tradeflow.briefing.month_controls import Controls
from tradeflow.briefing.month_marts import MonthMarts
from tradeflow.briefing.month_outlook import World
from tradeflow.briefing.policy_section import PolicySection
from tradeflow.briefing.us_trade import UsSection, UsStory

MOST = 8


@dataclass(frozen=True)
class Told:
    """What the sentences are chosen from."""

    marts: MonthMarts
    us: UsSection
    policy: PolicySection
    controls: Controls
    world: World


def month_messages(told: Told) -> list[KeyMessage]:
    """At most eight messages."""
    return list(_candidates(told))[:MOST]


def _candidates(told: Told) -> Iterator[KeyMessage]:
    yield from _policy(told)
    yield from _crossing(told)
    for partner in ("TWN", "CHN"):
        yield from _imports(told, partner)
    yield from _minerals(told)
    yield from _growth(told)
    yield from _next_month(told)


def _policy(told: Told) -> Iterator[KeyMessage]:
    found = told.controls
    if found.changed:
        yield KeyMessage("changed", found.changed, (10,))
    yield KeyMessage("notices" if found.notices else "no_notices", found, (8,))
    if told.policy.together:
        yield KeyMessage("together", told.policy.together, (10,), ("timeline",))
    elif found.soonest:
        yield KeyMessage("soonest", found.soonest, (10,))


def _crossing(told: Told) -> Iterator[KeyMessage]:
    row = told.marts.one("fct_us_deficit_comparisons", partner_iso3="TWN", other_iso3="CHN")
    if row is not None and not row.is_reconstructed and (row["streak_months"] or 0) > 0:
        yield KeyMessage("crossing", row, (1,), ("deficits",))


def _told(told: Told, partner: str) -> UsStory | None:
    name = told.marts.economies.get(partner)
    found = [s for s in told.us.stories if s.name == name and not s.month_row.is_reconstructed]
    return found[0] if found and found[0].imports_change is not None else None


def _imports(told: Told, partner: str) -> Iterator[KeyMessage]:
    story = _told(told, partner)
    if story is not None:
        yield KeyMessage("imports", story, (1,))


def _minerals(told: Told) -> Iterator[KeyMessage]:
    row = told.marts.one("fct_mineral_bands", band="over_80")
    if row is not None and not row.is_reconstructed and row["china_minerals"]:
        years = {
            r["year"] for r in told.marts.rows("fct_mineral_production_yearly", is_latest=True)
        }
        data: tuple[Row, Any] = (row, years.pop() if len(years) == 1 else None)
        yield KeyMessage("minerals", data, (11,))


def _growth(told: Told) -> Iterator[KeyMessage]:
    compared = [s for s in told.world.compared if not s.is_reconstructed]
    if len(compared) > 1:
        yield KeyMessage("growth", compared, (12,))


def _next_month(told: Told) -> Iterator[KeyMessage]:
    coverage = told.us.coverage
    if coverage is not None and coverage["expected_next_period"] and coverage["expected_next_date"]:
        yield KeyMessage("next_month", coverage, (17,))
