"""A small warehouse of one week, filled by hand: 2026-W07 with the figures published by then.

Stands in for the SQL models in the briefing tests. Every value column becomes a fact, as the
models' contracts declare.
"""

# ruff: noqa: E501  (rows read best as rows)

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import duckdb

from tradeflow.briefing.mineral_marts import MINERAL_GRAINS
from tradeflow.briefing.month_marts import MONTH_GRAINS

WEEK = "2026-W07"
AS_OF = date(2026, 2, 15)

_TAIL = "coverage VARCHAR, vintage VARCHAR, is_reconstructed BOOLEAN, response_ids VARCHAR[]"
M = "DECIMAL(24,4)"

DDL: dict[str, str] = {
    "fct_reporter_flows_yearly": f"reporter_iso3 VARCHAR, flow VARCHAR, year INTEGER, reporter_code VARCHAR, value_usd {M}, value_prior_usd {M}, yoy_pct DOUBLE, comparison_gap VARCHAR, partner_count INTEGER, itemised_share_pct DOUBLE, top3_share_pct DOUBLE, china_share_pct DOUBLE, valuation VARCHAR, is_latest BOOLEAN",
    "fct_partner_flows_yearly": f"reporter_iso3 VARCHAR, flow VARCHAR, year INTEGER, partner_code VARCHAR, partner_iso3 VARCHAR, partner_name_zh VARCHAR, value_usd {M}, share_pct DOUBLE, partner_rank INTEGER, value_prior_usd {M}, yoy_pct DOUBLE, contribution_ppt DOUBLE, is_self_partner BOOLEAN, is_latest BOOLEAN",
    "fct_trade_balances_yearly": f"reporter_iso3 VARCHAR, partner_code VARCHAR, year INTEGER, partner_iso3 VARCHAR, exports_usd {M}, imports_usd {M}, balance_usd {M}, balance_prior_usd {M}, is_latest BOOLEAN",
    "fct_concentration_yearly": "reporter_iso3 VARCHAR, flow VARCHAR, year INTEGER, hhi_partner DOUBLE, hhi_partner_incl_self DOUBLE, hhi_normalised DOUBLE, effective_partners DOUBLE, cr1_pct DOUBLE, cr3_pct DOUBLE, cr5_pct DOUBLE, theil DOUBLE, partner_count INTEGER, itemised_share_pct DOUBLE, level_1500_2500 VARCHAR, level_1000_1800 VARCHAR, distance_1500_2500 DOUBLE, distance_1000_1800 DOUBLE, hhi_prior DOUBLE, hhi_change DOUBLE, direction VARCHAR, is_latest BOOLEAN",
    "fct_us_trade_monthly": f"partner_iso3 VARCHAR, month VARCHAR, census_code VARCHAR, exports_usd {M}, imports_usd {M}, balance_usd {M}, deficit_usd {M}, exports_mom_pct DOUBLE, imports_mom_pct DOUBLE, exports_yoy_pct DOUBLE, imports_yoy_pct DOUBLE, deficit_prior_month_usd {M}, imports_yoy_streak INTEGER, exports_yoy_streak INTEGER, run_start VARCHAR, run_months INTEGER, exports_extreme VARCHAR, imports_extreme VARCHAR, deficit_extreme VARCHAR, is_latest BOOLEAN, source VARCHAR",
    "fct_us_trade_ytd": f"partner_iso3 VARCHAR, through_month VARCHAR, first_month VARCHAR, months INTEGER, exports_usd {M}, imports_usd {M}, balance_usd {M}, exports_prior_usd {M}, imports_prior_usd {M}, balance_prior_usd {M}, exports_yoy_pct DOUBLE, imports_yoy_pct DOUBLE, balance_yoy_pct DOUBLE, prior_year INTEGER, prior_year_imports_usd {M}, comparison_gap VARCHAR, is_latest BOOLEAN",
    "fct_us_deficit_comparisons": f"partner_iso3 VARCHAR, other_iso3 VARCHAR, month VARCHAR, deficit_usd {M}, other_deficit_usd {M}, streak_months INTEGER, since_month VARCHAR",
    "fct_us_trade_gaps": f"partner_iso3 VARCHAR, flow VARCHAR, year INTEGER, reason VARCHAR, is_stated BOOLEAN, months_published INTEGER, lacking_months VARCHAR[], annual_usd {M}, published_usd {M}, gap_usd {M}, gap_pct DOUBLE, difference_usd {M}",
    "dim_notices": "notice_key VARCHAR, issuers VARCHAR[], document_type VARCHAR, year INTEGER, number INTEGER, label_zh VARCHAR, title_zh_hans VARCHAR, issue_date DATE, first_page_date DATE, released_on DATE, category VARCHAR, materials_zh VARCHAR[], target_iso3 VARCHAR[], content_zh VARCHAR, is_foreign BOOLEAN, is_supplement BOOLEAN, is_unconfirmed BOOLEAN, urls VARCHAR[], is_new BOOLEAN",
    "fct_clause_intervals": "notice_key VARCHAR, clause VARCHAR, clause_label VARCHAR, valid_from DATE, status VARCHAR, valid_to DATE, until_date DATE, by_notice_key VARCHAR, is_unconfirmed BOOLEAN",
    "fct_tracked_measures": "notice_key VARCHAR, clause_label VARCHAR, label_zh VARCHAR, status VARCHAR, until_date DATE, next_date DATE, next_event VARCHAR, days_left INTEGER, content_zh VARCHAR, by_notice_key VARCHAR, is_unconfirmed BOOLEAN, url VARCHAR, sort_order INTEGER",
    "fct_control_measures": "notice_key VARCHAR, clause_label VARCHAR, label_zh VARCHAR, control_notice_key VARCHAR, control_label_zh VARCHAR, control_status VARCHAR, is_live BOOLEAN, until_date DATE, hs6_codes VARCHAR[], code_count INTEGER, is_unconfirmed BOOLEAN",
    "fct_control_severity": "notice_key VARCHAR, clause_label VARCHAR, label_zh VARCHAR, year INTEGER, control_status VARCHAR, is_live BOOLEAN, china_share_pct DOUBLE, taiwan_share_pct DOUBLE, code_count INTEGER, score DOUBLE, severity VARCHAR, gap VARCHAR, is_unconfirmed BOOLEAN, document_urls VARCHAR[]",
    "fct_control_exposure_yearly": f"notice_key VARCHAR, clause_label VARCHAR, hs6 VARCHAR, reporter_iso3 VARCHAR, year INTEGER, control_status VARCHAR, is_live BOOLEAN, materials_zh VARCHAR, is_printed_in_notice BOOLEAN, imports_usd {M}, china_share_pct DOUBLE, next1_name_zh VARCHAR, next1_share_pct DOUBLE, is_latest BOOLEAN, measure_rank INTEGER",
    "fct_source_comparisons": f"comparison VARCHAR, reporter_iso3 VARCHAR, partner_iso3 VARCHAR, flow VARCHAR, year INTEGER, comtrade_usd {M}, comtrade_valuation VARCHAR, other_usd {M}, other_valuation VARCHAR, difference_pct DOUBLE, threshold_pct DOUBLE, verdict VARCHAR, reason VARCHAR, note VARCHAR, is_stated BOOLEAN",
    "fct_new_documents": "url VARCHAR, notice_key VARCHAR, title_zh_hans VARCHAR, released_on DATE, issue_date DATE, effective_date DATE, status VARCHAR, until_date DATE, content_zh VARCHAR, targets_zh VARCHAR, host VARCHAR, is_unconfirmed BOOLEAN",
    "fct_watch_items": "rule_id VARCHAR, item_key VARCHAR, metric VARCHAR, value DOUBLE, threshold DOUBLE, distance DOUBLE, unit VARCHAR, next_date DATE, subject VARCHAR",
    "fct_watch_changes": "rule_id VARCHAR, item_key VARCHAR, state VARCHAR",
    "fct_week_changes": "item_key VARCHAR, area VARCHAR, metric VARCHAR, subject VARCHAR, value_previous DOUBLE, value_current DOUBLE, text_previous VARCHAR, text_current VARCHAR, change VARCHAR",
    "fct_review_items": "item_id VARCHAR, kind VARCHAR, subject VARCHAR, related VARCHAR, date_a DATE, date_b DATE, text_value VARCHAR, is_open BOOLEAN",
    "fct_layer_coverage": "layer VARCHAR, source VARCHAR, sort_order INTEGER, first_period VARCHAR, last_period VARCHAR, newest_released_on DATE, expected_next_period VARCHAR, expected_next_date DATE, lag_days INTEGER, state VARCHAR, answers INTEGER, carried_forward INTEGER, rejected INTEGER, licence VARCHAR, source_name_zh VARCHAR, url VARCHAR",
    "fct_counts": "name VARCHAR, value INTEGER",
}
"""Columns of each mart, without `week` and the trailing four of every fact mart."""

NOT_FACTS = {
    "is_latest",
    "is_self_partner",
    "is_foreign",
    "is_supplement",
    "is_unconfirmed",
    "is_new",
    "is_open",
    "is_stated",
    "lacking_months",
    "reason",
    "is_live",
    "hs6_codes",
    "document_urls",
}


def response_id(name: str) -> str:
    """A stand-in for the hash of an archived answer."""
    return hashlib.sha256(name.encode()).hexdigest()


def _million(value: float) -> Decimal:
    return Decimal(str(value)) * 1_000_000


def _rate(new: Any, old: Any) -> float:
    return float((Decimal(str(new)) / Decimal(str(old)) - 1) * 100)


US = {
    # partner: exports/imports of 2024-11, 2025-10, 2025-11; ytd 2025, ytd 2024; imports of 2024
    "TWN": (3672.1, 9276.9, 4832.0, 22252.7, 5273.8, 20258.8, 49867.0, 176726.5, 38931.8, 106165.3, 116255.2),
    "CHN": (12603.1, 37774.8, 8950.5, 23887.2, 7008.4, 20950.7, 97920.5, 287275.6, 130931.4, 401188.3, 438742.0),
    "DEU": (6407.5, 12890.9, 6957.4, 12083.5, 6815.0, 13486.7, 75878.1, 140830.6, 70558.9, 146679.9, 160380.1),
    "JPN": (6601.6, 12078.0, 7159.8, 11993.6, 7040.9, 11815.3, 75737.0, 133771.9, 72516.0, 135918.3, 148370.6),
    "KOR": (5146.8, 10144.5, 6349.2, 9100.7, 5444.7, 8728.2, 62911.7, 113384.8, 60357.5, 120516.8, 131553.2),
}  # fmt: skip
STREAKS = {"TWN": (12, 4), "CHN": (-10, -7), "DEU": (1, 2), "JPN": (-3, 1), "KOR": (-2, 1)}
BEFORE_THE_RUN = {("CHN", "2025-01"): 3.1}
"""The rise that China's run of falls follows; Taiwan's run starts where comparisons start."""
EXTREMES = {"TWN": ("highest", None, None), "KOR": (None, "lowest", None)}
CENSUS = {"TWN": "5830", "CHN": "5700", "DEU": "4280", "JPN": "5880", "KOR": "5800"}
MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)][:23]


def _us_monthly() -> list[dict[str, Any]]:
    rows = []
    for iso3, (ex0, im0, ex1, im1, ex2, im2, *_) in US.items():
        for index, month in enumerate(MONTHS):
            exports = {"2024-11": ex0, "2025-10": ex1, "2025-11": ex2}.get(month, ex0 + 7.3 * index)
            imports = {"2024-11": im0, "2025-10": im1, "2025-11": im2}.get(
                month, im0 + 11.9 * index
            )
            latest = month == MONTHS[-1]
            extreme = EXTREMES.get(iso3, (None, None, None)) if latest else (None, None, None)
            streak = STREAKS[iso3] if latest else (None, None)
            rows.append(
                {
                    "partner_iso3": iso3,
                    "month": month,
                    "census_code": CENSUS[iso3],
                    "exports_usd": _million(exports),
                    "imports_usd": _million(imports),
                    "balance_usd": _million(exports) - _million(imports),
                    "deficit_usd": _million(imports) - _million(exports),
                    "exports_mom_pct": _rate(ex2, ex1) if latest else None,
                    "imports_mom_pct": _rate(im2, im1) if latest else None,
                    "exports_yoy_pct": _rate(ex2, ex0) if latest else None,
                    "imports_yoy_pct": _rate(im2, im0)
                    if latest
                    else BEFORE_THE_RUN.get((iso3, month)),
                    "deficit_prior_month_usd": _million(im1) - _million(ex1) if latest else None,
                    "imports_yoy_streak": streak[0],
                    "exports_yoy_streak": streak[1],
                    "run_start": "2024-01",
                    "run_months": index + 1,
                    "exports_extreme": extreme[0],
                    "imports_extreme": extreme[1],
                    "deficit_extreme": extreme[2],
                    "is_latest": latest,
                    "source": "workbook",
                    "coverage": month,
                    "response_ids": [response_id("census")],
                }
            )
    return rows


def _us_ytd() -> list[dict[str, Any]]:
    rows = []
    for iso3, (*_, ex, im, ex0, im0, year) in US.items():
        rows.append(
            {
                "partner_iso3": iso3,
                "through_month": "2025-11",
                "first_month": "2025-01",
                "months": 11,
                "exports_usd": _million(ex),
                "imports_usd": _million(im),
                "balance_usd": _million(ex) - _million(im),
                "exports_prior_usd": _million(ex0),
                "imports_prior_usd": _million(im0),
                "balance_prior_usd": _million(ex0) - _million(im0),
                "exports_yoy_pct": _rate(ex, ex0),
                "imports_yoy_pct": _rate(im, im0),
                "balance_yoy_pct": _rate(
                    Decimal(str(im)) - Decimal(str(ex)), Decimal(str(im0)) - Decimal(str(ex0))
                ),
                "prior_year": 2024,
                "prior_year_imports_usd": _million(year),
                "is_latest": True,
                "coverage": "2025-01..2025-11",
                "response_ids": [response_id("census")],
            }
        )
    return rows


# reporter: year, exports, exports a year before, top three (partner, share), HHI, HHI before;
# imports likewise, share from China. In USD million and per cent.
YEARLY = {
    "TWN": (2024, 475100.5, 431805.2, [("156", "CHN", "中國", 20.24), ("842", "USA", "美國", 23.44), ("344", "HKG", "香港", 12.07)], 1204.6, 1171.3,
            394170.2, 351900.9, [("156", "CHN", "中國", 20.7), ("392", "JPN", "日本", 11.8), ("842", "USA", "美國", 11.4)], 858.2, 868.0, 20.71),
    "USA": (2024, 2064830.0, 2018100.0, [("124", "CAN", "加拿大", 16.9), ("484", "MEX", "墨西哥", 16.2), ("156", "CHN", "中國", 6.9)], 720.2, 728.9,
            3360000.0, 3168500.0, [("484", "MEX", "墨西哥", 15.2), ("156", "CHN", "中國", 13.4), ("124", "CAN", "加拿大", 12.6)], 747.0, 790.1, 13.42),
    "CHN": (2024, 3577000.0, 3380000.0, [("842", "USA", "美國", 14.7), ("344", "HKG", "香港", 8.1), ("704", "VNM", "越南", 4.5)], 446.8, 448.0,
            2587000.0, 2557000.0, [("490", "TWN", "台灣", 8.4), ("410", "KOR", "南韓", 7.0), ("842", "USA", "美國", 6.4)], 371.5, 369.9, 4.9),
    "JPN": (2024, 707300.0, 717900.0, [("842", "USA", "美國", 20.1), ("156", "CHN", "中國", 17.6), ("410", "KOR", "南韓", 6.5)], 894.7, 893.2,
            742600.0, 786100.0, [("156", "CHN", "中國", 22.5), ("842", "USA", "美國", 11.2), ("36", "AUS", "澳洲", 7.6)], 849.3, 851.0, 22.51),
    "KOR": (2024, 683600.0, 632200.0, [("156", "CHN", "中國", 19.5), ("842", "USA", "美國", 18.7), ("704", "VNM", "越南", 8.5)], 912.4, 908.8,
            632000.0, 642600.0, [("156", "CHN", "中國", 22.1), ("842", "USA", "美國", 11.4), ("392", "JPN", "日本", 7.5)], 846.0, 861.2, 22.13),
    "DEU": (2022, 1658500.0, None, [("842", "USA", "美國", 9.9), ("251", "FRA", "法國", 7.4), ("528", "NLD", "荷蘭", 7.0)], 443.8, None,
            1571500.0, None, [("156", "CHN", "中國", 12.9), ("528", "NLD", "荷蘭", 7.9), ("842", "USA", "美國", 6.2)], 462.3, None, 12.85),
}  # fmt: skip
CODES = {"TWN": "490", "USA": "842", "CHN": "156", "JPN": "392", "KOR": "410", "DEU": "276"}
CHINA_BALANCE = {"TWN": (96100.0, 81600.0), "USA": (143500.0, 462600.0), "JPN": (124500.0, 167100.0),
                 "KOR": (133300.0, 139700.0), "DEU": (112700.0, 201900.0)}  # fmt: skip


def _yearly(flow: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    flows, partners, concentration = [], [], []
    for iso3, figures in YEARLY.items():
        year, china = figures[0], figures[11]
        value, prior, top, hhi, before = figures[1:6] if flow == "X" else figures[6:11]
        tail = {
            "coverage": str(year),
            "is_reconstructed": iso3 != "DEU",
            "response_ids": [response_id(f"comtrade {iso3} {flow}")],
        }
        key = {"reporter_iso3": iso3, "flow": flow, "year": year}
        top3 = sum(share for *_, share in top)
        flows.append(
            key
            | {
                "reporter_code": CODES[iso3],
                "value_usd": _million(value),
                "value_prior_usd": _million(prior) if prior else None,
                "yoy_pct": _rate(value, prior) if prior else None,
                "comparison_gap": None if prior else "no_prior_year",
                "partner_count": 221 if prior else 232,
                "itemised_share_pct": 99.98,
                "top3_share_pct": top3,
                "china_share_pct": china if flow == "M" else 10.0,
                "valuation": "FOB" if flow == "X" else "CIF",
                "is_latest": True,
            }
            | tail
        )
        ranked = sorted(top, key=lambda entry: -entry[3])
        for rank, (code, partner, name, share) in enumerate(ranked, 1):
            amount = Decimal(str(value)) * Decimal(str(share)) * 10_000
            partners.append(
                key
                | {
                    "partner_code": code,
                    "partner_iso3": partner,
                    "partner_name_zh": name,
                    "value_usd": amount.quantize(Decimal("0.0001"), ROUND_HALF_EVEN),
                    "share_pct": share,
                    "partner_rank": rank,
                    "value_prior_usd": None if prior is None else amount / 2,
                    "yoy_pct": None if prior is None else 12.5 - 6.0 * rank,
                    "contribution_ppt": None if prior is None else 3.4 - 1.5 * rank,
                    "is_self_partner": False,
                    "is_latest": True,
                }
                | tail
            )
        change = None if before is None else hhi - before
        concentration.append(
            key
            | {
                "hhi_partner": hhi,
                "hhi_partner_incl_self": hhi,
                "hhi_normalised": hhi / 10_000,
                "effective_partners": 10_000 / hhi,
                "cr1_pct": ranked[0][3],
                "cr3_pct": top3,
                "cr5_pct": top3 + 5,
                "theil": 2.5,
                "partner_count": 221 if prior else 232,
                "itemised_share_pct": 99.98,
                "level_1500_2500": "low",
                "level_1000_1800": "moderate" if hhi >= 1000 else "low",
                "distance_1500_2500": 1500 - hhi,
                "distance_1000_1800": 1800 - hhi if hhi >= 1000 else 1000 - hhi,
                "hhi_prior": before,
                "hhi_change": change,
                "direction": None
                if change is None
                else "up"
                if change > 25
                else "down"
                if change < -25
                else "flat",
                "is_latest": True,
            }
            | tail
        )
    return flows, partners, concentration


SITE = "http://exportcontrol.mofcom.gov.cn/article/zcfg/gnzcfg/zcfggzqd"
SUSPENDED = [("55", "超硬材料"), ("56", "稀土設備與原輔料"), ("57", "鈥、鉺、銩、銪、鐿"),
             ("58", "鋰電池與人造石墨負極"), ("61", "含中國稀土成分的境外物項"), ("62", "稀土技術")]  # fmt: skip


def _notice(
    key: str, label: str, title: str, issued: date, content: str, **more: Any
) -> dict[str, Any]:
    return {
        "notice_key": key,
        "issuers": ["商务部", "海关总署"],
        "document_type": "公告",
        "year": issued.year,
        "number": 1,
        "label_zh": label,
        "title_zh_hans": title,
        "issue_date": issued,
        "first_page_date": issued,
        "released_on": issued,
        "category": "controlled_item_change",
        "materials_zh": [],
        "target_iso3": [],
        "content_zh": content,
        "is_foreign": False,
        "is_supplement": False,
        "is_unconfirmed": False,
        "urls": [f"{SITE}/{issued:%Y%m}/{key[-2:].strip('-')}.html"],
        "is_new": False,
        "coverage": issued.isoformat(),
        "response_ids": [response_id(key)],
    } | more


def _notices() -> list[dict[str, Any]]:
    day = date(2025, 10, 9)
    rows = [
        _notice(
            f"MOFCOM-公告-2025-{number}",
            f"2025 年第 {number} 號",
            "公布对相关物项实施出口管制的决定",
            day,
            content,
        )
        for number, content in SUSPENDED
    ]
    return [
        *rows,
        _notice("MOFCOM-公告-2025-70", "2025 年第 70 號", "公布暂停实施公告的决定", date(2025, 11, 7), "暫停多項管制"),
        _notice("MOFCOM-公告-2025-18", "2025 年第 18 號", "公布对部分中重稀土相关物项实施出口管制的决定", date(2025, 4, 4), "釤、釓、鋱、鏑、鎦、鈧、釔"),
        _notice("MOFCOM-公告-2024-46", "2024 年第 46 號", "关于加强相关两用物项对美国出口管制的公告", date(2024, 12, 3), "對美鎵、鍺、銻、超硬材料原則不予許可", target_iso3=["USA"]),
        _notice("MOFCOM-公告-2026-1", "2026 年第 1 號", "关于加强两用物项对日本出口管制的公告", date(2026, 1, 6), "對日本軍事用戶的兩用物項", target_iso3=["JPN"]),
        _notice("US-BIS-50PCT", "美國 50 % 穿透性規則", "出口管制穿透性规则（50%）", date(2025, 9, 29), "實體清單企業持股逾半之關聯企業", is_foreign=True),
    ]  # fmt: skip


def _tracked() -> list[dict[str, Any]]:
    def row(
        key: str,
        clause: str,
        label: str,
        status: str,
        until: date | None,
        content: str,
        unconfirmed: bool = False,
    ) -> dict[str, Any]:
        return {
            "notice_key": key,
            "clause_label": clause,
            "label_zh": label,
            "status": status,
            "until_date": until,
            "next_date": until,
            "next_event": "expires" if until else None,
            "days_left": (until - AS_OF).days if until else None,
            "content_zh": content,
            "by_notice_key": "MOFCOM-公告-2025-70" if until == date(2026, 11, 10) else None,
            "is_unconfirmed": unconfirmed,
            "url": f"{SITE}/202511/{key[-2:].strip('-')}.html",
            "coverage": AS_OF.isoformat(),
            "response_ids": [response_id(key)],
        }

    until = date(2026, 11, 10)
    rows = [
        row("US-BIS-50PCT", "", "美國 50 % 穿透性規則", "suspended", date(2026, 11, 9), "實體清單企業持股逾半之關聯企業"),
        *(row(f"MOFCOM-公告-2025-{number}", "", f"2025 年第 {number} 號", "suspended", until, content) for number, content in SUSPENDED),
        row("MOFCOM-公告-2024-46", "第二款", "2024 年第 46 號第二款", "suspended", date(2026, 11, 27), "對美鎵、鍺、銻、超硬材料原則不予許可", True),
        row("MOFCOM-公告-2025-18", "", "2025 年第 18 號", "in_force", None, "釤、釓、鋱、鏑、鎦、鈧、釔"),
        row("MOFCOM-公告-2026-1", "", "2026 年第 1 號", "in_force", None, "對日本軍事用戶的兩用物項"),
    ]  # fmt: skip
    return [entry | {"sort_order": order} for order, entry in enumerate(rows)]


def _intervals() -> list[dict[str, Any]]:
    """States of the controls of `EXPOSED`: number 18 from April 2025, the others suspended."""

    def row(number: str, first: date, status: str, last: date | None) -> dict[str, Any]:
        key = f"MOFCOM-公告-2025-{number}"
        return {
            "notice_key": key,
            "clause": "",
            "clause_label": "",
            "valid_from": first,
            "status": status,
            "valid_to": last,
            "is_unconfirmed": False,
            "coverage": AS_OF.isoformat(),
            "response_ids": [response_id(key)],
        }

    until = date(2026, 11, 10)
    return [
        row("18", date(2025, 4, 4), "in_force", None),
        *(
            row(number, date(2025, 10, 9), "announced", date(2025, 11, 6))
            for number in ("55", "58")
        ),
        *(row(number, date(2025, 11, 7), "suspended", until) for number in ("55", "58")),
        *(row(number, date(2026, 11, 11), "lapsed_unconfirmed", None) for number in ("55", "58")),
    ]


EXPOSED = [
    # number, status, until, score, level, code, goods, printed, imports by economy: (million, China's share, rank)
    ("18", "in_force", None, 54.4, "high", "850511", "永磁材料", False, {"KOR": (893.0, 85.1, 1), "JPN": (594.5, 69.8, 2), "TWN": (243.8, 83.6, 3)}),
    ("58", "suspended", date(2026, 11, 10), 27.2, "medium_high", "850760", "鋰離子電池", True, {"USA": (18499.9, 70.1, 1), "KOR": (8480.1, 82.8, 2), "TWN": (898.4, 75.5, 3)}),
    ("55", "suspended", date(2026, 11, 10), 12.6, "medium", "680421", "超硬材料", True, {"JPN": (310.2, 41.0, 1), "TWN": (59.9, 43.5, 2)}),
]  # fmt: skip


def _exposed() -> dict[str, list[dict[str, Any]]]:
    measures, ratings, imports = [], [], []
    for number, status, until, score, level, code, goods, printed, economies in EXPOSED:
        key = f"MOFCOM-公告-2025-{number}"
        ids = [response_id(key), response_id("comtrade codes")]
        head = {
            "notice_key": key,
            "clause_label": "",
            "label_zh": f"2025 年第 {number} 號",
            "control_status": status,
            "is_live": True,
        }
        carried = {"control_notice_key": key, "control_label_zh": head["label_zh"]}
        codes = {"until_date": until, "hs6_codes": [code], "code_count": 1}
        more = {"is_unconfirmed": False, "response_ids": ids}
        measures.append(head | carried | codes | more | {"coverage": AS_OF.isoformat()})
        ratings.append(
            head
            | {
                "year": 2024,
                "china_share_pct": economies["TWN"][1],
                "taiwan_share_pct": economies["TWN"][1],
                "code_count": 1,
                "score": score,
                "severity": level,
                "document_urls": [f"{SITE}/202511/{number}.html"],
                "coverage": "2024",
            }
            | more
        )
        imports += [
            {
                "notice_key": key,
                "clause_label": "",
                "hs6": code,
                "reporter_iso3": iso3,
                "year": 2024,
                "control_status": status,
                "is_live": True,
                "materials_zh": goods,
                "is_printed_in_notice": printed,
                "imports_usd": _million(bought),
                "china_share_pct": share,
                "next1_name_zh": "日本",
                "next1_share_pct": 6.3,
                "is_latest": True,
                "measure_rank": rank,
                "coverage": "2024",
                "response_ids": ids,
            }
            for iso3, (bought, share, rank) in economies.items()
        ]
    return {
        "fct_control_measures": measures,
        "fct_control_severity": ratings,
        "fct_control_exposure_yearly": imports,
    }


def _comparisons() -> list[dict[str, Any]]:
    def row(
        comparison: str, reporter: str, partner: str, flow: str, year: int, one: float, other: float,
        verdict: str, reason: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        census = comparison == "comtrade_census"
        return {
            "comparison": comparison,
            "reporter_iso3": reporter,
            "partner_iso3": partner,
            "flow": flow,
            "year": year,
            "comtrade_usd": _million(one),
            "comtrade_valuation": "FOB" if flow == "X" else "CIF",
            "other_usd": _million(other),
            "other_valuation": ("FAS" if flow == "X" else "customs") if census else "as_comtrade",
            "difference_pct": _rate(one, other),
            "threshold_pct": 5.0 if census else 20.0,
            "verdict": verdict,
            "reason": reason,
            "note": None,
            "is_stated": True,
            "coverage": str(year),
            "is_reconstructed": reason is not None and "reconstructed" in reason,
            "response_ids": [response_id("census"), response_id(f"comtrade {reporter} {flow}")],
        }

    return [
        row("comtrade_census", "USA", "TWN", "X", 2024, 42337.0, 42320.5, "agree"),
        row("comtrade_census", "USA", "TWN", "M", 2024, 118700.0, 116255.2, "not_comparable", "valuation_differs"),
        row("comtrade_census", "USA", "CHN", "X", 2024, 154600.0, 143200.0, "differ"),
        row("comtrade_census", "USA", "TWN", "X", 2023, 40100.0, 39900.0, "agree"),
        row("comtrade_census", "USA", "DEU", "X", 2022, 77800.0, 72900.0, "differ"),
        row("comtrade_ots", "DEU", "W00", "X", 2022, 1657600.0, 1657600.0, "agree"),
        row("comtrade_ots", "DEU", "CHN", "X", 2022, 112600.0, 112600.0, "agree"),
        row("comtrade_ots", "TWN", "W00", "X", 2024, 475000.0, 475000.0, "not_comparable", "both_reconstructed"),
        row("comtrade_ots", "JPN", "W00", "X", 2024, 707000.0, 707000.0, "not_comparable", "both_reconstructed"),
    ]  # fmt: skip


def _watch() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    items = []
    for row in _tracked():
        if row["days_left"] is not None and row["days_left"] <= 270:
            items.append(
                {
                    "rule_id": "WATCH-EXPIRY",
                    "item_key": f"{row['notice_key']}|{row['clause_label']}",
                    "metric": "days_left",
                    "value": float(row["days_left"]),
                    "threshold": 270.0,
                    "distance": 270.0 - row["days_left"],
                    "unit": "days",
                    "next_date": row["next_date"],
                    "subject": f"{row['notice_key']}|{row['clause_label']}",
                    "response_ids": row["response_ids"],
                }
            )
    for ytd in _us_ytd():
        if abs(ytd["balance_yoy_pct"]) >= 30:
            items.append(
                {
                    "rule_id": "WATCH-US-DEFICIT",
                    "item_key": ytd["partner_iso3"],
                    "metric": "balance_yoy_pct",
                    "value": ytd["balance_yoy_pct"],
                    "threshold": 30.0,
                    "distance": abs(ytd["balance_yoy_pct"]) - 30,
                    "unit": "%",
                    "next_date": None,
                    "subject": ytd["partner_iso3"],
                    "response_ids": ytd["response_ids"],
                }
            )
    changes = [
        {"rule_id": item["rule_id"], "item_key": item["item_key"], "state": "continuing"}
        for item in items
    ]
    return items, changes


def base_rows() -> dict[str, list[dict[str, Any]]]:
    """The rows of every mart in the quiet week 2026-W07; a fresh copy for each caller."""
    exports, imports = _yearly("X"), _yearly("M")
    watch, changes = _watch()
    census = response_id("census")
    coverage = [
        ("bilateral_trade_flows", "comtrade", "2022", "2024", date(2025, 12, 15), "2025", date(2026, 6, 30), 62, "current", "聯合國商品貿易統計資料庫", "https://comtradeplus.un.org/"),
        ("us_trade_census", "census", "2024-01", "2025-11", date(2026, 1, 29), "2025-12", date(2026, 2, 19), 17, "current", "美國普查局商品貿易統計", "https://www.census.gov/foreign-trade/"),
        ("world_macro_indicators", "worldbank", "2018", "2024", date(2025, 12, 19), None, None, 58, "current", "世界銀行發展指標", "https://api.worldbank.org/"),
        ("open_trade_stats", "ots", None, None, None, None, None, None, "no_answer", "開放貿易統計（Open Trade Statistics）", "https://tradestatistics.io/"),
        ("cn_export_control", "mofcom", "2020-10", "2026-01", date(2026, 1, 6), None, None, 40, "current", "中國出口管制資訊網", "http://exportcontrol.mofcom.gov.cn/"),
        ("critical_minerals", "usgs", "2023", "2024", date(2025, 1, 31), "2025", date(2026, 2, 28), 31, "current", "美國地質調查所礦產品年報", "https://www.usgs.gov/centers/national-minerals-information-center/mineral-commodity-summaries"),
    ]  # fmt: skip
    tables: dict[str, list[dict[str, Any]]] = {
        "fct_reporter_flows_yearly": exports[0] + imports[0],
        "fct_partner_flows_yearly": exports[1] + imports[1],
        "fct_concentration_yearly": exports[2] + imports[2],
        "fct_trade_balances_yearly": [
            {
                "reporter_iso3": iso3,
                "partner_code": "156",
                "year": YEARLY[iso3][0],
                "partner_iso3": "CHN",
                "exports_usd": _million(sold),
                "imports_usd": _million(bought),
                "balance_usd": _million(sold) - _million(bought),
                "balance_prior_usd": None if iso3 == "DEU" else _million(sold) - _million(bought) + 7,
                "is_latest": True,
                "coverage": str(YEARLY[iso3][0]),
                "is_reconstructed": iso3 != "DEU",
                "response_ids": [response_id(f"comtrade {iso3} X"), response_id(f"comtrade {iso3} M")],
            }
            for iso3, (sold, bought) in CHINA_BALANCE.items()
        ],
        "fct_us_trade_monthly": _us_monthly(),
        "fct_us_trade_ytd": _us_ytd(),
        "fct_us_trade_gaps": [],
        "fct_us_deficit_comparisons": [
            {
                "partner_iso3": "TWN",
                "other_iso3": "CHN",
                "month": "2025-11",
                "deficit_usd": _million(14985.0),
                "other_deficit_usd": _million(13942.3),
                "streak_months": 2,
                "since_month": "2025-10",
                "response_ids": [census],
            }
        ],
        "dim_notices": _notices(),
        "fct_tracked_measures": _tracked(),
        "fct_clause_intervals": _intervals(),
        **_exposed(),
        "fct_source_comparisons": _comparisons(),
        "fct_new_documents": [],
        "fct_watch_items": watch,
        "fct_watch_changes": changes,
        "fct_week_changes": [
            {"item_key": f"us:{index}", "area": "us_trade", "metric": "imports_usd", "subject": "TWN|2025-11", "value_previous": 1.0, "value_current": 1.0, "change": "unchanged", "response_ids": [census]}
            for index in range(12)
        ],
        "fct_review_items": [
            {"item_id": "1", "kind": "unconfirmed", "subject": "MOFCOM-公告-2024-46|第二款", "related": "MOFCOM-公告-2025-72", "text_value": None, "is_open": True},
            {"item_id": "2", "kind": "date_conflict", "subject": "MOFCOM-公告-2025-57|", "text_value": "issue_date", "date_a": date(2025, 10, 9), "date_b": date(2025, 10, 13), "is_open": True},
            {"item_id": "3", "kind": "missing_field", "subject": "MOFCOM-公告-2025-57|", "text_value": "issue_date", "is_open": False},
        ],
        "fct_layer_coverage": [
            {"layer": layer, "source": source, "sort_order": order, "first_period": first, "last_period": last, "newest_released_on": newest, "expected_next_period": following, "expected_next_date": due, "lag_days": lag, "state": state, "answers": 0 if state == "no_answer" else 12, "carried_forward": 0, "rejected": 0, "licence": "公開資料", "source_name_zh": name, "url": url, "response_ids": [response_id(layer)]}
            for order, (layer, source, first, last, newest, following, due, lag, state, name, url) in enumerate(coverage)
        ],
        "fct_counts": [
            {"name": "review_items", "value": 2},
            {"name": "new_notices", "value": 0},
            {"name": "tracked_measures", "value": 10},
            {"name": "suspended_by_one_notice", "value": 6},
            {"name": "unchanged_items", "value": 12},
            {"name": "watch_new", "value": 1},
            {"name": "watch_resolved", "value": 0},
        ],
    }  # fmt: skip
    for row in tables["fct_counts"]:
        row["response_ids"] = [census]
    return copy.deepcopy(tables)


CHECKS = [
    ("marts.fct_us_trade_monthly", "unique(partner_iso3, month)", "error", True, 0, "one row a partner and month"),
    ("marts.fct_concentration_yearly", "not_null(hhi_partner)", "error", True, 0, "HHI is there"),
    ("marts.fct_partner_flows_yearly", "CHK-COVERAGE-RATIO", "warn", False, 3, "partners do not add up to World"),
]  # fmt: skip


def build(
    con: duckdb.DuckDBPyConnection,
    change: Callable[[dict[str, list[dict[str, Any]]]], None] | None = None,
    ddl: Mapping[str, str] = DDL,
) -> duckdb.DuckDBPyConnection:
    """Fill an empty connection with the week; `change` may edit the rows first.

    Args:
        ddl: columns of each mart, where a report reads more than the brief.
    """
    tables = base_rows()
    if change is not None:
        change(tables)
    for schema in ("marts", "ops", "seeds", "raw"):
        con.execute(f"create schema {schema}")
    con.execute(
        "create table marts.facts (week VARCHAR, fact_id VARCHAR, model VARCHAR, grain_key VARCHAR, column_name VARCHAR, "
        "unit VARCHAR, value DOUBLE, value_exact VARCHAR, value_text VARCHAR, coverage VARCHAR, vintage VARCHAR, "
        "is_reconstructed BOOLEAN, response_ids VARCHAR[])"
    )
    for model, columns in ddl.items():
        con.execute(f"create table marts.{model} (week VARCHAR, {columns}, {_TAIL})")
        names = [row[0] for row in con.execute(f"describe marts.{model}").fetchall()]
        full = [_DEFAULTS | row for row in tables.get(model, [])]
        for row in full:
            assert set(row) <= set(names), f"{model} has no {set(row) - set(names)}"
        _insert(con, model, [[row.get(name) for name in names] for row in full])
        _insert(con, "facts", [fact for row in full for fact in _facts(model, names, row)])
    _seeds(con)
    _checks(con)
    return con


_GRAINS = MONTH_GRAINS | MINERAL_GRAINS
_DEFAULTS = {
    "week": WEEK,
    "vintage": "calendar_dated",
    "is_reconstructed": False,
    "coverage": WEEK,
    "response_ids": [],
}


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[list[Any]]) -> None:
    if rows:
        marks = ", ".join(f"({', '.join('?' for _ in row)})" for row in rows)
        con.execute(f"insert into marts.{table} values {marks}", [v for row in rows for v in row])


def _facts(model: str, names: list[str], row: dict[str, Any]) -> list[list[Any]]:
    grain = "|".join("" if row.get(name) is None else str(row[name]) for name in _GRAINS[model])
    skip = {*_GRAINS[model], *NOT_FACTS, *_DEFAULTS}
    found: list[list[Any]] = []
    for name in names:
        value = row.get(name)
        if name in skip or value is None or isinstance(value, (list, bool)):
            continue
        numeric = isinstance(value, (int, float, Decimal))
        told = [float(value), str(value), None] if numeric else [None, None, str(value)]
        tail = [row[name] for name in ("coverage", "vintage", "is_reconstructed", "response_ids")]
        found.append([WEEK, f"{model}:{grain}:{name}", model, grain, name, "", *told, *tail])
    return found


def _seeds(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create table seeds.economies (comtrade_code VARCHAR, iso3 VARCHAR, name_zh_tw VARCHAR, is_reporter VARCHAR)"
    )
    names = {
        "TWN": "台灣",
        "USA": "美國",
        "CHN": "中國",
        "JPN": "日本",
        "KOR": "南韓",
        "DEU": "德國",
    }
    for iso3, name in names.items():
        con.execute(
            "insert into seeds.economies values (?, ?, ?, 'true')", [CODES[iso3], iso3, name]
        )


def _checks(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create table ops.check_results (week VARCHAR, relation VARCHAR, check_name VARCHAR, severity VARCHAR, "
        "passed BOOLEAN, failing_rows BIGINT, description VARCHAR)"
    )
    for check in CHECKS:
        con.execute("insert into ops.check_results values (?, ?, ?, ?, ?, ?, ?)", [WEEK, *check])
