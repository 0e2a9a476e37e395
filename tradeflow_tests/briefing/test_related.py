"""The appendix of related documents: printed from the search's answers, its scores nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pytest

from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.related import with_related
from tradeflow.briefing.render import Rendered, render, share_traced
from tradeflow.errors import GateRefused
from tradeflow.periods import Week
from tradeflow.search.appendix import LIMITS, Related
from tradeflow.search.service import Hit
from tradeflow.search_steps import related_documents, searching
from tradeflow.settings import Mode, Settings
from tradeflow.world import World

from .conftest import Change, Rows
from .test_gate import moved
from .test_render import section

HEADING = "## 附錄：語意搜尋參考"
NOTICE = Hit(
    rank=1,
    document_id="MOFCOM-公告-2025-57",
    title="商务部 海关总署公告2025年第57号 公布对部分中重稀土相关物项实施出口管制的决定",
    layer="cn_export_control",
    category="controlled_item_change",
    url="http://exportcontrol.mofcom.gov.cn/article/202510/1177.html",
    notice_key="MOFCOM-公告-2025-57",
    dated=date(2025, 10, 9),
    released_on=date(2025, 10, 10),
    materials=("Ho",),
    economies=(),
    states=(("", "suspended"),),
    clause="一",
    text="對鈥、鉺等物項實施出口管制。",
    highlights=(),
    score=0.0164,
    relevance=0.8386,
    is_unconfirmed=False,
    is_reconstructed=False,
)
PAGE = replace(
    NOTICE,
    rank=2,
    document_id="http://exportcontrol.mofcom.gov.cn/article/202510/1172.html",
    title="商务部新闻发言人答记者问",
    url="http://exportcontrol.mofcom.gov.cn/article/202510/1172.html",
    notice_key=None,
    states=(),
    relevance=0.725,
)
CARD = replace(
    NOTICE,
    document_id="card:bilateral_trade_flows/export_concentration/CHN",
    title="中國的出口市場集中度（HHI）",
    layer="bilateral_trade_flows",
    url=None,
    notice_key=None,
    dated=None,
    released_on=date(2025, 7, 1),
    states=(),
    relevance=0.9,
    is_reconstructed=True,
)
RELATED = [Related("稀土出口管制", (NOTICE, PAGE)), Related("出口市場集中度", (CARD,))]


@pytest.fixture(scope="module")
def found(marts: Marts) -> Marts:
    return with_related(marts, RELATED)


@pytest.fixture(scope="module")
def told(found: Marts, glossary: Glossary, issue: Issue) -> Rendered:
    rendered = render(found, glossary, issue)
    Gate(found, glossary, issue).check(rendered.markdown, rendered.record)
    return rendered


def refused(marts: Marts, glossary: Glossary, issue: Issue) -> str:
    rendered = render(marts, glossary, issue)
    with pytest.raises(GateRefused) as caught:
        Gate(marts, glossary, issue).check(rendered.markdown, rendered.record)
    return str(caught.value)


def test_a_document_is_a_row_with_its_number_state_date_and_score(told: Rendered) -> None:
    rows = [line for line in section(told.markdown, HEADING).splitlines() if line[:2] == "| "]
    assert rows[1:] == [
        "| 稀土出口管制 | [公布對部分中重稀土相關物項實施出口管制的決定]"
        "(http://exportcontrol.mofcom.gov.cn/article/202510/1177.html) | 2025 年第 57 號 "
        "| 暫停實施 | 2025-10-09 | 0.84 | 中國出口管制 |",
        "| 稀土出口管制 | [商務部新聞發言人答記者問]"
        "(http://exportcontrol.mofcom.gov.cn/article/202510/1172.html) | — | — "
        "| 2025-10-09 | 0.73 | 中國出口管制 |",
        "| 出口市場集中度 | 中國的出口市場集中度（HHI）（重建） | — | — "
        "| 2025-07-01 | 0.90 | 雙邊貿易 |",
    ]


def test_the_date_is_the_documents_own_not_the_day_it_was_indexed(told: Rendered) -> None:
    """P13, CHK-PAYLOAD-DATE: the day of issue, else the day it became public."""
    assert "2025-10-10" not in section(told.markdown, HEADING)


def test_without_an_index_the_brief_says_so(rendered: Rendered, marts: Marts) -> None:
    assert with_related(marts, None) is marts
    assert section(rendered.markdown, HEADING).endswith("本期未建立檢索索引。")


def test_an_index_without_an_answer_is_not_a_missing_index(
    marts: Marts, glossary: Glossary, issue: Issue
) -> None:
    empty = render(with_related(marts, [Related("稀土出口管制", ())]), glossary, issue)
    assert "沒有找到夠相關的文件" in section(empty.markdown, HEADING)


def test_a_world_without_an_index_has_no_related_documents(tmp_path: Any) -> None:
    world = World(Settings(home=tmp_path, sources=Mode.SANDBOX))
    with duckdb.connect() as con, searching(world, con, [Week(2026, 7)]) as service:
        assert related_documents(service, Week(2026, 7), "weekly") is None


def test_clauses_in_several_states_are_not_given_one(
    marts: Marts, glossary: Glossary, issue: Issue
) -> None:
    """P03: a notice whose clauses differ has no state of its own."""
    mixed = replace(NOTICE, states=(("一", "in_force"), ("二", "suspended")))
    text = render(with_related(marts, [Related("x", (mixed,))]), glossary, issue).markdown
    assert "| 2025 年第 57 號 | 各款不同 |" in section(text, HEADING)


def test_scores_do_not_count_as_traced_figures(told: Rendered, found: Marts) -> None:
    numerals = told.record["numerals"]
    assert [n["text"] for n in numerals if n["kind"] == "score"] == ["0.84", "0.73", "0.90"]
    stating = [n for n in numerals if n["kind"] != "score"]
    assert share_traced(numerals, found) == share_traced(stating, found)


def test_a_score_outside_the_appendix_is_refused(
    told: Rendered, found: Marts, glossary: Glossary, issue: Issue
) -> None:
    """E28, CHK-SCORE-PLACEMENT: a score beside a figure would pass for its evidence."""
    text = told.markdown
    entry = next(n for n in told.record["numerals"] if n["kind"] == "score")
    at = text.index("不表示違反任何規範。") + len("不表示違反任何規範。")
    numerals = list(told.record["numerals"])
    numerals.insert(len(re.findall(r"[0-9][0-9.,]*", text[:at])), entry)
    slipped = text[:at] + "（0.84）" + text[at:]
    record = {**moved(told.record, at, 6), "numerals": numerals}
    with pytest.raises(GateRefused, match=r"score 0\.84 stands outside the appendix"):
        Gate(found, glossary, issue).check(slipped, record)


def test_a_score_that_is_not_the_searchs_is_refused(
    told: Rendered, found: Marts, glossary: Glossary, issue: Issue
) -> None:
    numerals = [dict(n) for n in told.record["numerals"]]
    for entry in numerals:
        if entry["kind"] == "score" and entry["text"] == "0.84":
            entry |= {"text": "0.99", "whole": "0.99"}
    with pytest.raises(GateRefused, match=r"score '0\.99' should read '0\.84'"):
        Gate(found, glossary, issue).check(
            told.markdown.replace("| 0.84 |", "| 0.99 |"), {**told.record, "numerals": numerals}
        )


def test_a_document_shown_twice_is_refused(marts: Marts, glossary: Glossary, issue: Issue) -> None:
    """R06, CHK-SEARCH-DEDUP."""
    twice = [Related("稀土出口管制", (NOTICE,)), Related("暫停實施的管制", (NOTICE,))]
    assert "MOFCOM-公告-2025-57 is shown twice" in refused(
        with_related(marts, twice), glossary, issue
    )


@pytest.mark.parametrize("questions", [1, 6])
def test_more_than_the_limits_is_refused(
    marts: Marts, glossary: Glossary, issue: Issue, questions: int
) -> None:
    """R05, CHK-SEARCH-PARAMS: per question as well as in all."""
    limits = LIMITS["weekly"]
    each = limits.per_question + 1 if questions == 1 else 2
    many = [
        Related(
            f"查詢{'一二三四五六'[asked]}",
            tuple(replace(PAGE, rank=n, document_id=f"{asked}/{n}") for n in range(1, each + 1)),
        )
        for asked in range(questions)
    ]
    assert "more than its limits" in refused(with_related(marts, many), glossary, issue)


def test_a_document_from_after_the_week_is_refused(
    marts: Marts, glossary: Glossary, issue: Issue
) -> None:
    later = replace(NOTICE, released_on=date(2026, 2, 16))
    assert "was not public yet" in refused(
        with_related(marts, [Related("稀土出口管制", (later,))]), glossary, issue
    )


def test_a_state_the_search_has_is_held_to_the_wording_of_states(
    changed: Callable[[Change], Marts], glossary: Glossary, issue: Issue
) -> None:
    """P01: a suspended notice cannot be printed as in force in the appendix either."""

    def nothing(rows: Rows) -> None:
        assert rows

    marts = with_related(changed(nothing), RELATED)
    rendered = render(marts, glossary, issue)
    line = "| 2025 年第 57 號 | 暫停實施 | 2025-10-09 |"
    assert line in rendered.markdown
    with pytest.raises(GateRefused):
        Gate(marts, glossary, issue).check(
            rendered.markdown.replace(line, line.replace("暫停實施", "執行中 ")), rendered.record
        )
