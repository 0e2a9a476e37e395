"""Sections 三 and 四 of the critical-minerals report: whom the controls reach, tables 7 to 9.

A code is wider than the goods controlled, so every figure is an upper bound. Nothing is ordered
by a figure, as they may be computed ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.month_controls import others
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.tables import Table, table
from tradeflow.briefing.yearly import REPORTERS

RARE_EARTH_CODES = ("280530", "284690")
"""Rare-earth metals, and compounds of rare earths besides cerium."""
_STATES = ("in_force", "announced", "suspended", "lapsed_unconfirmed")


@dataclass(frozen=True)
class Impact:
    """What the two sections say."""

    economies: tuple[Row, ...]
    """Exposed imports, by economy and state of the controls."""
    taiwan: tuple[Row, ...]
    """Taiwan's imports under controlled codes, one row a code."""

    @property
    def highest(self) -> Row | None:
        """The largest share of an economy's imports, where all of them were published."""
        late = {row["reporter_iso3"] for row in self.older}
        newest = [row for row in self.economies if row["reporter_iso3"] not in late]
        if not newest or any(row.is_reconstructed for row in newest):
            return None
        return max(newest, key=lambda r: (r["share_pct"], r["reporter_iso3"]))

    @property
    def older(self) -> tuple[Row, ...]:
        """A row of each economy whose newest year is older than the others'."""
        newest = max((row["year"] for row in self.economies), default=0)
        by_economy = {r["reporter_iso3"]: r for r in self.economies if r["year"] < newest}
        return tuple(by_economy.values())

    @property
    def taiwan_years(self) -> tuple[int, ...]:
        return tuple(sorted({row["year"] for row in self.taiwan}))

    @property
    def leaning(self) -> Row | None:
        """Of Taiwan's imports under controlled codes those with China's largest share."""
        stated = [row for row in self.taiwan if row["china_share_pct"] is not None]
        return max(stated, key=lambda r: (r["china_share_pct"], r["hs6"]), default=None)

    @property
    def rare_earths(self) -> tuple[Row, ...]:
        """Taiwan's imports of rare earths as metals and as compounds."""
        return tuple(row for row in self.taiwan if row["hs6"] in RARE_EARTH_CODES)

    @property
    def largest(self) -> Row | None:
        """Taiwan's largest imports under a controlled code."""
        return max(self.taiwan, key=lambda r: (r["imports_usd"], r["hs6"]), default=None)


def impact(marts: Marts) -> Impact:
    """Read whose imports lie under controlled codes."""
    exposed = [r for r in marts.rows("fct_exposed_imports_yearly", is_latest=True) if _counts(r)]
    exposed.sort(key=lambda r: (_place(r["reporter_iso3"]), _STATES.index(r["control_status"])))
    by_code: dict[str, Row] = {}
    for row in marts.rows(
        "fct_control_exposure_yearly", reporter_iso3="TWN", is_latest=True, is_live=True
    ):
        if row["imports_usd"] is not None:
            by_code.setdefault(row["hs6"], row)
    return Impact(tuple(exposed), tuple(by_code[code] for code in sorted(by_code)))


def _counts(row: Row) -> bool:
    return bool(row["code_count"])


def _place(iso3: str) -> tuple[int, str]:
    known = list(REPORTERS)
    return (known.index(iso3) if iso3 in known else len(known)), iso3


def exposure_table(found: Impact, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 7."""
    none = glossary.term("cell", "none")
    rows = []
    for row in found.economies:
        rows.append(
            [
                marts.economies[row["reporter_iso3"]],
                pen.period(f"iso:{row['year']}"),
                pen.coded(row, "control_status", "status"),
                pen.fact(row.fact("code_count"), "whole"),
                pen.fact(row.fact("imports_usd"), "yi"),
                pen.fact(row.fact("share_pct"), "share"),
                pen.fact(row.fact("from_china_share_pct"), "share"),
                glossary.term("cell", "reconstructed") if row.is_reconstructed else none,
            ]
        )
    return table(7, rows, MINERALS)


def import_table(found: Impact, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 8."""
    missing = glossary.term("cell", "no_data")
    rows = []
    for row in found.taiwan:
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        commodity = marts.one("dim_commodities", commodity_code=row["hs6"])
        year = "，" + pen.period(f"zh:{row['year']}") if len(found.taiwan_years) > 1 else ""
        name = pen.quoted(commodity, "name_zh_tw") if commodity else missing
        share, hhi = row.fact("china_share_pct"), row.fact("hhi_supplier")
        rows.append(
            [
                pen.quoted(row, "hs6"),
                name + year + mark,
                pen.fact(row.fact("imports_usd"), "million"),
                pen.fact(share, "share") if share else missing,
                pen.fact(hhi, "one") if hhi else missing,
                others(row, pen, glossary),
            ]
        )
    return table(8, rows, MINERALS)


def industry_table(marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 9."""
    rows = []
    for row in marts.rows("fct_material_industries"):
        codes = range(len(row["hs6_codes"]))
        rows.append(
            [
                pen.quoted(row, "material_zh"),
                "、".join(pen.item(row, "hs6_codes", number) for number in codes)
                or glossary.term("cell", "no_code"),
                pen.quoted(row, "industry_zh"),
                glossary.term("pattern", "unsourced").format(
                    source=pen.quoted(row, "source_zh"), statement=pen.quoted(row, "statement_zh")
                ),
            ]
        )
    return table(9, rows, MINERALS)
