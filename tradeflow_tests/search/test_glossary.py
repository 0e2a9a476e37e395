"""The glossary holds together, and has its names from the project's own lists."""

from __future__ import annotations

import csv
from collections import defaultdict
from importlib.resources import files

import pytest

from tradeflow.errors import InputError
from tradeflow.policy.gazetteer import listed_economies, listed_materials
from tradeflow.reference import all_economies, elements
from tradeflow.search.glossary import Concept, Glossary, glossary


def test_every_row_has_a_name_in_both_scripts_and_in_english():
    with (files("tradeflow.search") / "glossary.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) > 300
    ids = [row["concept"] for row in rows]
    assert len(set(ids)) == len(ids)
    for row in rows:
        assert row["zh_tw"] and row["zh_cn"] and row["en"], row


def test_a_name_means_one_concept():
    owners = defaultdict(set)
    for concept in glossary().concepts.values():
        for name in concept.names:
            owners[name].add(concept.id)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_elements_materials_and_economies_come_from_the_projects_lists():
    for element in elements():
        for name in (element.name_zh_tw, element.name_zh_cn, element.name_en):
            assert glossary().concept_of(name) == element.symbol
    for material in listed_materials():
        for name in (*material.names, material.name_zh_tw):
            assert glossary().concept_of(name) is not None, name
    for economy in all_economies():
        assert glossary().concept_of(economy.name_zh_tw) == economy.iso3
    for economy in listed_economies():
        assert all(glossary().concept_of(name) == economy.id for name in economy.names)


def test_mainland_and_taiwanese_names_of_economies_are_one():
    for pair in (("沙烏地阿拉伯", "沙特阿拉伯"), ("紐西蘭", "新西兰"), ("寮國", "老挝")):
        assert len({glossary().concept_of(name) for name in pair}) == 1


def test_a_rare_earth_belongs_to_its_class():
    assert {"rare_earth", "medium_heavy_rare_earth"} <= glossary().wider("Dy")
    assert {"rare_earth", "light_rare_earth"} <= glossary().wider("Nd")
    assert glossary().parts("Dy") == frozenset()


def test_a_word_has_seams_only_where_names_fill_all_of_it():
    names = Glossary([Concept("a", {"美国"}), Concept("b", {"进口"}), Concept("c", {"进口商品"})])
    assert names.seams("美国进口") == [2]
    assert names.seams("美国进口美国") == [2, 4]
    assert names.seams("美国进口商") == names.seams("进口商品") == names.seams("美国") == []


def test_a_concept_that_names_an_unknown_one_is_refused():
    with pytest.raises(InputError, match="a names 'b', which is no concept"):
        Glossary([Concept("a", {"甲"}, parts=("b",))])


def test_another_name_gives_another_digest():
    one = Glossary([Concept("a", {"甲"})])
    other = Glossary([Concept("a", {"甲", "乙"})])
    assert one.digest != other.digest
    assert one.digest == Glossary([Concept("a", {"甲"})]).digest
