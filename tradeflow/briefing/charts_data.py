"""Which charts the week has, in order of appearance, and the rows each one draws.

Drawing is in `charts.py`, the titles in `reports/templates/charts.md.j2`. Charts show
published figures only, except concentration, whose reconstructed bars say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from tradeflow.briefing.concentration import Concentrated, latest
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.policy_section import PolicySection
from tradeflow.briefing.us_trade import PARTNERS, UsSection, UsStory


@dataclass(frozen=True)
class Deficits:
    """Monthly US deficit with each partner over the unbroken run of published months."""

    series: tuple[tuple[str, tuple[Row, ...]], ...]
    crossing: Row | None
    leader: UsStory


@dataclass(frozen=True)
class YearToDate:
    """Cumulated imports by partner in this year and the year before, all through one month."""

    stories: tuple[UsStory, ...]
    lead: UsStory
    counter: UsStory | None
    """The partner that moved most the other way."""


@dataclass(frozen=True)
class Timeline:
    """Suspended measures, the earliest end first."""

    rows: tuple[Row, ...]
    together: tuple[Row, ...]


@dataclass(frozen=True)
class Concentration:
    """Export concentration of the reporters, the highest first."""

    entries: tuple[Concentrated, ...]
    above: tuple[str, ...]
    """Names of economies whose level differs between the two threshold sets."""

    @property
    def highest(self) -> str:
        return self.entries[0].name

    @property
    def lowest(self) -> str:
        return self.entries[-1].name

    @property
    def reconstructed(self) -> bool:
        return any(entry.row.is_reconstructed for entry in self.entries)


ChartData = Deficits | YearToDate | Timeline | Concentration


def charts_of(marts: Marts, us: UsSection, policy: PolicySection) -> dict[str, ChartData]:
    """The charts that have something to show, in the order the brief prints them."""
    candidates: list[tuple[str, ChartData | None]] = [
        ("deficits", _deficits(marts, us)),
        ("year_to_date", _year_to_date(us)),
        ("timeline", _timeline(policy)),
        ("concentration", _concentration(marts)),
    ]
    return {name: data for name, data in candidates if data is not None}


def _deficits(marts: Marts, us: UsSection) -> Deficits | None:
    real = [story for story in us.stories if not story.month_row.is_reconstructed]
    if not real:
        return None
    series = []
    for iso3 in PARTNERS:
        rows = [
            r
            for r in marts.rows("fct_us_trade_monthly", partner_iso3=iso3)
            if not r.is_reconstructed
        ]
        latest_row = next((r for r in rows if r["is_latest"]), None)
        if latest_row is not None:
            run = tuple(r for r in rows if r["month"] >= (latest_row["run_start"] or r["month"]))
            series.append((marts.economies[iso3], run))
    if not any(len(run) > 1 for _, run in series):
        return None
    crossing = marts.one("fct_us_deficit_comparisons", partner_iso3="TWN", other_iso3="CHN")
    told = (
        crossing is not None
        and (crossing["streak_months"] or 0) > 0
        and not crossing.is_reconstructed
    )
    return Deficits(tuple(series), crossing if told else None, real[0])


def _year_to_date(us: UsSection) -> YearToDate | None:
    stories = [
        s
        for s in us.stories
        if s.ytd is not None and not s.ytd.is_reconstructed and s.ytd["imports_yoy_pct"] is not None
    ]
    if not stories:
        return None
    newest = max(_through(story) for story in stories)
    stories = [story for story in stories if _through(story) == newest]
    by_change = sorted(stories, key=lambda s: (-abs(s.ytd["imports_yoy_pct"]), s.name))  # type: ignore[index]
    lead = by_change[0]
    sign = _sign(lead)
    counter = next((s for s in by_change if _sign(s) == -sign), None)
    return YearToDate(tuple(stories), lead, counter)


def _through(story: UsStory) -> tuple[str, str]:
    """The month a partner's year to date ends with, and how its publication is known."""
    assert story.ytd is not None
    return story.ytd["through_month"], story.ytd["vintage"]


def _sign(story: UsStory) -> int:
    return 1 if story.ytd is not None and story.ytd["imports_yoy_pct"] >= 0 else -1


def _timeline(policy: PolicySection) -> Timeline | None:
    rows = [row for row in policy.tracked if row["status"] == "suspended" and row["until_date"]]
    rows.sort(key=lambda row: (row["until_date"], row["sort_order"]))
    return Timeline(tuple(rows), policy.together) if rows else None


def _concentration(marts: Marts) -> Concentration | None:
    entries = sorted((e for e in latest(marts) if e.flow == "X"), key=lambda e: (-e.hhi, e.name))
    if len(entries) < 2:
        return None
    above = tuple(e.name for e in entries if e.row["level_1500_2500"] != e.row["level_1000_1800"])
    return Concentration(tuple(entries), above)
