"""The economies and codes tradeflow asks about, as the sources' modules read them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradeflow import reference
from tradeflow.bundled import sql_root
from tradeflow.errors import InputError


def test_the_six_reporters_stand_in_printed_order_under_each_sources_codes():
    codes = [(e.iso3, e.comtrade_code, e.census_code) for e in reference.reporters()]
    assert codes == [
        ("TWN", "490", "5830"),
        ("USA", "842", None),
        ("CHN", "156", "5700"),
        ("JPN", "392", "5880"),
        ("KOR", "410", "5800"),
        ("DEU", "276", "4280"),
    ]


def test_main_partners_are_the_reporters_and_six_more():
    partners = reference.main_partners()
    assert partners[:6] == reference.reporters()
    assert [e.comtrade_code for e in partners[6:]] == ["704", "458", "702", "344", "484", "528"]


def test_us_partners_and_macro_economies_are_reporters():
    reporters = {e.iso3 for e in reference.reporters()}
    assert {e.iso3 for e in reference.us_partners()} == reporters - {"USA"}
    assert {e.iso3 for e in reference.macro_economies()} == reporters - {"TWN"}


def test_controlled_codes_are_sorted_six_digit_codes_named_once():
    codes = reference.controlled_hs6()
    assert list(codes) == sorted(set(codes))
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert "284610" not in codes, "no notice controls cerium compounds"


def test_controlled_codes_are_those_of_the_recorded_mapping(shared: Path):
    with (shared / "facts" / "control_hs_mapping.csv").open(encoding="utf-8") as file:
        recorded = {code for row in csv.DictReader(file) for code in row["hs6"].split(";")}
    assert set(reference.controlled_hs6()) == recorded


@pytest.fixture
def seeds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A copy of the seeds to spoil, read instead of the project's."""
    cached = (
        reference.reporters,
        reference.main_partners,
        reference.controlled_hs6,
        reference._economies,
    )
    shutil.copytree(sql_root() / "seeds", tmp_path / "seeds")
    monkeypatch.setattr(reference, "sql_root", lambda: tmp_path)
    for function in cached:
        function.cache_clear()
    yield tmp_path / "seeds"
    for function in cached:
        function.cache_clear()


def test_a_target_that_is_no_economy_is_named(seeds: Path):
    with (seeds / "target_economies.csv").open("a", encoding="utf-8") as file:
        file.write("XXX,reporter,7\n")
    with pytest.raises(InputError, match="XXX"):
        reference.reporters()


def test_a_controlled_code_that_is_not_six_digits_is_named(seeds: Path):
    with (seeds / "control_hs_mapping.csv").open("a", encoding="utf-8") as file:
        file.write("MOFCOM-公告-2030-1,物項,,,,8505.11,printed\n")
    with pytest.raises(InputError, match=r"8505\.11"):
        reference.controlled_hs6()


@pytest.mark.parametrize("text", [None, "", "iso3,role\nTWN,reporter\n"])
def test_a_missing_empty_or_narrower_seed_is_named(seeds: Path, text: str | None):
    path = seeds / "target_economies.csv"
    path.unlink()
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="target_economies"):
        reference.main_partners()
