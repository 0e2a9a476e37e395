"""The critical-minerals report: what it says, what it corrects, and what the gate refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.front_matter import front_matter
from tradeflow.briefing.gate import Gate
from tradeflow.briefing.glossary import Glossary
from tradeflow.briefing.html import page
from tradeflow.briefing.issue import Issue
from tradeflow.briefing.marts import Marts
from tradeflow.briefing.mineral_changes import basis, due
from tradeflow.briefing.render import Rendered, render
from tradeflow.errors import GateRefused
from tradeflow.periods import Week

from .conftest import Change, Rows
from .test_hostile_text import NAUGHTY, Tags
from .week_of_marts import AS_OF, WEEK
from .year_of_marts import E_18, E_57, YEAR, year_marts

ReportOf = Callable[[Change], str]


@pytest.fixture(scope="module")
def issue() -> Issue:
    return Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", True, True, None, MINERALS, YEAR)


@pytest.fixture(scope="module")
def marts() -> Marts:
    return year_marts()


@pytest.fixture(scope="module")
def rendered(marts: Marts, glossary: Glossary, issue: Issue) -> Rendered:
    return render(marts, glossary, issue)


@pytest.fixture(scope="module")
def report_of(glossary: Glossary, issue: Issue) -> ReportOf:
    """The report after an edit of the rows; the gate has accepted it."""

    def make(change: Change) -> str:
        marts = year_marts(change)
        written = render(marts, glossary, issue)
        Gate(marts, glossary, issue).check(written.markdown, written.record)
        return written.markdown

    return make


@pytest.fixture(scope="module")
def refusal_of(glossary: Glossary, issue: Issue) -> ReportOf:
    """Why the gate refuses the report after an edit of the rows."""

    def make(change: Change) -> str:
        marts = year_marts(change)
        written = render(marts, glossary, issue)
        with pytest.raises(GateRefused) as caught:
            Gate(marts, glossary, issue).check(written.markdown, written.record)
        return str(caught.value)

    return make


def section(text: str, heading: str) -> str:
    after = text.split(f"\n{heading}\n", 1)[1]
    return re.split(r"^#{1,6} ", after, maxsplit=1, flags=re.M)[0].strip()


def mineral(rows: Rows, code: str) -> dict[str, Any]:
    return next(r for r in rows["fct_mineral_production_yearly"] if r["mineral_code"] == code)


def element(rows: Rows, symbol: str) -> dict[str, Any]:
    return next(r for r in rows["fct_rare_earth_elements"] if r["symbol"] == symbol)


def test_the_report_as_rendered_is_accepted(
    marts: Marts, glossary: Glossary, issue: Issue, rendered: Rendered
) -> None:
    Gate(marts, glossary, issue).check(rendered.markdown, rendered.record)
    assert rendered.markdown.startswith("# 關鍵礦物與出口管制 — 2026 年\n")
    assert "期中版：本期尚未結束" in rendered.markdown
    assert 5 <= len(rendered.key_messages) <= 8
    for sentence in rendered.key_messages:
        assert re.search(r"（表 \d+(、[表圖] \d+)*）$", sentence), sentence
    assert len(rendered.review_items) == 2


def test_the_front_matter_names_the_subject(rendered: Rendered, issue: Issue) -> None:
    front = front_matter(issue, rendered.key_messages, ["台灣"], "https://example.org/")
    assert front.keywords[:2] == ["關鍵礦物", "稀土"] and front.title == "2026 年"
    assert front.canonical == "https://example.org/yearly/2026/"
    assert front.related_reports == ["yearly/2025", "weekly/2026-W07"]


def test_headings_and_columns_are_those_of_the_skeleton(rendered: Rendered) -> None:
    found = re.findall(r"^##+ .*$", rendered.markdown, re.M)
    assert found == list(MINERALS.headings)
    for number, (_, columns) in MINERALS.columns.items():
        assert f"| {' | '.join(columns)} |" in rendered.markdown, number


def test_a_report_of_a_week_is_refused(marts: Marts, glossary: Glossary) -> None:
    weekly = Issue(Week.parse(WEEK), AS_OF, "1a2b3c4d", True, True, None, MINERALS)
    with pytest.raises(BriefError, match="is of a year"):
        render(marts, glossary, weekly)


def test_names_stand_with_symbols_and_shares_come_from_the_row(rendered: Rendered) -> None:
    """A01, A06, A07: the symbol is the key, the share is production over the world's."""
    table = section(rendered.markdown, "### 主要產國")
    assert "| 中國 | 鎵（Ga） | 原生 | 750 | 760 | 98.68 % | 9,738.6–9,740.3 |" in table
    assert (
        "| 澳洲 | 鋰（Li） | 礦產 | 88,000 | 240,000（不含美國） | 36.67 % | 1,344.4 以上 |"
        in table
    )
    assert "81,000 | 82.72 % | 7,100.4 |" in table, "a full list has the index itself"
    assert "| 中國 | 鍺（Ge） | 精煉 | 未公布 | 未公布 | 未公布 | — |" in table, "ND is no zero"
    earths = section(rendered.markdown, "### 稀土分類")
    assert len(re.findall(r"^\| [輕重未]\S*／\S+ \|", earths, re.M)) == 17
    assert "| 輕／中重 | 釤（Sm） |" in earths and "| 輕／輕 | 釹（Nd） |" in earths


def test_one_name_for_two_minerals_is_refused(refusal_of: ReportOf) -> None:
    """A01: 鈳 stood for five minerals."""

    def misname(rows: Rows) -> None:
        for code in ("COBALT", "NIOBIUM"):
            mineral(rows, code)["mineral_name_zh"] = "鈳"

    assert "CHK-NAME-FUNCTION: 鈳" in refusal_of(misname)


def test_a_world_smaller_than_its_producer_is_refused(refusal_of: ReportOf) -> None:
    """A02: zinc, world 2,000,000 below China's 4,000,000."""

    def lose_a_digit(rows: Rows) -> None:
        mineral(rows, "COBALT")["world_production_t"] = 29000

    assert "CHK-SHARE: COBALT: a producer makes more" in refusal_of(lose_a_digit)


def test_a_share_that_is_not_its_production_is_refused(refusal_of: ReportOf) -> None:
    """A03: the text had 570,000 t and 69 %, its table 390,000 t."""

    def contradict(rows: Rows) -> None:
        mineral(rows, "RARE_EARTHS")["world_production_t"] = 570000

    assert "CHK-SHARE: RARE_EARTHS: the share is not" in refusal_of(contradict)


@pytest.mark.parametrize("told", ["鎵、鈮、鎢、鈷", "鎵、鈮"])
def test_a_list_that_is_not_the_tables_is_refused(refusal_of: ReportOf, told: str) -> None:
    """A04, A05: the text named other minerals than those above the limit."""

    def list_others(rows: Rows) -> None:
        band = next(r for r in rows["fct_mineral_bands"] if r["band"] == "over_80")
        band |= {"minerals_zh": told, "minerals": len(told.split("、"))}

    assert "CHK-TEXT-TABLE: band over_80" in refusal_of(list_others)


def test_the_counted_minerals_are_the_listed_ones(rendered: Rendered) -> None:
    """A04: sentence and table come from one row."""
    assert "超過八成的礦產有三種：鎵、鈮、鎢；鎵、鎢的首位產地是中國" in rendered.key_messages[0]
    assert "| 超過八成 | 3 | 鎵、鈮、鎢 | 鎵、鎢 |" in rendered.markdown


def test_the_summary_says_what_the_suspended_measures_are_about(rendered: Rendered) -> None:
    (told,) = [each for each in rendered.key_messages if "屆滿" in each]
    assert "2025 年第 57 號（鈥、鉺、銩、銪、鐿）" in told and "這些措施" not in told


def test_a_notice_of_the_timeline_that_no_second_source_confirms_is_marked(
    report_of: ReportOf,
) -> None:
    def doubt(rows: Rows) -> None:
        for row in rows["dim_notices"]:
            row["is_unconfirmed"] = row["label_zh"] == "2025 年第 18 號"

    timeline = section(report_of(doubt), "### 時間線")
    marked = [line for line in timeline.splitlines() if line.endswith("執行中（待審） |")]
    assert len(marked) == 1 and "2025 年第 18 號" in marked[0]


def test_two_rare_earths_of_one_name_are_refused(refusal_of: ReportOf) -> None:
    """A07: the article's table has twelve wrong names, some twice."""

    def misname(rows: Rows) -> None:
        element(rows, "Tb")["name_zh_tw"] = element(rows, "La")["name_zh_tw"]

    assert "CHK-SYMBOL-NAME" in refusal_of(misname)


@pytest.mark.parametrize("symbol", ["Nd", "Pr"])
def test_a_light_rare_earth_called_heavy_is_refused(refusal_of: ReportOf, symbol: str) -> None:
    """E22: 重稀土（釹鐠）."""

    def call_heavy(rows: Rows) -> None:
        element(rows, symbol)["class_usgs"] = "heavy"

    assert f"CHK-REE-CLASS: {symbol}" in refusal_of(call_heavy)


def test_a_date_that_is_not_the_notices_is_refused(refusal_of: ReportOf) -> None:
    """A08, A09, A10, P06: 7/31 for 2023-08-01."""

    def misdate(rows: Rows) -> None:
        for row in rows["fct_policy_timeline"]:
            if row["date_text"] == "2023-08-01":
                row["date_text"] = "2023-07-31"

    assert "is dated 2023-07-31 and holds from 2023-08-01" in refusal_of(misdate)


def test_events_out_of_order_are_refused(refusal_of: ReportOf) -> None:
    """CHK-TIMELINE-ORDER."""

    def turn(rows: Rows) -> None:
        for row in rows["fct_policy_timeline"]:
            row["event_no"] = 10 - row["event_no"]

    assert "CHK-TIMELINE-ORDER: 2025-06 stands behind 2025-10-09" in refusal_of(turn)


def test_an_ended_notice_names_what_carries_its_control_on(rendered: Rendered) -> None:
    """P06: the control on gallium and germanium goes on under another notice."""
    table = section(rendered.markdown, "### 時間線")
    assert "| 2023-08-01 | — | 鎵、鍺須經許可出口（2023 年第 23 號） | 鎵、鍺 |" in table
    assert "已終止，由 2024 年第 51 號接續（執行中）" in table
    assert "| 1990 年代 |" in table and "| 2025 年 6 月 |" in table


def test_a_measure_never_in_force_is_told_apart(rendered: Rendered) -> None:
    """A11: announced, then put off; it stands outside the table and says so."""
    told = section(rendered.markdown, "### 時間線")
    assert "美國宣布加徵的稅率是 100 %（2025 年），宣布後暫緩，未曾施行，不列入上表。" in told
    assert not re.search(r"^\|.*加徵的稅率.*\|$", told, re.M)


def test_figures_without_year_or_source_are_named_and_not_printed(rendered: Rendered) -> None:
    """A12, A13, A16, E20: a share or a figure needs its year and its source."""
    text = rendered.markdown
    assert "前三大精煉國合計占比 82 %（2020 年）、86 %（2024 年）" in text
    assert "- IEA　" in text and "44,000,000 公噸（2024 年）" in text
    left = section(text, "## 方法、更正與限制")
    assert "單位有誤，待查原始文獻　用量：每 1 千瓩離岸風機的稀土" in left
    assert "240 公斤" not in text, "a figure whose unit is not settled"
    assert "2026 年 2 月供應鏈月報所載的銻占比" in left and "48" not in left


def test_taiwans_dependence_is_computed_where_the_article_contradicts_itself(
    rendered: Rendered,
) -> None:
    """A14: 逾六成來自中國, and 主要來自歐美與日本."""
    told = section(rendered.markdown, "### 直接進口")
    assert "HS 280530 的中國占比為 76.21 %、HS 284690 的中國占比為 66.83 %（重建）" in told


def test_nothing_reconstructed_reaches_the_summary_or_the_advice(
    report_of: ReportOf, refusal_of: ReportOf
) -> None:
    def compute(rows: Rows) -> None:
        for row in rows["fct_mineral_production_yearly"] + rows["fct_mineral_bands"]:
            row["is_reconstructed"] = True
        for row in rows["fct_mineral_producers_yearly"] + rows["fct_signals"]:
            row["is_reconstructed"] = True

    text = report_of(compute)
    assert "98.68" not in section(text, "## 摘要")
    assert "鎵（Ga）（重建）" in text
    assert section(text, "## 六、建議（規則觸發）").startswith("表 11　本期沒有達到門檻的規則。")


def test_every_trade_row_says_that_it_is_reconstructed_and_a_bound(rendered: Rendered) -> None:
    for heading in ("## 三、對全球的影響", "### 直接進口"):
        part = section(rendered.markdown, heading)
        assert "（上限" in part or "上限）" in part
        rows = re.findall(r"^\| (?!經濟體|HS6).*%.*\|$", part, re.M)
        assert rows and all("重建" in row for row in rows), heading
    assert "不據以比較各經濟體" in rendered.markdown
    assert "德國的資料止於 2022 年" in rendered.markdown


def test_published_trade_names_who_is_reached_most(report_of: ReportOf) -> None:
    def publish(rows: Rows) -> None:
        for row in rows["fct_exposed_imports_yearly"]:
            row["is_reconstructed"] = False

    text = report_of(publish)
    assert "各經濟體以台灣的比重最高，受執行中管制的品項占進口 3.55 %" in text


def test_the_matrix_tells_each_month_and_what_announced_dates_change(rendered: Rendered) -> None:
    table = section(rendered.markdown, "### 現行狀態矩陣")
    line = next(x for x in table.splitlines() if x.startswith("| 2025 年第 57 號 |"))
    cells = [cell.strip() for cell in line.split("|")[2:-1]]
    assert cells[:2] == ["暫停實施", "暫停實施"] and cells[2:10] == ["未到"] * 8
    assert cells[10:] == ["期滿未確認（預計）"] * 2
    assert "| 2024 年第 46 號 | 各款不同 |" in table
    assert "| 2023 年第 23 號 |" not in table and "已終止而不再列入的有 2023 年第 23 號" in table


def test_the_matrix_of_a_past_year_has_every_state_of_it(marts: Marts, glossary: Glossary) -> None:
    issue = Issue(
        Week.parse("2025-W52"), date(2025, 12, 28), "1a2b3c4d", True, False, None, MINERALS,
        YEAR.previous(),
    )  # fmt: skip
    text = render(marts, glossary, issue).markdown
    line = next(x for x in text.splitlines() if x.startswith("| 2025 年第 57 號 | —"))
    cells = [cell.strip() for cell in line.split("|")[2:-1]]
    assert cells == ["—"] * 9 + ["已公布未生效", "暫停實施", "暫停實施"]


def test_items_show_their_codes_and_what_the_code_rests_on(rendered: Rendered) -> None:
    table = section(rendered.markdown, "### 管制對應品項")
    assert "| 2023 年第 23 號 | 鎵：金屬 | — | 811292 | 公告載明 |" in table
    assert (
        "| 2025 年第 57 號 | 鈥、鉺：金屬 | 1C909.a、1C910.a | 280530、284690 |"
        " 部分為公告載明，其餘為分類推定 |" in table
    )
    assert "上限" in table


def test_uses_in_industry_say_that_nothing_is_sourced(
    rendered: Rendered, report_of: ReportOf
) -> None:
    table = section(rendered.markdown, "### 產業鏈對照")
    assert "研究文章所述：發電機；未附來源（推測，建議人工審核）" in table
    assert "| 錫合金 | 無受管制編碼 |" in table
    empty = report_of(lambda rows: rows["fct_material_industries"].clear())
    assert "表 9　無資料來源。" in empty


def test_advice_shows_what_triggered_it_and_asks_for_a_person(rendered: Rendered) -> None:
    part = section(rendered.markdown, "## 六、建議（規則觸發）")
    assert "| 中國為首位產地，且受其管制 | 鎵（98.70 %） |" in part
    assert "2025 年第 57 號（268 天）" in part and "穿透性規則" not in part
    rows = [line for line in part.splitlines() if line.startswith("| ") and "條件" not in line]
    assert all(line.endswith("| 建議人工審核 |") for line in rows) and len(rows) == 3
    assert "因此不評等" in part


def test_corrections_say_which_line_and_which_the_data_do_not_bear_out(
    rendered: Rendered,
) -> None:
    table = section(rendered.markdown, "### 更正表")
    assert "| 產量表（剛果民主共和國，2024 年 220,000 公噸）：鈳 | 鈷 |" in table
    assert "| 產量表（中國）：銻 | 鍺 | 依用途判定（本期資料無從比對） |" in table
    assert "| 稀土表（Sm）：釷 | 釤 |" in table
    assert "| 內文：570,000 | 390,000 | 內文與文章自己的表不同（與本期資料不符，待審） |" in table


def test_an_empty_world_still_has_every_heading_and_reason(report_of: ReportOf) -> None:
    def empty(rows: Rows) -> None:
        for name in rows:
            if name not in {"fct_counts", "fct_layer_coverage", "dim_notices"}:
                rows[name].clear()

    text = report_of(empty)
    assert "本期未計算：缺礦產產量。" in text and "本期沒有更正。" in text
    assert "表 8　本期未計算：缺台灣的六位碼進口資料。" in text


def test_new_states_of_the_year_are_named(report_of: ReportOf) -> None:
    def begin(rows: Rows) -> None:
        for row in rows["fct_clause_intervals"]:
            if row["notice_key"] == E_18:
                row["valid_from"] = date(2026, 1, 20)

    assert "本期狀態有變的是 2025 年第 18 號。" in section(report_of(begin), "## 摘要")


def test_a_report_is_due_when_a_state_an_edition_or_a_mapping_changed(marts: Marts) -> None:
    before = basis(marts)
    assert due(before, before) == () and due(None, before) == ("no report is published",)

    def resume(rows: Rows) -> None:
        for row in rows["fct_clause_status"]:
            if row["notice_key"] == E_57:
                row |= {"status": "lapsed_unconfirmed", "until_date": None}

    def publish(rows: Rows) -> None:
        for row in rows["fct_mineral_production_yearly"]:
            if row["mineral_code"] == "GALLIUM":
                row |= {"edition": 2026, "year": 2025}

    def remap(rows: Rows) -> None:
        rows["fct_controlled_items"][0]["hs6"] = "280519"

    def postpone(rows: Rows) -> None:
        for row in rows["fct_clause_status"]:
            row["days_left"] = 1
        rows["fct_exposed_imports_yearly"].clear()

    assert due(before, basis(year_marts(resume))) == (f"a control changed its state: {E_57}|",)
    assert due(before, basis(year_marts(publish))) == (
        "there is a newer edition of production: GALLIUM",
    )
    assert due(before, basis(year_marts(remap))) == ("the codes that controls reach changed",)
    assert due(before, basis(year_marts(postpone))) == (), "a day that passed is no news"


@pytest.mark.parametrize("text", NAUGHTY)
def test_hostile_text_adds_no_tag_no_link_and_no_heading(
    report_of: ReportOf, rendered: Rendered, glossary: Glossary, issue: Issue, text: str
) -> None:
    def poison(rows: Rows) -> None:
        for row in rows["dim_notices"]:
            row |= {"title_zh_hans": text, "content_zh": text}
        for row in rows["fct_controlled_items"]:
            row["item_codes"] = [text]
        for row in rows["fct_policy_timeline"]:
            row |= {"trigger_zh": text, "action_zh": text}
        for row in rows["fct_mineral_production_yearly"]:
            row |= {"uses_zh": text, "top_name_zh": text}
        for row in rows["fct_corrections"]:
            row |= {"printed": text, "reason_zh": text}
        for row in rows["fct_layer_coverage"]:
            row |= {"source_name_zh": text, "url": "javascript:alert(1)"}

    marts = year_marts(poison)
    written = render(marts, glossary, issue)
    Gate(marts, glossary, issue).check(written.markdown, written.record)
    ours, theirs = Tags(), Tags()
    ours.feed(page(rendered.markdown, rendered.record, [], "x"))
    theirs.feed(page(written.markdown, written.record, [], "x"))
    assert {tag for tag, _ in theirs.found} <= {tag for tag, _ in ours.found}
    for _, attributes in theirs.found:
        assert not any(name.startswith("on") for name in attributes)
        assert not (attributes.get("href") or "").lower().startswith(("javascript", "data"))
    assert "{{" not in written.markdown and "{%" not in written.markdown
