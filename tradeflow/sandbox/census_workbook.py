"""Writes `country.xlsx`, the Census Bureau's balance workbook, byte for byte the same each time.

Layout of the real file: one sheet `country`, a row per country and year ordered by code, twelve
months of imports and the year, the same of exports, million USD, months to come as 0. Its group
codes are not the API's.
"""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal

from openpyxl import Workbook

from tradeflow.sandbox.census_world import EAST_ASIA, REST, Trade, World

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
HEADINGS = (
    "year",
    "CTY_CODE",
    "CTYNAME",
    *(f"I{month}" for month in _MONTHS),
    "IYR",
    *(f"E{month}" for month in _MONTHS),
    "EYR",
)
ADJUSTED, UNADJUSTED = "0004", "0015"
_GROUPS = {
    "0003": ("European Union", ("4280",)),
    "0012": ("Europe", ("4280",)),
    "0014": ("Pacific Rim", EAST_ASIA),
    "0016": ("Asia", EAST_ASIA),
}
_COUNTRIES = {
    "4280": "Germany",
    "5700": "China",
    "5800": "Korea, South",
    "5830": "Taiwan",
    "5880": "Japan",
    REST: "Rest of World",
}
COMPUTED_CODES = (REST, ADJUSTED, UNADJUSTED, *_GROUPS)
"""Rows whose values are computed rather than copied from the source."""

_SEASON_PCT = (95, 92, 104, 99, 101, 100, 100, 102, 99, 105, 100, 103)
"""Unadjusted World as a percentage of adjusted World, by calendar month; assumed."""
_TENTH = Decimal("0.1")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CLOCK = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def written(world: World) -> bytes:
    """The workbook with everything `world` holds."""
    book = Workbook()
    sheet = book.active
    sheet.title = "country"
    sheet.append(HEADINGS)
    for row in _table(world):
        sheet.append(row)
    drafted = io.BytesIO()
    book.save(drafted)
    return _without_clock(drafted.getvalue())


def _table(world: World) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    entries = {code: (name, (code,)) for code, name in _COUNTRIES.items()} | _GROUPS
    entries[UNADJUSTED] = ("World, Not Seasonally Adjusted", tuple(world.countries))
    entries[ADJUSTED] = ("World, Seasonally Adjusted", tuple(world.countries))
    years = sorted({month[:4] for month in world.months})
    for code in sorted(entries):
        name, members = entries[code]
        for year in years:
            cells: list[object] = [year, code, name]
            for flow in ("imports", "exports"):
                values = [
                    _cell(world, f"{year}-{number:02d}", members, flow, code == ADJUSTED)
                    for number in range(1, 13)
                ]
                year_total = _year_cell(world, year, members, flow, values, code == ADJUSTED)
                cells += [_number(value) for value in (*values, year_total)]
            rows.append(tuple(cells))
    return rows


def _cell(world: World, month: str, members: tuple[str, ...], flow: str, adjusted: bool) -> Decimal:
    if month not in world.months:
        return Decimal(0)
    trade: Trade = world.total(month, members)
    value: Decimal = getattr(trade, flow)
    return (value * 100 / _SEASON_PCT[int(month[5:]) - 1]).quantize(_TENTH) if adjusted else value


def _year_cell(
    world: World,
    year: str,
    members: tuple[str, ...],
    flow: str,
    values: list[Decimal],
    adjusted: bool,
) -> Decimal:
    """The annual table's total of a complete year, rounded by itself; else the months so far."""
    if adjusted or f"{year}-12" not in world.months:
        return sum(values, Decimal(0))
    total: Decimal = getattr(world.year_total(year, members), flow)
    return total


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _without_clock(book: bytes) -> bytes:
    """The same package with every time of writing replaced by a fixed one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as draft, zipfile.ZipFile(packed, "w") as fixed:
        for name in draft.namelist():
            content = draft.read(name)
            if name == "docProps/core.xml":
                content = _CLOCK.sub(rb"\g<1>2011-02-11T15:45:55Z", content)
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(member, content)
    return packed.getvalue()
