"""The HS tables: chapters under sections, and every code that reports name under a chapter."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tradeflow.bundled import sql_root
from tradeflow.reference import controlled_hs6, elements


def seed(name: str) -> list[dict[str, str]]:
    with (sql_root() / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


CHAPTERS = {row["chapter"]: row for row in seed("hs_chapters")}
HEADINGS = {row["code"]: row for row in seed("hs_headings")}
SECTION_ENDS = (5, 14, 15, 24, 27, 38, 40, 43, 46, 49, 63, 67, 70, 71, 83, 85, 89, 92, 93, 96, 97)
"""Last chapter of sections I to XXI."""


def test_there_are_21_sections_and_97_chapters_less_the_reserved_one():
    assert [row["section"] for row in seed("hs_sections")] == [str(n) for n in range(1, 22)]
    assert list(CHAPTERS) == [f"{n:02d}" for n in range(1, 100) if n != 77]


def test_every_chapter_stands_under_its_section():
    for chapter, row in CHAPTERS.items():
        number = int(chapter)
        expected = "" if number > 97 else str(1 + sum(number > end for end in SECTION_ENDS))
        assert row["section"] == expected, chapter


def test_chips_are_chapter_85_and_chapter_84_is_machinery():
    """CHK-HS-LABEL (E11): integrated circuits are 8542; 84 says nothing of them."""
    assert "積體電路" in HEADINGS["8542"]["name_zh_tw"]
    assert "電機" in CHAPTERS["85"]["name_zh_tw"]
    assert "機械" in CHAPTERS["84"]["name_zh_tw"]
    for code, row in {**CHAPTERS, **HEADINGS}.items():
        if code.startswith("84") and code not in ("8486", "848690"):
            assert not any(word in row["name_zh_tw"] for word in ("積體電路", "半導體", "晶片"))


def test_every_controlled_code_has_a_name_and_so_has_its_heading():
    for code in controlled_hs6():
        assert code in HEADINGS
    for code in HEADINGS:
        assert code[:4] in HEADINGS and code[:2] in CHAPTERS


def test_every_code_stands_in_the_recorded_nomenclature(shared: Path):
    path = shared / "recordings" / "comtrade" / "reference_HS.json"
    known = {row["id"] for row in json.loads(path.read_text(encoding="utf-8-sig"))["results"]}
    assert HEADINGS.keys() <= known
    assert {chapter for chapter in CHAPTERS if chapter != "98"} <= known


def test_customs_codes_stand_under_the_hs_code_of_their_row():
    """Save one that the notice itself misprints (8110929010 for 8112929010)."""
    strays = [
        code
        for row in seed("control_hs_mapping")
        for code in filter(None, row["cn_customs_codes"].split(";"))
        if not code.startswith(row["hs6"])
    ]
    assert strays == ["8110929010"]


def test_the_mapping_speaks_of_known_elements_in_taiwans_characters():
    symbols = {each.symbol for each in elements()}
    simplified = set("镓锗锑钨铋钼铟钐钆铽镝镥钪钇钬铒铥铕镱设备电")
    for row in seed("control_hs_mapping"):
        assert set(filter(None, row["elements"].split(";"))) <= symbols
        assert not simplified & set(row["material_zh_tw"])


def test_the_mapping_is_the_recorded_one(shared: Path):
    with (shared / "facts" / "control_hs_mapping.csv").open(encoding="utf-8") as lines:
        recorded = {
            (key, hs6)
            for row in csv.DictReader(lines)
            for key in row["notice_key"].split(";")
            for hs6 in row["hs6"].split(";")
        }
    assert {(row["notice_key"], row["hs6"]) for row in seed("control_hs_mapping")} == recorded


@pytest.mark.parametrize("table", [CHAPTERS, HEADINGS], ids=["chapters", "headings"])
def test_names_are_short_enough_for_a_table(table: dict[str, dict[str, str]]):
    assert max(len(row["name_zh_tw"]) for row in table.values()) <= 22
