"""From when a notice takes effect."""

from datetime import date

import pytest

from tradeflow.policy.clauses import read_clauses
from tradeflow.policy.identity import identify
from tradeflow_tests.policy.pages import article

_SIGNED = ("商务部", "2025年10月9日")


def clauses(*lines: str, title: str = "商务部公告2025年第61号 公布实施出口管制的决定") -> dict:
    found = article(title, *lines, *_SIGNED)
    read = read_clauses(found, identify(found))
    assert all(each.quote in found.text for each in read)
    return {each.clause: each.effective_date for each in read}


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("本公告自公布之日起正式实施。", date(2025, 10, 9)),
        ("本决定自发布之日起施行。", date(2025, 10, 9)),
        ("六、本公告自２０２５年１１月８日起正式实施。", date(2025, 11, 8)),
        ("本公告于二〇二五年十二月一日起正式施行。", date(2025, 12, 1)),
        ("本决定自2025年11月10日12时01分起生效。", date(2025, 11, 10)),
        ("以上决定，自2025年11月8日起施行。", date(2025, 11, 8)),
        ("决定自2025年11月8日起对镓、锗相关物项实施出口管制。", date(2025, 11, 8)),
        ("本公告的实施日期为2025年11月8日。", date(2025, 11, 8)),
    ],
)
def test_the_start_of_the_whole_notice_is_read(line: str, day: date) -> None:
    assert clauses(line) == {"": day}


def test_staged_clauses_have_their_own_days() -> None:
    line = (
        "五、本公告第一条第（一）项、第（二）项规定自2025年12月1日起正式实施，"
        "第一条第（三）项规定自公布之日起实施。"
    )
    assert clauses(line) == {"1(1)(2)": date(2025, 12, 1), "1(3)": date(2025, 10, 9)}


@pytest.mark.parametrize(
    "line",
    [
        "手续比照商务部公告2023年第23号（自2025年12月1日起实施）办理。",
        "同日公布的公告2025年第56号另自2025年11月8日起实施。",
        "《中华人民共和国两用物项出口管制条例》自2025年12月1日起施行。",
        "自2023年12月1日起对石墨物项实施的措施不因本公告而改变。",
        "此前的措施已于2024年12月1日起实施。",
        "美方规则自2025年11月10日起生效。",
        "石墨物项自2023年12月1日起实施出口管制。",
    ],
)
def test_the_start_of_something_else_is_not_the_notice_own(line: str) -> None:
    assert clauses(line) == {}


def test_a_list_named_in_the_title_starts_with_the_notice() -> None:
    title = "商务部公告2025年第51号 关于发布《中华人民共和国两用物项出口管制清单》的公告"
    assert clauses("一、《清单》自2025年12月1日起正式实施。", title=title) == {
        "": date(2025, 12, 1)
    }


def test_numbered_prohibitions_against_one_economy_are_clauses_of_their_own() -> None:
    title = "商务部公告2025年第46号 关于加强相关两用物项对美国出口管制的公告"
    lines = (
        "一、禁止两用物项向美国军事用户出口。",
        "二、原则上不予许可镓、锗相关两用物项对美国出口。",
        "本公告自公布之日起正式实施。",
    )
    assert clauses(*lines, title=title) == {"1": date(2025, 10, 9), "2": date(2025, 10, 9)}


def test_two_different_days_for_one_clause_lower_the_confidence() -> None:
    found = article(
        "商务部公告2025年第61号 公布决定",
        "本公告自2025年11月8日起实施。",
        "本公告自2025年12月1日起实施。",
        *_SIGNED,
    )
    told = read_clauses(found, identify(found))
    assert [(each.clause, each.effective_date, each.confidence) for each in told] == [
        ("", date(2025, 11, 8), "medium"),
        ("", date(2025, 12, 1), "medium"),
    ]


def test_on_publication_without_an_issue_date_has_no_day() -> None:
    found = article("商务部公告2025年第61号 公布决定", "本公告自公布之日起实施。")
    (only,) = read_clauses(found, identify(found))
    assert (only.effective_kind, only.effective_date) == ("on_publication", None)


def test_a_page_that_is_no_notice_has_no_clauses() -> None:
    found = article("商务部新闻发言人答记者问", "答：本公告自2025年11月8日起实施。")
    assert read_clauses(found, identify(found)) == []
