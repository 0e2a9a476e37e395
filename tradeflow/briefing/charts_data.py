"""Which charts the week has, in order of appearance, and the rows each one draws.

Drawing is in `charts.py`, the titles in `reports/templates/charts.md.j2`. Charts show
published figures only, except concentration, whose reconstructed bars say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tradeflow.briefing.charts_exposure import ExposureMatrix
from tradeflow.briefing.charts_minerals import StateMatrix, TopShares
from tradeflow.briefing.charts_policy import PolicySeries, policy_series
from tradeflow.briefing.concentration import Concentrated, latest
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.policy_section import PolicySection
from tradeflow.briefing.us_trade import PARTNERS, UsSection, UsStory
from tradeflow.briefing.yearly import REPORTERS

YEARS_SHOWN = 5
"""Columns of the table of concentration by year at most."""


@dataclass(frozen=True)
class Deficits:
    """Monthly US deficit with each partner over the unbroken run of published months."""

    series: tuple[tuple[str, tuple[Row, ...]], ...]
    crossing: Row | None
    leader: UsStory


@dataclass(frozen=True)
class Partners:
    """Monthly trade with each partner over the run of `Deficits`, the largest deficit first."""

    series: tuple[tuple[str, tuple[Row, ...]], ...]
    leader: tuple[str, Row]
    """The partner the United States bought most from in the newest month."""
    surplus: tuple[str, ...]
    """Partners it sold more to than it bought from in that month."""


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
    def lowest(self) -> str:
        return self.entries[-1].name

    @property
    def reconstructed(self) -> bool:
        return any(entry.row.is_reconstructed for entry in self.entries)


@dataclass(frozen=True)
class ConcentrationYears:
    """HHI by economy and year, exports and imports."""

    economies: tuple[str, ...]
    years: tuple[int, ...]
    flows: tuple[tuple[str, Mapping[tuple[str, int], Fact]], ...]
    """X or M, and the HHI by name and year; a place without a figure has no entry."""
    left_out: frozenset[tuple[str, int]]
    """Places whose figure became public otherwise than those beside it."""
    lowest: Row
    """A row of the lowest level, for its name."""
    above: tuple[str, ...]
    """Economies of a higher level in any year shown."""

    @property
    def reconstructed(self) -> bool:
        return any(fact.is_reconstructed for _, cells in self.flows for fact in cells.values())


ChartData = (
    Deficits
    | Partners
    | YearToDate
    | Timeline
    | PolicySeries
    | Concentration
    | ConcentrationYears
    | ExposureMatrix
    | TopShares
    | StateMatrix
)


def charts_of(marts: Marts, us: UsSection, policy: PolicySection) -> dict[str, ChartData]:
    """The charts that have something to show, in the order the brief prints them."""
    deficits = _deficits(marts, us)
    candidates: list[tuple[str, ChartData | None]] = [
        ("deficits", deficits),
        ("year_to_date", _year_to_date(us)),
        ("partners", _partners(deficits)),
        ("timeline", _timeline(policy)),
        ("policy_series", policy_series(marts)),
        ("concentration", _concentration(marts)),
        ("concentration_years", _concentration_years(marts)),
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
            run = [r for r in rows if r["month"] >= (latest_row["run_start"] or r["month"])]
            run.sort(key=lambda row: row["month"])
            series.append((marts.economies[iso3], tuple(run)))
    if not any(len(run) > 1 for _, run in series):
        return None
    crossing = marts.one("fct_us_deficit_comparisons", partner_iso3="TWN", other_iso3="CHN")
    told = (
        crossing is not None
        and (crossing["streak_months"] or 0) > 0
        and not crossing.is_reconstructed
    )
    return Deficits(tuple(series), crossing if told else None, real[0])


def _partners(deficits: Deficits | None) -> Partners | None:
    if deficits is None:
        return None
    newest = max(rows[-1]["month"] for _, rows in deficits.series)
    now = [(name, rows[-1]) for name, rows in deficits.series if rows[-1]["month"] == newest]
    leader = max(now, key=lambda pair: (pair[1]["imports_usd"], pair[0]))
    surplus = tuple(name for name, row in now if row["deficit_usd"] < 0)
    series = sorted(deficits.series, key=lambda pair: (-pair[1][-1]["deficit_usd"], pair[0]))
    return Partners(tuple(series), leader, surplus)


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
    exports = [entry for entry in latest(marts) if entry.flow == "X"]
    years = {entry.row["year"] for entry in exports}
    common = {year: _common(e.row for e in exports if e.row["year"] == year) for year in years}
    entries = sorted(
        (e for e in exports if e.row["vintage"] == common[e.row["year"]]),
        key=lambda e: (-e.hhi, e.name),
    )
    if len(entries) < 2:
        return None
    above = tuple(e.name for e in entries if e.row["level_1500_2500"] != e.row["level_1000_1800"])
    return Concentration(tuple(entries), above)


def _common(rows: Iterable[Row]) -> str:
    """How most of the rows became public; a date stated by the source comes first in a tie."""
    counted = Counter(str(row["vintage"]) for row in rows)
    return max(counted, key=lambda vintage: (counted[vintage], vintage))


def _concentration_years(marts: Marts) -> ConcentrationYears | None:
    known = [r for r in marts.rows("fct_concentration_yearly") if r["hhi_partner"] is not None]
    years = sorted({row["year"] for row in known})[-YEARS_SHOWN:]
    rows = [row for row in known if row["year"] in years and row["reporter_iso3"] in REPORTERS]
    if len(years) < 2 or not rows:
        return None
    common = {year: _common(row for row in rows if row["year"] == year) for year in years}
    shown = [row for row in rows if row["vintage"] == common[row["year"]]]
    name = marts.economies.__getitem__
    flows = tuple(
        (
            flow,
            {
                (name(row["reporter_iso3"]), row["year"]): fact
                for row in shown
                if row["flow"] == flow and (fact := row.fact("hhi_partner")) is not None
            },
        )
        for flow in ("X", "M")
    )
    lowest = min(shown, key=lambda row: (row["hhi_partner"], row.key))
    present = {row["reporter_iso3"] for row in rows}
    return ConcentrationYears(
        economies=tuple(name(iso3) for iso3 in REPORTERS if iso3 in present),
        years=tuple(years),
        flows=flows,
        left_out=frozenset(
            (name(row["reporter_iso3"]), row["year"]) for row in rows if row not in shown
        ),
        lowest=lowest,
        above=tuple(
            name(iso3)
            for iso3 in REPORTERS
            if any(
                row["level_1500_2500"] != lowest["level_1500_2500"]
                for row in shown
                if row["reporter_iso3"] == iso3
            )
        ),
    )
