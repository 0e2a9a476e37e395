"""Section 五: market concentration, its table and what is observed in it."""

from __future__ import annotations

from dataclasses import dataclass

from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Fact, Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table
from tradeflow.briefing.yearly import REPORTERS


@dataclass(frozen=True)
class Concentrated:
    """One economy and flow with its concentration row."""

    name: str
    flow: str
    row: Row

    @property
    def hhi(self) -> float:
        fact = self.row.fact("hhi_partner")
        return float(fact.number) if fact else -1.0


@dataclass(frozen=True)
class ConcentrationStory:
    """What section 五 says below its table."""

    levels_differ: tuple[Concentrated, ...]
    """Rows whose level is higher by 1000/1800 than by 1500/2500."""
    highest: Concentrated | None
    lowest: Concentrated | None
    year: int | None
    """The year the highest and lowest are compared in."""
    moved: tuple[Concentrated, ...]
    """Rows outside the dead band, the largest movement first."""
    moved_from: int | None
    """The year they are compared with, where it is one and the same."""
    has_comparable: bool
    without_prior: tuple[Concentrated, ...]


def latest(marts: Marts) -> list[Concentrated]:
    """Latest year of every reporter, exports before imports, in table order."""
    found = []
    for iso3 in REPORTERS:
        for flow in ("X", "M"):
            row = marts.one(
                "fct_concentration_yearly", reporter_iso3=iso3, flow=flow, is_latest=True
            )
            if row is not None and row["hhi_partner"] is not None:
                found.append(Concentrated(marts.economies[iso3], flow, row))
    return found


def concentration_story(marts: Marts) -> ConcentrationStory:
    """Choose the observations. Highest and lowest are exports of one and the same year."""
    entries = latest(marts)
    exports = [entry for entry in entries if entry.flow == "X"]
    years = [entry.row["year"] for entry in exports]
    year = max(years, key=lambda y: (years.count(y), y)) if years else None
    same_year = sorted((e for e in exports if e.row["year"] == year), key=lambda e: e.hhi)
    comparable = [e for e in entries if e.row["hhi_change"] is not None]
    moved = sorted(
        (e for e in comparable if e.row["direction"] in {"up", "down"}),
        key=lambda e: (-abs(e.row["hhi_change"]), e.name),
    )
    moved_years = {entry.row["year"] for entry in moved[:3]}
    return ConcentrationStory(
        levels_differ=tuple(
            e for e in entries if e.row["level_1500_2500"] != e.row["level_1000_1800"]
        ),
        highest=same_year[-1] if len(same_year) > 1 else None,
        lowest=same_year[0] if len(same_year) > 1 else None,
        year=year,
        moved=tuple(moved[:3]),
        moved_from=moved_years.pop() - 1 if len(moved_years) == 1 else None,
        has_comparable=bool(comparable),
        without_prior=tuple(e for e in exports if e.row["hhi_change"] is None),
    )


def concentration_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 9, by the thresholds 1500/2500."""
    rows = []
    for entry in latest(marts):
        row = entry.row
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        distance, change = row.fact("distance_1500_2500"), row.fact("hhi_change")
        rows.append(
            [
                entry.name,
                glossary.term("flow", entry.flow),
                pen.period(f"iso:{row['year']}"),
                pen.fact(row.fact("hhi_partner"), "one"),
                glossary.term("level", row["level_1500_2500"]) + mark,
                pen.fact(row.fact("effective_partners"), "one"),
                pen.fact(top_three(marts, row), "share"),
                pen.fact(row.fact("partner_count"), "whole"),
                pen.fact(distance, "one") if distance else glossary.term("cell", "top_level"),
                pen.fact(change, "one_signed")
                if change
                else glossary.term("cell", "not_comparable"),
                pen.fact(row.fact("itemised_share_pct"), "share"),
            ]
        )
    return table(9, rows)


def top_three(marts: Marts, row: Row) -> Fact | None:
    """The share of tables 1 and 2, of the World row, so that one name has one value in print.

    Args:
        row: of `fct_concentration_yearly`.
    """
    flows = marts.one(
        "fct_reporter_flows_yearly",
        reporter_iso3=row["reporter_iso3"],
        flow=row["flow"],
        year=row["year"],
    )
    return flows.fact("top3_share_pct") if flows else None
