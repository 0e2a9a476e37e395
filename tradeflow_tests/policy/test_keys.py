"""Notice numbers as titles and texts write them."""

import pytest

from tradeflow.policy.keys import clause_label, find_references, with_clauses
from tradeflow.policy.page import fold


def keys(text: str) -> list[str]:
    folded = fold(text)
    return [f"{r.key} {r.clause}".strip() for r in with_clauses(find_references(folded), folded)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("商务部 海关总署公告2025年第56号", ["MOFCOM-公告-2025-56"]),
        ("商务部、海关总署公告2025年第57号", ["MOFCOM-公告-2025-57"]),
        ("商务部公告2025第61号", ["MOFCOM-公告-2025-61"]),
        ("商務部公告２０２５年第６１號", ["MOFCOM-公告-2025-61"]),
        ("商务部公告〔2025〕第9号", ["MOFCOM-公告-2025-9"]),
        ("2025年第13号公告", ["MOFCOM-公告-2025-13"]),
        ("2025年3月4日公布的第13号公告", ["MOFCOM-公告-2025-13"]),
        ("海关总署公告2024年第5号", ["GACC-公告-2024-5"]),
        ("中华人民共和国商务部令二〇二五年第5号", ["MOFCOM-令-2025-5"]),
        ("中华人民共和国国务院令 第792号", ["SC-令-792"]),
        ("公告2025年第21号、第22号", ["MOFCOM-公告-2025-21", "MOFCOM-公告-2025-22"]),
        ("公告2025年第21号、2025年第22号", ["MOFCOM-公告-2025-21", "MOFCOM-公告-2025-22"]),
        ("公告2025年第55号至57号", [f"MOFCOM-公告-2025-{n}" for n in (55, 56, 57)]),
        ("商务部公告2024年第46号第二款", ["MOFCOM-公告-2024-46 2"]),
        ("公告2024年第46号（关于对美国出口管制的公告）第二款", ["MOFCOM-公告-2024-46 2"]),
    ],
)
def test_a_number_is_read_in_every_way_it_is_written(text: str, expected: list[str]) -> None:
    assert keys(text) == expected


def test_one_sentence_may_name_notices_of_two_sets_of_issuers() -> None:
    found = find_references(
        fold("商务部　海关总署公告2025年第55号、56号、57号、58号及商务部公告2025年第61号、62号")
    )
    assert [r.number for r in found] == [55, 56, 57, 58, 61, 62]
    assert found[0].issuers == ("商务部", "海关总署")
    assert found[-1].issuers == ("商务部",)


def test_year_and_number_do_not_make_two_document_types_one_notice() -> None:
    assert keys("商务部公告2026年第1号与商务部令二〇二六年第1号") == [
        "MOFCOM-公告-2026-1",
        "MOFCOM-令-2026-1",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "第21号公告",  # no year
        "自2025年11月10日起，暂停第5号公告",  # another date's year is not the notice's
        "2025年第4条",
        "令二〇二五年第5号",  # whose decree?
        "公告2025年10月9日",
    ],
)
def test_what_does_not_name_a_notice_in_full_is_left_out(text: str) -> None:
    assert keys(text) == []


def test_a_following_date_is_not_taken_into_the_enumeration() -> None:
    assert keys("商务部公告2025年第21号、4月4日") == ["MOFCOM-公告-2025-21"]
    assert keys("商务部公告2025年第21号和3家企业") == ["MOFCOM-公告-2025-21"]


@pytest.mark.parametrize(
    ("words", "label"),
    [("第二款", "2"), ("第一条第(一)项、第(二)项", "1(1)(2)"), ("第一条第(三)项", "1(3)")],
)
def test_a_clause_is_labelled_by_its_ordinals(words: str, label: str) -> None:
    assert clause_label(words) == label
