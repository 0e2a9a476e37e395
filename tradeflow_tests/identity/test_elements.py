"""The table of elements: one symbol, one name, and the two ways of dividing rare earths."""

from __future__ import annotations

import csv
from pathlib import Path

import opencc

from tradeflow.bundled import sql_root
from tradeflow.policy import gazetteer
from tradeflow.policy.page import fold
from tradeflow.reference import elements

BY_SYMBOL = {each.symbol: each for each in elements()}
RARE_EARTHS = [each for each in elements() if each.family == "rare_earth"]


def test_symbols_numbers_and_names_are_each_told_once():
    """CHK-SYMBOL-NAME (A07): the symbol is the key, and no name stands for two elements."""
    for column in ("symbol", "atomic_number", "name_zh_tw", "name_zh_cn"):
        values = [getattr(each, column) for each in elements()]
        assert len(set(values)) == len(values), column
    numbers = [each.atomic_number for each in elements()]
    assert numbers == sorted(numbers)


def test_names_in_both_scripts_are_the_same_character():
    """CHK-SYMBOL-NAME (A07); silicon and lutetium are named differently on the two sides."""
    to_taiwan = opencc.OpenCC("s2tw")
    differing = {
        each.symbol for each in elements() if to_taiwan.convert(each.name_zh_cn) != each.name_zh_tw
    }
    assert differing == {"Si", "Lu"}


def test_names_of_rare_earths_follow_the_symbol_as_recorded(shared: Path):
    """CHK-SYMBOL-NAME (A07): twelve of seventeen names were once wrong."""
    with (shared / "facts" / "rare_earths.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            ours = BY_SYMBOL[row["symbol"]]
            assert (ours.name_zh_tw, ours.atomic_number) == (
                row["name_zh_tw"],
                int(row["atomic_number"]),
            )
            if row["symbol"] != "Sc":
                light = row["class_in_seed"] == "輕稀土"
                assert ours.class_usgs == ("light" if light else "heavy")


def test_names_of_minerals_follow_the_symbol_as_recorded(shared: Path):
    """CHK-SYMBOL-NAME (A01): 鋰, 鋯, 銻, 鎵 … by symbol, not by the misread character."""
    with (shared / "facts" / "critical_minerals_production.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            ours = BY_SYMBOL.get(row["symbol"])
            if ours and len(row["mineral_zh"]) == 1:
                assert ours.name_zh_tw == row["mineral_zh"]


def test_seventeen_rare_earths_and_neodymium_and_praseodymium_are_light():
    """CHK-REE-CLASS (E22)."""
    assert len(RARE_EARTHS) == 17
    for symbol in ("Nd", "Pr"):
        assert (BY_SYMBOL[symbol].class_usgs, BY_SYMBOL[symbol].class_china) == ("light", "light")


def test_each_class_counts_what_its_definition_says():
    """CHK-REE-CLASS (E22): USGS 57–64 light, 65–71 and yttrium heavy; China divides after 61."""
    for each in elements():
        if each.family != "rare_earth":
            assert each.class_usgs is None and each.class_china is None
    usgs_light = {e.atomic_number for e in RARE_EARTHS if e.class_usgs == "light"}
    usgs_heavy = {e.atomic_number for e in RARE_EARTHS if e.class_usgs == "heavy"}
    assert usgs_light == set(range(57, 65))
    assert usgs_heavy == {39, *range(65, 72)}
    assert BY_SYMBOL["Sc"].class_usgs == "unclassed"
    assert {e.atomic_number for e in RARE_EARTHS if e.class_china == "light"} == set(range(57, 62))


def test_the_gazetteer_finds_watched_elements_under_every_name():
    found = gazetteer.materials()
    for each in elements():
        if each.is_watched:
            for name in each.chinese_names:
                assert [m.id for m in found.find(fold(name))] == [each.symbol]
            assert gazetteer.material(each.symbol).name_zh_tw == each.name_zh_tw


def test_lutetium_is_known_by_its_three_characters():
    assert BY_SYMBOL["Lu"].name_zh_tw == "鎦"
    assert BY_SYMBOL["Lu"].chinese_names == ("镥", "鑥", "鎦")


def test_minerals_that_are_elements_carry_the_elements_name():
    """CHK-SYMBOL-NAME (A01); bauxite and natural graphite are more than their element."""
    with (sql_root() / "seeds" / "minerals.csv").open(encoding="utf-8") as lines:
        named = {row["symbol"]: row["name_zh_tw"] for row in csv.DictReader(lines)}
    assert len(BY_SYMBOL.keys() & named.keys()) > 20
    for symbol in BY_SYMBOL.keys() & named.keys() - {"Al", "C"}:
        assert named[symbol].startswith(BY_SYMBOL[symbol].name_zh_tw)
