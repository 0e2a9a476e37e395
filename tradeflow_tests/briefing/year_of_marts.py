"""The hand-filled week as the last closed one of 2026, with the marts of the minerals report."""

# ruff: noqa: E501  (rows read best as rows)

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from tradeflow.briefing.marts import Marts, load_marts
from tradeflow.briefing.mineral_marts import MINERAL_GRAINS
from tradeflow.periods import Year
from tradeflow.reference import elements

from .conftest import Change, Rows
from .month_of_marts import MONTH_DDL, signal
from .week_of_marts import AS_OF, WEEK, M, _notice, build, response_id

YEAR = Year(2026)
T = "DECIMAL(24,6)"
E_18, E_23, E_51 = "MOFCOM-公告-2025-18", "MOFCOM-公告-2023-23", "MOFCOM-公告-2024-51"
E_46, E_57, E_70 = "MOFCOM-公告-2024-46", "MOFCOM-公告-2025-57", "MOFCOM-公告-2025-70"
END = date(2026, 11, 10)

MINERAL_DDL = {name: MONTH_DDL[name] for name in MINERAL_GRAINS if name in MONTH_DDL} | {
    "fct_article_figures": "figure_key VARCHAR, topic_zh VARCHAR, figure_zh VARCHAR, value DOUBLE, unit VARCHAR, year INTEGER, attributed_to VARCHAR, state VARCHAR, note_zh VARCHAR, is_printable BOOLEAN",
    "fct_clause_intervals": "notice_key VARCHAR, clause VARCHAR, valid_from DATE, status VARCHAR, valid_to DATE, until_date DATE, by_notice_key VARCHAR, is_unconfirmed BOOLEAN",
    "fct_clause_status": "notice_key VARCHAR, clause VARCHAR, status VARCHAR, until_date DATE, days_left INTEGER, by_notice_key VARCHAR, is_unconfirmed BOOLEAN",
    "fct_controlled_items": "notice_key VARCHAR, material_zh VARCHAR, hs6 VARCHAR, label_zh VARCHAR, issue_date DATE, item_codes VARCHAR[], is_printed_in_notice BOOLEAN",
    "fct_corrections": "correction_id INTEGER, table_key VARCHAR, item_key VARCHAR, printed VARCHAR, corrected VARCHAR, reason_zh VARCHAR, state VARCHAR",
    "fct_economy_strategies": "strategy_no INTEGER, economy_iso3 VARCHAR, economies_zh VARCHAR, instrument_zh VARCHAR, year INTEGER, measure_zh VARCHAR, metric_zh VARCHAR, value DOUBLE, unit VARCHAR",
    "fct_exposed_imports_yearly": f"reporter_iso3 VARCHAR, year INTEGER, control_status VARCHAR, code_count INTEGER, imports_usd {M}, share_pct DOUBLE, from_china_share_pct DOUBLE, is_latest BOOLEAN",
    "fct_material_industries": "link_no INTEGER, material_zh VARCHAR, hs6_codes VARCHAR[], industry_zh VARCHAR, statement_zh VARCHAR, source_zh VARCHAR",
    "fct_material_shares": "share_key VARCHAR, material_zh VARCHAR, cited_in VARCHAR, low_pct DOUBLE, is_printable BOOLEAN, conflicting_keys VARCHAR[]",
    "fct_mineral_bands": "band VARCHAR, minerals INTEGER, minerals_zh VARCHAR, china_minerals INTEGER, china_minerals_zh VARCHAR",
    "fct_mineral_producers_yearly": f"mineral_code VARCHAR, year INTEGER, economy_iso3 VARCHAR, producer_name_zh VARCHAR, production_t {T}, share_pct DOUBLE, producer_rank INTEGER",
    "fct_mineral_production_yearly": f"mineral_code VARCHAR, year INTEGER, symbol VARCHAR, mineral_name_zh VARCHAR, stage VARCHAR, uses_zh VARCHAR, top_iso3 VARCHAR, top_name_zh VARCHAR, top_production_t {T}, world_production_t {T}, world_excludes_usa BOOLEAN, top_share_pct DOUBLE, hhi DOUBLE, hhi_lower DOUBLE, hhi_upper DOUBLE, band VARCHAR, missing_reason VARCHAR, edition INTEGER, is_latest BOOLEAN",
    "fct_policy_timeline": "event_no INTEGER, notice_key VARCHAR, date_text VARCHAR, date_precision VARCHAR, trigger_zh VARCHAR, action_zh VARCHAR, notice_label_zh VARCHAR, effective_on DATE, status VARCHAR, until_date DATE, successor_label_zh VARCHAR, is_unconfirmed BOOLEAN",
    "fct_rare_earth_elements": "symbol VARCHAR, atomic_number INTEGER, name_zh_tw VARCHAR, class_usgs VARCHAR, class_china VARCHAR, uses_zh VARCHAR, control_notice_key VARCHAR, control_label_zh VARCHAR, control_status VARCHAR, control_until DATE, is_unconfirmed BOOLEAN",
}  # fmt: skip
"""Columns of each mart, without `week` and the trailing four of every fact mart."""

MINERALS = [
    # code, symbol, name, stage, producer, its production, the world's, HHI and bounds, band
    ("GALLIUM", "Ga", "鎵", "primary", "CHN", "中國", 750, 760, (None, 9738.6, 9740.3), "over_80"),
    ("TUNGSTEN", "W", "鎢", "mine", "CHN", "中國", 67000, 81000, (7100.4, 7100.4, 7100.4), "over_80"),
    ("RARE_EARTHS", "REE", "稀土", "mine", "CHN", "中國", 270000, 390000, (None, 4914.5, 5304.3), "from_60_to_70"),
    ("GERMANIUM", "Ge", "鍺", "refinery", "CHN", "中國", None, None, (None, None, None), None),
    ("NIOBIUM", "Nb", "鈮", "mine", "BRA", "巴西", 100000, 110000, (None, 8264.5, 8347.1), "over_80"),
    ("COBALT", "Co", "鈷", "mine", "COD", "剛果民主共和國", 220000, 290000, (None, 5755.1, 6337.7), "from_70_to_80"),
    ("LITHIUM", "Li", "鋰", "mine", "AUS", "澳洲", 88000, 240000, (None, 1344.4, None), "below_60"),
]  # fmt: skip
CONTROLLED = {
    "Sm Gd Tb Dy Lu Sc Y": (E_18, "2025 年第 18 號", "in_force", None),
    "Eu Ho Er Tm Yb": (E_57, "2025 年第 57 號", "suspended", END),
}


def year_marts(change: Change | None = None) -> Marts:
    """The marts of the year's last closed week, after an edit of their rows."""

    def add(rows: Rows) -> None:
        extend(rows)
        if change is not None:
            change(rows)

    with duckdb.connect() as con:
        return load_marts(build(con, add, MINERAL_DDL), WEEK, MINERAL_GRAINS)


def _production(usgs: list[str]) -> list[dict[str, Any]]:
    rows = []
    for code, symbol, name, stage, iso3, top, made, world, (hhi, lower, upper), band in MINERALS:
        share = None if made is None or world is None else 100 * made / world
        rows.append(
            {"mineral_code": code, "year": 2024, "symbol": symbol, "mineral_name_zh": name, "stage": stage, "uses_zh": "工業用途", "top_iso3": iso3, "top_name_zh": top, "top_production_t": made, "world_production_t": world, "world_excludes_usa": code == "LITHIUM", "top_share_pct": share, "hhi": hhi, "hhi_lower": lower, "hhi_upper": upper, "band": band, "missing_reason": None if band else "withheld", "edition": 2025, "is_latest": True, "coverage": "2024", "response_ids": usgs}
        )  # fmt: skip
    return rows


def _bands(usgs: list[str]) -> list[dict[str, Any]]:
    bands = [("over_80", "鎵、鈮、鎢", "鎵、鎢"), ("from_70_to_80", "鈷", None), ("from_60_to_70", "稀土", "稀土"), ("below_60", "鋰", None), ("no_share", "鍺", "鍺")]  # fmt: skip
    return [
        {"band": band, "minerals": len(names.split("、")), "minerals_zh": names, "china_minerals": len(own.split("、")) if own else 0, "china_minerals_zh": own, "coverage": "2024", "response_ids": usgs}
        for band, names, own in bands
    ]  # fmt: skip


def _rare_earths() -> list[dict[str, Any]]:
    rows = []
    for element in elements():
        if element.class_usgs is None:
            continue
        control = next((c for s, c in CONTROLLED.items() if element.symbol in s.split()), None)
        key, label, status, until = control or (None, None, "not_controlled", None)
        rows.append(
            {"symbol": element.symbol, "atomic_number": element.atomic_number, "name_zh_tw": element.name_zh_tw, "class_usgs": element.class_usgs, "class_china": element.class_china, "uses_zh": "磁性與光學材料", "control_notice_key": key, "control_label_zh": label, "control_status": status, "control_until": until, "is_unconfirmed": False, "coverage": AS_OF.isoformat(), "response_ids": [response_id(key)] if key else []}
        )  # fmt: skip
    return rows


def _events() -> list[dict[str, Any]]:
    def row(number: int, text: str, kind: str, action: str, **more: Any) -> dict[str, Any]:
        base = {"event_no": number, "notice_key": "-", "date_text": text, "date_precision": kind, "action_zh": action, "status": "no_notice", "is_unconfirmed": False, "vintage": "cited", "coverage": text}  # fmt: skip
        return base | more

    def by(key: str, label: str, status: str, start: date, **more: Any) -> dict[str, Any]:
        return {"notice_key": key, "notice_label_zh": label, "status": status, "effective_on": start, "response_ids": [response_id(key)]} | more  # fmt: skip

    return [
        row(1, "1990s", "decade", "設出口配額"),
        row(2, "2020", "year", "制定出口管制法", trigger_zh="美中貿易戰"),
        row(3, "2023-08-01", "day", "鎵、鍺須經許可出口", **by(E_23, "2023 年第 23 號", "ended", date(2023, 8, 1), successor_label_zh="2024 年第 51 號")),
        row(4, "2025-04-04", "day", "七種中重稀土須經許可出口", trigger_zh="美國宣布對等關稅", **by(E_18, "2025 年第 18 號", "in_force", date(2025, 4, 4))),
        row(5, "2025-06", "month", "核發稀土磁鐵許可"),
        row(6, "2025-10-09", "day", "管制擴及另五種稀土", **by(E_57, "2025 年第 57 號", "suspended", date(2025, 11, 8), until_date=END)),
        row(6, "2025-10-09", "day", "管制擴及另五種稀土", **by("MOFCOM-公告-2025-56", "2025 年第 56 號", "suspended", date(2025, 11, 8), until_date=END)),
    ]  # fmt: skip


def _intervals() -> list[dict[str, Any]]:
    def row(
        key: str, clause: str, start: date, status: str, end: date | None = None, **more: Any
    ) -> dict[str, Any]:
        base = {"notice_key": key, "clause": clause, "valid_from": start, "status": status, "valid_to": end, "is_unconfirmed": False, "coverage": AS_OF.isoformat(), "response_ids": [response_id(key)]}  # fmt: skip
        return base | more

    waiting = {"until_date": END, "by_notice_key": E_70}
    suspended = [
        row(
            f"MOFCOM-公告-2025-{number}",
            "",
            start,
            status,
            end,
            **(waiting if status == "suspended" else {}),
        )
        for number in ("56", "57")
        for start, status, end in (
            (date(2025, 10, 9), "announced", date(2025, 11, 6)),
            (date(2025, 11, 7), "suspended", END),
            (date(2026, 11, 11), "lapsed_unconfirmed", None),
        )
    ]
    return [
        row(E_23, "", date(2023, 8, 1), "in_force", date(2024, 11, 30)),
        row(E_23, "", date(2024, 12, 1), "ended", by_notice_key=E_51),
        row(E_51, "", date(2024, 12, 1), "in_force"),
        row(E_18, "", date(2025, 4, 4), "in_force"),
        row(E_46, "1", date(2024, 12, 3), "in_force"),
        row(E_46, "2", date(2024, 12, 3), "in_force", date(2025, 11, 8)),
        row(E_46, "2", date(2025, 11, 9), "suspended", date(2026, 11, 27), until_date=date(2026, 11, 27)),
        *suspended,
    ]  # fmt: skip


def _states(intervals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    now = [row for row in intervals if row["valid_from"] <= AS_OF and (row["valid_to"] is None or row["valid_to"] >= AS_OF)]  # fmt: skip
    return [
        {**{name: row.get(name) for name in ("notice_key", "clause", "status", "until_date", "by_notice_key", "is_unconfirmed", "coverage", "response_ids")}, "days_left": (row["until_date"] - AS_OF).days if row.get("until_date") else None}
        for row in now
    ]  # fmt: skip


def _article(rows: Rows, usgs: list[str]) -> None:
    def figure(
        key: str,
        topic: str,
        name: str,
        value: float,
        unit: str,
        year: int | None,
        source: str | None,
        state: str = "cited",
        note: str | None = None,
    ) -> dict[str, Any]:
        return {"figure_key": key, "topic_zh": topic, "figure_zh": name, "value": value, "unit": unit, "year": year, "attributed_to": source, "state": state, "note_zh": note, "is_printable": state in {"cited", "not_in_force"}, "vintage": "cited", "coverage": str(year or "undated")}  # fmt: skip

    rows["fct_article_figures"] = [
        figure("r2020", "精煉集中度", "前三大精煉國合計占比", 82, "%", 2020, "IEA"),
        figure("r2024", "精煉集中度", "前三大精煉國合計占比", 86, "%", 2024, "IEA"),
        figure("ree_2035", "精煉", "中國稀土精煉占比預測下限", 80, "%", 2035, "IEA"),
        figure("reserves", "稀土", "中國儲量", 44000000, "t", 2024, "USGS"),
        figure("market", "市場", "全球稀土市場規模", 6e9, "USD", 2024, "高盛"),
        figure(
            "tariff",
            "關稅",
            "美國宣布加徵的稅率",
            100,
            "%",
            2025,
            "美國政府",
            "not_in_force",
            "宣布後暫緩，未曾施行",
        ),
        figure(
            "wind",
            "用量",
            "每 1 千瓩離岸風機的稀土",
            240,
            "kg",
            None,
            "IEA",
            "unit_corrected",
            "待查",
        ),
        figure(
            "taiwan", "台灣", "稀土進口來自中國占比下限", 60, "%", 2024, "財政部", "contradicted"
        ),
    ]
    rows["fct_material_shares"] = [
        {"share_key": "cited|9", "material_zh": "銻", "cited_in": "2026 年 2 月供應鏈月報", "low_pct": 48, "is_printable": False, "conflicting_keys": ["computed|ANTIMONY"]}
    ]  # fmt: skip
    rows["fct_economy_strategies"] = [
        {"strategy_no": number, "economy_iso3": iso3, "economies_zh": name, "instrument_zh": tool, "year": year, "measure_zh": measure, "metric_zh": metric, "value": value, "unit": unit, "vintage": "cited", "coverage": str(year or "undated")}
        for number, (iso3, name, tool, year, measure, metric, value, unit) in enumerate(
            (
                ("USA", "美國", "能源法", 2020, "界定關鍵礦物", None, None, None),
                ("EUU", "歐盟", "關鍵原物料法", 2024, "2030 年目標", "單一第三國供應上限", 65, "%"),
                ("JPN", "日本", "投資與儲備", None, "提高儲備", "儲備天數提高至", 180, "days"),
                ("TWN", "台灣", "循環再生", None, "文章建議之二", None, None, None),
            ), 1
        )
    ]  # fmt: skip
    rows["fct_corrections"] = [
        {"correction_id": number, "table_key": table, "item_key": item, "printed": printed, "corrected": corrected, "reason_zh": reason, "state": state, "vintage": "cited", "coverage": AS_OF.isoformat(), "response_ids": usgs}
        for number, (table, item, printed, corrected, reason, state) in enumerate(
            (
                ("production", "COBALT", "鈳", "鈷", "依用途、產量與主要生產國判定", "confirmed"),
                ("production", "GERMANIUM", "銻", "鍺", "依用途判定", "not_assessed"),
                ("rare_earths", "Sm", "釷", "釤", "中文名依元素符號", "confirmed"),
                ("timeline", E_23, "2023-07-31", "2023-08-01", "依公告所載", "confirmed"),
                ("text", "RARE_EARTHS", "570000", "390000", "內文與文章自己的表不同", "contradicted"),
            ), 1
        )
    ]  # fmt: skip
    rows["fct_material_industries"] = [
        {"link_no": 1, "material_zh": "稀土永久磁鐵", "hs6_codes": ["850511"], "industry_zh": "離岸風電", "statement_zh": "發電機", "source_zh": "研究文章", "vintage": "cited", "coverage": "undated"},
        {"link_no": 2, "material_zh": "錫合金", "hs6_codes": [], "industry_zh": "半導體封測", "statement_zh": "焊料", "source_zh": "研究文章", "vintage": "cited", "coverage": "undated"},
    ]  # fmt: skip


def _imports(codes: list[str]) -> list[dict[str, Any]]:
    return [
        {"notice_key": E_57, "clause_label": "", "hs6": code, "reporter_iso3": "TWN", "year": 2024, "control_status": "suspended", "is_live": True, "materials_zh": "稀土", "is_printed_in_notice": True, "imports_usd": bought, "china_share_pct": share, "hhi_supplier": hhi, "next1_name_zh": "日本", "next1_share_pct": 9.1, "next2_name_zh": "越南", "next2_share_pct": 4.2, "is_latest": True, "measure_rank": rank, "coverage": "2024", "is_reconstructed": True, "response_ids": codes}
        for rank, (code, bought, share, hhi) in enumerate((("280530", 8e6, 76.21, 5986.6), ("284690", 11.9e6, 66.83, 4633.9), ("850511", 240e6, 83.6, 7364.6)), 1)
    ]  # fmt: skip


def extend(rows: Rows) -> None:
    """Put the rows that the minerals report reads in the place of the week's."""
    usgs, codes = [response_id("usgs")], [response_id("comtrade codes")]
    named = {
        E_18: ["釤", "釓"],
        E_46: ["鎵", "鍺"],
        E_57: ["鈥", "鉺"],
        "MOFCOM-公告-2025-56": ["稀土設備"],
    }
    rows["dim_notices"] = [r for r in rows["dim_notices"] if r["notice_key"] in {E_18, E_46, E_57, E_70, "MOFCOM-公告-2025-56", "MOFCOM-公告-2026-1"}]  # fmt: skip
    rows["dim_notices"] += [
        _notice(E_23, "2023 年第 23 號", "对镓、锗相关物项实施出口管制的公告", date(2023, 7, 3), "鎵、鍺", materials_zh=["鎵", "鍺"]),
        _notice(E_51, "2024 年第 51 號", "公布两用物项出口管制清单", date(2024, 11, 15), "取代多則公告"),
    ]  # fmt: skip
    for row in rows["dim_notices"]:
        row["materials_zh"] = named.get(row["notice_key"], row["materials_zh"])
        row["is_extraterritorial"] = row["notice_key"] == E_46
    rows["fct_control_measures"] = [
        {"notice_key": key, "clause_label": "", "label_zh": label, "control_notice_key": carrier, "control_label_zh": label, "control_status": status, "is_live": True, "until_date": until, "hs6_codes": ["280530"], "code_count": 1, "is_unconfirmed": False, "coverage": AS_OF.isoformat(), "response_ids": [response_id(key)]}
        for key, label, carrier, status, until in ((E_23, "2023 年第 23 號", E_51, "in_force", None), (E_18, "2025 年第 18 號", E_18, "in_force", None), (E_57, "2025 年第 57 號", E_57, "suspended", END))
    ]  # fmt: skip
    _article(rows, usgs)
    rows["fct_mineral_production_yearly"] = _production(usgs)
    rows["fct_mineral_producers_yearly"] = [
        {"mineral_code": "RARE_EARTHS", "year": 2024, "economy_iso3": iso3, "producer_name_zh": name, "production_t": made, "share_pct": 100 * made / 390000, "producer_rank": rank, "coverage": "2024", "response_ids": usgs}
        for rank, (iso3, name, made) in enumerate((("CHN", "中國", 270000), ("USA", "美國", 43000)), 1)
    ]  # fmt: skip
    rows["fct_mineral_bands"] = _bands(usgs)
    rows["fct_rare_earth_elements"] = _rare_earths()
    rows["fct_policy_timeline"] = _events()
    rows["fct_clause_intervals"] = _intervals()
    rows["fct_clause_status"] = _states(rows["fct_clause_intervals"])
    rows["fct_controlled_items"] = [
        {"notice_key": key, "material_zh": material, "hs6": hs6, "label_zh": label, "issue_date": issued, "item_codes": items, "is_printed_in_notice": printed, "coverage": AS_OF.isoformat(), "response_ids": [response_id(key)]}
        for key, label, issued, material, hs6, items, printed in (
            (E_57, "2025 年第 57 號", date(2025, 10, 9), "鈥、鉺：金屬", "280530", ["1C909.a", "1C910.a"], True),
            (E_57, "2025 年第 57 號", date(2025, 10, 9), "鈥、鉺：金屬", "284690", ["1C909.a", "1C910.a"], False),
            (E_23, "2023 年第 23 號", date(2023, 7, 3), "鎵：金屬", "811292", [], True),
        )
    ]  # fmt: skip
    rows["fct_exposed_imports_yearly"] = [
        {"reporter_iso3": iso3, "year": year, "control_status": status, "code_count": count, "imports_usd": bought, "share_pct": share, "from_china_share_pct": own, "is_latest": True, "coverage": str(year), "is_reconstructed": True, "response_ids": codes}
        for iso3, year, status, count, bought, share, own in (("TWN", 2024, "in_force", 40, 14.2e9, 3.55, 0.67), ("TWN", 2024, "suspended", 9, 1.3e9, 0.31, 0.2), ("USA", 2024, "suspended", 9, 19.3e9, 0.58, 0.4), ("DEU", 2022, "suspended", 9, 21.7e9, 1.37, 0.69), ("JPN", 2024, "announced", 0, 0, 0, 0))
    ]  # fmt: skip
    rows["fct_control_exposure_yearly"] = _imports(codes)
    rows["dim_commodities"] = [
        {"commodity_code": "280530", "name_zh_tw": "稀土金屬、鈧及釔"},
        {"commodity_code": "850511", "name_zh_tw": "金屬永久磁鐵"},
    ]
    rows["fct_signals"] = [
        signal("SIG-CONTROLLED-PRODUCER", "GALLIUM", "high", subject="鎵", name_zh="中國為首位產地，且受其管制", metric="top_share_pct", value=98.7, response_ids=usgs),
        signal("WATCH-EXPIRY", f"{E_57}|", name_zh="措施的下一個日期將至", value=268.0, threshold=270.0, unit="days"),
        signal("WATCH-EXPIRY", "US-BIS-50PCT|", name_zh="措施的下一個日期將至", value=267.0, threshold=270.0, unit="days"),
        signal("SIG-EXTRATERRITORIAL", E_46, name_zh="具域外效力的措施", unit=None),
        signal("SIG-CONTROL", f"{E_57}|", None, assessment="not_assessed", assessment_gap="reconstructed"),
    ]  # fmt: skip
    for row in rows["fct_layer_coverage"]:
        if row["layer"] == "bilateral_trade_flows":
            minerals = {"layer": "critical_minerals", "source": "usgs", "sort_order": 6, "source_name_zh": "美國地質調查所礦產品年報", "first_period": "2024", "last_period": "2024", "newest_released_on": date(2025, 1, 31), "expected_next_period": "2025", "expected_next_date": date(2026, 2, 6), "state": "late"}  # fmt: skip
            rows["fct_layer_coverage"] = [
                *(r for r in rows["fct_layer_coverage"] if r["layer"] != "critical_minerals"),
                row | minerals | {"response_ids": usgs},
            ]
            break
