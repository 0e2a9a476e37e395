"""What the brief says of a week: quiet, eventful, reconstructed, empty."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue, Review
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.render import Rendered, render

from .week_of_marts import SITE, response_id

Rows = dict[str, list[dict[str, Any]]]
BriefOf = Callable[[Callable[[Rows], None]], str]


def section(text: str, heading: str) -> str:
    after = text.split(f"\n{heading}\n", 1)[1]
    return re.split(r"^#{1,6} ", after, maxsplit=1, flags=re.M)[0].strip()


def test_the_quiet_week_has_the_key_messages_of_its_facts(rendered: Rendered) -> None:
    assert rendered.key_messages == (
        "美國對台灣的逆差已連續兩個月大於對中國："
        "2025 年 11 月為 149.9 億美元對 139.4 億美元。（表 4、圖 1）",
        "美國 2025 年 1–11 月自中國進口 2,872.8 億美元，"
        "較 2024 年 1–11 月少 28.4 %。（表 5、圖 2）",
        "美國 2025 年 1–11 月自台灣進口 1,767.3 億美元，"
        "較 2024 年 1–11 月多 66.5 %。（表 5、圖 2）",
        "2025 年第 70 號暫停的六項管制（超硬材料、稀土設備與原輔料、鋰電池與人造石墨負極等）"
        "，暫停期在 2026-11-10 屆滿，還有 268 天。（表 7、圖 4）",
        "中國商務部本週沒有新公告；上一則是 2026-01-06 的 2026 年第 1 號"
        "（關於加強兩用物項對日本出口管制的公告）。（表 6）",
    )


def test_the_us_paragraphs_tell_the_month_then_the_year(rendered: Rendered) -> None:
    text = section(rendered.markdown, "## 三、美國月度貿易\n\n### 主要變化")
    assert (
        "**中國。** 2025 年 11 月自中國進口 209.5 億美元，較 2024 年 11 月少 44.5 %，"
        "是連續第 10 個月年減；對中國出口 70.1 億美元，少 44.4 %。"
        "2025 年 1–11 月逆差 1,893.6 億美元，較 2024 年 1–11 月收窄 29.9 %。"
    ) in text
    assert "自德國進口較 2024 年 11 月多 4.6 %，自日本少 2.2 %。" in text
    assert "進口已超過 2024 年全年的 1,162.6 億美元" in text


def test_table_4_is_the_sample_of_the_design(rendered: Rendered) -> None:
    assert (
        "| 台灣 | 2025-11 | 52.7 | 202.6 | −149.9 | −9.0 % | +118.4 % | +43.6 % "
        "| 出口為 2024-01 以來最高 |\n"
        "| 中國 | 2025-11 | 70.1 | 209.5 | −139.4 | −12.3 % | −44.5 % | −44.4 % | — |\n"
        "| 德國 | 2025-11 | 68.2 | 134.9 | −66.7 | +11.6 % | +4.6 % | +6.4 % | — |\n"
        "| 日本 | 2025-11 | 70.4 | 118.2 | −47.7 | −1.5 % | −2.2 % | +6.7 % | — |\n"
        "| 南韓 | 2025-11 | 54.4 | 87.3 | −32.8 | −4.1 % | −14.0 % | +5.8 % "
        "| 進口為 2024-01 以來最低 |"
    ) in rendered.markdown


def test_rendering_twice_gives_the_same_bytes(
    marts: Marts, glossary: Glossary, issue: Issue, rendered: Rendered
) -> None:
    again = render(marts, glossary, issue)
    assert again.markdown == rendered.markdown and again.record == rendered.record


def test_the_order_in_which_rows_come_does_not_matter(
    marts: Marts, glossary: Glossary, issue: Issue, rendered: Rendered
) -> None:
    turned = {name: tuple(reversed(rows)) for name, rows in marts.tables.items()}
    facts = dict(reversed(list(marts.facts.items())))
    other = Marts(marts.week, facts, turned, marts.checks, marts.economies)
    lines = set(render(other, glossary, issue).markdown.splitlines())
    assert lines == set(rendered.markdown.splitlines())


def test_no_numeral_is_written_without_the_pen(rendered: Rendered) -> None:
    printed = re.findall(r"[0-9][0-9.,]*", rendered.markdown)
    assert printed == [entry["text"] for entry in rendered.record["numerals"]]


def test_sections_without_rows_say_what_is_missing(brief_of: BriefOf) -> None:
    def empty(rows: Rows) -> None:
        for model in list(rows):
            if model.startswith("fct_control_") or model == "fct_source_comparisons":
                rows[model] = []

    text = brief_of(empty)
    assert re.search(
        r"本期未計算：缺.+。", section(text, "### 潛在供應鏈影響（推測，建議人工審核）")
    )
    assert re.search(r"本期未計算：缺.+。", section(text, "### 資料來源間一致性"))
    assert "本期未建立檢索索引。" in section(text, "## 附錄：語意搜尋參考")


def test_a_week_without_review_says_so_and_one_with_a_review_names_it(
    marts: Marts, glossary: Glossary, issue: Issue, rendered: Rendered
) -> None:
    assert "**未經人工審核**" in rendered.markdown
    review = Review("林審核", date(2026, 2, 16), is_accepted=True)
    reviewed = Issue(issue.week, issue.as_of, issue.data_version, review=review)
    text = render(marts, glossary, reviewed).markdown
    assert "**人工審核：林審核，2026-02-16 核可**" in text
    assert "示範資料" not in text and "未經人工審核" not in text


def test_a_running_week_is_marked(marts: Marts, glossary: Glossary, issue: Issue) -> None:
    running = Issue(issue.week, issue.as_of, issue.data_version, interim=True)
    assert "**期中版" in render(marts, glossary, running).markdown


def test_no_pattern_is_used_more_than_twice_for_partners(rendered: Rendered) -> None:
    text = section(rendered.markdown, "## 三、美國月度貿易\n\n### 主要變化")
    shapes = Counter(
        re.sub(r"[0-9][0-9.,–]*|台灣|中國|德國|日本|南韓|多|少|低於|高於|收窄|擴大", "x", sentence)
        for sentence in re.split("[。；]", re.sub(r"\*\*.+?。\*\*", "", text))
        if sentence.strip()
    )
    assert max(shapes.values()) <= 2


def test_a_run_that_starts_with_the_data_is_told_as_at_least_so_long(rendered: Rendered) -> None:
    text = section(rendered.markdown, "## 三、美國月度貿易\n\n### 主要變化")
    assert "至少連續 12 個月年增" in text
    assert "是連續第 10 個月年減" in text


def test_january_is_one_month_in_the_year_to_date(brief_of: BriefOf) -> None:
    def january(rows: Rows) -> None:
        for row in rows["fct_us_trade_ytd"]:
            row |= {"first_month": "2025-01", "through_month": "2025-01", "months": 1}
            row["coverage"] = "2025-01"

    text = brief_of(january)
    assert "| 中國 | 2025 年 1 月 |" in text
    assert "1–1 月" not in text


def test_a_change_within_two_per_cent_is_level(brief_of: BriefOf) -> None:
    def level(rows: Rows) -> None:
        for row in rows["fct_us_trade_monthly"]:
            if row["partner_iso3"] == "KOR" and row["is_latest"]:
                row["imports_yoy_pct"] = -0.7

    assert "以來最低，與 2024 年 11 月大致持平（−0.7 %）" in brief_of(level)


def _announce(rows: Rows, **values: Any) -> None:
    """One page of the week, by default of a notice issued before it."""
    page = {
        "url": f"{SITE}/202602/1210.html",
        "notice_key": "MOFCOM-公告-2026-1",
        "title_zh_hans": "商务部公告2026年第1号 关于加强两用物项对日本出口管制的公告",
        "released_on": date(2026, 2, 12),
        "content_zh": "對日本",
        "targets_zh": "日本",
        "host": "exportcontrol.mofcom.gov.cn",
        "is_unconfirmed": False,
        "response_ids": [response_id("new")],
    }
    rows["fct_new_documents"].append(page | values)


def test_a_page_already_in_traditional_characters_is_named_once(brief_of: BriefOf) -> None:
    text = brief_of(
        lambda rows: _announce(rows, notice_key=None, title_zh_hans="瑞士修訂《貨物管制條例》")
    )
    assert "- 〈瑞士修訂《貨物管制條例》〉\n" in text


def test_a_notice_issued_before_the_week_is_posted_not_announced(brief_of: BriefOf) -> None:
    text = brief_of(lambda rows: _announce(rows, status="in_force"))
    assert "中國主管機關本週刊登 2026 年第 1 號（關於加強兩用物項對日本出口管制的公告）。" in text
    assert "本週才刊登上網；資料截止日的狀態為執行中。" in text


def test_a_notice_whose_clauses_differ_points_to_table_7(brief_of: BriefOf) -> None:
    text = brief_of(lambda rows: _announce(rows, notice_key="MOFCOM-公告-2025-55"))
    assert "| 各款不同，見表 7 |" in text


def test_new_notices_lead_the_key_messages_and_fill_table_6(brief_of: BriefOf) -> None:
    def announce(rows: Rows) -> None:
        notice = dict(rows["dim_notices"][-2])
        notice |= {
            "notice_key": "MOFCOM-公告-2026-11",
            "label_zh": "2026 年第 11 號",
            "title_zh_hans": "商务部公告2026年第11号 公布将20家日本实体列入出口管制管控名单",
            "content_zh": "20 家日本實體",
            "issue_date": date(2026, 2, 12),
            "is_new": True,
        }
        rows["dim_notices"].append(notice)
        rows["fct_new_documents"].append(
            {
                "url": f"{SITE}/202602/1209.html",
                "notice_key": "MOFCOM-公告-2026-11",
                "title_zh_hans": notice["title_zh_hans"],
                "released_on": date(2026, 2, 12),
                "issue_date": date(2026, 2, 12),
                "effective_date": date(2026, 2, 12),
                "status": "in_force",
                "content_zh": "20 家日本實體",
                "targets_zh": "日本",
                "host": "exportcontrol.mofcom.gov.cn",
                "is_unconfirmed": False,
                "response_ids": [response_id("new")],
            }
        )
        rows["fct_counts"] = [
            row | {"value": 1} if row["name"] == "new_notices" else row
            for row in rows["fct_counts"]
        ]

    text = brief_of(announce)
    assert "1. 中國主管機關本週發布 2026 年第 11 號（20 家日本實體）。（表 6）" in text
    assert "| 2026 年第 11 號 | 2026-02-12 | 2026-02-12 | 執行中 | 20 家日本實體 | 日本 |" in text
    assert "（公布將20家日本實體列入出口管制管控名單）" in text
    assert "本週沒有新公告" not in text


def test_status_changes_come_first_and_stand_in_table_11(brief_of: BriefOf) -> None:
    def suspend(rows: Rows) -> None:
        rows["fct_week_changes"].append(
            {
                "item_key": "policy|status|MOFCOM-公告-2025-55|",
                "area": "policy",
                "metric": "status",
                "subject": "MOFCOM-公告-2025-55|",
                "text_previous": "announced",
                "text_current": "suspended",
                "change": "status_changed",
                "response_ids": [response_id("x")],
            }
        )

    text = brief_of(suspend)
    assert (
        "1. 依 2025 年第 70 號，2025 年第 55 號（超硬材料）的狀態"
        "由「已公布未生效」改為「暫停實施」。（表 11）" in text
    )
    assert "| 2025 年第 55 號的狀態 | 已公布未生效 | 暫停實施 | 狀態改變 |" in text
    assert "| 其餘 12 項無變化 |" in text


def test_measures_suspended_together_are_one_message_and_their_notice_is_no_other(
    brief_of: BriefOf,
) -> None:
    def suspend(rows: Rows) -> None:
        _announce(rows, notice_key="MOFCOM-公告-2025-70")
        for row in rows["fct_tracked_measures"]:
            if row["by_notice_key"]:
                subject = f"{row['notice_key']}|{row['clause_label']}"
                moved = {"item_key": f"policy|status|{subject}", "subject": subject}
                moved |= {"area": "policy", "metric": "status", "change": "status_changed"}
                moved |= {"text_previous": "announced", "text_current": "suspended"}
                rows["fct_week_changes"].append(moved | {"response_ids": [response_id("x")]})

    messages = section(brief_of(suspend), "## 本週重點").splitlines()
    assert messages[0].startswith("1. 依 2025 年第 70 號，六項管制（")
    assert messages[0].endswith("本週起暫停，暫停期在 2026-11-10 屆滿。（表 7、表 11、圖 4）")
    assert sum("2025 年第 70 號" in message for message in messages) == 1


def test_a_revised_figure_is_shown_with_both_values(brief_of: BriefOf) -> None:
    def revise(rows: Rows) -> None:
        rows["fct_week_changes"][0] |= {
            "value_previous": 20258800000.0,
            "value_current": 20214000000.0,
            "change": "revised",
        }

    text = brief_of(revise)
    assert "| 美國自台灣進口，2025 年 11 月 | 202.6 億美元 | 202.1 億美元 | 修正 |" in text


def test_all_six_layers_are_listed_and_one_without_answers_says_so(brief_of: BriefOf) -> None:
    """C04: a layer with nothing in it was once listed as a source, with confidence high."""
    text = brief_of(lambda rows: None)
    sources = text[text.index("資料來源") :]
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    assert len(rows) == 6
    (silent,) = [line for line in rows if "Open Trade Statistics" in line]
    assert silent.split(" | ")[1:5] == ["—", "—", "—", "無資料／來源未回應"]
    assert "- 開放貿易統計（Open Trade Statistics）沒有回應，本期無此來源的資料。" in text
    assert "逾期未更新" not in sources


def test_reconstructed_months_stand_in_tables_but_not_in_prose(brief_of: BriefOf) -> None:
    def reconstruct(rows: Rows) -> None:
        for model in ("fct_us_trade_monthly", "fct_us_trade_ytd", "fct_us_deficit_comparisons"):
            for row in rows[model]:
                row["is_reconstructed"] = True
        rows["fct_watch_items"] = []

    text = brief_of(reconstruct)
    assert "月度數字含重建值，只列在表中" in text
    assert "| 台灣 | 2025-11（重建） |" in text
    assert "以來最高" not in text and "連續" not in section(text, "## 本週重點")


def test_a_month_without_the_year_before_is_not_compared(brief_of: BriefOf) -> None:
    def forget(rows: Rows) -> None:
        for row in rows["fct_us_trade_monthly"]:
            row |= {"imports_yoy_pct": None, "exports_yoy_pct": None, "imports_yoy_streak": None}
            row |= {"exports_extreme": None, "imports_extreme": None}

    text = brief_of(forget)
    assert "缺 2024 年 11 月的已公布數字，尚無可比數字" in text
    assert "| 無可比數字 | 無可比數字 |" in text


def test_months_a_vintage_lacks_are_named_with_what_the_year_lacks(brief_of: BriefOf) -> None:
    """CHK-COVERAGE, C01: random months were cut from 2024 and nothing said so."""

    def lacking(rows: Rows) -> None:
        rows["fct_us_trade_gaps"] = [
            gap_row("TWN", "X", "months_reconstructed", ["2024-02", "2024-04"], "7100"),
            gap_row("TWN", "M", "months_reconstructed", ["2024-02", "2024-04"], "18765.4"),
            gap_row("CHN", "M", "months_reconstructed", ["2024-02", "2024-04"], "63466.3"),
            gap_row("DEU", "M", "does_not_add_up", [], "12.5"),
            gap_row("JPN", "M", "months_reconstructed", ["2024-02"], "1", is_stated=False),
        ]

    limits = section(brief_of(lacking), "### 已知限制")
    assert (
        "- 美國 2024 年 2 月與 4 月在現行版本中沒有公布值，這些月份由年度總額扣除其他月份"
        "推估，標「重建」。年度總額與有公布值月份的合計相差："
        "進口，台灣 187.7 億美元、中國 634.7 億美元；出口，台灣 71.0 億美元。"
    ) in limits
    assert "- 美國 2024 年各月合計與年度總額不符，超過四捨五入的範圍" in limits
    assert "日本" not in limits


def gap_row(
    partner: str, flow: str, reason: str, months: list[str], gap_musd: str, **fields: Any
) -> dict[str, Any]:
    gap = Decimal(gap_musd) * 1_000_000
    return {
        "partner_iso3": partner,
        "flow": flow,
        "year": 2024,
        "reason": reason,
        "is_stated": True,
        "months_published": 12 - len(months),
        "lacking_months": months,
        "annual_usd": gap * 10,
        "published_usd": gap * 9,
        "gap_usd": gap,
        "coverage": "2024-01..2024-12",
        "response_ids": [response_id("census")],
        **fields,
    }


def test_a_surplus_is_called_a_surplus(brief_of: BriefOf) -> None:
    def turn(rows: Rows) -> None:
        for row in rows["fct_us_trade_ytd"]:
            if row["partner_iso3"] == "CHN":
                row |= {"exports_usd": 400_000_000_000, "balance_usd": 112_724_400_000}

    assert "2025 年 1–11 月順差 1,127.2 億美元" in brief_of(turn)


def test_empty_tables_become_one_sentence_each(brief_of: BriefOf) -> None:
    def empty(rows: Rows) -> None:
        keep = {"dim_notices", "fct_counts", "fct_layer_coverage"}
        for model in rows:
            if model not in keep:
                rows[model] = []

    text = brief_of(empty)
    for number in (*range(1, 13), 14):
        sentence = re.search(rf"^表 {number}　(.+)$", text, re.M)
        assert sentence is not None and sentence[1].endswith("。"), number
    assert "圖 1" not in text
    assert "缺上週資料，無從比較" in text and "本週沒有待審核項目" in text


def test_a_notice_of_a_group_that_cannot_be_counted_gets_no_count(brief_of: BriefOf) -> None:
    def miscount(rows: Rows) -> None:
        for row in rows["fct_counts"]:
            if row["name"] == "suspended_by_one_notice":
                row["value"] = 5

    text = brief_of(miscount)
    assert "六項" not in text and "五項" not in text


def test_a_value_that_is_not_a_fact_stops_the_brief(
    marts: Marts, glossary: Glossary, issue: Issue
) -> None:
    facts = {
        k: v for k, v in marts.facts.items() if k != "fct_us_trade_monthly:TWN|2025-11:imports_usd"
    }
    tables = {
        name: tuple(type(row)(row.model, row.key, row.values, facts) for row in rows)
        for name, rows in marts.tables.items()
    }
    broken = Marts(marts.week, facts, tables, marts.checks, marts.economies)
    with pytest.raises(BriefError, match=r"TWN\|2025-11:imports_usd.*fact: true"):
        render(broken, glossary, issue)
