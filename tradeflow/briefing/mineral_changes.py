"""Whether a critical-minerals report is due between two years: what it rests on has changed.

Three things make one due: the state of a control on minerals, an edition of the production
figures, and which codes a control reaches. Not here: when the question is asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tradeflow.briefing.marts import Marts
from tradeflow.briefing.mineral_controls import mineral_notices

CONTROLS, EDITIONS, CODES = "controls", "editions", "codes"


def basis(marts: Marts) -> dict[str, Any]:
    """What a report of these marts rests on, as JSON values that compare equal while it stands.

    Only what has come to pass is in it: a date that was announced long before is no news until it
    has come.
    """
    keys = mineral_notices(marts)
    states = {
        f"{row['notice_key']}|{row['clause']}": row["status"]
        for row in marts.rows("fct_clause_status")
        if row["notice_key"] in keys
    }
    editions = {
        row["mineral_code"]: [row["edition"], row["year"]]
        for row in marts.rows("fct_mineral_production_yearly", is_latest=True)
    }
    codes = sorted(
        [row["notice_key"], row["material_zh"], row["hs6"], row["is_printed_in_notice"]]
        for row in marts.rows("fct_controlled_items")
    )
    digest = hashlib.sha256(json.dumps(codes, ensure_ascii=False).encode()).hexdigest()[:16]
    return {CONTROLS: states, EDITIONS: editions, CODES: digest}


def due(published: Mapping[str, Any] | None, present: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a report is due; empty while the published one still stands.

    Args:
        published: `basis` of the last published report, None without any.
        present: `basis` of the newest marts.
    """
    if published is None:
        return ("no report is published",)
    reasons = []
    for name, told in (
        (CONTROLS, "a control changed its state"),
        (EDITIONS, "there is a newer edition of production"),
    ):
        changed = _changed(published[name], present[name])
        if changed:
            reasons.append(f"{told}: {', '.join(changed)}")
    if published[CODES] != present[CODES]:
        reasons.append("the codes that controls reach changed")
    return tuple(reasons)


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
