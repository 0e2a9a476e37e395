"""One record of Comtrade's annual goods trade, as JSON text with its 47 fields in their order.

Here: the fields, and what they say in every record alike. Not here: which records an answer
has (`comtrade.py`) or their values (`comtrade_world.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from tradeflow.sandbox.world_data import rows

FLOWS = {"M": "Import", "X": "Export"}

_DESCRIPTIONS = frozenset(
    {
        *("reporterISO", "reporterDesc", "flowDesc", "partnerISO", "partnerDesc"),
        *("partner2ISO", "partner2Desc", "cmdDesc", "customsDesc", "motDesc"),
        *("qtyUnitAbbr", "altQtyUnitAbbr"),
    }
)
"""Fields that are null unless the caller asks for descriptions."""
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


class Code(NamedTuple):
    """A code of a dimension with what the host calls it."""

    code: str
    name: str
    iso3: str = ""


class Slice(NamedTuple):
    """Where a record stands in the dimensions that a total leaves open."""

    partner2: Code
    transport: Code
    customs: Code


class Key(NamedTuple):
    """Whose trade a record tells, in Comtrade's codes."""

    year: str
    reporter: str
    flow: str
    partner: str


@lru_cache(maxsize=20_000)
def encoded(key: Key, value: Decimal, part: Slice, described: bool) -> str:
    """The record as JSON text; decimals keep every digit, which a float would not.

    Args:
        value: USD, every digit of which is written.
        described: whether names and ISO codes are filled in.
    """
    return (
        "{"
        + ",".join(
            f'"{name}":' + ("null" if name in _DESCRIPTIONS and not described else _json(cell))
            for name, cell in _cells(key, value, part).items()
        )
        + "}"
    )


def _cells(key: Key, value: Decimal, part: Slice) -> dict[str, object]:
    reporter, partner = _areas()[key.reporter], _areas()[key.partner]
    return {
        "typeCode": "C",
        "freqCode": "A",
        "refPeriodId": int(f"{key.year}0101"),
        "refYear": int(key.year),
        "refMonth": 52,
        "period": key.year,
        "reporterCode": int(reporter.code),
        "reporterISO": reporter.iso3,
        "reporterDesc": reporter.name,
        "flowCode": key.flow,
        "flowDesc": FLOWS[key.flow],
        "partnerCode": int(partner.code),
        "partnerISO": partner.iso3,
        "partnerDesc": partner.name,
        "partner2Code": int(part.partner2.code),
        "partner2ISO": part.partner2.iso3,
        "partner2Desc": part.partner2.name,
        "classificationCode": "H6",
        "classificationSearchCode": "HS",
        "isOriginalClassification": True,
        "cmdCode": "TOTAL",
        "cmdDesc": "All Commodities",
        "aggrLevel": 0,
        "isLeaf": False,
        "customsCode": part.customs.code,
        "customsDesc": part.customs.name,
        "mosCode": "0",
        "motCode": int(part.transport.code),
        "motDesc": part.transport.name,
        "qtyUnitCode": -1,
        "qtyUnitAbbr": "N/A",
        "qty": 0,
        "isQtyEstimated": False,
        "altQtyUnitCode": -1,
        "altQtyUnitAbbr": "N/A",
        "altQty": 0,
        "isAltQtyEstimated": False,
        "netWgt": 0,
        "isNetWgtEstimated": True,
        "grossWgt": 0,
        "isGrossWgtEstimated": False,
        "cifvalue": value if key.flow == "M" else None,
        "fobvalue": value if key.flow == "X" else None,
        "primaryValue": value,
        "legacyEstimationFlag": 4,
        "isReported": False,
        "isAggregate": True,
    }


def _json(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else _ENCODE(value)


@lru_cache(maxsize=1)
def _areas() -> Mapping[str, Code]:
    return {
        row["code"]: Code(row["code"], row["name"], row["iso3"]) for row in rows("comtrade_areas")
    }
