"""The monthly report: what it says of a month, what it compares with, and what the gate refuses."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.history import Earlier, compare
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Fact, Marts
from tradeflow.briefing.month_marts import MonthMarts
from tradeflow.briefing.related import with_related
from tradeflow.briefing.render import Rendered, render
from tradeflow.errors import GateRefused
from tradeflow.periods import Month, Week

from .conftest import Change, Rows
from .month_of_marts import MONTH, month_marts, signal
from .test_related import RELATED
from .week_of_marts import AS_OF, WEEK, response_id

ReportOf = Callable[..., str]


@pytest.fixture(scope="module")
def issue() -> Issue:
    return Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", True, True, None, MONTHLY, MONTH)


@pytest.fixture(scope="module")
def marts() -> MonthMarts:
    return month_marts()


@pytest.fixture(scope="module")
def rendered(marts: MonthMarts, glossary: Glossary, issue: Issue) -> Rendered:
    return render(marts, glossary, issue)


@pytest.fixture(scope="module")
def gate(marts: MonthMarts, glossary: Glossary, issue: Issue) -> Gate:
    return Gate(marts, glossary, issue)


@pytest.fixture(scope="module")
def report_of(glossary: Glossary, issue: Issue) -> ReportOf:
    """The report after an edit of the week's rows; the gate has accepted it."""

    def make(change: Change | None = None, known: int = 3) -> str:
        changed = month_marts(change, known=known)
        written = render(changed, glossary, issue)
        Gate(changed, glossary, issue).check(written.markdown, written.record)
        return written.markdown

    return make


def section(text: str, heading: str) -> str:
    after = text.split(f"\n{heading}\n", 1)[1]
    return re.split(r"^#{1,6} ", after, maxsplit=1, flags=re.M)[0].strip()


def refused(gate: Gate, markdown: str, record: dict[str, Any]) -> str:
    with pytest.raises(GateRefused) as caught:
        gate.check(markdown, record)
    return str(caught.value)


def test_the_report_as_rendered_is_accepted(gate: Gate, rendered: Rendered) -> None:
    gate.check(rendered.markdown, rendered.record)
    assert rendered.markdown.startswith("# 供應鏈分析報告 — 2026 年 2 月\n")
    assert "期中版：本期尚未結束" in rendered.markdown


def test_changing_any_single_digit_is_refused(gate: Gate, rendered: Rendered) -> None:
    text = rendered.markdown
    digits = [match.start() for match in re.finditer(r"[0-9]", text)]
    assert len(digits) > 1000
    for offset in digits:
        other = str((int(text[offset]) + 1) % 10)
        refused(gate, text[:offset] + other + text[offset + 1 :], rendered.record)


def test_changing_any_heading_is_refused(gate: Gate, rendered: Rendered) -> None:
    for match in re.finditer(r"^#+ .*$", rendered.markdown, re.M):
        text = rendered.markdown
        shorter = text[: match.end() - 1] + text[match.end() :]
        assert "heading" in refused(gate, shorter, rendered.record)
        refused(gate, text[: match.start()] + text[match.end() + 1 :], rendered.record)


def test_every_table_has_the_columns_of_the_skeleton(gate: Gate, rendered: Rendered) -> None:
    for number, (_, columns) in MONTHLY.columns.items():
        head = f"| {' | '.join(columns)} |"
        if head in rendered.markdown:
            turned = f"| {' | '.join([*columns[:-1], columns[-1][::-1]])} |"
            other = rendered.markdown.replace(head, turned)
            assert "columns of table" in refused(gate, other, rendered.record), number


@pytest.mark.parametrize("heading", ["## 執行摘要", "### 重要信號", "### 觀察指標"])
def test_no_reconstructed_figure_stands_where_a_reader_acts_on_it(
    gate: Gate, rendered: Rendered, heading: str
) -> None:
    """A computed figure is carried into the section with its record; the gate refuses it."""
    record = copy.deepcopy(rendered.record)
    runs = list(re.finditer(r"[0-9][0-9.,]*", rendered.markdown))
    source = next(
        place
        for place, entry in enumerate(record["numerals"])
        if entry["kind"] == "fact"
        and entry["reference"] == "fct_product_concentration_yearly:TWN|X|2024:hhi_product"
    )
    text = f"\n產品 HHI 為 {runs[source][0]}（重建）。\n"
    offset = rendered.markdown.index(f"{heading}\n") + len(heading) + 1
    place = sum(run.start() < offset for run in runs)
    record["numerals"].insert(place, copy.deepcopy(record["numerals"][source]))
    for word in record["words"]:
        if word["offset"] >= offset:
            word["offset"] += len(text)
    markdown = rendered.markdown[:offset] + text + rendered.markdown[offset:]
    assert f"stands under '{heading}'" in refused(gate, markdown, record)


def test_partner_rows_are_of_the_year_their_caption_names(glossary: Glossary, issue: Issue) -> None:
    """CHK-PERIOD-MATCH: the table has no column of years, so the caption speaks for its rows."""

    def shift(rows: Rows) -> None:
        for row in rows["fct_partner_flows_yearly"]:
            row["coverage"] = "2023"

    shifted = month_marts(shift)
    written = render(shifted, glossary, issue)
    reason = refused(Gate(shifted, glossary, issue), written.markdown, written.record)
    assert "is of 2023, its row of {'2024'}" in reason


def test_the_summary_has_five_to_eight_sentences_each_with_its_table(rendered: Rendered) -> None:
    assert 5 <= len(rendered.key_messages) <= 8
    for sentence in rendered.key_messages:
        assert re.search(r"（表 \d+(、圖 \d+)?）$", sentence), sentence


def test_the_month_before_and_the_mean_are_as_they_were_known(rendered: Rendered) -> None:
    """N4, P6: 2025-10 as January's last week knew it, not as a later week revised it."""
    line = next(
        line for line in rendered.markdown.splitlines() if line.startswith("| 美國自中國進口，")
    )
    cells = [cell.strip() for cell in line.split("|")[1:-1]]
    assert cells[:3] == ["美國自中國進口，2025 年 11 月", "209.5", "238.9（2025-10）"]
    assert cells[4] == "−12.3 %"
    found = rendered.record["facts"]
    mean = "fct_us_trade_monthly:CHN|2025-11:imports_usd@mean:2026-W04,2025-W52,2025-W48"
    assert found[mean]["coverage"] == "2025-10、2025-09、2025-08"
    assert found[mean]["response_ids"] == [response_id("census")]


def test_a_count_that_did_not_move_says_so_and_one_that_did_by_how_much(
    rendered: Rendered,
) -> None:
    table = section(rendered.markdown, "### 數據摘要")
    assert "| 追蹤中的管制措施（項） | 10 | 10 | 10 | 無變化 |" in table
    assert "| 其中暫停實施（項） | 8 | 7 | 7 | +1 |" in table


def test_months_the_warehouse_lacks_are_named(report_of: ReportOf) -> None:
    text = report_of(known=0)
    table = section(text, "### 數據摘要")
    assert "無歷史資料" in table and "無可比數字" in table
    assert "未能取得 2026 年 1 月、2025 年 12 月、2025 年 11 月最後一週的資料" in table
    assert "上期與三個月平均無從計算" in section(text, "### 已知限制")
    assert "無從分辨新增或延續" in section(text, "### 重要信號")
    text = report_of(known=2)
    assert "238.9（2025-10） | 無歷史資料" in text
    assert "三個月平均無從計算" in section(text, "### 已知限制")


def _fact(value: str, coverage: str) -> Fact:
    return Fact("m:k:c", "c", "USD", Decimal(value), None, coverage, "observed", False, ("a",))


def test_a_mean_never_counts_one_month_twice() -> None:
    """Releases were late: two earlier reports knew the same newest month."""
    empty = Marts(WEEK, {}, {}, (), {})
    known = {0: _fact("10", "2025-10"), 1: _fact("9", "2025-09"), 2: _fact("9", "2025-09")}
    earlier = [Earlier(Month(2026, 1), Week(2026, 4), empty) for _ in known]

    def reading(facts: dict[int, Fact]) -> Any:
        waiting = iter(facts.values())
        return lambda _: next(waiting)

    twice = compare(_fact("12", "2025-11"), reading(known), earlier, "pct")
    assert twice.mean is None and twice.previous is not None
    apart = known | {2: _fact("8", "2025-08")}
    mean = compare(_fact("12", "2025-11"), reading(apart), earlier, "pct").mean
    assert mean is not None and mean.number == 9


def test_a_balance_that_turned_has_no_rate_of_change() -> None:
    empty = Marts(WEEK, {}, {}, (), {})
    earlier = [Earlier(Month(2026, 1), Week(2026, 4), empty)]
    turned = compare(_fact("-5", "2025-11"), lambda _: _fact("10", "2025-10"), earlier, "pct")
    assert turned.previous is not None and turned.change is None


def test_signals_are_one_line_a_rule_with_level_and_novelty(rendered: Rendered) -> None:
    text = section(rendered.markdown, "### 重要信號")
    assert "- **評等高，上期已有**　2025 年 11 月美國自台灣進口比前一年同月多 118.4 %" in text
    assert "- **評等中高，本期新增**　2025 年 11 月美國自南韓進口比前一個月少 24.1 %。" in text
    assert "自中國進口連續 10 個月年減" in text
    assert "中國的管制及於鏑。" in text
    assert "不逐條列出：追蹤個案的頁面" in text
    assert "因數字為重建值，本期不評估" in text


def test_a_rule_without_words_of_its_own_is_named_with_its_items(report_of: ReportOf) -> None:
    def add(rows: Rows) -> None:
        rows["fct_signals"].append(signal("SIG-OTHER", "JPN", "high"))

    assert "某項規則：日本。" in section(report_of(add), "### 重要信號")


def test_indicators_say_why_they_have_no_value(rendered: Rendered) -> None:
    text = section(rendered.markdown, "### 觀察指標")
    assert "| 美國自台灣進口年增率 | +118.4 %（2025 年 11 月） | ±30.0 % 以上 | 每月 |" in text
    assert "| 台灣對中出口占比 | 重建值，不評估 | 低於 20.00 % | 每年 |" in text
    assert "| 鎵鍺現貨價格 | 無資料來源 | 30.0 % 以上 |" in text
    assert "| 許可核發數 | 無資料來源 | −20.0 % 以下 |" in text
    assert "| 對日管制 | 執行中 | 出現即列 |" in text
    assert "| 267 天 | 270 天以下 | 每日 |" in text
    assert rendered.record["traced"] == "100 %", "a rule's limit is no figure of a source"


def test_a_notice_of_the_month_is_listed_with_its_state(report_of: ReportOf) -> None:
    def announce(rows: Rows) -> None:
        for row in rows["dim_notices"]:
            if row["notice_key"] == "MOFCOM-公告-2026-1":
                row["released_on"] = date(2026, 2, 3)

    text = report_of(announce)
    assert (
        "| 2026 年第 1 號 | 2026-02-03 | 2026-01-06 | 執行中 | 對日本軍事用戶的兩用物項 | 是 |"
    ) in section(text, "### 本月措施")
    assert "1. 中國主管機關本期新公布 2026 年第 1 號（對日本軍事用戶的兩用物項）" in text
    quiet = report_of()
    assert "表 8　本期沒有新公布的措施；上一則是 2026-01-06 公布的 2026 年第 1 號。" in quiet


def test_notices_between_the_last_weeks_of_two_months_fall_into_one_report(
    marts: MonthMarts,
) -> None:
    """Between January's last Sunday and the end of January a notice may appear."""
    assert marts.since == date(2026, 1, 26)


def test_a_state_that_changed_since_the_month_before_leads_the_summary(
    report_of: ReportOf,
) -> None:
    def suspend(rows: Rows) -> None:
        row = next(r for r in rows["fct_tracked_measures"] if r["label_zh"] == "2025 年第 18 號")
        row |= {"status": "suspended", "until_date": date(2026, 12, 1)}

    text = report_of(suspend)
    assert (
        "1. 2025 年第 18 號（釤、釓、鋱、鏑、鎦、鈧、釔）轉為暫停實施至 2026-12-01。（表 10）"
        in text
    )
    assert "2025 年第 18 號的狀態與上期不同" in section(text, "### 本月措施")
    assert "狀態都與上期相同" in section(report_of(), "### 本月措施")


def test_ratings_on_reconstructed_imports_are_not_printed(report_of: ReportOf) -> None:
    heading = "### 綜合評估（推測，建議人工審核）"
    assert "屬「" in section(report_of(), heading)

    def reconstruct(rows: Rows) -> None:
        for model in ("fct_control_severity", "fct_control_exposure_yearly"):
            for row in rows[model]:
                row["is_reconstructed"] = True

    text = section(report_of(reconstruct), heading)
    assert "不評等，也不排先後" in text and "分，屬" not in text


def test_alternatives_name_producers_and_suppliers_with_their_basis(rendered: Rendered) -> None:
    text = section(rendered.markdown, "### 替代供應來源")
    assert "| 鎢 | 82.72 %（2024 年，產量） | 越南、俄羅斯 | 4.20 %、2.47 % | 2024 |" in text
    assert "| 鎵 | 98.68 %（2024 年，產量） | 資料未列其他產地 | — | 2024 |" in text
    assert "| 850760 鋰離子蓄電池 | 75.50 %（2024 年，台灣進口額） | 日本、南韓 |" in text
    assert "| 鋅 |" not in text


def test_dependencies_list_all_of_taiwan_and_the_largest_of_others(rendered: Rendered) -> None:
    text = section(rendered.markdown, "### 依賴旗標")
    assert text.count("| 台灣，2024 年（重建） |") == 2
    assert text.count("| 日本，2024 年 |") == 3 and "日本只列進口額最大的三項" in text
    assert "| 無出口 | 2（可評估 3 年） |" in text


def test_an_economy_the_world_bank_lacks_is_named_not_filled(rendered: Rendered) -> None:
    text = section(rendered.markdown, "### 總體環境")
    assert "| 台灣 | 無資料 | 無資料 | 無資料 | 無資料 |" in text
    assert "世界銀行無台灣資料" in text
    assert "| 德國，2024 年 | −0.5 % | +0.4 個百分點 | 79.10 % | 2,704.5 |" in text


def test_empty_marts_leave_one_sentence_with_its_reason_each(report_of: ReportOf) -> None:
    def empty(rows: Rows) -> None:
        for model in rows:
            if model not in {"dim_notices", "fct_counts", "fct_layer_coverage"}:
                rows[model] = []

    text = report_of(empty, known=0)
    for number in set(MONTHLY.columns) - {1, 15, 17}:
        sentence = re.search(rf"^表 {number}　(.+)$", text, re.M)
        assert sentence is not None and sentence[1].endswith("。"), number
    assert "本期未計算：缺管制物項的六位碼進口資料，無從評等" in text
    assert "本期沒有達到規則門檻的信號" in text


def test_every_sentence_is_the_readers_own_language(rendered: Rendered) -> None:
    """No pattern stands more than twice in the summary, and no code is left in the text."""
    assert not re.search(r"\b(None|TWN|CHN|USA|MOFCOM|SIG-|WATCH-)\b", rendered.markdown)


def test_the_appendix_lists_what_the_search_found_or_why_there_is_nothing(
    marts: MonthMarts, glossary: Glossary, issue: Issue, rendered: Rendered
) -> None:
    found = with_related(marts, RELATED)
    told = render(found, glossary, issue)
    Gate(found, glossary, issue).check(told.markdown, told.record)
    appendix = told.markdown.partition("## 附錄：語意搜尋參考")[2].partition("\n## ")[0]
    assert "| 稀土出口管制 | [公布對部分中重稀土相關物項實施出口管制的決定](" in appendix
    assert "2025 年第 57 號 | 暫停實施 | 2025-10-09 | 0.84 |" in appendix
    assert "表 16　本期未建立檢索索引。" in rendered.markdown
