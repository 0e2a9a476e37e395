"""The split of total trade into HS chapters."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal

import pytest

from tradeflow.sandbox import comtrade_goods, comtrade_world
from tradeflow.sandbox.comtrade_commodities import asked, nomenclature, of_level
from tradeflow.sandbox.world_data import rows

SLICES = [
    (reporter, flow, year)
    for year in ("2022", "2023", "2024")
    for reporter in comtrade_world.reporters(year)
    for flow in "XM"
]


@pytest.mark.parametrize(("reporter", "flow", "year"), SLICES)
def test_a_partners_chapters_add_up_to_its_total_to_the_last_digit(
    reporter: str, flow: str, year: str
) -> None:
    sums: dict[str, Decimal] = {}
    for commodity in asked(["AG2"]):
        values = dict(comtrade_goods.values(reporter, flow, year, commodity))
        world = values.pop("0")
        assert sum(values.values()) == world
        assert min(values.values()) > 0
        for partner, value in values.items():
            sums[partner] = sums.get(partner, Decimal(0)) + value
    totals = dict(comtrade_world.flow_values(reporter, flow, year))
    world = totals.pop("0")
    assert sums == totals
    assert abs(sum(sums.values()) - world) <= Decimal("0.01")


def test_a_chapter_below_its_largest_with_a_partner_is_in_whole_cents() -> None:
    values = comtrade_goods.values("490", "X", "2023", nomenclature()["03"])
    assert all(value == value.quantize(Decimal("0.01")) for value in values.values())


@pytest.mark.parametrize(("reporter", "flow", "year"), SLICES)
def test_only_its_largest_chapter_with_a_partner_may_be_under_500_dollars(
    reporter: str, flow: str, year: str
) -> None:
    largest: dict[str, Decimal] = {}
    small: dict[str, Decimal] = {}
    for commodity in asked(["AG2"]):
        for partner, value in comtrade_goods.values(reporter, flow, year, commodity).items():
            largest[partner] = max(value, largest.get(partner, value))
            if value < 500:
                assert partner not in small
                small[partner] = value
    assert all(largest[partner] == value for partner, value in small.items())


@pytest.mark.parametrize(("reporter", "flow", "year"), SLICES)
def test_a_reporters_main_chapters_stay_near_its_stated_structure(
    reporter: str, flow: str, year: str
) -> None:
    total = comtrade_world.flow_values(reporter, flow, year)["0"]
    for row in rows("comtrade_chapters"):
        stated = Decimal(row[f"{flow.lower()}{reporter}"]) / 100_000
        if stated >= Decimal("0.05"):
            value = comtrade_goods.values(reporter, flow, year, nomenclature()[row["code"]])["0"]
            assert value / total == pytest.approx(stated, rel=Decimal("0.15"))


def test_what_a_partner_sells_fits_the_kind_of_economy_it_is() -> None:
    fuels = comtrade_goods.values("392", "M", "2024", nomenclature()["27"])["682"]
    chips = comtrade_goods.values("392", "M", "2024", nomenclature()["85"])["490"]
    totals = comtrade_world.flow_values("392", "M", "2024")
    assert fuels / totals["682"] > Decimal("0.8")
    assert chips / totals["490"] > Decimal("0.25")


def test_stated_structures_are_whole_and_leave_the_reserved_chapter_empty() -> None:
    table = rows("comtrade_chapters")
    for column in [name for name in table[0] if name not in ("code", "title")]:
        assert sum(int(row[column]) for row in table) == 100_000
        assert {row["code"] for row in table if row[column] == "0"} == {"77"}
    assert len(table) == len(of_level(2)) + 1


_PRINT = """
import zlib
from tradeflow.sandbox import comtrade_goods
from tradeflow.sandbox.comtrade_commodities import asked
values = [
    (c.code, dict(comtrade_goods.values("410", "M", "2024", c))) for c in asked([])
]
print(zlib.crc32(repr(values).encode()))
"""


def test_another_process_with_another_hash_seed_gives_the_same_values() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", _PRINT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
