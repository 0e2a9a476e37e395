"""Each page has exactly one category."""

import csv

import pytest

from tradeflow.policy.category import CATEGORIES, category
from tradeflow.policy.page import fold


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("中华人民共和国出口管制法", "regulation_update"),
        ("中华人民共和国导弹及相关物项和技术出口管制条例（已废止）", "regulation_update"),
        ("实施《中华人民共和国反外国制裁法》的规定", "regulation_update"),
        (
            "商务部公告2025年第61号 公布对境外相关稀土物项实施出口管制的决定",
            "controlled_item_change",
        ),
        ("商务部公告2026年第1号 关于加强两用物项对日本出口管制的公告", "controlled_item_change"),
        ("日本修改出口管制清單新增半導體增材製造物項", "controlled_item_change"),
        ("商务部公告2025年第21号 公布将16家美国实体列入出口管制管控名单", "enforcement_action"),
        ("商务部公告2026年第12号 公布将20家日本实体列入关注名单", "enforcement_action"),
        ("商务部新闻发言人就将3家美国实体列入出口管制管控名单答记者问", "policy_guidance"),
        ("商务部回应稀土出口管制：中美将通过经贸磋商机制保持沟通", "policy_guidance"),
        ("加拿大更新出口管制清单指南", "policy_guidance"),
        ("中欧出口管制对话磋商在布鲁塞尔举行", "international_cooperation"),
        ("瓦森纳安排修改两用物项及技术清单", "international_cooperation"),
    ],
)
def test_the_first_rule_that_applies_decides(title: str, expected: str) -> None:
    assert category(fold(title)) == expected


def test_every_title_of_the_site_gets_one_of_the_five(shared) -> None:
    # CHK-CATEGORY
    with (shared / "facts/mofcom_pages.csv").open(encoding="utf-8") as lines:
        titles = [row["title_as_published_elsewhere"] for row in csv.DictReader(lines)]
    assert {category(fold(title)) for title in titles} == set(CATEGORIES)
