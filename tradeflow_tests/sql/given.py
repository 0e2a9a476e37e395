"""Raw rows of the trade and macro sources in their own field names, made from plain figures."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def trade_flow(
    reporter: int, flow: str, year: int, partner: int, value: float | str, **fields: str
) -> dict[str, str | None]:
    """One record of Comtrade's total slice."""
    return {
        "freqCode": "A",
        "period": str(year),
        "reporterCode": str(reporter),
        "flowCode": flow,
        "partnerCode": str(partner),
        "partner2Code": "0",
        "cmdCode": "TOTAL",
        "customsCode": "C00",
        "mosCode": "0",
        "motCode": "0",
        "cifvalue": str(value) if flow == "M" else None,
        "fobvalue": str(value) if flow == "X" else None,
        "primaryValue": str(value),
        "is_reconstructed": "false",
        **fields,
    }


def us_month(code: str, month: str, exports: float, imports: float) -> list[dict[str, str | None]]:
    """Both flows of one country and month as the Census API sends them, in million USD here."""
    year, number = month.split("-")
    return [
        {
            "cty_code": code,
            "cty_name": code,
            "year": year,
            "month": number,
            "flow": flow,
            "value_usd": f"{value * 1_000_000:.0f}",
            "is_reconstructed": "false",
        }
        for flow, value in (("X", exports), ("M", imports))
    ]


def us_months_known_by(day: date, facts: Path) -> list[dict[str, str | None]]:
    """The published US months of the five partners in the vintage seen by a day.

    Args:
        day: values first seen later are left out, unless they are the first of their month.
        facts: the folder with census_balance_vintages.csv.
    """
    vintages: dict[tuple[str, str], list[tuple[str, float, float]]] = defaultdict(list)
    with (facts / "census_balance_vintages.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            month = f"{row['year']}-{int(row['month']):02d}"
            figures = float(row["exports_usd_million"]), float(row["imports_usd_million"])
            vintages[row["census_cty_code"], month].append((row["first_seen"], *figures))
    rows = []
    for (code, month), seen in sorted(vintages.items()):
        visible = [vintage for vintage in seen if vintage[0] <= day.isoformat()]
        _, exports, imports = max(visible) if visible else min(seen)
        rows += us_month(code, month, exports, imports)
    return rows


def workbook_year(code: str, year: int, imports: Iterable[float], exports: Iterable[float]) -> dict:
    """One row of the balance workbook, in million USD; months beyond the given are 0."""
    row: dict[str, str | None] = {"year": str(year), "CTY_CODE": code, "CTYNAME": code}
    for letter, values in (("I", list(imports)), ("E", list(exports))):
        for number, month in enumerate(MONTHS):
            row[f"{letter}{month}"] = str(values[number]) if number < len(values) else "0"
        row[f"{letter}YR"] = str(sum(values))
    return row
