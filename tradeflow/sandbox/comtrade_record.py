"""One record of Comtrade's annual goods trade, as JSON text with its 47 fields in their order.

Here: the fields, and what they say in every record alike. Quantities are left empty, as the
host leaves them where a reporter states none. Not here: which records an answer has
(`comtrade.py`) or their values (`comtrade_goods.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from tradeflow.sandbox.comtrade_commodities import Commodity
from tradeflow.sandbox.world_data import rows

FLOWS = {"M": "Import", "X": "Export"}

_LEAF_LEVEL = 6
_FLAGS = '"legacyEstimationFlag":4,"isReported":false,"isAggregate":true'
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


def encoded(key: Key, commodity: Commodity, part: Slice, value: Decimal, described: bool) -> str:
    """The record as JSON text; decimals keep every digit, which a float would not.

    Args:
        value: USD, every digit of which is written.
        described: whether names and ISO codes are filled in.
    """
    amount = format(value, "f")
    valued = (
        f'"cifvalue":{amount},"fobvalue":null'
        if key.flow == "M"
        else f'"cifvalue":null,"fobvalue":{amount}'
    )
    return (
        f"{{{_reported(key.year, key.reporter, key.flow, described)},"
        f"{_partner(key.partner, described)},{_goods(commodity, part, described)},"
        f'{valued},"primaryValue":{amount},{_FLAGS}}}'
    )


@lru_cache(maxsize=256)
def _reported(year: str, reporter_code: str, flow: str, described: bool) -> str:
    reporter = _areas()[reporter_code]
    return _fields(
        {
            "typeCode": "C",
            "freqCode": "A",
            "refPeriodId": int(f"{year}0101"),
            "refYear": int(year),
            "refMonth": 52,
            "period": year,
            "reporterCode": int(reporter.code),
            "reporterISO": reporter.iso3,
            "reporterDesc": reporter.name,
            "flowCode": flow,
            "flowDesc": FLOWS[flow],
        },
        described,
    )


@lru_cache(maxsize=1024)
def _partner(code: str, described: bool) -> str:
    partner = _areas()[code]
    return _fields(
        {
            "partnerCode": int(partner.code),
            "partnerISO": partner.iso3,
            "partnerDesc": partner.name,
        },
        described,
    )


@lru_cache(maxsize=2048)
def _goods(commodity: Commodity, part: Slice, described: bool) -> str:
    return _fields(
        {
            "partner2Code": int(part.partner2.code),
            "partner2ISO": part.partner2.iso3,
            "partner2Desc": part.partner2.name,
            "classificationCode": "H6",
            "classificationSearchCode": "HS",
            "isOriginalClassification": True,
            "cmdCode": commodity.code,
            "cmdDesc": commodity.title,
            "aggrLevel": commodity.level,
            "isLeaf": commodity.level == _LEAF_LEVEL,
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
        },
        described,
    )


def _fields(cells: Mapping[str, object], described: bool) -> str:
    """`"name":value` after each other; names and ISO codes null unless described."""
    return ",".join(
        f'"{name}":' + ("null" if name in _DESCRIPTIONS and not described else _ENCODE(cell))
        for name, cell in cells.items()
    )


@lru_cache(maxsize=1)
def _areas() -> Mapping[str, Code]:
    return {
        row["code"]: Code(row["code"], row["name"], row["iso3"]) for row in rows("comtrade_areas")
    }
