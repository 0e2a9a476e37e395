"""Sections 一, 二 and 五: yearly flows and their concentration, as rows and as stories.

A story is a choice, made from the facts by stated rules, of what is said of an economy and in
which sentence pattern; the words are in `reports/templates/flow_stories.md.j2`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table
from tradeflow.reference import reporters

REPORTERS = tuple(economy.iso3 for economy in reporters())
"""The reporting economies in the order every table lists them."""

HOME = "TWN"
"""The readers' own economy, which always has a paragraph."""

FLAT_PCT = Decimal(2)
"""Within ± this a change is called 大致持平."""
CLEAR_PCT = Decimal(10)
"""From here on a change earns an economy its own paragraph."""
CONCENTRATED_PCT = Decimal(50)
"""From here on the share of the first three partners does."""
MOST_PARAGRAPHS = 3
PATTERN_LIMIT = 2
"""How often a sentence pattern may be used in one section."""


@dataclass(frozen=True)
class FlowStory:
    """One economy's exports or imports in its latest year."""

    name: str
    row: Row
    top: tuple[Row, ...]
    driver: Row | None
    """The partner that moved the total most in the direction it moved."""
    concentration: Row | None
    patterns: tuple[str, ...] = ()
    """Sentence patterns to print, in order."""

    @property
    def year(self) -> int:
        return int(self.row["year"])

    @property
    def change(self) -> Decimal | None:
        fact = self.row.fact("yoy_pct")
        return None if fact is None else fact.number

    @property
    def moved(self) -> Decimal:
        """The change, or zero where there is none to tell."""
        return self.change or Decimal(0)


@dataclass(frozen=True)
class FlowSection:
    """What section 一 or 二 says: paragraphs, the joint sentence, what cannot be compared."""

    paragraphs: tuple[FlowStory, ...]
    rising: tuple[FlowStory, ...]
    falling: tuple[FlowStory, ...]
    flat: tuple[FlowStory, ...]
    not_comparable: tuple[FlowStory, ...]
    missing: tuple[str, ...]
    """Names of reporters without any year."""
    has_news: bool
    """Whether a figure of this flow is new or revised since the week before."""

    @property
    def groups(self) -> tuple[YearGroup, ...]:
        """The economies of the joint sentence, one group for each year compared."""
        rest = (*self.rising, *self.falling, *self.flat)
        return tuple(
            YearGroup(
                year=year,
                moved=tuple(s for s in (*self.rising, *self.falling) if s.year == year),
                flat=tuple(s for s in self.flat if s.year == year),
            )
            for year in sorted({s.year for s in rest}, reverse=True)
        )

    @property
    def without_comparison(self) -> tuple[tuple[FlowStory, ...], ...]:
        """Economies without a comparable year, those of the same year and reason together."""
        groups: dict[tuple[int, str], list[FlowStory]] = {}
        for story in self.not_comparable:
            groups.setdefault((story.year, str(story.row["comparison_gap"])), []).append(story)
        return tuple(tuple(group) for group in groups.values())


@dataclass(frozen=True)
class YearGroup:
    """Economies whose latest year is the same."""

    year: int
    moved: tuple[FlowStory, ...]
    flat: tuple[FlowStory, ...]

    @property
    def reconstructed(self) -> bool:
        return any(story.row.is_reconstructed for story in (*self.moved, *self.flat))


def flow_section(marts: Marts, flow: str) -> FlowSection:
    """Choose what is said of one flow ('X' or 'M')."""
    stories = [story for iso3 in REPORTERS if (story := _story(marts, iso3, flow))]
    changed = _changed_subjects(marts, flow)
    comparable = [story for story in stories if story.change is not None]
    ranked = sorted(
        comparable, key=lambda s: (s.row["reporter_iso3"] not in changed, -abs(s.moved))
    )
    told = [s for s in ranked if _earns_paragraph(s, changed)][:MOST_PARAGRAPHS]
    told += [s for s in stories if s.row["reporter_iso3"] == HOME and s not in told]
    told.sort(key=lambda s: REPORTERS.index(s.row["reporter_iso3"]))
    used: Counter[str] = Counter()
    paragraphs = tuple(_with_patterns(story, used) for story in told)
    rest = [s for s in comparable if s not in told]
    present = {story.row["reporter_iso3"] for story in stories}
    return FlowSection(
        paragraphs=paragraphs,
        rising=_by_size(s for s in rest if s.moved >= FLAT_PCT),
        falling=_by_size(s for s in rest if s.moved <= -FLAT_PCT),
        flat=_by_size(s for s in rest if abs(s.moved) < FLAT_PCT),
        not_comparable=tuple(s for s in stories if s.change is None and s not in told),
        missing=tuple(marts.economies[iso3] for iso3 in REPORTERS if iso3 not in present),
        has_news=bool(changed),
    )


def _by_size(stories: Iterable[FlowStory]) -> tuple[FlowStory, ...]:
    return tuple(sorted(stories, key=lambda s: -abs(s.moved)))


def _story(marts: Marts, iso3: str, flow: str) -> FlowStory | None:
    row = marts.one("fct_reporter_flows_yearly", reporter_iso3=iso3, flow=flow, is_latest=True)
    if row is None:
        return None
    partners = [
        partner
        for partner in marts.rows(
            "fct_partner_flows_yearly", reporter_iso3=iso3, flow=flow, year=row["year"]
        )
        if not partner["is_self_partner"] and partner["partner_rank"] is not None
    ]
    top = sorted(partners, key=lambda p: (p["partner_rank"], p["partner_code"]))[:3]
    concentration = marts.one(
        "fct_concentration_yearly", reporter_iso3=iso3, flow=flow, year=row["year"]
    )
    return FlowStory(marts.economies[iso3], row, tuple(top), _driver(row, partners), concentration)


def _driver(row: Row, partners: Sequence[Row]) -> Row | None:
    total = row.fact("yoy_pct")
    moved = [(p, fact) for p in partners if (fact := p.fact("contribution_ppt"))]
    if total is None or not moved:
        return None
    sign = 1 if total.number >= 0 else -1
    partner, fact = max(moved, key=lambda pair: (sign * pair[1].number, pair[0]["partner_code"]))
    return partner if sign * fact.number > 0 else None


def _changed_subjects(marts: Marts, flow: str) -> set[str]:
    area = "exports" if flow == "X" else "imports"
    return {
        row["subject"].split("|")[0]
        for row in marts.rows("fct_week_changes", area=area)
        if row["change"] in {"new", "revised"}
    }


def _earns_paragraph(story: FlowStory, changed: set[str]) -> bool:
    share = story.row.fact("top3_share_pct")
    return (
        story.row["reporter_iso3"] in changed
        or abs(story.moved) >= CLEAR_PCT
        or (share is not None and share.number >= CONCENTRATED_PCT)
    )


def _with_patterns(story: FlowStory, used: Counter[str]) -> FlowStory:
    change = story.moved
    opening = (
        "level_alone"
        if story.change is None
        else "flat"
        if abs(change) < FLAT_PCT
        else "level_first"
        if used["level_first"] < PATTERN_LIMIT
        else "change_first"
    )
    wanted = [opening]
    if story.driver is not None and abs(change) >= FLAT_PCT:
        wanted.append("driver" if used["driver"] < PATTERN_LIMIT else "driver_brief")
    wanted.append("top_three" if used["top_three"] < PATTERN_LIMIT else "top_one")
    used.update(wanted)
    return FlowStory(
        story.name, story.row, story.top, story.driver, story.concentration, tuple(wanted)
    )


def flow_table(marts: Marts, pen: Pen, glossary: Glossary, flow: str) -> Table:
    """Table 1 (exports) or 2 (imports)."""
    rows = []
    for iso3 in REPORTERS:
        story = _story(marts, iso3, flow)
        if story is None:
            continue
        row = story.row
        hhi = story.concentration.fact("hhi_partner") if story.concentration else None
        partners = "、".join(
            f"{pen.quoted(p, 'partner_name_zh')}（{pen.fact(p.fact('share_pct'), 'share')}）"
            for p in story.top
        )
        change = row.fact("yoy_pct")
        cells = [
            story.name,
            pen.period(f"iso:{story.year}"),
            pen.fact(row.fact("value_usd"), "yi"),
            pen.fact(change, "pct") if change else glossary.term("cell", "not_comparable"),
            partners,
        ]
        if flow == "X":
            cells += [_or_missing(pen, glossary, row.fact("top3_share_pct"), "share")]
        cells += [_or_missing(pen, glossary, hhi, "one")]
        if flow == "M":
            self_share = iso3 == "CHN"
            cells += [
                glossary.term("cell", "not_applicable")
                if self_share
                else _or_missing(pen, glossary, row.fact("china_share_pct"), "share")
            ]
        rows.append([*cells, _remark(row, glossary)])
    return table(1 if flow == "X" else 2, rows)


def _or_missing(pen: Pen, glossary: Glossary, fact: Fact | None, form: str) -> str:
    return pen.fact(fact, form) if fact else glossary.term("cell", "no_data")


def _remark(row: Row, glossary: Glossary) -> str:
    remarks = []
    if row.is_reconstructed:
        remarks.append(glossary.term("cell", "reconstructed"))
    if row["comparison_gap"]:
        remarks.append(glossary.term("gap", row["comparison_gap"]))
    return "；".join(remarks) or glossary.term("cell", "none")


@dataclass(frozen=True)
class BalanceStory:
    """An economy's balance with China."""

    name: str
    row: Row

    @property
    def balance(self) -> Decimal:
        fact = self.row.fact("balance_usd")
        return fact.number if fact else Decimal(0)


def china_balances(marts: Marts) -> list[BalanceStory]:
    """Latest balance with China of every reporter but China itself, in table order."""
    rows = marts.rows("fct_trade_balances_yearly", partner_iso3="CHN", is_latest=True)
    by_reporter = {row["reporter_iso3"]: row for row in rows}
    return [
        BalanceStory(marts.economies[iso3], by_reporter[iso3])
        for iso3 in REPORTERS
        if iso3 != "CHN" and iso3 in by_reporter
    ]


def balance_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 3."""
    rows = []
    for story in china_balances(marts):
        row = story.row
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        prior = row.fact("balance_prior_usd")
        rows.append(
            [
                story.name,
                pen.period(f"iso:{row['year']}") + mark,
                pen.fact(row.fact("exports_usd"), "yi"),
                pen.fact(row.fact("imports_usd"), "yi"),
                pen.fact(row.fact("balance_usd"), "yi"),
                pen.fact(prior, "yi") if prior else glossary.term("cell", "not_comparable"),
            ]
        )
    return table(3, rows)
