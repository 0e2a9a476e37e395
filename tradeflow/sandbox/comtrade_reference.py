"""UN Comtrade's reference files in their real shape: reporters, partner areas, HS codes.

Reporters and HS codes have the keys, types and layout of recorded files (`Reporters.json`:
line feeds and blanks; `HS.json`: carriage returns and tabs, leaves marked by the text 0 or 1,
levels by numbers). `partnerAreas.json` is not recorded: its keys, half of them beginning with a
capital, are those its readers use, and it carries a byte order mark, as files of the host may.
Both lists of areas hold entries of areas that no longer exist under the ISO codes of those that
followed them, and 490 (Taiwan) as a group.

Not here: which codes have trade (`comtrade_goods.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache

from tradeflow.sandbox.comtrade_commodities import TOTAL, Commodity, nomenclature
from tradeflow.sandbox.world_data import rows

_FOLDER = "/files/v1/app/reference/"


def body(path: str) -> bytes | None:
    """The bytes of the reference file at a path, None where there is none."""
    make = _FILES.get(path.removeprefix(_FOLDER)) if path.startswith(_FOLDER) else None
    return make() if make else None


@cache
def _reporters() -> bytes:
    entries = [
        _area(row, "reporter", "reporter")
        for row in _by_name("comtrade_areas", "comtrade_reference_areas")
        if row.get("is_reporter") != "false"
    ]
    return (json.dumps({"results": entries}, ensure_ascii=False, indent=2) + "\n").encode()


@cache
def _partner_areas() -> bytes:
    entries = [
        _area(row, "Partner", "partner")
        for row in _by_name("comtrade_areas", "comtrade_reference_areas")
    ]
    text = json.dumps({"results": entries}, ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8-sig")


@cache
def _codes() -> bytes:
    document = {
        "more": False,
        "minimumInputLength": 2,
        "classCode": "HS",
        "className": "Combined HS",
        "results": [_code(commodity) for commodity in nomenclature().values()],
    }
    return json.dumps(document, ensure_ascii=False, indent="\t").replace("\n", "\r\n").encode()


_FILES: Mapping[str, Callable[[], bytes]] = {
    "Reporters.json": _reporters,
    "partnerAreas.json": _partner_areas,
    "HS.json": _codes,
}


def _by_name(*tables: str) -> list[Mapping[str, str]]:
    return sorted(
        (row for table in tables for row in rows(table)), key=lambda row: row["name"].casefold()
    )


def _area(row: Mapping[str, str], prefix: str, note: str) -> dict[str, object]:
    """One entry; a key without a value is left out, as the host does."""
    entry = {
        "id": int(row["code"]),
        "text": row["name"],
        f"{prefix}Code": int(row["code"]),
        f"{prefix}Desc": row["name"],
        f"{note}Note": row["name"],
        f"{prefix}CodeIsoAlpha2": row["iso2"],
        f"{prefix}CodeIsoAlpha3": row["iso3"],
        "entryEffectiveDate": f"{row['effective']}T00:00:00",
        "entryExpiredDate": f"{row['expired']}T00:00:00" if row.get("expired") else "",
        "isGroup": row["is_group"] == "true",
    }
    return {name: value for name, value in entry.items() if value != ""}


def _code(commodity: Commodity) -> dict[str, object]:
    text = (
        "Total - All H6 commodities"
        if commodity.code == TOTAL
        else f"{commodity.code} - {commodity.title}"
    )
    return {
        "id": commodity.code,
        "text": text,
        "parent": commodity.parent,
        "isLeaf": "1" if commodity.level == 6 else "0",
        "aggrLevel": commodity.level,
        "standardUnitAbbr": commodity.unit,
    }
