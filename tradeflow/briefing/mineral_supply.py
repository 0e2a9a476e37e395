"""Section 一 of the critical-minerals report: producers, bands and rare earths, tables 1 to 3."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.marts import Marts, Row
from tradeflow.briefing.pen import Pen
from tradeflow.briefing.policy_section import status_text
from tradeflow.briefing.tables import Table, table

BANDS = ("over_80", "from_70_to_80", "from_60_to_70", "below_60", "no_share")
"""Bands of the largest producer's share, the highest first."""
LISTED = ("over_80", "from_70_to_80", "from_60_to_70")
"""The bands whose minerals the text names one by one."""


@dataclass(frozen=True)
class Supply:
    """What the section says of producers."""

    rows: tuple[Row, ...]
    """The newest year of every mineral, by producer, the one with most minerals first."""
    bands: tuple[Row, ...]
    """Bands with a mineral, the highest share first."""

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted({row["year"] for row in self.rows}))

    @property
    def ranked(self) -> tuple[Row, ...]:
        """Minerals with a share, the largest first."""
        stated = [row for row in self.rows if row["top_share_pct"] is not None]
        return tuple(sorted(stated, key=lambda r: (-r["top_share_pct"], r["mineral_code"])))

    @property
    def withheld(self) -> tuple[Row, ...]:
        """Minerals without a share."""
        return tuple(row for row in self.rows if row["top_share_pct"] is None)

    @property
    def elsewhere(self) -> tuple[Row, ...]:
        """Minerals of the named bands whose largest producer is not China."""
        named = [row for row in self.ranked if row["band"] in LISTED]
        return tuple(row for row in named if row["top_iso3"] != "CHN")

    def of(self, code: str) -> Row | None:
        """The row of a mineral, or None."""
        return next((row for row in self.rows if row["mineral_code"] == code), None)

    def band(self, name: str) -> Row | None:
        """The row of a band, or None where no mineral falls into it."""
        return next((row for row in self.bands if row["band"] == name), None)


def other_producers(marts: Marts, row: Row) -> tuple[Row, ...]:
    """Who besides the largest is listed with a share, the largest first."""
    listed = marts.rows(
        "fct_mineral_producers_yearly", mineral_code=row["mineral_code"], year=row["year"]
    )
    others = [r for r in listed if r["economy_iso3"] != row["top_iso3"] and r["share_pct"]]
    return tuple(sorted(others, key=lambda each: each["producer_rank"])[:3])


def supply(marts: Marts) -> Supply:
    """Read the producers and the bands they fall into."""
    rows = marts.rows("fct_mineral_production_yearly", is_latest=True)
    led = Counter(row["top_iso3"] for row in rows)

    def order(row: Row) -> tuple[bool, int, str, float, str]:
        producer, share = row["top_iso3"], row["top_share_pct"]
        return producer is None, -led[producer], producer or "", -(share or 0), row["mineral_code"]

    bands = sorted(marts.rows("fct_mineral_bands"), key=lambda row: BANDS.index(row["band"]))
    return Supply(tuple(sorted(rows, key=order)), tuple(bands))


def producer_table(found: Supply, pen: Pen, glossary: Glossary) -> Table:
    """Table 1."""
    return table(1, [_producer(found, row, pen, glossary) for row in found.rows], MINERALS)


def _producer(found: Supply, row: Row, pen: Pen, glossary: Glossary) -> list[str]:
    none = glossary.term("cell", "not_published")
    mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
    year = "，" + pen.period(f"zh:{row['year']}") if len(found.years) > 1 else ""
    world = pen.fact(row.fact("world_production_t"), "whole") if row["world_production_t"] else none
    if row["world_excludes_usa"]:
        world += glossary.term("mark", "without_usa")
    return [
        pen.quoted(row, "top_name_zh") if row["top_name_zh"] else none,
        f"{mineral_name(row, pen)}{year}{mark}",
        glossary.term("stage", row["stage"]),
        pen.fact(row.fact("top_production_t"), "whole") if row["top_production_t"] else none,
        world,
        pen.fact(row.fact("top_share_pct"), "share")
        if row["top_share_pct"] is not None
        else glossary.term("mineral_gap", row["missing_reason"]),
        index_text(row, pen, glossary),
        pen.quoted(row, "uses_zh") if row["uses_zh"] else none,
    ]


def mineral_name(row: Row, pen: Pen) -> str:
    """A mineral's name with its symbol."""
    return f"{pen.quoted(row, 'mineral_name_zh')}（{pen.quoted(row, 'symbol')}）"


def index_text(row: Row, pen: Pen, glossary: Glossary) -> str:
    """The index where every producer is known, else its bounds, as far as there are any."""
    if row["hhi"] is not None:
        return pen.fact(row.fact("hhi"), "one")
    if row["hhi_lower"] is None:
        return glossary.term("cell", "none")
    lower = pen.fact(row.fact("hhi_lower"), "one")
    if row["hhi_upper"] is None:
        return glossary.term("pattern", "at_least").format(value=lower)
    upper = pen.fact(row.fact("hhi_upper"), "one")
    return glossary.term("pattern", "between").format(lower=lower, upper=upper)


def band_table(found: Supply, pen: Pen, glossary: Glossary) -> Table:
    """Table 2."""
    rows = []
    for row in found.bands:
        mark = glossary.term("mark", "reconstructed") if row.is_reconstructed else ""
        rows.append(
            [
                glossary.term("band", row["band"]) + mark,
                pen.fact(row.fact("minerals"), "whole"),
                pen.quoted(row, "minerals_zh"),
                pen.quoted(row, "china_minerals_zh")
                if row["china_minerals_zh"]
                else glossary.term("cell", "absent"),
            ]
        )
    return table(2, rows, MINERALS)


@dataclass(frozen=True)
class RareEarths:
    """The rare earths by atomic number, with the control that bears most on each."""

    rows: tuple[Row, ...]

    def of(self, status: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row["control_status"] == status)

    @property
    def classes_differ(self) -> tuple[Row, ...]:
        """Elements light after the one classification and not after the other."""
        return tuple(
            row
            for row in self.rows
            if (row["class_usgs"] == "light") != (row["class_china"] == "light")
        )


def rare_earths(marts: Marts) -> RareEarths:
    rows = sorted(marts.rows("fct_rare_earth_elements"), key=lambda row: row["atomic_number"])
    return RareEarths(tuple(rows))


def rare_earth_table(found: RareEarths, marts: Marts, pen: Pen, glossary: Glossary) -> Table:
    """Table 3."""
    none = glossary.term("cell", "none")
    rows = []
    for row in found.rows:
        classes = [
            glossary.term("rare_earth_class", row[column])
            for column in ("class_usgs", "class_china")
        ]
        notice = marts.one("dim_notices", notice_key=row["control_notice_key"])
        rows.append(
            [
                "／".join(classes),
                f"{pen.quoted(row, 'name_zh_tw')}（{pen.quoted(row, 'symbol')}）",
                pen.quoted(row, "uses_zh") if row["uses_zh"] else none,
                pen.notice(notice) if notice else none,
                _element_state(row, pen, glossary),
            ]
        )
    return table(3, rows, MINERALS)


def _element_state(row: Row, pen: Pen, glossary: Glossary) -> str:
    if row["control_notice_key"] is None:
        return glossary.term("cell", "not_controlled")
    return status_text(row, pen, glossary, "control_status", "control_until")
