"""The gate accepts the brief as rendered and refuses every way of being wrong we know."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.render import Rendered, render
from tradeflow.errors import GateRefused


@pytest.fixture(scope="module")
def gate(marts: Marts, glossary: Glossary, issue: Issue) -> Gate:
    return Gate(marts, glossary, issue)


def refused(gate: Gate, markdown: str, record: dict[str, Any]) -> str:
    with pytest.raises(GateRefused) as caught:
        gate.check(markdown, record)
    return str(caught.value)


def reason_alone(refusal: str) -> str:
    """What a refusal says without the line it quotes, which holds the words anyway."""
    return refusal.partition("; the line reads")[0]


def moved(record: dict[str, Any], offset: int, by: int) -> dict[str, Any]:
    """The record with the words behind an inserted text moved along."""
    shifted = copy.deepcopy(record)
    for word in shifted["words"]:
        if word["offset"] >= offset:
            word["offset"] += by
    return shifted


def inserted(rendered: Rendered, after: str, text: str) -> tuple[str, dict[str, Any]]:
    offset = rendered.markdown.index(after) + len(after)
    markdown = rendered.markdown[:offset] + text + rendered.markdown[offset:]
    return markdown, moved(rendered.record, offset, len(text))


def test_the_brief_as_rendered_is_accepted(gate: Gate, rendered: Rendered) -> None:
    gate.check(rendered.markdown, rendered.record)


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
        without = text[: match.start()] + text[match.end() + 1 :]
        refused(gate, without, rendered.record)


def test_a_heading_that_is_not_in_the_skeleton_is_refused(gate: Gate, rendered: Rendered) -> None:
    markdown, record = inserted(rendered, "## 免責聲明\n", "\n### 補充\n")
    assert "not in the skeleton" in refused(gate, markdown, record)


def test_a_sign_or_unit_that_is_lost_is_refused(gate: Gate, rendered: Rendered) -> None:
    assert "recorded" in refused(
        gate, rendered.markdown.replace("−28.4 %", "+28.4 %"), rendered.record
    )
    trillion = rendered.markdown.replace("1.66 兆美元", "1.66 億美元")
    assert "1.66 兆美元" in refused(gate, trillion, rendered.record)


def test_a_number_changed_in_text_and_record_alike_is_refused(
    gate: Gate, rendered: Rendered
) -> None:
    record = copy.deepcopy(rendered.record)
    for entry in record["numerals"]:
        if entry["text"] == "1,767.3":
            entry["text"] = "1,769.9"
            entry["whole"] = entry["whole"].replace("1,767.3", "1,769.9")
    reason = refused(gate, rendered.markdown.replace("1,767.3", "1,769.9"), record)
    assert "should read" in reason and "1,767.3" in reason


def test_a_number_that_names_another_fact_is_refused(gate: Gate, rendered: Rendered) -> None:
    record = copy.deepcopy(rendered.record)
    entry = next(e for e in record["numerals"] if e["text"] == "1,767.3")
    entry["reference"] = "fct_us_trade_ytd:CHN|2025-11:imports_usd"
    assert "should read" in refused(gate, rendered.markdown, record)
    entry["reference"] = "fct_us_trade_ytd:XXX|2025-11:imports_usd"
    assert "does not exist" in refused(gate, rendered.markdown, record)


def test_a_recorded_origin_that_is_not_the_marts_is_refused(gate: Gate, rendered: Rendered) -> None:
    record = copy.deepcopy(rendered.record)
    record["facts"]["fct_us_trade_ytd:TWN|2025-11:imports_usd"]["response_ids"] = ["0" * 64]
    assert "origin" in refused(gate, rendered.markdown, record)


def test_a_number_slipped_in_is_refused(gate: Gate, rendered: Rendered) -> None:
    markdown, record = inserted(rendered, "## 免責聲明\n\n", "約占 25 % 的廠商已經轉移。")
    assert "25" in refused(gate, markdown, record)


def test_a_document_number_outside_the_registry_is_refused(
    marts: Marts, glossary: Glossary, issue: Issue, rendered: Rendered
) -> None:
    tables = {**marts.tables}
    tables["dim_notices"] = tuple(
        row for row in tables["dim_notices"] if row["notice_key"] != "MOFCOM-公告-2025-18"
    )
    orphaned = Marts(marts.week, marts.facts, tables, marts.checks, marts.economies)
    reason = refused(Gate(orphaned, glossary, issue), rendered.markdown, rendered.record)
    assert "2025 年第 18 號" in reason


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("台灣對美出口創新高。", "創新高"),
        ("語意搜尋佐證了這一點。", "語意搜尋佐證"),
        ("較去年增加。", "去年"),
        ("全年逆差擴大。", "全年"),
        ("出口連續第三年下滑。", "連續"),
        ("這是有統計以來最高。", "以來"),
        ("重稀土管制已經生效。", "生效"),
        ("管制執行中。", "執行中"),
        ("中國是最大的進口來源。", "最大"),
        ("台灣居首，美國居次。", "居首"),
        ("逆差連跌兩個月。", "兩"),
        ("進口占六成。", "六"),
        ("四大市場合計過半。", "四"),
    ],
)
def test_claims_without_a_fact_behind_them_are_refused(
    gate: Gate, rendered: Rendered, sentence: str, reason: str
) -> None:
    markdown, record = inserted(rendered, "## 免責聲明\n\n", sentence)
    assert reason in reason_alone(refused(gate, markdown, record))


def test_a_suspended_measure_cannot_be_printed_as_in_force(gate: Gate, rendered: Rendered) -> None:
    record = copy.deepcopy(rendered.record)
    row = "| 2025 年第 55 號 | 暫停實施至 2026-11-10 |"
    offset = rendered.markdown.index(row) + row.index("暫停實施")
    word = next(w for w in record["words"] if w["offset"] == offset)
    markdown = rendered.markdown[:offset] + "執行中" + rendered.markdown[offset + 4 :]
    record = moved(record, offset + 1, -1)
    next(w for w in record["words"] if w["offset"] == offset)["text"] = "執行中"
    assert word["text"] == "暫停實施"
    assert "should read '暫停實施'" in refused(gate, markdown, record)


def test_a_reconstructed_figure_cannot_be_a_key_message(
    changed: Callable[..., Marts], glossary: Glossary, issue: Issue, rendered: Rendered
) -> None:
    def reconstruct(rows: dict[str, list[dict[str, Any]]]) -> None:
        for row in rows["fct_us_deficit_comparisons"]:
            row["is_reconstructed"] = True

    later = changed(reconstruct)
    reason = refused(Gate(later, glossary, issue), rendered.markdown, rendered.record)
    assert "重點" in reason or "reconstructed" in reason
    assert "大於對中國：" not in render(later, glossary, issue).markdown


def test_a_reconstructed_figure_in_prose_must_say_so(gate: Gate, rendered: Rendered) -> None:
    sentence = "，較 2023 年增加 10.0 %（重建）。"
    offset = rendered.markdown.index(sentence) + sentence.index("（重建）")
    markdown = rendered.markdown[:offset] + rendered.markdown[offset + 4 :]
    assert "重建" in refused(gate, markdown, moved(rendered.record, offset, -4))


def test_the_count_of_answers_carried_forward_is_no_reconstructed_figure(
    brief_of: Callable[..., str],
) -> None:
    """A bad day of a layer whose newest period is reconstructed must not keep the brief in."""

    def carry(rows: dict[str, list[dict[str, Any]]]) -> None:
        for row in rows["fct_layer_coverage"]:
            row |= {"is_reconstructed": True, "carried_forward": 15, "rejected": 3}

    text = brief_of(carry)
    assert "有 15 筆查詢沿用前期答覆" in text
    assert "有 3 列因格式不符而剔除" in text


def test_a_reconstructed_row_must_say_so(gate: Gate, rendered: Rendered) -> None:
    offset = rendered.markdown.index("| 重建 |\n") + 2
    markdown = rendered.markdown[:offset] + "—" + rendered.markdown[offset + 2 :]
    assert "重建" in refused(gate, markdown, moved(rendered.record, offset, -1))


def test_a_period_the_week_cannot_know_is_refused(
    marts: Marts, glossary: Glossary, issue: Issue, rendered: Rendered
) -> None:
    earlier = Issue(issue.week, date(2024, 12, 31), issue.data_version, sandbox=True)
    reason = refused(Gate(marts, glossary, earlier), rendered.markdown, rendered.record)
    assert "2026-02-15" in reason or "2025" in reason


def test_the_columns_of_a_table_are_fixed(gate: Gate, rendered: Rendered) -> None:
    markdown = rendered.markdown.replace("| 夥伴 | 最新月份 |", "| 經濟 | 最新月份 |")
    assert "columns of table 4" in refused(gate, markdown, rendered.record)


def test_a_refusal_names_the_line_and_says_that_nothing_was_published(
    gate: Gate, rendered: Rendered
) -> None:
    markdown = rendered.markdown.replace("149.9", "149.8", 1)
    line = 1 + markdown[: markdown.index("149.8")].count("\n")
    reason = refused(gate, markdown, rendered.record)
    assert f"line {line}" in reason and "nothing was published" in reason and "\n" not in reason


def test_a_row_holds_only_figures_of_the_period_it_names(
    changed: Callable[..., Marts], glossary: Glossary, issue: Issue
) -> None:
    def stretch(rows: dict[str, list[dict[str, Any]]]) -> None:
        for row in rows["fct_us_trade_ytd"]:
            row["coverage"] = "2025-01..2025-10"

    marts = changed(stretch)
    rendered = render(marts, glossary, issue)
    reason = refused(Gate(marts, glossary, issue), rendered.markdown, rendered.record)
    assert "is of 2025-01..2025-10, its row of" in reason


def test_a_figure_cannot_pass_as_a_list_marker(gate: Gate, rendered: Rendered) -> None:
    record = copy.deepcopy(rendered.record)
    entry = next(e for e in record["numerals"] if e["text"] == "1,767.3")
    entry |= {"kind": "literal", "reference": "list"}
    assert "list marker" in refused(gate, rendered.markdown, record)
