"""Whether a new answer may replace the last good one without a person looking at it.

Revisions of closed periods are small; an answer that moves one far has usually answered
another question (CHK-REVISION). Not here: what happens to it (`collect.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tradeflow.answers import Request
from tradeflow.sources.base import Total
from tradeflow.sources.errors import Implausible
from tradeflow.thresholds import threshold


def require_plausible(
    request: Request, before: Mapping[str, Total], now: Mapping[str, Total]
) -> None:
    """Hold the totals of an answer against those of the last good one, key by key.

    Periods only one of them speaks of are not compared.

    Raises:
        Implausible: a total moved by more than `revision_review_pct`, or the rows behind it by
            more than `row_count_review_pct`; the first such key is named.
    """
    for key in sorted(before.keys() & now.keys()):
        old, new = before[key], now[key]
        most = threshold("revision_review_pct")
        if _moved_pct(old.value, new.value) > most:
            raise Implausible(
                request, f"total of {key}", f"{old.value:f} within {most:g} %", f"{new.value:f}"
            )
        most = threshold("row_count_review_pct")
        if _moved_pct(Decimal(old.rows), Decimal(new.rows)) > most:
            raise Implausible(
                request, f"rows of {key}", f"{old.rows} within {most:g} %", str(new.rows)
            )


def _moved_pct(before: Decimal, now: Decimal) -> float:
    if before == now:
        return 0.0
    return float(abs(now - before) / abs(before) * 100) if before else float("inf")
