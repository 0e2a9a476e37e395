"""What a page does to other notices: verbs, objects, dates, and everything that is no act."""

from datetime import date

import pytest

from tradeflow.policy.actions import read_actions
from tradeflow.policy.clauses import read_clauses
from tradeflow.policy.identity import identify
from tradeflow_tests.policy.pages import article

_NEWS = "商务部新闻发言人就调整有关措施答记者问"
_D70 = "商务部 海关总署公告2025年第70号 公布暂停实施有关公告的决定"
_SIGNED = ("商务部　海关总署", "2025年11月7日")


def acts(title: str, *lines: str, page_date: str = "2025-11-07") -> list[tuple]:
    found = article(title, *lines, page_date=page_date)
    identity = identify(found)
    read = read_actions(found, identity, read_clauses(found, identity))
    assert all(each.quote in found.text for each in read)
    return [(a.verb, a.target_key, a.target_clause, a.event_date, a.until_date) for a in read]


SUSPENDED = [
    ("suspended", f"MOFCOM-公告-2025-{n}", "", date(2025, 11, 7), date(2026, 11, 10))
    for n in (55, 56, 61)
]


@pytest.mark.parametrize(
    "lines",
    [
        (
            "决定自2025年11月7日起至2026年11月10日，暂停实施商务部 海关总署公告2025年第55号"
            "（原定自2025年11月8日起实施）、56号及商务部公告2025年第61号。",
        ),
        (
            "决定自即日起至2026年11月10日，暂停实施2025年10月9日公布的下列公告：",
            "一、商务部　海关总署公告2025年第55号、56号；",
            "二、商务部公告2025年第61号。",
        ),
        (
            "商务部 海关总署公告2025年第55号、第56号和商务部公告2025年第61号自2025年11月7日起"
            "暂停实施，至2026年11月10日止。",
        ),
        (
            "现暂停实施商务部 海关总署公告2025年第55号、第56号、商务部公告2025年第61号。",
            "上述暂停自2025年11月7日起执行，至2026年11月10日止。",
        ),
    ],
)
def test_a_suspension_reaches_every_notice_it_names(lines: tuple[str, ...]) -> None:
    assert acts(_D70, *lines, *_SIGNED) == SUSPENDED


def test_one_sentence_may_end_one_notice_and_suspend_another() -> None:
    line = (
        "答：中方决定自2025年11月10日起，停止2025年3月4日公告（商务部公告2025年第13号）对15家美国"
        "实体的管控措施；继续暂停2025年4月4日公告（商务部公告2025年第21号）的措施一年。"
    )
    assert acts(_NEWS, line) == [
        ("ended", "MOFCOM-公告-2025-13", "", date(2025, 11, 10), None),
        ("suspended", "MOFCOM-公告-2025-21", "", date(2025, 11, 10), date(2026, 11, 10)),
    ]


def test_a_list_takes_the_date_of_the_line_that_opens_it() -> None:
    assert acts(
        _NEWS,
        "答：中方决定自2025年11月10日起：",
        "一、停止公告2025年第13号对15家美国实体的管控措施；",
        "二、继续暂停公告2025年第21号对16家美国实体的管控措施一年，至2026年11月10日。",
    ) == [
        ("ended", "MOFCOM-公告-2025-13", "", date(2025, 11, 10), None),
        ("suspended", "MOFCOM-公告-2025-21", "", date(2025, 11, 10), date(2026, 11, 10)),
    ]


def test_a_single_clause_may_be_suspended() -> None:
    line = (
        "决定自即日起至2026年11月27日，暂停实施商务部公告2024年第46号（关于对美国的公告）第二款。"
    )
    assert acts("商务部公告2025年第72号 暂停实施", line, "商务部", "2025年11月9日") == [
        ("suspended", "MOFCOM-公告-2024-46", "2", date(2025, 11, 9), date(2026, 11, 27))
    ]


def test_ninety_days_are_counted() -> None:
    line = "自2025年8月12日起，继续暂停公告2025年第21号对16家美国实体的管控措施90天。"
    assert acts(_NEWS, line, page_date="2025-08-12") == [
        ("suspended", "MOFCOM-公告-2025-21", "", date(2025, 8, 12), date(2025, 11, 10))
    ]


@pytest.mark.parametrize(
    "lines",
    [
        (
            "本公告自2024年12月1日起实施，商务部、海关总署公告2023年第23号"
            "（《关于对镓、锗相关物项实施出口管制的公告》）、公告2024年第33号同时废止。",
        ),
        (
            "制定了《清单》，现予发布，并将有关事项公告如下：",
            "一、《清单》自2024年12月1日起正式实施。",
            "二、下列公告自2024年12月1日起同时废止，所涉物项的管制由《清单》接续：",
            "（一）商务部、海关总署公告2023年第23号（关于镓、锗的公告，自2023年8月1日起实施）；",
            "（二）商务部、海关总署公告2024年第33号（关于优化调整的公告，自2024年9月15日起实施）。",
        ),
        (
            "本公告自2024年12月1日起实施。",
            "商务部 海关总署公告2023年第23号、公告2024年第33号同时废止。",
        ),
    ],
)
def test_a_repeal_by_a_new_notice_replaces_on_its_own_first_day(lines: tuple[str, ...]) -> None:
    title = "商务部 海关总署公告2024年第51号 关于发布《两用物项出口管制清单》的公告"
    assert acts(title, *lines, "商务部 海关总署", "2024年11月15日") == [
        ("replaced", "MOFCOM-公告-2023-23", "", date(2024, 12, 1), None),
        ("replaced", "MOFCOM-公告-2024-33", "", date(2024, 12, 1), None),
    ]


def test_an_amendment_takes_the_start_of_the_amending_notice() -> None:
    assert acts(
        "商务部 科技部公告2025年第28号 关于调整发布《目录》的公告",
        "商务部、科技部对公告2023年第57号（2023年12月21日公布）的《目录》作出调整，现予公布：",
        "二、未作调整的条目，仍按公告2023年第57号执行。",
        "本公告自公布之日起实施。",
        "商务部　科技部",
        "2025年7月15日",
    ) == [("amended", "MOFCOM-公告-2023-57", "", date(2025, 7, 15), None)]


def test_a_decree_that_lifts_countermeasures_ends_the_earlier_decree() -> None:
    assert acts(
        "中华人民共和国商务部令二〇二六年第1号 关于取消反制措施的决定",
        "决定取消2025年8月13日商务部令二〇二五年第5号对欧盟两家金融机构采取的反制措施。",
        "本决定自公布之日起施行。",
        "中华人民共和国商务部",
        "二〇二六年四月二十五日",
    ) == [("ended", "MOFCOM-令-2025-5", "", date(2026, 4, 25), None)]


@pytest.mark.parametrize(
    "line",
    [
        "有记者问：中方是否自2025年11月10日起暂停实施公告2025年第61号？",
        "答：公告2025年第22号所涉措施已于2025年8月12日停止。",
        "答：此前，中方自2025年8月12日起暂停公告2025年第21号的措施90天。",
        "答：美方宣布自2025年11月10日起暂停实施其规则，此事见公告2025年第70号。",
        "答：有报道称中方将自2025年11月10日起取消公告2025年第61号。",
        "答：中方将视情自2025年11月10日起恢复实施公告2025年第61号。",
        "答：美方要求自2025年11月10日起停止实施公告2025年第61号。",
        "答：公告2025年第61号正处于暂停实施期间，自2025年11月7日起。",
        "答：稀土措施自2025年11月7日起已由公告2025年第70号暂停实施至2026年11月10日。",
        "编者按：条例（国务院令第792号）自2024年12月1日起施行，本条例同时废止。",
        "答：暂停实施公告2025年第61号。",  # no date
        "答：自2025年11月10日起停止有关措施。",  # no notice
        "答：自2025年11月10日起，停止2025年3月4日公告的措施。",  # no number
        "答：自2025年11月10日起，取消“公告2025年第61号”的说法不实。",
    ],
)
def test_questions_history_hearsay_and_others_acts_are_no_actions(line: str) -> None:
    assert acts(_NEWS, line) == []


def test_a_notice_does_not_act_on_itself() -> None:
    line = "自2025年11月10日起，商务部公告2025年第70号停止实施。"
    assert acts(_D70, line, *_SIGNED) == []


def test_words_the_page_calls_unconfirmed_lower_that_row_alone() -> None:
    found = article(
        _NEWS,
        "一、自2025年8月12日起，停止公告2025年第22号的措施。",
        "二、自2025年8月12日起，继续暂停公告2025年第21号的措施90天〔未证实〕。",
    )
    read = read_actions(found, identify(found), [])
    assert [(a.target_key[-2:], a.confidence) for a in read] == [("22", "high"), ("21", "medium")]
