"""What a week or a month can bring, each told in its own words; every text has passed the gate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.render import render
from tradeflow.periods import Week

from .conftest import Change, Rows
from .month_of_marts import MONTH, month_marts, signal
from .week_of_marts import AS_OF, SITE, WEEK, response_id

BriefOf = Callable[[Change], str]


@pytest.fixture(scope="module")
def report_of(glossary: Glossary) -> BriefOf:
    issue = Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", True, True, None, MONTHLY, MONTH)

    def make(change: Change) -> str:
        marts = month_marts(change)
        written = render(marts, glossary, issue)
        Gate(marts, glossary, issue).check(written.markdown, written.record)
        return written.markdown

    return make


def latest(rows: Rows, partner: str) -> dict[str, Any]:
    return next(
        row
        for row in rows["fct_us_trade_monthly"]
        if row["partner_iso3"] == partner and row["is_latest"]
    )


def month_before(rows: Rows, partner: str) -> dict[str, Any]:
    return next(
        row
        for row in rows["fct_us_trade_monthly"]
        if row["partner_iso3"] == partner and row["month"] == "2025-10"
    )


def tracked(rows: Rows, label: str) -> dict[str, Any]:
    return next(row for row in rows["fct_tracked_measures"] if row["label_zh"] == label)


def census(rows: Rows) -> dict[str, Any]:
    return next(row for row in rows["fct_layer_coverage"] if row["source"] == "census")


def item(kind: str, subject: str, text: str) -> dict[str, Any]:
    return {
        "item_id": f"x{kind}",
        "kind": kind,
        "subject": subject,
        "text_value": text,
        "is_open": True,
        "response_ids": [response_id("x")],
    }


def test_a_week_without_a_new_month_says_how_old_the_figures_are(brief_of: BriefOf) -> None:
    sentence = "本週沒有新的月度資料；以下是 2026-01-29 公布的數字。"
    assert sentence in brief_of(lambda rows: None)
    fresh = brief_of(lambda rows: census(rows).update(newest_released_on=date(2026, 2, 12)))
    assert "本週沒有新的月度資料" not in fresh
    assert "美國 2025 年 11 月貿易資料於 2026-02-12 公布" in fresh


def test_twelve_months_are_a_whole_year(brief_of: BriefOf) -> None:
    def complete(rows: Rows) -> None:
        for row in rows["fct_us_trade_ytd"]:
            row |= {"through_month": "2025-12", "months": 12, "coverage": "2025-01..2025-12"}

    text = brief_of(complete)
    assert "美國 2025 年全年自中國進口 2,872.8 億美元，較 2024 年全年少 28.4 %。" in text
    assert "| 台灣 | 2025 年全年 |" in text
    assert "1–12 月" not in text and "全年累計" not in text


def test_a_month_that_ends_a_run_says_which(brief_of: BriefOf) -> None:
    def turn(rows: Rows) -> None:
        latest(rows, "KOR").update(imports_yoy_pct=12.3, imports_yoy_streak=1, imports_extreme=None)
        month_before(rows, "KOR").update(imports_yoy_pct=-3.0, imports_yoy_streak=-5)
        for row in rows["fct_us_trade_monthly"]:
            if row["partner_iso3"] == "KOR" and row["month"] == "2025-05":
                row["imports_yoy_pct"] = 2.0

    assert "較 2024 年 11 月多 12.3 %，結束連續 5 個月的年減" in brief_of(turn)

    def turn_with_the_start_unknown(rows: Rows) -> None:
        turn(rows)
        for row in rows["fct_us_trade_monthly"]:
            if row["partner_iso3"] == "KOR" and row["month"] == "2025-05":
                row["imports_yoy_pct"] = None

    assert "結束至少連續 5 個月的年減" in brief_of(turn_with_the_start_unknown)


def test_a_deficit_that_became_a_surplus_is_no_smaller_deficit(brief_of: BriefOf) -> None:
    def turn(rows: Rows) -> None:
        row = latest(rows, "KOR")
        row |= {"balance_usd": 500_000_000, "deficit_usd": -500_000_000}
        row |= {"deficit_prior_month_usd": 2_000_000_000, "deficit_extreme": "lowest"}

    text = brief_of(turn)
    assert "由 2025 年 10 月的逆差 20.0 億美元轉為順差 5.0 億美元。" in text
    assert "逆差 5.0 億美元" not in text


def test_notices_of_the_same_content_are_told_apart_by_their_titles(brief_of: BriefOf) -> None:
    def announce(rows: Rows) -> None:
        for number, what in ((11, "出口管制管控名单"), (12, "关注名单")):
            key = f"MOFCOM-公告-2026-{number}"
            title = f"商务部公告2026年第{number}号 公布将20家日本实体列入{what}"
            same = {"notice_key": key, "title_zh_hans": title, "content_zh": "20 家日本實體"}
            day = date(2026, 2, 12)
            notice = {**rows["dim_notices"][-2], "label_zh": f"2026 年第 {number} 號"}
            rows["dim_notices"].append(notice | same | {"issue_date": day, "released_on": day})
            page = {"url": f"{SITE}/{number}.html", "released_on": day, "status": "in_force"}
            more = {"host": "mofcom.gov.cn", "response_ids": [response_id("new")]}
            rows["fct_new_documents"].append(page | same | more | {"is_unconfirmed": False})

    told = "2026 年第 11 號（公布將20家日本實體列入出口管制管控名單）"
    text = brief_of(announce)
    assert told in text and "2026 年第 12 號（公布將20家日本實體列入關注名單）" in text


def test_an_extended_suspension_is_a_new_date_not_a_correction(brief_of: BriefOf) -> None:
    def extend(rows: Rows) -> None:
        rows["fct_week_changes"].append(
            {
                "item_key": "policy|until_date|MOFCOM-公告-2025-55|",
                "area": "policy",
                "metric": "until_date",
                "subject": "MOFCOM-公告-2025-55|",
                "text_previous": "2025-11-10",
                "text_current": "2026-11-10",
                "change": "revised",
                "response_ids": [response_id("x")],
            }
        )

    assert "| 2025-11-10 | 2026-11-10 | 改期 |" in brief_of(extend)


def test_a_figure_that_came_out_in_the_week_was_not_out_before(brief_of: BriefOf) -> None:
    def publish(rows: Rows) -> None:
        rows["fct_week_changes"][0] |= {"value_previous": None, "change": "new"}

    text = brief_of(publish)
    assert "| 尚未發布 | 0.0 億美元 | 新增 |" in text


def test_taiwan_has_its_paragraph_where_no_year_can_be_compared(brief_of: BriefOf) -> None:
    def without_prior(rows: Rows) -> None:
        for row in rows["fct_reporter_flows_yearly"]:
            if row["reporter_iso3"] == "TWN":
                gap = "reconstructed_prior_year" if row["flow"] == "M" else "no_prior_year"
                row |= {"value_prior_usd": None, "yoy_pct": None, "comparison_gap": gap}

    text = brief_of(without_prior)
    exports = text[text.index("## 一、出口重點") : text.index("## 二、進口重點")]
    assert "缺 2023 年資料，尚無可比數字。前三大市場是" in exports
    assert "**台灣。** 2024 年進口" in text and "2023 年是重建值，不作比較。" in text


def test_measures_without_a_date_ahead_are_said_to_have_none(brief_of: BriefOf) -> None:
    def undated(rows: Rows) -> None:
        for row in rows["fct_tracked_measures"]:
            row |= {"status": "in_force", "until_date": None, "next_date": None}
            row |= {"next_event": None, "days_left": None, "by_notice_key": None}

    assert "追蹤中的 10 項措施都沒有已公布的下一個日期。" in brief_of(undated)


def test_a_suspension_that_ran_out_is_neither_in_force_nor_suspended(brief_of: BriefOf) -> None:
    def run_out(rows: Rows) -> None:
        row = tracked(rows, "2025 年第 55 號")
        row |= {"status": "lapsed_unconfirmed", "until_date": date(2026, 2, 10)}
        row |= {"next_date": None, "next_event": None, "days_left": None, "by_notice_key": None}

    assert "| 2025 年第 55 號 | 期滿未確認 | — | — | 超硬材料 |" in brief_of(run_out)


def test_review_items_are_sentences(brief_of: BriefOf) -> None:
    page = "不可靠实体清单工作机制关于将反无人机技术公司等外国实体列入不可靠实体清单的公告"

    def more(rows: Rows) -> None:
        rows["fct_review_items"] += [
            item("large_revision", "KOR|2024", "world_macro_indicators.BN.CAB.XOKA.CD"),
            item("reference_differs", "Census 5830", "來源代碼表已停用此代碼"),
            item("missing_field", page, "entities"),
            item("unconfirmed", "MOFCOM-公告-2025-55|", "computed_term"),
        ]

    text = brief_of(more)
    assert "- 南韓 2024 年的經常帳餘額，修正後與前一版相差過大，引用前請查對來源。" in text
    assert "- 代碼 Census 5830 與對照表不符：來源代碼表已停用此代碼。" in text
    assert f"- 〈{page}〉缺必要欄位（名單所列名稱）。" in text
    doubt = "到期日由頁面所稱的一年推得，不是頁面載明的日期"
    assert f"- 2025 年第 55 號：{doubt}，請查對公告原文。" in text


def test_a_measure_about_to_start_takes_effect_and_does_not_expire(report_of: BriefOf) -> None:
    def start(rows: Rows) -> None:
        day = date(2026, 3, 1)
        row = tracked(rows, "2025 年第 18 號")
        row |= {"status": "announced", "next_date": day, "next_event": "takes_effect"}
        row["days_left"] = 14
        key = f"{row['notice_key']}|"
        event = rows["fct_expiry_calendar"][0] | {"notice_key": row["notice_key"], "clause": ""}
        event |= {"event_date": day, "event": "takes_effect", "days_left": 14}
        rows["fct_expiry_calendar"].append(event | {"label_zh": row["label_zh"]})
        soon = signal("WATCH-EXPIRY", key, "high", value=14.0, threshold=270.0, unit="days")
        rows["fct_signals"].append(soon | {"subject": key, "next_date": day})

    text = report_of(start)
    assert "2026-03-01 生效，還有 14 天。" in text and "2026-03-01 到期" not in text
    assert "最近的是 2026-03-01：2025 年第 18 號生效，還有 14 天；其後是 2026-11-09，" in text
    assert "美國 50 % 穿透性規則暫停期滿。" in text


def test_clauses_of_one_notice_that_share_a_day_are_one_row_of_the_calendar(
    report_of: BriefOf,
) -> None:
    def split(rows: Rows) -> None:
        _split_into_clauses(rows, "fct_expiry_calendar")
        _split_into_clauses(rows, "fct_clause_status")

    def split_and_free_one(rows: Rows) -> None:
        split(rows)
        rows["fct_expiry_calendar"].pop()

    assert report_of(split).count("| 2025 年第 61 號 | 暫停期滿 | 268 |") == 1
    assert "| 2025 年第 61 號第一項 | 暫停期滿 | 268 |" in report_of(split_and_free_one)


def _split_into_clauses(rows: Rows, model: str) -> None:
    """Let notice 61 have two clauses in a model's rows, the second one last."""
    whole = next(r for r in rows[model] if r["notice_key"] == "MOFCOM-公告-2025-61")
    second = whole | {"clause": "2"}
    whole["clause"] = "1"
    if "label_zh" in whole:
        whole["label_zh"], second["label_zh"] = (
            f"{whole['label_zh']}{clause}" for clause in ("第一項", "第二項")
        )
    rows[model].append(second)


def test_measures_that_take_effect_on_one_day_are_all_named(report_of: BriefOf) -> None:
    def start(rows: Rows) -> None:
        for label in ("2025 年第 55 號", "2025 年第 56 號"):
            row = tracked(rows, label)
            key = f"{row['notice_key']}|"
            found = signal("SIG-EFFECTIVE", key, "high", value=14.0, threshold=30.0, unit="days")
            found |= {"subject": key, "next_date": date(2026, 3, 1)}
            rows["fct_signals"].append(found | {"coverage": AS_OF.isoformat()})

    told = "2025 年第 55 號、2025 年第 56 號將於 2026-03-01 起施行，還有 14 天。"
    assert told in report_of(start)


def test_imports_beyond_the_tables_eight_are_said_to_be_left_out(report_of: BriefOf) -> None:
    def more(rows: Rows) -> None:
        model = "fct_control_exposure_yearly"
        own = next(r for r in rows[model] if r["reporter_iso3"] == "TWN")
        rows[model] += [own | {"hs6": f"28253{digit}"} for digit in range(10)]

    note = "進口品項依金額由大到小，只列八項。"
    assert note in report_of(more) and note not in report_of(lambda rows: None)


def test_an_exposed_measure_says_how_it_stands(report_of: BriefOf) -> None:
    text = report_of(lambda rows: None)
    matrix = text[text.index("### 曝險矩陣") : text.index("### 到期與生效日曆")]
    rows = [line for line in matrix.splitlines() if line.startswith("| 20")]
    assert rows and all("執行中）" in row or "暫停實施）" in row for row in rows)


def test_the_months_notices_are_told_with_what_they_are_about(report_of: BriefOf) -> None:
    def announce(rows: Rows) -> None:
        for row in rows["dim_notices"]:
            if row["label_zh"] in {"2026 年第 1 號", "2025 年第 18 號"}:
                row["released_on"] = date(2026, 2, 9)

    told = "本期新公布 2025 年第 18 號（釤、釓、鋱、鏑、鎦、鈧、釔）與 2026 年第 1 號（對日本"
    assert told in report_of(announce)


def test_where_both_thresholds_agree_the_chart_names_the_most_concentrated(
    brief_of: BriefOf,
) -> None:
    def agree(rows: Rows) -> None:
        for row in rows["fct_concentration_yearly"]:
            row["level_1000_1800"] = row["level_1500_2500"]

    assert "2024 年台灣的出口市場最集中（HHI 1,204.6），" in brief_of(agree)


def test_a_month_whose_day_has_come_without_it_is_not_called_expected(brief_of: BriefOf):
    def overdue(rows: Rows) -> None:
        census(rows).update(expected_next_date=date(2026, 2, 12), state="current")

    text = brief_of(overdue)
    assert "2025 年 12 月資料原訂 2026-02-12 公布，到資料截止日仍未取得。" in text
    assert "預計 2026-02-12" not in text
