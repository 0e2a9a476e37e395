"""What the sandbox's MOFCOM pages say: every notice and event, in several wordings, with decoys."""

from __future__ import annotations

import csv
import re
from functools import cache

import pytest
from selectolax.lexbor import LexborHTMLParser

from tradeflow.sandbox.mofcom_world import Page, content, pages

_NUMERALS = dict(zip("〇一二三四五六七八九", "0123456789", strict=True))
_CHINESE_DATE = re.compile(
    r"([〇一二三四五六七八九]{4})年(?:([一二三四五六七八九十]+)月([一二三四五六七八九十]+)日)?"
)
_ON_PUBLICATION = re.compile(r"自(?:公布|发布)之日起|公布之日起施行|自即日起")


@cache
def text_of(page: Page) -> str:
    """Heading and body as read, without blanks, Chinese-numeral dates in digits."""
    tree = LexborHTMLParser(content(page).decode(page.encoding))
    nodes = (tree.css_first("h1.art-title"), tree.css_first("div.art-con"))
    shown = re.sub(r"\s", "", "\n".join(node.text() for node in nodes))
    return _CHINESE_DATE.sub(lambda found: _in_digits(*found.groups()), shown)


def _in_digits(year: str, month: str | None, day: str | None) -> str:
    digits = "".join(_NUMERALS[character] for character in year)
    return f"{digits}年" + (f"{_small(month)}月{_small(day)}日" if month and day else "")


def _small(numeral: str) -> int:
    tens, ten, ones = numeral.rpartition("十")
    base = (int(_NUMERALS[tens]) if tens else 1) * 10 if ten else 0
    return base + (int(_NUMERALS[ones]) if ones else 0)


def spoken(day: str) -> str:
    year, month, day_of_month = (int(part) for part in day.split("-"))
    return f"{year}年{month}月{day_of_month}日"


def names(key: str, text: str) -> bool:
    """Whether a text names the notice: decree 792, 公告2025年第56号, 第55号、56号 …"""
    kind, document, *rest = key.split("-")
    if kind == "US":
        return "穿透性规则" in text
    if kind == "SC":
        return f"第{rest[0]}号" in text
    year, number = rest
    own = re.search(rf"{document}{year}年?(?:第\d+号、)*第?(?:\d+号、)*第?{number}号", text)
    return own is not None


def pages_naming(key: str) -> list[str]:
    return [text for page in pages() if names(key, text := text_of(page))]


def rows(shared, name: str) -> list[dict[str, str]]:
    with (shared / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_notice_stands_on_a_page_with_its_issuers_and_issue_date(shared):
    for notice in rows(shared, "announcement_registry.csv"):
        wanted = [spoken(notice["issue_date"]), *notice["issuers"].split(";")]
        assert any(
            all(piece in text for piece in wanted) for text in pages_naming(notice["notice_key"])
        ), notice["notice_key"]


def test_every_event_can_be_read_from_a_page_that_names_its_notice(shared):
    verbs = {
        "suspended": "暂停", "replaced": "同时废止", "amended": "作出调整", "ended": "停止",
        "announced": "公布", "in_force": "",
    }  # fmt: skip
    issued = {r["notice_key"]: r["issue_date"] for r in rows(shared, "announcement_registry.csv")}
    for event in rows(shared, "announcement_events.csv"):
        key = event["notice_key"]
        days = [spoken(day) for day in (event["event_date"], event["until"]) if day]
        candidates = [text for text in pages_naming(key) if all(day in text for day in days)]
        candidates = [text for text in candidates if verbs[event["event"]] in text]
        if event["by_notice"]:
            candidates = [text for text in candidates if names(event["by_notice"], text)]
        if event["event"] == "in_force" and event["event_date"] == issued[key]:
            candidates = [
                text
                for text in candidates
                if _ON_PUBLICATION.search(text) or f"自{days[0]}起生效" in text
            ]
        assert candidates, event


@pytest.mark.parametrize("number", ["55", "56", "57", "58"])
def test_the_four_announced_notices_state_the_day_they_were_to_take_effect(number):
    own = [text for text in pages_naming(f"MOFCOM-公告-2025-{number}") if "经国务院批准" in text]
    assert any("自2025年11月8日起" in text for text in own)


def test_notice_61_stages_its_clauses_and_reaches_beyond_the_border():
    site = next(text_of(page) for page in pages() if page.page_id == "1171")
    assert "第一条第（一）项、第（二）项规定自2025年12月1日起正式实施" in site
    assert "第一条第（三）项规定自公布之日起实施" in site
    assert "境外组织和个人" in site
    assert "0.1%" in site


def test_notice_72_suspends_the_second_clause_alone_and_is_unconfirmed():
    page = next(page for page in pages() if page.page_id == "2025-72")
    assert "至2026年11月27日，暂停实施商务部公告2024年第46号" in text_of(page)
    assert "第二款" in text_of(page)
    assert "〔未证实〕" in text_of(page)


def test_the_november_page_ends_notice_13_and_suspends_notice_21_for_a_year():
    text = next(text_of(page) for page in pages() if page.page_id == "1186")
    assert "自2025年11月10日起：一、停止公告2025年第13号" in text
    assert "继续暂停公告2025年第21号对16家美国实体的管控措施一年，至2026年11月10日" in text


def test_the_fifty_per_cent_rule_and_its_suspension_stand_in_the_sites_own_pages():
    by_id = {page.page_id: text_of(page) for page in pages()}
    assert "50%穿透性规则，自2025年9月29日起生效" in by_id["1168"]
    assert "自2025年11月10日至2026年11月9日，暂停实施" in by_id["1199"]


def test_every_printed_customs_code_and_every_printed_item_code_stands_in_its_notice(shared):
    for row in rows(shared, "control_hs_mapping.csv"):
        codes = row["item_code"].split(";") + row["cn_customs_codes_named"].split(";")
        for key in row["notice_key"].split(";"):
            texts = pages_naming(key)
            if ";" in row["notice_key"]:
                texts = pages_naming("MOFCOM-公告-2025-62")
            assert all(any(code in text for text in texts) for code in codes), row


@pytest.mark.parametrize(
    ("page_id", "count", "target"),
    [
        ("2025-13", 15, "美国"),
        ("1116", 16, "美国"),
        ("1132", 12, "美国"),
        ("1150", 8, "台湾地区"),
        ("1164", 3, "美国"),
        ("1209", 20, "日本"),
        ("1208", 20, "日本"),
        ("1283", 7, "欧盟"),
        ("2026-11r", 20, "日本"),
    ],
)
def test_an_entity_list_names_as_many_invented_entities_as_it_states(page_id, count, target):
    text = next(text_of(page) for page in pages() if page.page_id == page_id)
    assert f"{count}家{target}实体" in text
    assert len(set(re.findall(r"示例实体(?!清单)\w", text))) == count


def phrasings(pattern: str) -> set[str]:
    """Distinct wordings matching a pattern over all pages, digits made alike."""
    return {
        re.sub(r"\d+", "9", found)
        for page in pages()
        for found in re.findall(pattern, page.body.text)
    }


@pytest.mark.parametrize(
    "pattern",
    [
        r"[自于][\d年月日时分 ]+起(?:正式)?(?:实施|施行|执行|生效)",
        r"自(?:公布|发布)之日起(?:正式)?(?:实施|施行)",
        r"(?m)^> .*\d{4} ?年.*日$|^> 二〇.*日$",
        r"(?:根据|依据|按照|依照)《中华人民共和国(?:出口管制法|对外贸易法)》",
        r"(?:公告|令)?(?:\d{4}|二〇二.)年? ?第\d+号",
        r"(?:继续暂停|暂停实施|停止|取消|同时废止)(?=公告|商务部|2025|，)",
        r"(?m)^> .*(?:商务部|海关总署|科技部).*$",
        r"(?m)将(?:下列|上述|参与\w+的)?\d+家\w+实体|\d+家\w+实体列入|等\d+家\w+实体",
        r"原则上不予许可|不得出口|禁止\w*出口|未经许可",
    ],
)
def test_each_field_is_worded_in_at_least_three_ways(pattern):
    assert len(phrasings(pattern)) >= 3, phrasings(pattern)


def test_at_least_twenty_pages_carry_a_date_or_number_that_is_not_their_own():
    hard = [
        page for page in pages() if any(re.search(r"\d{4}年", decoy) for decoy in page.body.decoys)
    ]
    assert len(hard) >= 20


def test_every_declared_decoy_is_really_on_its_page():
    for page in pages():
        assert all(decoy in page.body.text for decoy in page.body.decoys), page.page_id


def test_repealed_regulations_keep_the_mark_in_their_title():
    repealed = [page for page in pages() if "已废止" in page.title]
    assert len(repealed) == 3
    assert all("同时废止" in page.body.text for page in repealed)


def test_a_notice_repeated_by_the_ministry_says_the_same_in_other_words():
    for number, day in (("55", "2025年11月8日"), ("57", "2025年11月8日"), ("61", "2025年12月1日")):
        texts = [
            text_of(page)
            for page in pages()
            if re.search(rf"公告2025年?第{number}号", page.title)
            and "第55号、56号" not in page.title
        ]
        assert len(texts) == 2
        assert texts[0] != texts[1]
        assert all(day in text for text in texts)
