"""US goods trade by country, month and HS chapter in the bundled world. All of it reconstructed.

Rules, from a country's month (`census_world.py`) to its chapters, in whole dollars:

* The sums of January to October 2025 in `census_chapter_sums.csv` were published, rounded to
  100 million (the file holds values within that rounding whose balances, published beside them,
  hold too). They spread over their months as the country's first values do, and no revision of
  the country's month moves them; in other months the chapter keeps its share.
* The other chapters share the rest by `census_chapters.csv` (per 100,000: the geometric mean of
  what one side sells and the other buys), each month a little off by a seeded deviation.
* Chapters add up to the country's month exactly, whatever its vintage. A weight of 0 is a
  chapter that is not traded: it is served as an explicit zero.

Not here: how the API spells it (`census.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from itertools import accumulate, pairwise

from tradeflow.sandbox import census_world
from tradeflow.sandbox.world_data import rows

_FLOWS = {"exports": "x", "imports": "m"}
_DEVIATION_PCT = 8
_SCALE = 10_000


@cache
def codes() -> tuple[str, ...]:
    """The chapters, `01` to `99` without the unused 77."""
    return tuple(row["chapter"] for row in rows("census_chapters"))


@lru_cache(maxsize=32_768)
def dollars(country: str, flow: str, month: str, total: int) -> Mapping[str, int]:
    """Chapter → dollars of one country's month, adding up to `total`.

    Args:
        country: one of `census_world.PARTNERS` or `REST`.
        flow: exports or imports.
        total: dollars of the month, in the vintage asked for.
    """
    fixed = {
        chapter: _fixed(country, flow, chapter, month, total)
        for chapter in _published_sums(country, flow)
    }
    weights = {
        chapter: weight * _deviation(country, flow, chapter, month)
        for chapter, weight in _weights(country, flow).items()
        if chapter not in fixed
    }
    others = _apportioned(total - sum(fixed.values()), list(weights.values()))
    found = fixed | dict(zip(weights, others, strict=True))
    return {chapter: found[chapter] for chapter in codes()}


def _fixed(country: str, flow: str, chapter: str, month: str, total: int) -> int:
    months, value = _published_sums(country, flow)[chapter]
    if month in months:
        return _spread(country, flow, chapter)[month]
    published = sum(_first_dollars(country, flow, one) for one in months)
    return total * value // published


@cache
def _spread(country: str, flow: str, chapter: str) -> Mapping[str, int]:
    months, value = _published_sums(country, flow)[chapter]
    weights = [
        _first_dollars(country, flow, month) * _deviation(country, flow, chapter, month)
        for month in months
    ]
    return dict(zip(months, _apportioned(value, weights), strict=True))


@cache
def _published_sums(country: str, flow: str) -> Mapping[str, tuple[tuple[str, ...], int]]:
    """Chapter → the months summed and their sum in dollars."""
    found = {}
    for row in rows("census_chapter_sums"):
        if (row["census_code"], row["flow"].lower()) == (country, _FLOWS[flow]):
            year, first, last = row["first"][:4], int(row["first"][5:]), int(row["last"][5:])
            months = tuple(f"{year}-{number:02d}" for number in range(first, last + 1))
            found[row["chapter"]] = months, int(Decimal(row["value_musd"]) * 1_000_000)
    return found


@cache
def _weights(country: str, flow: str) -> Mapping[str, int]:
    column = _FLOWS[flow] + country
    return {row["chapter"]: int(row[column]) for row in rows("census_chapters")}


def _first_dollars(country: str, flow: str, month: str) -> int:
    return int(getattr(census_world.first_published(country, month), flow) * 1_000_000)


@cache
def _deviation(country: str, flow: str, chapter: str, month: str) -> int:
    """Ten thousand, more or less by up to `_DEVIATION_PCT` percent, the same every time."""
    seed = hashlib.sha256(f"{country} {flow} {chapter} {month}".encode()).digest()
    widest = _SCALE * _DEVIATION_PCT // 100
    return _SCALE - widest + int.from_bytes(seed[:4], "big") % (2 * widest + 1)


def _apportioned(total: int, weights: Sequence[int]) -> list[int]:
    """`total` cut in whole parts in proportion to `weights`; parts of weight 0 are 0."""
    whole = sum(weights)
    marks = [0, *(total * reached // whole for reached in accumulate(weights))]
    return [after - before for before, after in pairwise(marks)]
