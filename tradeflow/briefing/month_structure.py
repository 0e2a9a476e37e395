"""Section 二 of the monthly report: partners, products and dependencies, tables 2 to 7."""

from __future__ import annotations

from dataclasses import dataclass

from tradeflow.briefing.concentration import concentration_table
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table
from tradeflow.briefing.yearly import REPORTERS

PARTNERS_SHOWN = 10
OTHERS_SHOWN = 3
"""Dependencies listed of each economy but Taiwan."""
HOME = "TWN"
NO_EXPORTS = 9999
"""The ratio that stands for no exports at all."""


@dataclass(frozen=True)
class Partners:
    """The partner structure of one economy and flow in its latest year."""

    name: str
    flow: str
    year: int | None
    rows: tuple[Row, ...]
    """The largest partners, the largest first."""

    @property
    def is_reconstructed(self) -> bool:
        return any(row.is_reconstructed for row in self.rows)

    @property
    def fastest(self) -> Row | None:
        """The partner among them whose trade grew most, in per cent."""
        known = [row for row in self.rows if row["yoy_pct"] is not None]
        return max(known, key=lambda row: (row["yoy_pct"], row["partner_code"]), default=None)


def partners(marts: Marts, reporter: str, flow: str) -> Partners:
    """Read the largest partners of one reporter's latest year."""
    rows = [
        row
        for row in marts.rows(
            "fct_partner_flows_yearly", reporter_iso3=reporter, flow=flow, is_latest=True
        )
        if not row["is_self_partner"] and row["partner_rank"] is not None
    ]
    rows.sort(key=lambda row: (row["partner_rank"], row["partner_code"]))
    year = rows[0]["year"] if rows else None
    name = marts.economies.get(reporter, reporter)
    return Partners(name, flow, year, tuple(rows[:PARTNERS_SHOWN]))


def flow_concentration(marts: Marts, pen: Pen, glossary: Glossary, flow: str) -> Table:
    """Table 2 (exports) or 4 (imports): the brief's table of concentration, one flow of it."""
    word = glossary.term("flow", flow)
    whole = concentration_table(marts, pen, glossary)
    rows = [row for row in whole.rows if row[1] == word]
    return table(2 if flow == "X" else 4, rows, MONTHLY)


def partner_table(structure: Partners, pen: Pen, glossary: Glossary) -> Table:
    """Table 3 (Taiwan's markets) or 5 (China's sources)."""
    rows = []
    for row in structure.rows:
        change = row.fact("yoy_pct")
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        rows.append(
            [
                pen.fact(row.fact("partner_rank"), "whole"),
                pen.quoted(row, "partner_name_zh") + mark,
                pen.fact(row.fact("value_usd"), "yi"),
                pen.fact(row.fact("share_pct"), "share"),
                pen.fact(change, "pct") if change else glossary.term("cell", "not_comparable"),
            ]
        )
    return table(3 if structure.flow == "X" else 5, rows, MONTHLY)


def of_year(row: Row, pen: Pen, glossary: Glossary) -> str:
    """What follows an economy's name where the table has no column of years."""
    mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
    period = pen.period(f"zh:{row['year']}")
    return f"，{period}{mark}"


@dataclass(frozen=True)
class Product:
    """An economy's exports by HS chapter in its latest year."""

    name: str
    row: Row


def products(marts: Marts) -> tuple[Product, ...]:
    """The reporters' product concentration of exports, in table order."""
    found = []
    for iso3 in REPORTERS:
        row = marts.one(
            "fct_product_concentration_yearly", reporter_iso3=iso3, flow="X", is_latest=True
        )
        if row is not None:
            found.append(Product(marts.economies[iso3], row))
    return tuple(found)


def most_concentrated(entries: tuple[Product, ...]) -> Product | None:
    """The economy that leans most on one chapter, of two or more."""
    if len(entries) < 2:
        return None
    return max(entries, key=lambda entry: (entry.row["largest_share_pct"], entry.name))


def product_table(entries: tuple[Product, ...], pen: Pen, glossary: Glossary) -> Table:
    """Table 6."""
    rows = []
    for entry in entries:
        row, change = entry.row, entry.row.fact("hhi_change")
        rows.append(
            [
                entry.name + of_year(row, pen, glossary),
                f"{pen.quoted(row, 'largest_chapter_name_zh')}"
                f"（{pen.quoted(row, 'largest_chapter')}）",
                pen.fact(row.fact("largest_share_pct"), "share"),
                pen.fact(row.fact("hhi_product"), "one"),
                pen.fact(change, "one_signed")
                if change
                else glossary.term("cell", "not_comparable"),
            ]
        )
    return table(6, rows, MONTHLY)


@dataclass(frozen=True)
class Dependencies:
    """What the dependency flags say."""

    shown: tuple[Row, ...]
    """Taiwan's flagged codes, then the largest of each other economy."""
    home: tuple[Row, ...]
    """Taiwan's dependent codes, the most concentrated imports first."""
    left_out: tuple[str, ...]
    """Economies of which more are flagged than are shown."""


def dependencies(marts: Marts) -> Dependencies:
    """Choose the flagged codes that are listed."""
    flagged = [
        row
        for row in marts.rows("fct_dependency_flags_yearly", is_latest=True)
        if row["is_flagged"] or row["is_dependent"]
    ]
    shown: list[Row] = []
    left_out = []
    for iso3 in sorted(REPORTERS, key=lambda each: each != HOME):
        own = [row for row in flagged if row["reporter_iso3"] == iso3]
        own.sort(key=lambda row: (-(row["imports_usd"] or 0), row["commodity_code"]))
        kept = own if iso3 == HOME else own[:OTHERS_SHOWN]
        if len(own) > len(kept):
            left_out.append(marts.economies[iso3])
        shown += kept
    home = [row for row in shown if row["reporter_iso3"] == HOME and row["is_dependent"]]
    home.sort(key=lambda row: (-(row["import_hhi"] or 0), row["commodity_code"]))
    return Dependencies(tuple(shown), tuple(home), tuple(left_out))


def dependency_table(found: Dependencies, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 7."""
    missing = glossary.term("cell", "no_data")
    rows = []
    for row in found.shown:
        indices = [row.fact("import_hhi"), row.fact("export_hhi")]
        years = glossary.term("pattern", "years_of").format(
            flagged=pen.fact(row.fact("years_flagged"), "whole"),
            assessed=pen.fact(row.fact("years_assessed"), "whole"),
        )
        rows.append(
            [
                marts.economies[row["reporter_iso3"]] + of_year(row, pen, glossary),
                pen.quoted(row, "commodity_code"),
                pen.quoted(row, "commodity_name_zh"),
                *(pen.fact(fact, "one") if fact else missing for fact in indices),
                _ratio(row, pen, glossary),
                years,
            ]
        )
    return table(7, rows, MONTHLY)


def _ratio(row: Row, pen: Pen, glossary: Glossary) -> str:
    fact = row.fact("import_export_ratio")
    if fact is None:
        return glossary.term("cell", "no_data")
    if fact.number >= NO_EXPORTS:
        return glossary.term("cell", "no_exports")
    return pen.fact(fact, "one")
