"""Section 三: the United States' monthly trade with five partners, as rows and as stories."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table
from tradeflow.briefing.yearly import CLEAR_PCT, PATTERN_LIMIT
from tradeflow.periods import Week
from tradeflow.reference import us_partners

PARTNERS = tuple(economy.iso3 for economy in us_partners())
"""The partners the section follows."""

STREAK_WORTH_TELLING = 3
"""A run of rises or falls is mentioned from this many months on."""
SOURCE = "census"
"""The source whose calendar says when the next month is due."""


@dataclass(frozen=True)
class UsStory:
    """One partner: its latest month, its year to date, and the patterns to print."""

    name: str
    month_row: Row
    ytd: Row | None
    streak_is_cut: bool = False
    """Whether the run starts where the comparable months start: it may be longer."""
    ended_run: Row | None = None
    """The month before, where this month ends a run of rises or falls worth telling."""
    ended_run_is_cut: bool = False
    patterns: tuple[str, ...] = ()

    @property
    def span(self) -> str:
        """The months of the year to date; January alone is one month."""
        assert self.ytd is not None
        first, last = self.ytd["first_month"], self.ytd["through_month"]
        return str(first) if first == last else f"{first}..{last}"

    @property
    def month(self) -> str:
        return str(self.month_row["month"])

    @property
    def year_before(self) -> str:
        """The same month one year earlier."""
        year, number = self.month.split("-")
        return f"{int(year) - 1}-{number}"

    @property
    def month_before(self) -> str:
        return _month_before(self.month)

    @property
    def deficit(self) -> Decimal:
        fact = self.month_row.fact("deficit_usd")
        return fact.number if fact else Decimal(0)

    @property
    def imports_change(self) -> Decimal | None:
        return _number(self.month_row.fact("imports_yoy_pct"))

    @property
    def exports_change(self) -> Decimal | None:
        return _number(self.month_row.fact("exports_yoy_pct"))

    @property
    def streak(self) -> int:
        """Months of rise (+) or fall (−) of imports in a row; 0 where it may not be told."""
        fact = self.month_row.fact("imports_yoy_streak")
        if fact is None or fact.is_reconstructed or abs(fact.number) < STREAK_WORTH_TELLING:
            return 0
        return int(fact.number)

    @property
    def has_turned(self) -> bool:
        """Whether a deficit became a surplus or a surplus a deficit since the month before."""
        before = _number(self.month_row.fact("deficit_prior_month_usd"))
        return before is not None and before * self.deficit < 0

    @property
    def passed_the_year(self) -> bool:
        """Whether the year to date exceeds the whole year before, and that year is complete."""
        if self.ytd is None or self.ytd.is_reconstructed or self.ytd["months"] >= 12:
            return False
        now, whole = self.ytd.fact("imports_usd"), self.ytd.fact("prior_year_imports_usd")
        return now is not None and whole is not None and now.number > whole.number


@dataclass(frozen=True)
class UsSection:
    """What section 三 says."""

    stories: tuple[UsStory, ...]
    """Every partner, the largest deficit first."""
    paragraphs: tuple[UsStory, ...]
    others: tuple[UsStory, ...]
    not_told: tuple[UsStory, ...]
    """Partners whose figures rest on reconstructed ones: in the tables only."""
    not_comparable: tuple[UsStory, ...]
    coverage: Row | None
    released_before: date | None
    """When the newest month came out, where that was before the week; None where it was in it."""
    next_is_due: bool
    """Whether the day of the next month has come without it."""

    @property
    def calendar_dated(self) -> bool:
        return any(s.month_row["vintage"] == "calendar_dated" for s in self.stories)


def us_section(marts: Marts) -> UsSection:
    """Choose what is said of each partner."""
    stories = []
    for iso3 in PARTNERS:
        month = marts.one("fct_us_trade_monthly", partner_iso3=iso3, is_latest=True)
        if month is not None:
            ytd = marts.one("fct_us_trade_ytd", partner_iso3=iso3, is_latest=True)
            cut = _streak_is_cut(marts, month)
            run = _ended_run(marts, month)
            run_is_cut = run is not None and _streak_is_cut(marts, run)
            stories.append(UsStory(marts.economies[iso3], month, ytd, cut, run, run_is_cut))
    stories.sort(key=lambda story: -story.deficit)
    real = [s for s in stories if not s.month_row.is_reconstructed]
    comparable = [s for s in real if s.imports_change is not None]
    used: Counter[str] = Counter()
    paragraphs = [_with_patterns(s, used) for s in comparable if _earns_paragraph(s)]
    told = {s.name for s in paragraphs}
    return UsSection(
        stories=tuple(stories),
        paragraphs=tuple(paragraphs),
        others=tuple(s for s in comparable if s.name not in told),
        not_told=tuple(s for s in stories if s.month_row.is_reconstructed),
        not_comparable=tuple(s for s in real if s.imports_change is None),
        coverage=(coverage := marts.one("fct_layer_coverage", source=SOURCE)),
        released_before=_released_before(coverage, marts.week) if stories else None,
        next_is_due=_next_is_due(coverage, marts.week),
    )


def _released_before(coverage: Row | None, week: str) -> date | None:
    released: date | None = coverage["newest_released_on"] if coverage else None
    start = Week.parse(week).start
    return released if released is not None and released < start else None


def _next_is_due(coverage: Row | None, week: str) -> bool:
    expected: date | None = coverage["expected_next_date"] if coverage else None
    return expected is not None and expected <= Week.parse(week).end


def _ended_run(marts: Marts, latest: Row) -> Row | None:
    before = marts.one(
        "fct_us_trade_monthly",
        partner_iso3=latest["partner_iso3"],
        month=_month_before(str(latest["month"])),
    )
    if before is None or before.is_reconstructed or latest["imports_yoy_pct"] is None:
        return None
    run = before["imports_yoy_streak"] or 0
    ends = abs(run) >= STREAK_WORTH_TELLING and run * latest["imports_yoy_pct"] < 0
    return before if ends else None


def _month_before(month: str) -> str:
    year, number = (int(part) for part in month.split("-"))
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"


def _streak_is_cut(marts: Marts, latest: Row) -> bool:
    """Whether the month before the run has no comparison that could have ended it."""
    length = abs(latest["imports_yoy_streak"] or 0)
    year, month = (int(part) for part in str(latest["month"]).split("-"))
    years, month_index = divmod(year * 12 + month - 1 - length, 12)
    before = marts.one(
        "fct_us_trade_monthly",
        partner_iso3=latest["partner_iso3"],
        month=f"{years}-{month_index + 1:02d}",
    )
    return before is None or before.is_reconstructed or before["imports_yoy_pct"] is None


def _number(fact: Fact | None) -> Decimal | None:
    return None if fact is None else fact.number


def _earns_paragraph(story: UsStory) -> bool:
    row = story.month_row
    return (
        abs(story.imports_change or Decimal(0)) >= CLEAR_PCT
        or abs(story.exports_change or Decimal(0)) >= CLEAR_PCT
        or any(row[name] for name in ("exports_extreme", "imports_extreme", "deficit_extreme"))
    )


def _with_patterns(story: UsStory, used: Counter[str]) -> UsStory:
    row = story.month_row
    plain = _least_used(["imports_level", "imports_change"], used)
    if row["imports_extreme"] and used["imports_record"] < PATTERN_LIMIT:
        wanted = ["imports_record"]
    elif story.streak and used["imports_streak"] < PATTERN_LIMIT:
        wanted = ["imports_streak"]
    elif story.ended_run is not None and used["imports_turned"] < PATTERN_LIMIT:
        wanted = ["imports_turned"]
    else:
        wanted = [plain]
    if row["exports_extreme"]:
        wanted.append("exports_record")
    elif abs(story.exports_change or Decimal(0)) >= CLEAR_PCT:
        wanted.append(_least_used(["exports_level", "exports_change"], used))
    if story.has_turned:
        wanted.append("deficit_turned")
    elif row["deficit_extreme"] and story.deficit > 0:
        wanted.append("deficit_record")
    elif story.month_row["deficit_prior_month_usd"] is not None and used["deficit_month"] < 1:
        wanted.append("deficit_month")
    if story.passed_the_year:
        wanted.append("passed_the_year")
    elif _ytd_worth_telling(story):
        wanted.append(_least_used(["ytd_balance", "ytd_imports"], used))
    used.update(wanted)
    return replace(story, patterns=tuple(wanted))


def _least_used(options: list[str], used: Counter[str]) -> str:
    return min(options, key=lambda name: used[name])


def _ytd_worth_telling(story: UsStory) -> bool:
    if story.ytd is None or story.ytd.is_reconstructed or story.ytd["months"] < 2:
        return False
    change = story.ytd.fact("balance_yoy_pct")
    return change is not None and abs(change.number) >= CLEAR_PCT


def monthly_table(section: UsSection, pen: Pen, glossary: Glossary) -> Table:
    """Table 4."""
    rows = []
    for story in section.stories:
        row = story.month_row
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        changes = [
            row.fact(name) for name in ("imports_mom_pct", "imports_yoy_pct", "exports_yoy_pct")
        ]
        rows.append(
            [
                story.name,
                pen.period(f"iso:{story.month}") + mark,
                pen.fact(row.fact("exports_usd"), "yi"),
                pen.fact(row.fact("imports_usd"), "yi"),
                pen.fact(row.fact("balance_usd"), "yi"),
                *(
                    pen.fact(fact, "pct") if fact else glossary.term("cell", "not_comparable")
                    for fact in changes
                ),
                _records(row, pen, glossary),
            ]
        )
    return table(4, rows)


def _records(row: Row, pen: Pen, glossary: Glossary) -> str:
    if row.is_reconstructed:
        return glossary.term("cell", "none")
    parts = []
    for measure in ("exports", "imports", "deficit"):
        if row[f"{measure}_extreme"]:
            parts.append(
                glossary.term("pattern", "record").format(
                    measure=glossary.term("measure", measure),
                    start=pen.fact(row.fact("run_start"), "month"),
                    extreme=pen.coded(row, f"{measure}_extreme", "extreme"),
                )
            )
    return "；".join(parts) or glossary.term("cell", "none")


def ytd_table(section: UsSection, pen: Pen, glossary: Glossary) -> Table:
    """Table 5, the largest cumulated deficit first."""
    rows = []
    told = [story for story in section.stories if story.ytd is not None]
    told.sort(key=lambda s: (s.ytd["balance_usd"] if s.ytd else 0, s.name))
    for story in told:
        row = story.ytd
        assert row is not None
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        imports, balance = row.fact("imports_yoy_pct"), row.fact("balance_yoy_pct")
        whole = row.fact("prior_year_imports_usd")
        rows.append(
            [
                story.name,
                pen.period(f"zh:{story.span}") + mark,
                pen.fact(row.fact("exports_usd"), "yi"),
                pen.fact(row.fact("imports_usd"), "yi"),
                pen.fact(row.fact("balance_usd"), "yi"),
                pen.fact(imports, "pct") if imports else glossary.term("cell", "not_comparable"),
                pen.fact(balance, "pct") if balance else glossary.term("cell", "not_comparable"),
                pen.fact(whole, "yi") if whole else _no_whole_year(row, glossary),
            ]
        )
    return table(5, rows)


def _no_whole_year(row: Row, glossary: Glossary) -> str:
    gap = row["comparison_gap"]
    return glossary.term("gap", gap) if gap else glossary.term("cell", "not_twelve_months")
