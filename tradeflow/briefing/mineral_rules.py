"""What the rows of the critical-minerals report must hold before a text about them is accepted.

The models' contracts test the same once a week; a report is refused by itself as well, as its
tables and sentences are read without them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tradeflow.briefing.marts import Marts, Row
from tradeflow.thresholds import threshold

_LIGHT = ("La", "Ce", "Pr", "Nd", "Pm")
"""Rare earths that both classifications call light."""


def mineral_faults(marts: Marts) -> Iterator[str]:
    """Every fault in the rows, each naming its check and its row."""
    produced = marts.rows("fct_mineral_production_yearly", is_latest=True)
    yield from _names(produced)
    yield from _shares(produced)
    yield from _bands(marts, produced)
    yield from _rare_earths(marts)
    yield from _dates(marts)


def _names(produced: list[Row]) -> Iterator[str]:
    for column in ("mineral_name_zh", "symbol"):
        seen: dict[str, str] = {}
        for row in produced:
            other = seen.setdefault(row[column], row["mineral_code"])
            if other != row["mineral_code"]:
                yield (
                    f"CHK-NAME-FUNCTION: {row[column]} stands for {other} and {row['mineral_code']}"
                )


def _shares(produced: list[Row]) -> Iterator[str]:
    most = threshold("mineral_share_tolerance_ppt")
    for row in produced:
        made, world, share = (
            row["top_production_t"],
            row["world_production_t"],
            row["top_share_pct"],
        )
        if made is None or not world:
            continue
        if made > world:
            yield f"CHK-SHARE: {row['mineral_code']}: a producer makes more than the world"
        elif share is not None and abs(share - 100 * float(made) / float(world)) > most:
            yield f"CHK-SHARE: {row['mineral_code']}: the share is not that of its production"


def _bands(marts: Marts, produced: list[Row]) -> Iterator[str]:
    for row in marts.rows("fct_mineral_bands"):
        band = None if row["band"] == "no_share" else row["band"]
        names = {each["mineral_name_zh"] for each in produced if each["band"] == band}
        told = row["minerals_zh"].split("、")
        if set(told) != names or row["minerals"] != len(told):
            yield f"CHK-TEXT-TABLE: band {row['band']} is not that of the table's shares"


def _rare_earths(marts: Marts) -> Iterator[str]:
    rows = marts.rows("fct_rare_earth_elements")
    names = [row["name_zh_tw"] for row in rows]
    if len(set(names)) < len(names):
        yield "CHK-SYMBOL-NAME: two rare earths have one name"
    for row in rows:
        if row["symbol"] in _LIGHT and {row["class_usgs"], row["class_china"]} != {"light"}:
            yield f"CHK-REE-CLASS: {row['symbol']} is a light rare earth"


def _dates(marts: Marts) -> Iterator[str]:
    rows = sorted(marts.rows("fct_policy_timeline"), key=lambda row: row["event_no"])
    dates = [row["date_text"].rstrip("s") for row in rows]
    for before, after in pairwise(dates):
        if before[: len(after)] > after[: len(before)]:
            yield f"CHK-TIMELINE-ORDER: {after} stands behind {before}"
    events = Counter(row["event_no"] for row in rows)
    for row in rows:
        is_start = row["date_precision"] == "day" and events[row["event_no"]] == 1
        start = row["effective_on"]
        if is_start and start is not None and row["date_text"] != start.isoformat():
            yield (
                f"CHK-EFF-CONFLICT: {row['notice_key']} is dated {row['date_text']}"
                f" and holds from {start}"
            )
