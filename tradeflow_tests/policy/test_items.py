"""Codes, materials and entities of a notice."""

import pytest

from tradeflow.policy.entities import Entity, read_entities, stated_entity_count
from tradeflow.policy.gazetteer import material
from tradeflow.policy.identity import identify
from tradeflow.policy.items import read_items
from tradeflow.policy.targets import read_targets
from tradeflow_tests.policy.pages import article


def items(kind: str, title: str, *lines: str) -> list[str]:
    found = article(title, *lines)
    read = read_items(found, identify(found), entities(title, *lines))
    assert all(each.quote in found.text and each.rule_id and each.confidence for each in read)
    return [each.value for each in read if each.kind == kind]


def entities(title: str, *lines: str) -> list[Entity]:
    found = article(title, *lines)
    identity = identify(found)
    count = stated_entity_count(found, identity)
    targets = [target.value for target in read_targets(found, identity)]
    return read_entities(found, identity, int(count.value) if count else None, targets)


def test_codes_are_read_with_their_sub_items_and_places() -> None:
    lines = (
        "（一）1C909.a 金属钬（参考海关商品编号：28053019、3818009021、38180090xx）；",
        "1E902.b 稀土技术，纯度≥99.99%，2025年11月8日起，电话01012345678。",
    )
    title = "商务部公告2025年第57号 公布决定"
    assert items("item_code", title, *lines) == ["1C909.a", "1E902.b"]
    assert items("customs_code", title, *lines) == ["28053019", "3818009021", "38180090xx"]


@pytest.mark.parametrize(
    ("title", "lines", "expected"),
    [
        (
            "商务部公告2025年第10号 公布对钨、碲、铋、钼、铟相关物项实施出口管制的决定",
            ("（一）锗酸铋（参考海关商品编号：2841900041）；钨镍铁合金。",),
            ["W", "Te", "Bi", "Mo", "In"],
        ),
        (
            "商务部公告2025年第18号 公布对部分中重稀土相关物项实施出口管制的决定",
            ("一、钐相关物项", "金属钐、钐钴永磁材料。", "二、钆相关物项：1C903.a 金属钆。"),
            ["Sm", "Gd"],
        ),
        (
            "商务部公告2025年第57号 公布对部分中重稀土相关物项实施出口管制的决定",
            ("1C909.a 金属钬、含钬合金 28053019", "公告2025年第18号已列管的钐不在此列。"),
            ["Ho"],
        ),
        (
            "商务部公告2024年第33号 关于对锑等物项实施出口管制的公告",
            ("二、超硬材料相关物项", "三、对石墨物项实施的措施不因本公告而改变。"),
            ["Sb", "superhard"],
        ),
        (
            "商务部公告2024年第46号 关于加强相关两用物项对美国出口管制的公告",
            ("二、原则上不予许可镓、锗、锑、超硬材料相关两用物项对美国出口。",),
            ["Ga", "Ge", "Sb", "superhard"],
        ),
        (
            "商务部公告2024年第51号 关于发布清单的公告",
            ("公告2023年第23号（关于对镓、锗相关物项实施出口管制的公告）同时废止。",),
            [],
        ),
        (
            "商务部公告2025年第58号 公布对锂电池和人造石墨负极材料相关物项实施出口管制的决定",
            (),
            ["lithium_battery", "graphite_anode"],
        ),
        ("关于将反无人机技术公司等外国实体列入不可靠实体清单的公告", (), []),
    ],
)
def test_materials_are_those_the_notice_controls(
    title: str, lines: tuple[str, ...], expected: list[str]
) -> None:
    assert items("material", title, "决定如下：", *lines) == expected


def test_every_rare_earth_has_its_own_name_in_taiwan(shared) -> None:
    # CHK-SYMBOL-NAME: names follow the symbol, whatever a document printed.
    rows = (shared / "facts/rare_earths.csv").read_text(encoding="utf-8").splitlines()[1:]
    for row in rows:
        _, _, symbol, name, *_ = row.split(",")
        assert material(symbol).name_zh_tw == name


@pytest.mark.parametrize(
    "lines",
    [
        ("附件", "1. 甲公司（Alpha Inc.）", "2. 乙公司（Beta, Inc.）", "3. 丙公司（Gamma）"),
        ("序号 实体 序号 实体", "1 甲公司 3 丙公司", "2 乙公司"),
        ("名单：", "甲公司、乙公司、丙公司。"),
        ("决定将甲公司、乙公司、丙公司等3家美国实体列入出口管制管控名单。",),
        ("附件：甲公司、乙公司、丙公司",),
    ],
)
def test_listed_entities_are_read_from_lines_tables_and_enumerations(
    lines: tuple[str, ...],
) -> None:
    title = "商务部公告2025年第51号 公布将3家美国实体列入出口管制管控名单决定"
    assert items("entity", title, "一、禁止向上述实体出口两用物项。", *lines) == [
        "甲公司",
        "乙公司",
        "丙公司",
    ]


def test_the_stated_count_stands_beside_the_names() -> None:
    found = article("商务部令二〇二五年第5号 关于对欧盟两家金融机构采取反制措施的决定", "正文。")
    stated = stated_entity_count(found, identify(found))
    assert stated is not None and (stated.value, stated.quote) == ("2", "两家金融机构")
    other = article("商务部公告2025年第61号 公布对稀土实施出口管制的决定", "2家企业来函。")
    assert stated_entity_count(other, identify(other)) is None


def test_numbers_with_a_gap_are_no_list() -> None:
    title = "商务部公告2025年第51号 公布将3家美国实体列入出口管制管控名单决定"
    assert items("entity", title, "1. 甲公司", "3. 丙公司") == []
