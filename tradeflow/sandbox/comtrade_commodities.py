"""The commodity codes the bundled world knows: total, chapters, headings, products.

All chapters of the Harmonized System, and of its headings and six-digit codes those some
question is about: every code a Chinese export control reaches (`listed_as` = control in
`comtrade_products.csv`) and a hundred headline goods (headline): semiconductors 8541 and 8542,
batteries 850760, magnets 850511, computers, chip-making machines, cars, aircraft, fuels, ores.
Titles are in our own words. Not here: values (`comtrade_chapters.py`, `comtrade_products.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from tradeflow.sandbox.world_data import rows

TOTAL = "TOTAL"
RESERVED = "77"
"""A chapter the nomenclature keeps free: it has an entry in the list and no trade."""


class Commodity(NamedTuple):
    """A code of the nomenclature."""

    code: str
    title: str
    level: int
    """Digits of the code, 0 for the total."""
    parent: str
    unit: str = "n/a"
    """Standard unit of quantity: kg, u (items), carat."""


@lru_cache(maxsize=1)
def nomenclature() -> dict[str, Commodity]:
    """Every code by itself, in the order of the reference file: a parent before its children."""
    known = [
        *(Commodity(row["code"], row["title"], 2, TOTAL) for row in rows("comtrade_chapters")),
        *(
            Commodity(row["code"], row["title"], 4, row["code"][:2])
            for row in rows("comtrade_headings")
        ),
        *(
            Commodity(row["code"], row["title"], 6, row["code"][:4], row["unit"])
            for row in rows("comtrade_products")
        ),
    ]
    # Text order puts 85 before 8542 before 854231.
    known.sort(key=lambda commodity: commodity.code)
    total = Commodity(TOTAL, "All Commodities", 0, "#")
    return {commodity.code: commodity for commodity in (total, *known)}


@lru_cache(maxsize=8)
def of_level(level: int) -> tuple[str, ...]:
    """Codes with trade of one level (0, 2, 4 or 6), in order."""
    return tuple(
        commodity.code
        for commodity in nomenclature().values()
        if commodity.level == level and commodity.code != RESERVED
    )


@lru_cache(maxsize=128)
def under(parent: str) -> tuple[str, ...]:
    """The six-digit codes of a chapter or heading, in order."""
    return tuple(code for code in of_level(6) if code.startswith(parent))


def asked(filters: Sequence[str]) -> Iterator[Commodity]:
    """The commodities a `cmdCode` filter names, each once.

    `AG2`, `AG4` and `AG6` stand for all codes of a level, as in UN Comtrade's API; a filter left
    out stands for the total and every level beside each other. Unknown codes name nothing.
    """
    named: dict[str, None] = {}
    for code in filters or (TOTAL, "AG2", "AG4", "AG6"):
        level = code.upper().removeprefix("AG") if code.upper().startswith("AG") else ""
        named |= dict.fromkeys(of_level(int(level)) if level.isdigit() else (code,))
    known = nomenclature()
    for code in named:
        if code in known:
            yield known[code]
