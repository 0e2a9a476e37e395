"""Terms of texts and queries: one term for one thing, however it is written (R07, both scripts)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from tradeflow.search.fold import folded
from tradeflow.search.text import places, read_query, read_text

HOSTILE = [
    "<script>alert(1)</script>",
    "{% raw %}{{ 7 * 7 }}{% endraw %}",
    '=HYPERLINK("http://x")',
    "\u202e稀土\u202c\u200b\x00\x1b[31m",
    "' or 1=1; drop table search.documents; --",
    "号" * 500,
    "第" * 300 + "一" * 300 + "号",
    "((((((((((公告2025年第",
    "𠮷𠀋\ud800".encode("utf-8", "replace").decode(),
    "99999年99月99日 0000.00 1c909.a.1.1.1.1.1",
]


def terms(text: str) -> set[str]:
    return {each.term for each in read_query(text).terms}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("公告57号", {"no:57", "no:公告57"}),
        ("第 57 號", {"no:57"}),
        ("18號公告", {"no:18", "no:公告18"}),
        ("商務部公告2025年第62號", {"no:2025-62", "no:62", "no:公告62"}),
        ("二〇二五年第6号", {"no:2025-6", "no:6"}),
        ("国务院令第792号", {"no:792", "no:令792"}),
        ("公告2025年第55号、56号", {"no:2025-55", "no:2025-56"}),
        ("2025年10月9日", {"day:2025-10-09", "month:2025-10"}),
        ("2025-10-09", {"day:2025-10-09", "month:2025-10"}),
        ("2025/10/9", {"day:2025-10-09"}),
        ("二〇二五年十月九日", {"day:2025-10-09"}),
        ("民國114年10月9日", {"day:2025-10-09"}),
        ("October 9, 2025", {"day:2025-10-09", "month:2025-10"}),
        ("9 Oct 2025", {"day:2025-10-09"}),
        ("November 2026", {"month:2026-11"}),
        ("2026年11月", {"month:2026-11"}),
        ("1C909.a", {"code:1c909", "code:1c909.a"}),
        ("２Ｂ９０２", {"code:2b902"}),
        ("85076000", {"hs:8507", "hs:850760", "hs:85076000"}),
        ("8507.60", {"hs:8507", "hs:850760"}),
        ("HS 8507", {"hs:8507"}),
        ("0.1%", {"pct:0.1"}),
        ("千分之一", {"pct:0.1"}),
        ("百分之五十", {"pct:50"}),
        ("50 percent", {"pct:50"}),
        ("20家日本实体", {"count:20"}),
        ("二十家日商", {"count:20"}),
        ("十六間美國企業", {"count:16"}),
    ],
)
def test_numbers_dates_codes_and_percentages_are_one_term_each(text, expected):
    assert expected <= terms(text)


def test_a_date_without_its_year_takes_the_pages(monkeypatch):
    read = read_text("自11月8日起实施", date(2025, 10, 9))
    assert "day:2025-11-08" in {each.term for each in read.terms}


def test_a_month_is_not_read_out_of_a_full_date():
    assert "month:2025-10" in terms("2025年10月9日")
    assert [each.term for each in read_query("2025年10月9日").terms].count("month:2025-10") == 1


@pytest.mark.parametrize(
    "pair",
    [
        ("銻", "antimony"),
        ("稀土", "rare earths"),
        ("晶片", "芯片"),
        ("人造鑽石", "金刚石"),
        ("華府", "美国"),
        ("首爾", "韩国"),
        ("葉門", "也门"),
        ("暫停", "suspension"),
        ("工業與安全局", "BIS"),
        ("軍民兩用品", "dual-use goods"),
        ("鋰離子電池", "lithium-ion battery"),
    ],
)
def test_names_of_one_thing_share_a_concept(pair):
    first, second = ({each for each in terms(text) if each[0] == "#"} for text in pair)
    assert first & second, (first, second)


def test_a_name_across_the_edges_of_words_is_not_found():
    assert "#CHN_JPN" not in terms("其中日本企业")
    assert "#CHN_JPN" in terms("中日贸易")


def test_a_word_that_is_nothing_but_names_falls_into_them():
    """jieba's dictionary has 美国进口 as one word."""
    assert {"#USA", "#import"} <= terms("美國進口從哪幾國來")
    assert "#JPN" not in terms("本日")


def test_a_text_about_a_part_answers_a_question_about_the_whole_but_not_the_reverse():
    said = {each.term for each in read_text("金属钬").implied}
    asked = {each.term for each in read_query("金属钬").implied}
    assert "#rare_earth" in said
    assert "#rare_earth" not in asked


def test_words_of_a_named_concept_are_not_counted_again():
    assert "出口管制" not in terms("出口管制")
    assert "#export_control" in terms("出口管制")


def test_highlights_lie_on_the_words_asked_for():
    text = "一、〔鎵〕、锗相关物项，自２０２３年８月１日起實施（1C909.a）。"
    wanted = {each.term for each in read_query("gallium 1C909 2023-08-01").terms}
    assert [text[start:end] for start, end in places(text, wanted)] == [
        "鎵",
        "２０２３年８月１日",
        "1C909.a",
    ]


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_and_every_place_lies_in_it(text):
    assert len(folded(text)) == len(text)
    for reading in (read_query(text), read_text(text)):
        for each in (*reading.terms, *reading.implied):
            assert 0 <= each.start < each.end <= len(text)
            assert each.term


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_words_and_nothing_else(text):
    read = read_query(text)
    found = places(text, {each.term for each in read.terms})
    assert all(0 <= start < end <= len(text) for start, end in found)


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "稀土",
                    "管制",
                    "暂停实施",
                    "镓",
                    "石墨负极材料",
                    "台湾",
                    "发布",
                    "公告2025年第57号",
                ),
                *(
                    "里程",
                    "干预",
                    "后续",
                    "只有",
                    "系统",
                    "面条",
                    "出口管制法",
                    "10月9日",
                    "价值占比",
                ),
            ]
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=60, deadline=None)
def test_both_scripts_have_the_same_terms(words):
    text = "".join(words)
    assert terms(OpenCC("s2t").convert(text)) == terms(text)
