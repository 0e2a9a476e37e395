"""Any commodity's trade of one reporter, flow and year by partner, as the answers give it.

Here: the choice between total, chapter, heading and product, and the World row of each. A
heading is the sum of those of its six-digit codes that the world knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.comtrade_chapters import CENT, chapter_cells
from tradeflow.sandbox.comtrade_commodities import Commodity, under
from tradeflow.sandbox.comtrade_products import product_cells


@lru_cache(maxsize=512)
def values(reporter: str, flow: str, year: str, commodity: Commodity) -> Mapping[str, Decimal]:
    """Partner code → USD, World (`0`) first and then by partner code; empty when no trade.

    World is the partners' sum; for total trade it is what `comtrade_world.flow_values` gives.
    """
    if commodity.level == 0:
        return comtrade_world.flow_values(reporter, flow, year)
    cells = _cells(reporter, flow, year, commodity)
    if not cells:
        return {}
    amounts = {comtrade_world.WORLD: sum(cells.values()), **cells}
    return {partner: _dollars(amount) for partner, amount in amounts.items()}


def _cells(reporter: str, flow: str, year: str, commodity: Commodity) -> Mapping[str, int]:
    chapter = commodity.code[:2]
    if commodity.level == 2:
        return chapter_cells(reporter, flow, year).get(chapter, {})
    products = product_cells(reporter, flow, year, chapter)
    if commodity.level == 6:
        return products[commodity.code]
    sums: dict[str, int] = {}
    for code in under(commodity.code):
        for partner, amount in products[code].items():
            sums[partner] = sums.get(partner, 0) + amount
    return {partner: sums[partner] for partner in sorted(sums, key=int)}


def _dollars(amount: int) -> Decimal:
    """Cents where they suffice; a total's finer digits otherwise."""
    cents, finer = divmod(amount, CENT)
    return Decimal(amount).scaleb(-6) if finer else Decimal(cents).scaleb(-2)
