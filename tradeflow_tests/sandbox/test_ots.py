"""Open Trade Statistics as the sandbox speaks it: Comtrade's world under the service's codes."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
import yaml

from tradeflow.answers import Marks
from tradeflow.sandbox import comtrade_world
from tradeflow.sandbox.comtrade_commodities import nomenclature
from tradeflow.sandbox.comtrade_goods import values
from tradeflow_tests.sandbox.asking import FEBRUARY_2026, ask

HOST = "https://api.tradestatistics.io"


def recorded(shared, name: str) -> list[dict]:
    text = (shared / "recordings/opentradestatistics" / name).read_text(encoding="utf-8")
    interactions = yaml.safe_load(text)["http_interactions"]
    return [yaml.safe_load(each["response"]["body"]["string"]) for each in interactions]


@pytest.mark.parametrize(
    ("name", "route", "params"),
    [
        ("chl_arg_2004_yr.yml", "yr", {"y": 2024, "r": "usa"}),
        ("chl_arg_2002_yrp.yml", "yrp", {"y": 2024, "r": "usa", "p": "chn"}),
        ("chl_myt_2002_yrp.yml", "yrp", {"y": 2024, "r": "deu", "p": "chn"}),
    ],
)
def test_an_answer_has_the_shape_of_a_recorded_one(shared, name, route, params) -> None:
    ((row,),) = recorded(shared, name)
    (answer,) = ask(f"{HOST}/{route}", **params).json()
    assert list(answer) == list(row)
    assert [type(value) for value in answer.values()] == [type(value) for value in row.values()]


def test_an_unknown_route_has_both_shapes_of_a_recorded_error(shared) -> None:
    (text,) = recorded(shared, "chl_arg_1964_kriptonite.yml")
    (array, _) = recorded(shared, "chl_arg_1964_kriptonite_404array.yml")
    for path, body in (("countries", text), ("countries/", array)):
        response = ask(f"{HOST}/{path}")
        assert (response.status_code, response.json()) == (404, body)


@pytest.mark.parametrize(("reporter", "code"), [("490", "e-490"), ("842", "usa"), ("156", "chn")])
def test_the_values_are_comtrades_in_whole_dollars(reporter: str, code: str) -> None:
    rows = ask(f"{HOST}/yrp", y=2024, r=code, p="all").json()
    (total,) = ask(f"{HOST}/yr", y=2024, r=code).json()
    for flow, field in (("X", "trade_value_usd_exp"), ("M", "trade_value_usd_imp")):
        totals = comtrade_world.flow_values(reporter, flow, "2024")
        sent = [row[field] for row in rows if field in row]
        expected = [v.to_integral_value(ROUND_HALF_EVEN) for k, v in totals.items() if k != "0"]
        assert sorted(map(Decimal, sent)) == sorted(expected)
        assert total[field] == totals["0"].to_integral_value(ROUND_HALF_EVEN)


def test_a_flow_nobody_recorded_is_left_out_of_its_row() -> None:
    rows = ask(f"{HOST}/yrp", y=2022, r="usa", p="all").json()
    assert {len(row) for row in rows} == {4, 5}


def test_areas_without_an_iso_code_go_by_comtrades_number() -> None:
    codes = {row["partner_iso"] for row in ask(f"{HOST}/yrp", y=2022, r="usa", p="all").json()}
    assert {"e-490", "fra", "ind", "che", "nor"} <= codes
    assert not codes & {"twn", "w00", "s19"}
    assert all(len(code) == 3 or code.startswith("e-") for code in codes)


def test_a_year_comes_on_its_release_day() -> None:
    for day, found in ((date(2025, 8, 31), False), (date(2025, 9, 1), True)):
        (row,) = ask(f"{HOST}/yr", day, y=2024, r="usa").json()
        assert ("trade_value_usd_exp" in row) is found


def test_commodities_are_comtrades_six_digit_codes_and_marked_in_every_year() -> None:
    for year in (2022, 2024):
        response = ask(f"{HOST}/yrc", y=year, r="usa", c="all")
        rows = {row["commodity_code"]: row for row in response.json()}
        chips = values("842", "X", str(year), nomenclature()["854231"])["0"]
        assert rows["854231"]["trade_value_usd_exp"] == chips.to_integral_value(ROUND_HALF_EVEN)
        assert all(len(code) == 6 for code in rows) and len(rows) > 50
        assert Marks.read(response.headers["x-tradeflow-reconstructed"]).everything
    (one,) = ask(f"{HOST}/yrc", y=2024, r="usa", c="854231").json()
    assert one == rows["854231"]
    (none,) = ask(f"{HOST}/yrc", y=2024, r="usa", c="999999").json()
    assert none["commodity_code"] == "999999" and "observation" in none


def test_computed_years_are_marked() -> None:
    for year, computed in ((2022, False), (2024, True)):
        response = ask(f"{HOST}/yr", FEBRUARY_2026, y=year, r="usa")
        marks = Marks.read(response.headers.get("x-tradeflow-reconstructed"))
        assert marks.everything is computed
