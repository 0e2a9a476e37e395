"""Six-digit codes within their chapters."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradeflow import reference
from tradeflow.sandbox import comtrade_goods, comtrade_world
from tradeflow.sandbox.comtrade_chapters import chapter_cells
from tradeflow.sandbox.comtrade_commodities import nomenclature, of_level, under
from tradeflow.sandbox.comtrade_products import product_cells
from tradeflow.sandbox.world_data import rows

SLICES = [
    (reporter, flow, year)
    for year in ("2022", "2024")
    for reporter in comtrade_world.reporters(year)
    for flow in "XM"
]
CHINA = "156"


def share_of_china(reporter: str, code: str, year: str = "2024") -> Decimal:
    """China's part of the reporter's imports of the code, percent."""
    values = comtrade_goods.values(reporter, "M", year, nomenclature()[code])
    return 100 * values.get(CHINA, Decimal(0)) / values["0"]


@pytest.mark.parametrize(("reporter", "flow", "year"), SLICES)
def test_the_codes_of_a_chapter_never_exceed_it_with_any_partner(
    reporter: str, flow: str, year: str
) -> None:
    for chapter, cells in chapter_cells(reporter, flow, year).items():
        sums: dict[str, int] = {}
        for amounts in product_cells(reporter, flow, year, chapter).values():
            for partner, amount in amounts.items():
                assert amount > 0
                sums[partner] = sums.get(partner, 0) + amount
        assert sums.keys() <= cells.keys()
        assert all(amount <= cells[partner] for partner, amount in sums.items())


def test_a_products_world_row_is_its_partners_sum_in_whole_cents() -> None:
    values = dict(comtrade_goods.values("490", "M", "2024", nomenclature()["848620"]))
    world = values.pop("0")
    assert sum(values.values()) == world
    assert all(value == value.quantize(Decimal("0.01")) for value in values.values())


def test_a_heading_is_the_sum_of_its_codes() -> None:
    heading = comtrade_goods.values("490", "X", "2024", nomenclature()["8542"])
    codes = [
        comtrade_goods.values("490", "X", "2024", nomenclature()[code]) for code in under("8542")
    ]
    for partner, value in heading.items():
        assert sum((one.get(partner, Decimal(0)) for one in codes), Decimal(0)) == value


def test_every_controlled_code_is_known_and_bought_by_every_reporter() -> None:
    controlled = reference.controlled_hs6()
    listed = {row["code"] for row in rows("comtrade_products") if row["listed_as"] == "control"}
    assert set(controlled) == listed
    missing = {
        (reporter, code)
        for reporter, year in (
            *((code, "2024") for code in comtrade_world.reporters("2024")),
            ("276", "2022"),
        )
        for code in controlled
        if not product_cells(reporter, "M", year, code[:2])[code]
    }
    # A few thousand dollars of antimony waste fall under the least amount kept.
    assert {code for _, code in missing} <= {"811020"}


@pytest.mark.parametrize("code", ["280530", "284690", "850511", "285390", "380110", "811292"])
@pytest.mark.parametrize("reporter", ["490", "842", "392", "410"])
def test_controlled_minerals_and_magnets_come_mostly_from_china(reporter: str, code: str) -> None:
    assert share_of_china(reporter, code) > 45


@pytest.mark.parametrize("code", ["260300", "270900", "854231", "880240"])
@pytest.mark.parametrize("reporter", ["490", "842", "392", "410"])
def test_copper_ore_crude_chips_and_aircraft_do_not(reporter: str, code: str) -> None:
    assert share_of_china(reporter, code) < 30


@pytest.mark.parametrize("code", ["284690", "250410", "850511", "850760", "380110"])
def test_china_is_not_made_its_own_supplier_of_what_it_controls(code: str) -> None:
    assert share_of_china(CHINA, code) < 20


@pytest.mark.parametrize(("reporter", "flow", "year"), [s for s in SLICES if s[1] == "M"])
def test_imports_of_a_code_come_from_fewer_than_a_hundred_partners(
    reporter: str, flow: str, year: str
) -> None:
    for code in reference.controlled_hs6():
        assert len(product_cells(reporter, flow, year, code[:2])[code]) < 100


@pytest.mark.parametrize(
    ("reporter", "flow", "code", "million"),
    [
        ("490", "X", "854231", 62_000),
        ("156", "M", "260300", 60_000),
        ("392", "M", "280530", 420),
        ("842", "M", "850760", 18_500),
    ],
)
def test_the_newest_years_trade_in_a_code_is_near_the_stated_amount(
    reporter: str, flow: str, code: str, million: int
) -> None:
    world = comtrade_goods.values(reporter, flow, "2024", nomenclature()[code])["0"]
    assert float(world) / 1e6 == pytest.approx(million, rel=0.05)


def test_origins_name_known_partners_and_no_more_than_the_whole() -> None:
    areas = {row["code"] for row in rows("comtrade_areas")}
    for row in rows("comtrade_origins"):
        parts = [part.split(":") for part in row["origins"].split(";")]
        assert {partner for partner, _ in parts} <= areas
        assert row["code"] in of_level(6)
        assert sum(Decimal(share) for _, share in parts) <= 100
