"""The unpublished tail of a reporter's partner list, solved from its published concentration.

Published are the top twenty partners, the number of partners, HHI and CR3. The k-th partner
after the twentieth is taken as v20 · exp(−b · k^c); this module finds the one (b, c) for which
total, CR3 and HHI come out as published. Which partner holds which rank is not decided here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_C_LOW, _C_HIGH = 0.05, 3.0
_ROUNDS = 60


@dataclass(frozen=True)
class Tail:
    """Shape of a tail: its k-th partner holds exp(−b · k^c) of the last published partner."""

    b: float
    c: float

    def shares(self, size: int) -> list[float]:
        """The first `size` partners' values as shares of the last published partner's."""
        return [math.exp(-self.b * k**self.c) for k in range(1, size + 1)]


def solve_tail(published: Sequence[float], partner_count: int, hhi: float, cr3_pct: float) -> Tail:
    """Find the tail that brings the published total, CR3 and HHI about.

    Args:
        published: values of the top partners, largest first, any unit of money.
        partner_count: partners in all, the published ones included.
        hhi: 0–10000, over all partners.
        cr3_pct: share of the three largest, percent; total = their sum ÷ this share.

    Raises:
        ValueError: no such tail exists for these figures.
    """
    last = published[-1]
    total = sum(published[:3]) / (cr3_pct / 100)
    rest = (total - sum(published)) / last
    rest_squared = (hhi / 10_000 * total**2 - sum(v * v for v in published)) / last**2
    logs = [math.log(k) for k in range(1, partner_count - len(published) + 1)]
    if not 0 < rest < len(logs) or not 0 < rest_squared < rest:
        raise ValueError(f"no tail of {len(logs)} partners gives HHI {hhi} and CR3 {cr3_pct}")

    # At a fixed tail sum, a larger c flattens the head, so the squares' sum rises with c.
    low, high = _C_LOW, _C_HIGH
    for _ in range(_ROUNDS):
        c = (low + high) / 2
        powers = [math.exp(c * log) for log in logs]
        b = _b_for_sum(powers, rest)
        if sum(math.exp(-2 * b * power) for power in powers) < rest_squared:
            low = c
        else:
            high = c
    if min(c - _C_LOW, _C_HIGH - c) < 1e-6:
        raise ValueError(f"no tail of {len(logs)} partners gives HHI {hhi} and CR3 {cr3_pct}")
    return Tail(b=b, c=c)


def _b_for_sum(powers: Sequence[float], target: float) -> float:
    """The b with Σ exp(−b·p) = target, by Newton from the left (the sum is convex in b)."""
    b = 0.0
    for _ in range(_ROUNDS):
        terms = [math.exp(-b * power) for power in powers]
        step = (sum(terms) - target) / sum(p * t for p, t in zip(powers, terms, strict=True))
        b += step
        if abs(step) <= 1e-15 * b:
            break
    return b
