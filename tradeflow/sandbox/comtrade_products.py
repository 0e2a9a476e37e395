"""Trade in six-digit HS codes in the bundled world.

All values here are reconstructed, in 2022 too. `comtrade_products.csv` states rough yearly
exports and imports of each reporter in million USD (general knowledge, about 2023; Germany
2022); a year's amount follows the reporter's trade in the chapter. Who supplies imports is
stated for most codes (`comtrade_origins.csv`: partner and percent, for one reporter or for
all), so that rare earths, gallium or graphite come from China and copper ore from Chile; what
is left, and all exports, spread over the partners by their trade in the chapter and a hash.

A partner's codes of a chapter never exceed `_ROOM` percent of its chapter; amounts under
`_LEAST` are left out, so that a code has tens of partners rather than all. The two sides of a
flow are not made to agree.

Not here: chapters (`comtrade_chapters.py`), the codes themselves (`comtrade_commodities.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.comtrade_chapters import CENT, UNIT, Cells, chapter_cells
from tradeflow.sandbox.comtrade_commodities import under
from tradeflow.sandbox.world_data import rows

_LEAST = 10_000 * UNIT
_ROOM = 95
_WHOLE = 10_000
"""Shares of origins are hundredths of a percent."""
_HIGHEST_AREA_CODE = 999
_SUPPLIERS_FROM = 160
"""Of 256: three in eight partners that are not named supply a code at all."""


@lru_cache(maxsize=2048)
def product_cells(reporter: str, flow: str, year: str, chapter: str) -> Cells:
    """Trade by six-digit code of the chapter and partner; only amounts above zero."""
    cells = chapter_cells(reporter, flow, year).get(chapter, {})
    if not cells:
        return {code: {} for code in under(chapter)}
    room = {partner: amount * _ROOM // 100 for partner, amount in cells.items()}
    size = sum(cells.values())
    targets = {code: _target(reporter, flow, year, code, size) for code in under(chapter)}
    origins = {code: _origins(reporter, code) if flow == "M" else {} for code in targets}
    found: dict[str, dict[str, int]] = {code: {} for code in targets}
    _grant(
        found,
        room,
        {
            code: _supplied(target, origins[code], f"{reporter}|{code}|{year}")
            for code, target in targets.items()
        },
    )
    left = {code: targets[code] - sum(granted.values()) for code, granted in found.items()}
    _grant(
        found,
        room,
        {
            code: _spread(left[code], cells, origins[code], flow, f"{reporter}|{flow}|{code}")
            for code in targets
        },
    )
    return {
        code: {partner: granted[partner] for partner in sorted(granted, key=int)}
        for code, granted in found.items()
    }


def _grant(
    found: dict[str, dict[str, int]], room: dict[str, int], wanted: Mapping[str, Mapping[str, int]]
) -> None:
    """Add what is wanted; a partner whose wants exceed its room gets the same part of each."""
    sums: dict[str, int] = {}
    for amounts in wanted.values():
        for partner, amount in amounts.items():
            sums[partner] = sums.get(partner, 0) + amount
    free = dict(room)
    for code, amounts in wanted.items():
        for partner, amount in amounts.items():
            place = free.get(partner, 0)
            granted = amount if sums[partner] <= place else amount * place // sums[partner]
            granted -= granted % CENT
            if granted >= _LEAST:
                found[code][partner] = granted
                room[partner] -= granted


def _supplied(target: int, origins: Mapping[str, int], name: str) -> dict[str, int]:
    """What the stated suppliers send, 0.95 to 1.05 of their share."""
    drawn = _noise(name)
    return {
        partner: target * share // _WHOLE * (950 + 100 * drawn[int(partner)] // 255) // 1000
        for partner, share in origins.items()
    }


def _spread(
    amount: int, cells: Mapping[str, int], named: Mapping[str, int], flow: str, name: str
) -> dict[str, int]:
    """The amount over partners not named; imports come from some of them only."""
    drawn = _noise(name)
    least = _SUPPLIERS_FROM if flow == "M" else 0
    weights = {
        partner: cell * (300 + 1400 * drawn[int(partner)] // 255)
        for partner, cell in cells.items()
        if partner not in named and drawn[int(partner)] >= least
    }
    whole = sum(weights.values())
    return {partner: max(amount, 0) * weight // whole for partner, weight in weights.items()}


def _target(reporter: str, flow: str, year: str, code: str, chapter: int) -> int:
    """A year's trade in the code: the stated amount, moved as the chapter moved."""
    stated = int(Decimal(_products()[code][f"{flow.lower()}{reporter}"]) * 1_000_000 * UNIT)
    newest = max(y for y in ("2022", "2023", "2024") if reporter in comtrade_world.reporters(y))
    base = sum(chapter_cells(reporter, flow, newest)[code[:2]].values())
    return stated * chapter // base


@lru_cache(maxsize=1024)
def _origins(reporter: str, code: str) -> Mapping[str, int]:
    """Partner → its share of the reporter's imports, in hundredths of a percent.

    The reporter's own row wins over the general one, in which its own share falls to the others.
    """
    stated = {row["reporter_code"]: row for row in _origin_rows().get(code, ())}
    row = stated.get(reporter) or stated.get("")
    if row is None:
        return {}
    shares = {
        partner: int(Decimal(share) * 100)
        for partner, share in (part.split(":") for part in row["origins"].split(";"))
    }
    own = shares.pop(reporter, 0)
    return {partner: share * _WHOLE // (_WHOLE - own) for partner, share in shares.items()}


def _noise(name: str) -> bytes:
    """One byte for each area code."""
    return hashlib.shake_128(name.encode()).digest(_HIGHEST_AREA_CODE + 1)


@lru_cache(maxsize=1)
def _products() -> Mapping[str, Mapping[str, str]]:
    return {row["code"]: row for row in rows("comtrade_products")}


@lru_cache(maxsize=1)
def _origin_rows() -> Mapping[str, list[Mapping[str, str]]]:
    by_code: dict[str, list[Mapping[str, str]]] = {}
    for row in rows("comtrade_origins"):
        by_code.setdefault(row["code"], []).append(row)
    return by_code
