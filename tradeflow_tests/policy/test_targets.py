"""Whom a measure is aimed at."""

import pytest

from tradeflow.policy.identity import identify
from tradeflow.policy.scope import read_abroad, read_legal_basis
from tradeflow.policy.targets import read_targets
from tradeflow_tests.policy.pages import article


def targets(title: str, *lines: str) -> list[str]:
    found = article(title, *(lines or ("正文。",)))
    read = read_targets(found, identify(found))
    assert all(each.quote in found.text and each.quote for each in read)
    return [each.value for each in read]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("商务部公告2026年第1号 关于加强两用物项对日本出口管制的公告", ["JPN"]),
        ("商务部公告2025年第35号 公布将8家台湾地区实体列入出口管制管控名单", ["TWN"]),
        ("商务部公告2026年第20号 公布将7家欧盟实体列入出口管制管控名单", ["EUU"]),
        ("中华人民共和国商务部令二〇二五年第5号 关于对欧盟两家金融机构采取反制措施的决定", ["EUU"]),
        (
            "商务部令二〇二五年第6号 关于对韩华海洋株式会社5家美国相关子公司采取反制措施的决定",
            ["USA"],
        ),
        ("商务部新闻发言人就对日相关出口管制措施答记者问", ["JPN"]),
        ("商务部新闻发言人就将7家欧盟实体列入出口管制管控名单答记者问", ["EUU"]),
    ],
)
def test_the_object_of_the_measure_is_the_target(title: str, expected: list[str]) -> None:
    assert targets(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "商务部新闻发言人就美将我多家实体列入出口管制“实体清单”事答记者问",
        "商务部新闻发言人就美方暂停实施出口管制穿透性规则答记者问",
        "商务部：坚决反对欧盟第20轮对俄制裁列单中国企业",
        "美国对量子、半导体技术实施管制，但对合作伙伴实施许可例外",
        "日本修订《出口贸易管理令》",
        "商务部令二〇二六年第1号 关于取消对欧盟两家金融机构反制措施的决定",
        "商务部公告2025年第72号 暂停实施公告2024年第46号第二款",
        "商务部公告2025年第61号 公布对境外相关稀土物项实施出口管制的决定",
    ],
)
def test_a_mere_mention_is_no_target(title: str) -> None:
    assert targets(title, "公告2024年第46号系对美国出口的措施，与本公告各自适用。") == []


def test_the_legal_basis_is_quoted_law_by_law() -> None:
    found = article(
        "商务部公告2025年第61号 公布决定",
        "根据《中华人民共和国出口管制法》和《中华人民共和国两用物项出口管制条例》等，决定如下。",
    )
    assert [each.quote for each in read_legal_basis(found, identify(found))] == [
        "《中华人民共和国出口管制法》",
        "《中华人民共和国两用物项出口管制条例》",
    ]


def test_a_notice_that_binds_people_abroad_says_so() -> None:
    title = "商务部公告2025年第61号 公布决定"
    abroad = article(title, "任何国家和地区的组织和个人，违反上述规定的，追究责任。")
    home = article(title, "出口经营者应当申请许可。")
    stated = read_abroad(abroad, identify(abroad))
    assert stated is not None and stated.quote in abroad.text
    assert read_abroad(home, identify(home)) is None
