"""摘要 of the critical-minerals report: its sentences, by fixed rules, none on a computed figure.

Candidates are tried in a fixed order and the first eight are kept. The words of each are in
`reports/templates/minerals_summary.md.j2`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tradeflow.briefing.key_messages import KeyMessage
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.mineral_controls import MineralControls
from tradeflow.briefing.mineral_supply import RareEarths, Supply

MOST = 8


def mineral_messages(
    marts: Marts, supply: Supply, earths: RareEarths, controls: MineralControls
) -> list[KeyMessage]:
    """At most eight messages."""
    told = [*_supply(supply), *_controls(earths, controls), *_edition(marts)]
    return told[:MOST]


def _supply(supply: Supply) -> Iterator[KeyMessage]:
    highest = supply.band("over_80")
    if highest is not None and not highest.is_reconstructed:
        yield KeyMessage("highest_band", highest, (2,), ("top_shares",))
    published = [row for row in supply.ranked if not row.is_reconstructed]
    earths = next((row for row in published if row["mineral_code"] == "RARE_EARTHS"), None)
    if published:
        yield KeyMessage("largest_share", (published[0], earths), (1,))


def _controls(earths: RareEarths, controls: MineralControls) -> Iterator[KeyMessage]:
    if controls.measures:
        yield KeyMessage("standing", controls, (5,), ("state_matrix",))
    if controls.expiring:
        yield KeyMessage("expiring", controls, (5,))
    if earths.of("in_force") or earths.of("suspended"):
        yield KeyMessage("rare_earths", earths, (3,))
    yield KeyMessage("changed", controls, (5,))


def _edition(marts: Marts) -> Iterator[KeyMessage]:
    layer = marts.one("fct_layer_coverage", layer="critical_minerals")
    if layer is not None and layer["expected_next_period"] and layer["expected_next_date"]:
        yield KeyMessage("edition", layer, (14,))
