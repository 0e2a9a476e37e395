"""Which datasets UN Comtrade has released: `public/v1/getDA`, one record a reporter and year.

Fields, their order and types (period a number, stamps without a zone) are those of the data
availability answers that the clients `comtradeapicall` and `comtradr` read; no answer of the
real host is recorded. A dataset is released on the day its year became public
(`release_days.csv`) and never again, since the world's values of a year do not change.
`totalRecords` counts the rows of total trade; the checksum is that of their values.

Not here: route and envelope (`comtrade.py`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.comtrade_record import FLOWS
from tradeflow.sandbox.world_data import release_days, rows


def records(as_of: date, reporters: Sequence[str], periods: Sequence[str]) -> list[str]:
    """Datasets public on `as_of` as JSON texts, by year and then reporter.

    Args:
        reporters: codes to keep; all when empty.
        periods: years to keep; all when empty.
    """
    return [
        _record(year, reporter)
        for year in comtrade_world.years(as_of)
        if not periods or year in periods
        for reporter in comtrade_world.reporters(year)
        if not reporters or reporter in reporters
    ]


@lru_cache(maxsize=64)
def _record(year: str, reporter: str) -> str:
    area = next(row for row in rows("comtrade_areas") if row["code"] == reporter)
    values = [
        f"{flow}{partner}={value}"
        for flow in sorted(FLOWS)
        for partner, value in comtrade_world.flow_values(reporter, flow, year).items()
    ]
    released = f"{release_days('comtrade')[year].isoformat()}T00:00:00"
    return json.dumps(
        {
            "datasetCode": int(f"2{reporter.zfill(3)}{year}00"),
            "typeCode": "C",
            "freqCode": "A",
            "period": int(year),
            "reporterCode": int(reporter),
            "reporterISO": area["iso3"],
            "reporterDesc": area["name"],
            "classificationCode": "H6",
            "classificationSearchCode": "HS",
            "isOriginalClassification": True,
            "isExtendedFlowCode": False,
            "isExtendedPartnerCode": False,
            "isExtendedPartner2Code": True,
            "isExtendedCmdCode": False,
            "isExtendedCustomsCode": True,
            "isExtendedMotCode": True,
            "totalRecords": len(values),
            "datasetChecksum": zlib.crc32("\n".join(values).encode()),
            "firstReleased": released,
            "lastReleased": released,
        },
        ensure_ascii=False,
    )
