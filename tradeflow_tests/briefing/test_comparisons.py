"""Table 12 of the brief: what two sources have of one figure (CHK-XSOURCE)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tradeflow.briefing.comparisons import comparisons
from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.render import Rendered
from tradeflow.errors import GateRefused

from .conftest import Change, Rows
from .test_render import section

BriefOf = Callable[[Change], str]
HEADING = "### 資料來源間一致性"
MODEL = "fct_source_comparisons"


def rows_of(text: str) -> list[list[str]]:
    lines = [line for line in section(text, HEADING).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_a_row_states_both_values_with_their_basis_and_a_computed_verdict(
    rendered: Rendered,
) -> None:
    """E17: exports agree within half a per cent, imports on other bases are not judged."""
    rows = rows_of(rendered.markdown)
    assert rows[0] == [
        "美國對台灣出口，與普查局比",
        "2024 年",
        "423.4 億美元，離岸價",
        "423.2 億美元，船邊交貨價",
        "0.0 %",
        "一致（門檻 5.0 %）",
    ]
    imports = next(row for row in rows if row[0].startswith("美國自台灣進口"))
    assert imports[2:] == [
        "1,187.0 億美元，到岸價",
        "1,162.6 億美元，海關價值",
        "+2.1 %",
        "不判定：計價基礎不同",
    ]


def test_every_difference_is_a_row_and_what_is_no_row_is_counted(
    rendered: Rendered, marts: Marts
) -> None:
    names = [(row[0], row[1], row[5]) for row in rows_of(rendered.markdown)]
    assert names == [
        ("美國對台灣出口，與普查局比", "2024 年", "一致（門檻 5.0 %）"),
        ("美國對中國出口，與普查局比", "2024 年", "不一致（門檻 5.0 %）"),
        ("美國自台灣進口，與普查局比", "2024 年", "不判定：計價基礎不同"),
        ("美國對台灣出口，與普查局比", "2023 年", "一致（門檻 5.0 %）"),
        ("美國對德國出口，與普查局比", "2022 年", "不一致（門檻 5.0 %）"),
        ("德國對全世界出口，與開放貿易統計比", "2022 年", "一致（門檻 20.0 %）"),
        ("其餘 1 項與開放貿易統計的比較", "—", "一致"),
        ("其餘 2 項與開放貿易統計的比較", "—", "不判定：兩邊皆為重建值"),
    ]
    found = comparisons(marts)
    assert len(found.shown) + sum(found.rest.values()) == len(marts.rows(MODEL, is_stated=True))


def test_the_sentence_counts_verdicts(rendered: Rendered) -> None:
    told = section(rendered.markdown, HEADING)
    assert "可以判定的比較有 6 項，4 項在門檻內，2 項超過門檻" in told
    assert "另有 3 項不判定" in told


def test_without_a_difference_no_warning_is_given(brief_of: BriefOf) -> None:
    def agree(rows: Rows) -> None:
        rows[MODEL] = [row for row in rows[MODEL] if row["verdict"] != "differ"]

    told = section(brief_of(agree), HEADING)
    assert "差異都在門檻內" in told and "超過門檻" not in told


def test_where_nothing_can_be_judged_the_brief_says_so(brief_of: BriefOf) -> None:
    def unjudged(rows: Rows) -> None:
        rows[MODEL] = [row for row in rows[MODEL] if row["verdict"] == "not_comparable"]

    assert "3 項比較都不能判定" in section(brief_of(unjudged), HEADING)


def test_a_side_that_is_absent_is_no_zero(brief_of: BriefOf) -> None:
    def lack(rows: Rows) -> None:
        rows[MODEL][0] |= {
            "other_usd": None,
            "difference_pct": None,
            "verdict": "not_comparable",
            "reason": "months_missing",
        }

    row = rows_of(brief_of(lack))[0]
    assert row[3:] == ["無資料", "無資料", "不判定：乙的月份不全"]


def test_a_year_that_one_source_lacks_is_counted_and_the_year_before_shown(
    brief_of: BriefOf,
) -> None:
    def publish_one_side(rows: Rows) -> None:
        newest = next(row for row in rows[MODEL] if row["comparison"] == "comtrade_census")
        lacking = {"comtrade_usd": None, "comtrade_valuation": None, "difference_pct": None}
        lacking |= {"year": 2025, "verdict": "not_comparable", "reason": "not_in_comtrade"}
        rows[MODEL] += [
            {**newest, **lacking, "partner_iso3": partner, "coverage": "2025"}
            for partner in ("TWN", "CHN")
        ]

    rows = rows_of(brief_of(publish_one_side))
    assert not any(row[1] == "2025 年" for row in rows)
    assert ["其餘 2 項與普查局的比較", "—", "—", "—", "—", "不判定：甲無此項"] in rows
    assert rows[0][:2] == ["美國對台灣出口，與普查局比", "2024 年"]


def test_computed_sides_stand_with_their_mark(brief_of: BriefOf) -> None:
    def reconstruct(rows: Rows) -> None:
        rows[MODEL][0] |= {
            "is_reconstructed": True,
            "verdict": "not_comparable",
            "reason": "one_side_reconstructed",
        }

    row = rows_of(brief_of(reconstruct))[0]
    assert row[0].endswith("（重建）") and row[5] == "不判定：一邊為重建值"


def test_freight_in_one_figure_is_named_as_the_reason(brief_of: BriefOf) -> None:
    def note(rows: Rows) -> None:
        rows[MODEL][1]["note"] = "freight_and_insurance_in_one"

    row = next(row for row in rows_of(brief_of(note)) if row[0].startswith("美國自台灣"))
    assert row[5] == "不判定：甲含運費與保險，乙不含"


@pytest.mark.parametrize(
    ("old", "new"),
    [("判定的比較有 6 項", "判定的比較有 9 項"), ("其餘 2 項與開放", "其餘 1 項與開放")],
)
def test_the_gate_counts_again(
    rendered: Rendered, marts: Marts, glossary: Glossary, issue: Issue, old: str, new: str
) -> None:
    """A count that text and record state alike is still refused."""
    digit = old.split(" 項")[0][-1]
    place = sum(c.isdigit() for c in rendered.markdown[: rendered.markdown.index(old)])
    assert place and digit.isdigit()
    numerals: list[dict[str, Any]] = [dict(entry) for entry in rendered.record["numerals"]]
    wrong = new.split(" 項")[0][-1]
    kind = "comparisons:judged" if "判定" in old else "comparisons:comtrade_ots/not_comparable/"
    for entry in numerals:
        if entry["reference"].startswith(kind):
            entry |= {"text": wrong, "whole": wrong}
    markdown = rendered.markdown.replace(old, new)
    with pytest.raises(GateRefused, match=f"should read '{digit}'"):
        Gate(marts, glossary, issue).check(markdown, {**rendered.record, "numerals": numerals})


def test_the_gate_refuses_a_verdict_that_is_not_the_computed_one(
    rendered: Rendered, marts: Marts, glossary: Glossary, issue: Issue
) -> None:
    """E31: agreement is computed, never claimed."""
    offset = rendered.markdown.index("不一致（門檻 5.0 %）")
    words = [dict(word) for word in rendered.record["words"]]
    for word in words:
        if word["offset"] == offset:
            word["text"] = "相一致"
    markdown = rendered.markdown[:offset] + "相" + rendered.markdown[offset + 1 :]
    with pytest.raises(GateRefused, match="'相一致' should read '不一致'"):
        Gate(marts, glossary, issue).check(markdown, {**rendered.record, "words": words})
