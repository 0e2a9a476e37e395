"""Errors that reports were once seen to make, committed again on purpose.

docs/pitfalls.md lists all of them with the tests that stand in their way.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tradeflow.briefing import gate_rules
from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Check, Marts
from tradeflow.briefing.render import Rendered, render
from tradeflow.errors import GateRefused

from .conftest import Change, Rows
from .mutations import Mutant, Report
from .test_gate import reason_alone
from .test_render import _announce

BriefOf = Callable[[Change], str]


@pytest.fixture(scope="module")
def gate(marts: Marts, glossary: Glossary, issue: Issue) -> Gate:
    return Gate(marts, glossary, issue)


@pytest.fixture(scope="module")
def report(rendered: Rendered) -> Report:
    return Report(rendered.markdown, rendered.record)


def said(report: Report, sentence: str) -> Mutant:
    """The brief with a sentence of somebody's own before the disclaimer."""
    place = report.markdown.index("本簡報由程式")
    return report.replaced(place, place, sentence, "added")


def refused(gate: Gate, mutant: Mutant) -> str:
    with pytest.raises(GateRefused) as caught:
        gate.check(mutant.markdown, mutant.record)
    return str(caught.value)


def changed_to(report: Report, old: str, new: str) -> Mutant:
    place = report.markdown.index(old)
    return report.replaced(place, place + len(old), new, f"{old} → {new}")


def test_a_figure_that_did_not_change_is_not_called_new(
    changed: Callable[[Change], Marts], glossary: Glossary, issue: Issue
) -> None:
    """E01 CHK-STALE, R10 CHK-DIFF: the change is the computed one."""

    def revise(rows: Rows) -> None:
        rows["fct_week_changes"][0] |= {"value_previous": 2.0, "change": "revised"}

    marts = changed(revise)
    rendered = render(marts, glossary, issue)
    place = rendered.markdown.index("| 修正 |") + len("| ")
    report = Report(rendered.markdown, rendered.record)
    mutant = report.replaced(place, place + len("修正"), "新增", "called new")
    assert "should read '修正'" in refused(Gate(marts, glossary, issue), mutant)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("暫停穿透性規則（FDPR）一年。", "FDPR"),
        ("韓國出口增加。", "韓國"),
        ("- [x] 無重大錯誤\n", "ticks off"),
        ("全文已檢查 ✓。", "ticks off"),
        ("管制已執行約三個月，執行中。", "執行中"),
        ("進口連續第三年下滑。", "連續"),
        ("Qdrant 檢索後確認。", "Qdrant"),
    ],
)
def test_words_that_once_misled_are_refused(
    gate: Gate, report: Report, sentence: str, reason: str
) -> None:
    """E04, E23, P01, R04, R07, R14."""
    assert reason in reason_alone(refused(gate, said(report, sentence)))


def test_a_single_month_is_not_called_cumulated(gate: Gate, report: Report) -> None:
    """E05 CHK-PERIOD-LABEL."""
    assert "累計 stands" in refused(
        gate, changed_to(report, "商品貿易，單月（", "商品貿易，累計（")
    )
    assert "單月 stands" in refused(
        gate, changed_to(report, "商品貿易，累計（", "商品貿易，單月（")
    )


def test_a_paragraph_names_the_period_of_its_figures(
    changed: Callable[[Change], Marts],
    glossary: Glossary,
    issue: Issue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """E06: figures of two years stood in a summary without any period."""
    monkeypatch.setattr(gate_rules, "_coverage", lambda *_: iter(()))  # the rule of tables alone

    def stretch(rows: Rows) -> None:
        for row in rows["fct_concentration_yearly"]:
            row["coverage"] = "2023..2024"

    marts = changed(stretch)
    rendered = render(marts, glossary, issue)
    with pytest.raises(GateRefused, match=r"is of 2023\.\.2024, which its paragraph omits"):
        Gate(marts, glossary, issue).check(rendered.markdown, rendered.record)


def test_a_comparison_in_words_holds_of_its_figures(gate: Gate, report: Report) -> None:
    """R10: larger and smaller are what the two sums beside the word say."""
    turned = changed_to(report, "億美元，低於 2025 年 10 月", "億美元，高於 2025 年 10 月")
    assert "高於 stands between" in refused(gate, turned)


def test_the_largest_is_no_other_economy_with_a_true_figure(gate: Gate, report: Report) -> None:
    """E09 CHK-RANK: the imports are Taiwan's, and not the largest."""
    told = changed_to(report, "自中國進口最多，為 209.5", "自台灣進口最多，為 202.6")
    numerals = [dict(entry) for entry in told.record["numerals"]]
    before = told.markdown[: told.markdown.index("自台灣進口最多")]
    entry = numerals[len(re.findall("[0-9][0-9.,]*", before))]
    entry |= {"text": "202.6", "whole": "202.6 億美元"}
    entry["reference"] = entry["reference"].replace("CHN", "TWN")
    other = replace(told, record={**told.record, "numerals": numerals})
    assert "最多 stands without a figure that leads" in refused(gate, other)


def test_the_first_three_are_those_of_the_ranking(
    rendered: Rendered, changed: Callable[[Change], Marts], glossary: Glossary, issue: Issue
) -> None:
    """E08, E09: Vietnam stood third in one report, Japan in another."""

    def demote(rows: Rows) -> None:
        for row in rows["fct_partner_flows_yearly"]:
            row["partner_rank"] += row["partner_rank"] == 3

    with pytest.raises(GateRefused, match="is number 4, not of the first three"):
        Gate(changed(demote), glossary, issue).check(rendered.markdown, rendered.record)


def test_a_reporter_without_figures_is_named(brief_of: BriefOf) -> None:
    """E10, E32 CHK-REPORTER-SET."""

    def lose(rows: Rows) -> None:
        for name in rows:
            if name.endswith("_yearly") and "exposure" not in name:
                rows[name] = [row for row in rows[name] if row["reporter_iso3"] != "KOR"]

    assert brief_of(lose).count("南韓尚無任何年度資料。") == 2


def test_taiwan_under_490_is_no_transit(rendered: Rendered) -> None:
    """E12 CHK-PARTNER-NAME."""
    assert (
        "以代碼 490（其他亞洲，未列名）登錄台灣，表中直接寫台灣；這不是轉口。" in rendered.markdown
    )
    assert "Other Asia" not in rendered.markdown


def test_a_gap_stands_only_where_a_value_is_missing(rendered: Rendered, brief_of: BriefOf) -> None:
    """E21, E24 CHK-NULL-WHEN-PRESENT."""

    def months(text: str) -> str:
        return text.partition("\n表 4　")[2].partition("\n註：")[0]

    def lose(rows: Rows) -> None:
        for row in rows["fct_us_trade_monthly"]:
            if row["is_latest"] and row["partner_iso3"] == "DEU":
                row["exports_yoy_pct"] = None

    assert "無可比數字" not in months(rendered.markdown)
    assert months(brief_of(lose)).count("無可比數字") == 1


def test_levels_are_printed_with_the_thresholds_they_follow(rendered: Rendered) -> None:
    """E27 CHK-PARAM-NAMED."""
    section = rendered.markdown.partition("## 五、市場集中度")[2].partition("\n## ")[0]
    assert "等級與門檻距離依 1500/2500" in section
    assert "1500/2500 取自美國司法部與聯邦貿易委員會 2010 年版" in section
    assert "1000/1800 取自 2023 年版合併指引" in section


def test_the_state_beside_a_notice_is_its_own(gate: Gate, rendered: Rendered) -> None:
    """P01, P08 CHK-STATUS: a true state of another measure is refused."""
    record: dict[str, Any] = copy.deepcopy(rendered.record)
    row = "| 2025 年第 55 號 | 暫停實施至"
    place = rendered.markdown.index(row) + len("| 2025 年第 55 號 | ")
    word = next(entry for entry in record["words"] if entry["offset"] == place)
    other = "fct_tracked_measures:MOFCOM-公告-2025-18|:status"
    word |= {"text": "執行中", "reference": other}
    for entry in record["words"]:
        entry["offset"] -= entry["offset"] > place
    text = rendered.markdown[:place] + "執行中" + rendered.markdown[place + 4 :]
    with pytest.raises(GateRefused, match="is the state of MOFCOM-公告-2025-18"):
        gate.check(text, record)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"until_date": date(2026, 2, 10)}, "ended on 2026-02-10, before"),
        (
            {"next_event": "takes_effect", "next_date": date(2026, 2, 1)},
            "took effect on 2026-02-01",
        ),
        ({"status": "in_force", "next_event": "takes_effect"}, "takes effect on 2026-11-10 only"),
    ],
)
def test_a_state_that_its_dates_rule_out_is_refused(
    changed: Callable[[Change], Marts],
    glossary: Glossary,
    issue: Issue,
    values: dict[str, Any],
    reason: str,
) -> None:
    """P01–P04: the state on the day the report speaks for, not on another."""

    def age(rows: Rows) -> None:
        rows["fct_tracked_measures"][1] |= values

    marts = changed(age)
    rendered = render(marts, glossary, issue)
    with pytest.raises(GateRefused, match=reason):
        Gate(marts, glossary, issue).check(rendered.markdown, rendered.record)


def test_dates_ahead_are_told_in_their_order(rendered: Rendered) -> None:
    """P07 CHK-CHRONOLOGY."""
    table = rendered.markdown.partition("\n表 7　")[2].partition("\n註：")[0]
    dates = [line.split(" | ")[2][:10] for line in table.splitlines() if " 到期 | " in line]
    assert len(dates) == 8 and dates == sorted(dates)


def test_what_is_new_was_posted_in_the_week(
    changed: Callable[[Change], Marts], glossary: Glossary, issue: Issue
) -> None:
    """P17 CHK-WINDOW."""
    marts = changed(lambda rows: _announce(rows, released_on=date(2026, 1, 6)))
    rendered = render(marts, glossary, issue)
    with pytest.raises(GateRefused, match="was posted on 2026-01-06, not in the week"):
        Gate(marts, glossary, issue).check(rendered.markdown, rendered.record)


def test_the_table_of_checks_is_the_record_of_them(
    gate: Gate, report: Report, marts: Marts, glossary: Glossary, issue: Issue
) -> None:
    """R04 CHK-CHECKLIST-BOUND: neither a word nor a row of it is anybody's own."""
    passed = changed_to(report, "| 警示：", "| 通過：")
    assert "the outcome of the checks is" in refused(gate, passed)
    place = report.markdown.index("\n\n## 附錄：語意搜尋參考") + 1
    row = report.replaced(place, place, "| 無重大錯誤 | 通過 | 全部查過。 |\n", "a row more")
    assert "stands for no check" in refused(gate, row)
    failed = Check("marts.x", "CHK-UNIQUE", "error", False, 2, "twice")
    other = Marts(marts.week, marts.facts, marts.tables, (*marts.checks, failed), marts.economies)
    rendered = render(other, glossary, issue)
    assert "| 每一筆只計一次 | 警示：1 項規則未過，涉及 2 列 |" in rendered.markdown


@pytest.mark.parametrize("holds", [True, False])
def test_more_than_a_thousand_rules_are_counted_alike_by_table_and_gate(
    marts: Marts, glossary: Glossary, issue: Issue, holds: bool
) -> None:
    many = tuple(
        Check(f"marts.fct_{number}", "CHK-UNIQUE", "warn", holds, 0 if holds else 1, "twice")
        for number in range(1023)
    )
    crowded = replace(marts, checks=(*marts.checks, *many))
    rendered = render(crowded, glossary, issue)
    assert "1,02" in rendered.markdown
    Gate(crowded, glossary, issue).check(rendered.markdown, rendered.record)
