"""Table 8 of the brief: whom controls may touch, rated only where nothing was computed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.render import Rendered, render
from tradeflow.errors import GateRefused

from .conftest import Change, Rows
from .test_render import section
from .week_of_marts import SITE

BriefOf = Callable[[Change], str]
HEADING = "### 潛在供應鏈影響（推測，建議人工審核）"
IMPORTS = "fct_control_exposure_yearly"


def table_of(text: str) -> list[list[str]]:
    lines = [line for line in section(text, HEADING).splitlines() if line.startswith("| 20")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def reconstruct(rows: Rows) -> None:
    """The imports were computed, and with them the ratings."""
    for model in (IMPORTS, "fct_control_severity"):
        for row in rows[model]:
            row["is_reconstructed"] = True


def test_a_measure_is_one_row_the_highest_rated_first(rendered: Rendered) -> None:
    rows = table_of(rendered.markdown)
    assert [row[0] for row in rows] == [
        "2025 年第 18 號（執行中）",
        "2025 年第 58 號（暫停實施）",
        "2025 年第 55 號（暫停實施）",
    ]
    # Of the largest imports from China, those that lean on it most; not the largest alone.
    assert rows[1][1:5] == ["850760 鋰離子電池", "南韓，2024 年", "82.80 %", "中高（27.2 分）"]
    assert rows[0][5].startswith("狀態依 [")
    assert [row[5].rpartition("；")[2] for row in rows] == [
        "編碼為分類推定",
        "編碼為公告載明",
        "編碼為公告載明",
    ]


def test_the_page_a_state_was_read_from_is_named_by_its_notice(brief_of: BriefOf) -> None:
    url = f"{SITE}/202511/1188.html"

    def suspend(rows: Rows) -> None:
        for row in rows["fct_control_severity"]:
            row["document_urls"] = [url]
        for row in rows["dim_notices"]:
            row["urls"] = [url] if row["label_zh"] == "2025 年第 70 號" else []

    rows = table_of(brief_of(suspend))
    assert all(row[5].startswith(f"狀態依 [2025 年第 70 號]({url})；編碼為") for row in rows)


def test_every_sentence_on_possible_effects_is_marked_as_conjecture(rendered: Rendered) -> None:
    """P01: what may come back is a conjecture, and says so."""
    paragraphs = section(rendered.markdown, HEADING).split("表 8")[0].strip().split("\n\n")
    assert len(paragraphs) == 2
    assert all(text.startswith("推測，建議人工審核：") for text in paragraphs)
    assert "2025 年第 18 號的 HS 850511" in paragraphs[0]
    assert "如果在 2026-11-10 期滿後恢復" in paragraphs[1]


def test_computed_imports_stand_with_their_mark_and_are_not_rated(brief_of: BriefOf) -> None:
    """A rating from a 重建 figure would be read as a finding."""
    text = brief_of(reconstruct)
    rows = table_of(text)
    assert all("（重建）" in row[3] and row[4] == "不評等（重建）" for row in rows)
    # Nothing is ordered by a score that is not printed: controls in force, then by number.
    assert [row[0][:13] for row in rows] == [
        "2025 年第 18 號（",
        "2025 年第 55 號（",
        "2025 年第 58 號（",
    ]
    prose = section(text, HEADING).split("表 8")[0]
    assert "不據以評等" in prose and not re.search("[0-9]", prose)


def test_one_computed_import_is_enough_to_order_by_state(brief_of: BriefOf) -> None:
    def reconstruct_one(rows: Rows) -> None:
        rows["fct_control_severity"][2]["is_reconstructed"] = True

    rows = table_of(brief_of(reconstruct_one))
    assert [row[4] for row in rows] == ["高（54.4 分）", "不評等（重建）", "中高（27.2 分）"]


def test_a_measure_that_cannot_be_rated_says_why(brief_of: BriefOf) -> None:
    def no_taiwan(rows: Rows) -> None:
        rows["fct_control_severity"][0] |= {
            "score": None,
            "severity": None,
            "gap": "no_taiwan_imports",
        }
        rows[IMPORTS] = [row for row in rows[IMPORTS] if row["hs6"] != "850511"]

    row = next(row for row in table_of(brief_of(no_taiwan)) if row[0].startswith("2025 年第 18"))
    assert row[1:5] == ["—", "無進口資料", "—", "不評等（台灣無進口資料）"]


def test_a_control_that_another_notice_carries_on_names_it(brief_of: BriefOf) -> None:
    """P10: the controls of 2023 and 2024 stand in the catalogue of 2024, whatever their notice."""

    def carry_on(rows: Rows) -> None:
        rows["fct_control_measures"][0] |= {
            "control_notice_key": "MOFCOM-公告-2024-46",
            "control_label_zh": "2024 年第 46 號",
        }

    assert "2025 年第 18 號（由 2024 年第 46 號接續，執行中）" in brief_of(carry_on)


def test_a_dead_control_is_left_out(brief_of: BriefOf) -> None:
    def end(rows: Rows) -> None:
        rows["fct_control_severity"][0]["is_live"] = False

    assert len(table_of(brief_of(end))) == 2


def test_small_imports_make_no_sentence(brief_of: BriefOf) -> None:
    def shrink(rows: Rows) -> None:
        for row in rows[IMPORTS]:
            row["imports_usd"] = 99_999_999

    assert "推測，建議人工審核：" not in section(brief_of(shrink), HEADING)


def test_the_gate_refuses_a_rating_that_rests_on_computed_figures(
    rendered: Rendered, changed: Callable[[Change], Marts], glossary: Glossary, issue: Issue
) -> None:
    """The brief as it stands, held against marts in which the ratings were computed."""

    def reconstruct_ratings(rows: Rows) -> None:
        for row in rows["fct_control_severity"]:
            row["is_reconstructed"] = True

    marts = changed(reconstruct_ratings)
    with pytest.raises(GateRefused, match=r"rating '54\.4' rests on reconstructed figures"):
        Gate(marts, glossary, issue).check(rendered.markdown, rendered.record)


def test_the_gate_refuses_figures_of_two_years_in_one_row(
    changed: Callable[[Change], Marts], glossary: Glossary, issue: Issue
) -> None:
    """E06, CHK-COVERAGE: a row that names 2024 holds no share of 2023."""

    def stretch(rows: Rows) -> None:
        rows[IMPORTS][0]["coverage"] = "2023"
        rows[IMPORTS][1]["coverage"] = "2023"

    marts = changed(stretch)
    mixed = render(marts, glossary, issue)
    with pytest.raises(GateRefused, match="is of 2023, its row of"):
        Gate(marts, glossary, issue).check(mixed.markdown, mixed.record)
