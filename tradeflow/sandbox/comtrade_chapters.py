"""How each partner's trade splits into HS chapters in the bundled world.

All values here are reconstructed, in 2022 too. The split starts from rough shares of each
chapter in a reporter's exports and imports (`comtrade_chapters.csv`, parts of 100,000, from
general knowledge of their trade), bent by what kind of economy the partner is
(`comtrade_profiles.csv`: oil countries sell fuel, islands flag ships), scaled back so that the
kinds of partners together keep the reporter's shares, and drawn apart a little by a hash of
reporter, flow, partner and year. A partner's chapters add up to its total trade to the last
digit; amounts under `_LEAST` are left to its largest chapter.

Not here: six-digit codes (`comtrade_products.py`), total trade (`comtrade_world.py`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.comtrade_commodities import of_level
from tradeflow.sandbox.world_data import rows

UNIT = 1_000_000
"""Amounts are whole numbers of millionths of a dollar: some totals have six decimals."""
CENT = UNIT // 100
_LEAST = 500 * UNIT
_ROUNDS = 6
_FINE = 10**9

Cells = Mapping[str, Mapping[str, int]]
"""Commodity → partner → millionths of a dollar; partners in numeric order, without World."""


@lru_cache(maxsize=64)
def chapter_cells(reporter: str, flow: str, year: str) -> Cells:
    """Trade by chapter and partner; only amounts above zero. Empty when not reported."""
    totals = {
        partner: int(value * UNIT)
        for partner, value in comtrade_world.flow_values(reporter, flow, year).items()
        if partner != comtrade_world.WORLD
    }
    if not totals:
        return {}
    chapters = of_level(2)
    weights = _weights(reporter, flow, totals)
    kinds = _kinds()
    cells: dict[str, dict[str, int]] = {chapter: {} for chapter in chapters}
    for partner, total in totals.items():
        drawn = _drawn(weights[kinds[partner]], f"{reporter}|{flow}|{partner}", year)
        for chapter, amount in zip(chapters, _split(total, drawn), strict=True):
            if amount:
                cells[chapter][partner] = amount
    return cells


def _split(total: int, weights: Sequence[int]) -> list[int]:
    """The total in proportion to the weights: whole cents, the rest to the heaviest."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    parts = [part - part % CENT if part >= _LEAST else 0 for part in parts]
    parts[max(range(len(weights)), key=weights.__getitem__)] += total - sum(parts)
    return parts


def _drawn(weights: Sequence[int], name: str, year: str) -> list[int]:
    """Weights times 0.70 to 1.30 by partner and chapter, times 0.96 to 1.04 by year."""
    lasting = hashlib.shake_128(name.encode()).digest(len(weights))
    passing = hashlib.shake_128(f"{name}|{year}".encode()).digest(len(weights))
    return [
        weight * (700 + 600 * first // 255) * (960 + 80 * second // 255)
        for weight, first, second in zip(weights, lasting, passing, strict=True)
    ]


def _weights(reporter: str, flow: str, totals: Mapping[str, int]) -> dict[str, list[int]]:
    """Kind of partner → weight of each chapter, in order of the chapters.

    Profiles bend the reporter's shares; iterated scaling of the chapters brings the kinds,
    weighted by their trade, back to those shares together.
    """
    kinds = _kinds()
    size: dict[str, int] = defaultdict(int)
    for partner, total in totals.items():
        size[kinds[partner]] += total
    whole = sum(size.values())
    column = f"{flow.lower()}{reporter}"
    shares = {row["code"]: int(row[column]) / 100_000 for row in rows("comtrade_chapters")}
    wanted = [shares[chapter] for chapter in of_level(2)]
    bent = {
        kind: _normal([w * f for w, f in zip(wanted, _factors(kind, flow), strict=True)])
        for kind in sorted(size)
    }
    for _ in range(_ROUNDS):
        together = [
            sum(size[kind] / whole * bent[kind][n] for kind in bent) for n in range(len(wanted))
        ]
        scale = [w / t if t else 1.0 for w, t in zip(wanted, together, strict=True)]
        bent = {
            kind: _normal([w * s for w, s in zip(weights, scale, strict=True)])
            for kind, weights in bent.items()
        }
    return {kind: [round(weight * _FINE) for weight in weights] for kind, weights in bent.items()}


def _normal(weights: Sequence[float]) -> list[float]:
    whole = sum(weights)
    return [weight / whole for weight in weights]


@lru_cache(maxsize=64)
def _factors(kind: str, flow: str) -> tuple[float, ...]:
    """What a profile multiplies each chapter by: its `*` row, then the rows naming chapters."""
    factors: dict[str, float] = {}
    for row in rows("comtrade_profiles"):
        if (row["profile"], row["flow"]) == (kind, flow):
            named = of_level(2) if row["chapters"] == "*" else row["chapters"].split(";")
            factors |= dict.fromkeys(named, int(row["factor_pct"]) / 100)
    return tuple(factors[chapter] for chapter in of_level(2))


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, str]:
    return {row["code"]: row["profile"] for row in rows("comtrade_areas")}
