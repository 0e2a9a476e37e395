"""Asks the sandbox the way a caller on a given day would."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import httpx

from tradeflow.sandbox.server import SandboxTransport

PREVIEW = "https://comtradeapi.un.org/public/v1/preview/C/A/HS"
KEYED = "https://comtradeapi.un.org/data/v1/get/C/A/HS"
IMPORTS = "https://api.census.gov/data/timeseries/intltrade/imports/hs"
EXPORTS = "https://api.census.gov/data/timeseries/intltrade/exports/hs"
WORKBOOK = "https://www.census.gov/foreign-trade/balance/country.xlsx"
TOTAL_SLICE = {"cmdCode": "TOTAL", "partner2Code": "0", "motCode": "0", "customsCode": "C00"}

FEBRUARY_2026 = date(2026, 2, 15)
JUNE_2026 = date(2026, 6, 21)


def ask(url: str, as_of: date = FEBRUARY_2026, **params: Any) -> httpx.Response:
    """One GET on that day; no redirect is followed."""
    with httpx.Client(transport=SandboxTransport(as_of)) as client:
        return client.get(url, params=params or None)


def partner_values(
    reporter: str, flow: str, year: str, as_of: date = FEBRUARY_2026
) -> dict[int, Decimal]:
    """Partner code → USD of one reporter, flow and year, World (0) included."""
    response = ask(PREVIEW, as_of, reporterCode=reporter, flowCode=flow, period=year, **TOTAL_SLICE)
    records = httpx.Response(200, content=response.content).json(parse_float=Decimal)["data"]
    return {record["partnerCode"]: Decimal(record["primaryValue"]) for record in records}


def census_values(url: str, variable: str, as_of: date) -> dict[tuple[str, str], Decimal]:
    """(country code, month) → million USD, groups and the total included."""
    table = ask(
        url, as_of, get=f"CTY_CODE,{variable}", time="from 2021-01 to 2030-12", key="k"
    ).json()
    return {(code, month): Decimal(value) / 1_000_000 for code, value, month in table[1:]}
