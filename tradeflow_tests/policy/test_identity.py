"""The page's own number, issuers and issue date."""

from datetime import date

import pytest

from tradeflow.policy.identity import identify
from tradeflow_tests.policy.pages import article


def test_the_title_number_is_the_page_own_number_even_when_it_names_others() -> None:
    own = identify(
        article(
            "商务部 海关总署公告2025年第70号 公布暂停实施公告2025年第55号、56号的决定",
            "决定自即日起至2026年11月10日暂停实施。",
            "商务部 海关总署",
            "2025年11月7日",
            page_date="2025-11-08",
        )
    )
    assert own.key == "MOFCOM-公告-2025-70"
    assert own.issuers == ("商务部", "海关总署")
    assert (own.year, own.number, own.document_type) == (2025, 70, "公告")
    assert own.issue_date == date(2025, 11, 7)
    assert own.issue_date_quote == "2025年11月7日"


@pytest.mark.parametrize(
    "title",
    [
        "商务部新闻发言人就公告2025年第21号、第22号答记者问",
        "商务部公告2025年第61号解读",
        "商务部公告2025年第55号、第56号有关问题说明",
        "关于商务部公告2025年第61号适用问题的通知",
    ],
)
def test_a_page_about_a_notice_is_not_that_notice(title: str) -> None:
    assert identify(article(title, "2025年10月9日，商务部公布公告2025年第61号。")).key is None


@pytest.mark.parametrize(
    "head",
    [
        ("商务部　海关总署公告2023年第39号",),
        ("中华人民共和国商务部　中华人民共和国海关总署　公告", "2023年第39号"),
        ("商务部", "海关总署", "公告", "2023年 第39号"),
        ("【发布单位】商务部 海关总署", "【发布文号】公告2023年第39号", "【发布日期】2023-10-20"),
        ("发布单位：商务部 海关总署", "发布文号：商务部 海关总署公告2023年第39号"),
    ],
)
def test_without_a_number_in_the_title_the_line_above_the_body_gives_it(head: tuple) -> None:
    own = identify(
        article(
            "商务部　海关总署关于优化调整石墨物项临时出口管制措施的公告",
            *head,
            "根据有关规定，比照商务部、海关总署公告2023年第23号办理。",
        )
    )
    assert own.key == "MOFCOM-公告-2023-39"
    assert own.issuers[0] == "商务部"


def test_a_number_inside_the_body_is_never_the_page_own() -> None:
    own = identify(
        article(
            "关于优化服务管理措施的公告",
            "为便利贸易，参照商务部公告2023年第39号执行。",
            "2024年1月3日",
        )
    )
    assert own.key is None
    assert own.issue_date == date(2024, 1, 3)


@pytest.mark.parametrize(
    "signature",
    [
        ("商务部　海关总署", "2025年10月9日"),
        ("商务部", "海关总署", "二〇二五年十月九日"),
        ("中华人民共和国商务部 2025 年 10 月 9 日",),
        ("部长　王某某", "2025年10月9日"),
    ],
)
def test_the_signature_dates_the_notice_and_the_page_date_never_does(signature: tuple) -> None:
    own = identify(
        article(
            "商务部公告2025年第57号 公布决定",
            "此前2025年4月4日公布的公告继续有效。",
            *signature,
            page_date="2025-10-13",
        )
    )
    assert own.issue_date == date(2025, 10, 9)


def test_an_older_notice_reprinted_in_an_annex_does_not_date_the_page() -> None:
    own = identify(
        article(
            "商务部公告2025年第28号 关于调整发布目录的公告",
            "现予公布。",
            "商务部",
            "2025年7月15日",
            "附件：原公告",
            "商务部",
            "2023年12月21日",
        )
    )
    assert own.issue_date == date(2025, 7, 15)


def test_a_notice_without_a_stated_day_has_none() -> None:
    own = identify(article("商务部公告2025年第57号 公布决定", "现公告如下。"))
    assert own.issue_date is None and own.issue_date_quote is None


def test_a_regulation_takes_the_number_and_day_of_the_decree_that_published_it() -> None:
    bracketed = identify(
        article(
            "实施《中华人民共和国反外国制裁法》的规定",
            "（2025年3月23日中华人民共和国国务院令第803号公布　自公布之日起施行）",
            "第一条　为了维护国家主权，制定本规定。",
            page_date="2025-03-28",
        )
    )
    above = identify(
        article(
            "实施《中华人民共和国反外国制裁法》的规定",
            "中华人民共和国国务院令",
            "第803号",
            "《规定》现予公布，自公布之日起施行。",
            "2025年3月23日",
            "第一条　为了维护国家主权，制定本规定。",
            page_date="2025-04-08",
        )
    )
    for own in (bracketed, above):
        assert own.key == "SC-令-803"
        assert own.issuers == ("国务院",)
        assert own.issue_date == date(2025, 3, 23)


def test_a_history_of_several_decrees_names_no_single_one() -> None:
    own = identify(
        article(
            "商用密码管理条例",
            "（1999年10月7日国务院令第273号发布　2023年4月27日国务院令第760号修订）",
            "第一条　为了规范商用密码，制定本条例。",
        )
    )
    assert own.key is None
