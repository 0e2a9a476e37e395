"""The hand-filled week as the last closed one of February 2026, with what earlier months knew.

Adds to the week's marts those that only the monthly report reads. The week of January knew of
trade to 2025-10, that of December to 2025-09, that of November to 2025-08.
"""

# ruff: noqa: E501  (rows read best as rows)

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from tradeflow.briefing.history import Earlier
from tradeflow.briefing.marts import Marts, load_marts
from tradeflow.briefing.month_marts import MONTH_GRAINS, MonthMarts, with_history
from tradeflow.periods import Month, Week

from .conftest import Change, Rows
from .week_of_marts import AS_OF, DDL, WEEK, M, build, response_id

MONTH = Month(2026, 2)
EARLIER = (
    (Month(2026, 1), Week(2026, 4), "2025-10"),
    (Month(2025, 12), Week(2025, 52), "2025-09"),
    (Month(2025, 11), Week(2025, 48), "2025-08"),
)
"""Month, its last week, and the newest month of US trade known in it; the newest first."""

MONTH_DDL = DDL | {
    "dim_notices": f"{DDL['dim_notices']}, is_extraterritorial BOOLEAN",
    "fct_control_exposure_yearly": f"{DDL['fct_control_exposure_yearly']}, hhi_supplier DOUBLE, next2_name_zh VARCHAR, next2_share_pct DOUBLE, next3_name_zh VARCHAR, next3_share_pct DOUBLE",
    "dim_commodities": "commodity_code VARCHAR, name_zh_tw VARCHAR",
    "fct_clause_events": "notice_key VARCHAR, clause VARCHAR, event_no INTEGER, event VARCHAR, event_date DATE",
    "fct_clause_status": "notice_key VARCHAR, clause VARCHAR, status VARCHAR, until_date DATE, is_unconfirmed BOOLEAN",
    "fct_dependency_flags_yearly": f"reporter_iso3 VARCHAR, year INTEGER, commodity_code VARCHAR, commodity_name_zh VARCHAR, imports_usd {M}, import_hhi DOUBLE, export_hhi DOUBLE, import_export_ratio DOUBLE, is_flagged BOOLEAN, years_flagged INTEGER, years_assessed INTEGER, is_dependent BOOLEAN, top_supplier_name_zh VARCHAR, top_supplier_share_pct DOUBLE, is_latest BOOLEAN",
    "fct_expiry_calendar": "event_date DATE, notice_key VARCHAR, clause VARCHAR, event VARCHAR, label_zh VARCHAR, content_zh VARCHAR, days_left INTEGER, is_unconfirmed BOOLEAN",
    "fct_macro_indicators_yearly": "iso3 VARCHAR, indicator_code VARCHAR, year INTEGER, value DOUBLE, change_ppt DOUBLE, is_latest BOOLEAN",
    "fct_mineral_bands": "band VARCHAR, minerals INTEGER, china_minerals INTEGER, china_minerals_zh VARCHAR",
    "fct_mineral_producers_yearly": "mineral_code VARCHAR, year INTEGER, economy_iso3 VARCHAR, producer_name_zh VARCHAR, share_pct DOUBLE, producer_rank INTEGER",
    "fct_mineral_production_yearly": "mineral_code VARCHAR, year INTEGER, mineral_name_zh VARCHAR, top_iso3 VARCHAR, top_share_pct DOUBLE, is_latest BOOLEAN",
    "fct_product_concentration_yearly": "reporter_iso3 VARCHAR, flow VARCHAR, year INTEGER, hhi_product DOUBLE, hhi_change DOUBLE, largest_chapter VARCHAR, largest_chapter_name_zh VARCHAR, largest_share_pct DOUBLE, is_latest BOOLEAN",
    "fct_signals": "rule_id VARCHAR, item_key VARCHAR, sort_order INTEGER, name_zh VARCHAR, subject VARCHAR, metric VARCHAR, value DOUBLE, text_value VARCHAR, threshold DOUBLE, unit VARCHAR, next_date DATE, assessment VARCHAR, assessment_gap VARCHAR, severity VARCHAR",
    "fct_watch_indicators": "indicator_id VARCHAR, sort_order INTEGER, name_zh VARCHAR, frequency VARCHAR, rule_id VARCHAR, item_key VARCHAR, comparator VARCHAR, value DOUBLE, text_value VARCHAR, threshold DOUBLE, unit VARCHAR, assessment VARCHAR, assessment_gap VARCHAR",
}  # fmt: skip
"""Columns of each mart, without `week` and the trailing four of every fact mart."""


def month_marts(change: Change | None = None, *, known: int = 3) -> MonthMarts:
    """The month's marts, after an edit of the rows of its own week.

    Args:
        known: how many of the earlier months the warehouse holds, the newest first.
    """
    earlier = [
        Earlier(month, week, _marts(_older(newest)) if place < known else None)
        for place, (month, week, newest) in enumerate(EARLIER)
    ]
    return with_history(_marts(change), earlier)


def _marts(change: Change | None) -> Marts:
    def add(rows: Rows) -> None:
        extend(rows)
        if change is not None:
            change(rows)

    with duckdb.connect() as con:
        return load_marts(build(con, add, MONTH_DDL), WEEK, MONTH_GRAINS)


def _older(newest: str) -> Change:
    """The edit that takes a week back to when `newest` was the newest month of US trade."""

    def take_back(rows: Rows) -> None:
        months = [row for row in rows["fct_us_trade_monthly"] if row["month"] <= newest]
        for row in months:
            row["is_latest"] = row["month"] == newest
            row["imports_yoy_pct"] = 50.0 if row["is_latest"] else row["imports_yoy_pct"]
        rows["fct_us_trade_monthly"] = months
        rows["fct_signals"] = [row for row in rows["fct_signals"] if row["item_key"] != "KOR|M"]
        for row in rows["fct_counts"]:
            if row["name"] == "suspended_measures":
                row["value"] = 7

    return take_back


def signal(rule: str, item: str, severity: str | None = "medium", **values: Any) -> dict[str, Any]:
    """One row of the signals, met unless told otherwise."""
    row = {
        "rule_id": rule,
        "item_key": item,
        "sort_order": 20,
        "name_zh": "某項規則",
        "subject": item.split("|")[0],
        "metric": "imports_yoy_pct",
        "unit": "%",
        "assessment": "met",
        "severity": severity,
        "coverage": "2025-11",
        "response_ids": [response_id("census")],
    }
    return row | values


def _signals() -> list[dict[str, Any]]:
    return [
        signal("WATCH-US-IMPORTS", "TWN", "high", value=118.4, threshold=30.0),
        signal("SIG-US-MONTH", "KOR|M", "medium_high", value=-24.1, threshold=10.0, metric="mom_pct"),
        signal("SIG-US-STREAK", "CHN|M", "high", value=-10.0, threshold=3.0, unit="months", metric="yoy_streak"),
        signal("SIG-EXTRATERRITORIAL", "MOFCOM-公告-2026-1", "medium_high", text_value="in_force", unit=None),
        signal("SIG-MATERIAL", "Dy", value=1.0, unit="controls"),
        signal("SIG-CASE", "NEXPERIA", "low", value=5.0, unit="pages", name_zh="追蹤個案的頁面"),
        signal("SIG-HHI-CHANGE", "TWN|X", None, assessment="not_assessed", assessment_gap="reconstructed"),
        signal("SIG-TWN-TO-CHN", "TWN", None, metric="share_pct", assessment="not_assessed", assessment_gap="reconstructed"),
    ]  # fmt: skip


def _indicators() -> list[dict[str, Any]]:
    def row(
        place: int, name: str, rule: str, item: str, comparator: str, **values: Any
    ) -> dict[str, Any]:
        base = {
            "indicator_id": f"I{place}",
            "sort_order": place,
            "name_zh": name,
            "frequency": "month",
            "rule_id": rule,
            "item_key": item,
            "comparator": comparator,
            "unit": "%",
            "assessment": "met",
            "coverage": "2025-11",
        }
        return base | {"response_ids": [response_id("census")]} | values

    return [
        row(1, "美國自台灣進口年增率", "WATCH-US-IMPORTS", "TWN", "abs_ge", value=118.4, threshold=30.0),
        row(2, "台灣對中出口占比", "SIG-TWN-TO-CHN", "TWN", "lt", threshold=20.0, assessment="not_assessed", assessment_gap="reconstructed", frequency="year"),
        row(3, "鎵鍺現貨價格", "SIG-PRICE-GA-GE", "-", "ge", threshold=30.0, assessment="no_source", assessment_gap="no_source", response_ids=[]),
        row(4, "許可核發數", "SIG-LICENCES", "-", "le", threshold=-20.0, assessment="no_source", assessment_gap="no_source", response_ids=[]),
        row(5, "對日管制", "SIG-EXTRATERRITORIAL", "MOFCOM-公告-2026-1", "exists", text_value="in_force", unit=None),
        row(6, "美國 50 % 穿透性規則暫停到期", "WATCH-EXPIRY", "US-BIS-50PCT|", "le", value=267.0, threshold=270.0, unit="days", frequency="day", coverage=AS_OF.isoformat()),
    ]  # fmt: skip


def _calendar(rows: Rows) -> list[dict[str, Any]]:
    return [
        {
            "event_date": row["next_date"],
            "notice_key": row["notice_key"],
            "clause": row["clause_label"],
            "event": "term_ends",
            "label_zh": row["label_zh"],
            "content_zh": row["content_zh"],
            "days_left": row["days_left"],
            "is_unconfirmed": row["is_unconfirmed"],
            "coverage": AS_OF.isoformat(),
            "response_ids": row["response_ids"],
        }
        for row in rows["fct_tracked_measures"]
        if row["next_date"] is not None
    ]


def _macro() -> list[dict[str, Any]]:
    figures: dict[str, dict[str, tuple[float, float | None]]] = {
        "NY.GDP.MKTP.KD.ZG": {"USA": (2.79, -0.09), "CHN": (4.98, -0.44), "DEU": (-0.5, 0.37)},
        "NE.TRD.GNFS.ZS": {"USA": (25.38, 0.1), "CHN": (37.2, 1.1), "DEU": (79.1, -2.9)},
        "BN.CAB.XOKA.CD": {"USA": (-1185294e6, None), "CHN": (423919e6, None), "DEU": (270447e6, None)},
    }  # fmt: skip
    known = [
        {"iso3": iso3, "indicator_code": code, "year": 2024, "value": value, "change_ppt": change, "is_latest": True, "coverage": "2024", "response_ids": [response_id("worldbank")]}
        for code, economies in figures.items()
        for iso3, (value, change) in economies.items()
    ]  # fmt: skip
    absent = {"iso3": "TWN", "indicator_code": "NY.GDP.MKTP.KD.ZG", "year": 2024, "is_latest": True}
    return [*known, absent]


def extend(rows: Rows) -> None:
    """Add the rows that only the monthly report reads."""
    usgs, codes = [response_id("usgs")], [response_id("comtrade codes")]
    for row in rows["dim_notices"]:
        row["is_extraterritorial"] = row["notice_key"] == "MOFCOM-公告-2026-1"
    for row in rows["fct_control_exposure_yearly"]:
        row |= {"hhi_supplier": 5836.4, "next2_name_zh": "南韓", "next2_share_pct": 3.25}
    for row in rows["fct_review_items"]:
        row["response_ids"] = codes
    counted = next(row for row in rows["fct_counts"] if row["name"] == "review_items")
    rows["fct_counts"] += [
        counted | {"name": "suspended_measures", "value": 8},
        counted | {"name": "in_force_measures", "value": 2},
    ]
    rows["dim_commodities"] = [{"commodity_code": "850760", "name_zh_tw": "鋰離子蓄電池"}]
    rows["fct_clause_events"] = [
        {"notice_key": "MOFCOM-公告-2026-1", "clause": "", "event_no": 1, "event": "in_force", "event_date": date(2026, 1, 6), "response_ids": usgs}
    ]  # fmt: skip
    rows["fct_clause_status"] = [
        {"notice_key": row["notice_key"], "clause": "", "status": row["status"], "until_date": row["until_date"], "is_unconfirmed": False, "response_ids": row["response_ids"]}
        for row in rows["fct_tracked_measures"]
    ]  # fmt: skip
    rows["fct_dependency_flags_yearly"] = [
        {"reporter_iso3": iso3, "year": 2024, "commodity_code": code, "commodity_name_zh": name, "imports_usd": bought, "import_hhi": hhi, "export_hhi": 6830.8, "import_export_ratio": ratio, "is_flagged": True, "years_flagged": 2, "years_assessed": 3, "is_dependent": True, "top_supplier_name_zh": "中國", "top_supplier_share_pct": 78.1, "is_latest": True, "coverage": "2024", "is_reconstructed": iso3 == "TWN", "response_ids": codes}
        for iso3, code, name, bought, hhi, ratio in (
            ("TWN", "380110", "人造石墨", 28929023, 6634.9, 6.0),
            ("TWN", "250410", "天然石墨", 11961293, 4763.7, 9999.0),
            *(("JPN", f"28469{n}", f"稀土化合物第{'甲乙丙丁'[n]}類", 9000 - n, 5606.0 + n, 4.1) for n in range(4)),
        )
    ]  # fmt: skip
    rows["fct_expiry_calendar"] = _calendar(rows)
    rows["fct_macro_indicators_yearly"] = _macro()
    rows["fct_mineral_bands"] = [
        {"band": "over_80", "minerals": 5, "china_minerals": 2, "china_minerals_zh": "鎵、鎢", "coverage": "2024", "response_ids": usgs}
    ]  # fmt: skip
    rows["fct_mineral_production_yearly"] = [
        {"mineral_code": code, "year": 2024, "mineral_name_zh": name, "top_iso3": "CHN", "top_share_pct": share, "is_latest": True, "coverage": "2024", "response_ids": usgs}
        for code, name, share in (("GALLIUM", "鎵", 98.68), ("TUNGSTEN", "鎢", 82.72), ("ZINC", "鋅", 33.3))
    ]  # fmt: skip
    rows["fct_mineral_producers_yearly"] = [
        {"mineral_code": "TUNGSTEN", "year": 2024, "economy_iso3": iso3, "producer_name_zh": name, "share_pct": share, "producer_rank": rank, "coverage": "2024", "response_ids": usgs}
        for rank, (iso3, name, share) in enumerate((("CHN", "中國", 82.72), ("VNM", "越南", 4.2), ("RUS", "俄羅斯", 2.47)), 1)
    ]  # fmt: skip
    rows["fct_product_concentration_yearly"] = [
        {"reporter_iso3": iso3, "flow": "X", "year": 2024, "hhi_product": hhi, "hhi_change": change, "largest_chapter": "85", "largest_chapter_name_zh": "電機設備", "largest_share_pct": share, "is_latest": True, "coverage": "2024", "is_reconstructed": True, "response_ids": codes}
        for iso3, hhi, change, share in (("TWN", 3300.8, -83.1, 55.06), ("CHN", 1060.7, None, 27.09))
    ]  # fmt: skip
    rows["fct_signals"] = _signals()
    rows["fct_watch_indicators"] = _indicators()
