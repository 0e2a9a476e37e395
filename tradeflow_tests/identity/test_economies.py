"""The generated tables of economies: made anew they are the committed ones; codes round-trip."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeflow.errors import InputError
from tradeflow.identity.__main__ import main
from tradeflow.identity.economies import census_areas, economies, read_inputs, tables

INPUTS = read_inputs()
ROWS = economies(INPUTS)
CENSUS = census_areas(INPUTS)
CURRENT = [row for row in ROWS if row["kind"] == "economy" and not row["valid_to"]]
BY_CODE = {row["comtrade_code"]: row for row in ROWS}


def test_the_committed_tables_are_the_generated_ones():
    for path, text in tables().items():
        assert path.read_text(encoding="utf-8") == text, (
            f"run python -m tradeflow.identity ({path})"
        )


def test_the_command_finds_nothing_to_change(capsys: pytest.CaptureFixture[str]):
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["--wrong"]) == 2


@given(st.sampled_from(CURRENT))
def test_a_current_comtrade_code_and_its_iso3_lead_to_each_other(row: dict[str, str]):
    by_iso3 = {each["iso3"]: each["comtrade_code"] for each in CURRENT}
    assert len(by_iso3) == len(CURRENT)
    assert by_iso3[BY_CODE[row["comtrade_code"]]["iso3"]] == row["comtrade_code"]


@given(st.sampled_from([row for row in CENSUS if row["iso3"]]))
def test_a_census_code_and_its_iso3_lead_to_each_other(row: dict[str, str]):
    by_iso3: dict[str, list[str]] = {}
    for each in CENSUS:
        by_iso3.setdefault(each["iso3"], []).append(each["census_code"])
    assert by_iso3[row["iso3"]] == [row["census_code"]]


def test_both_tables_name_an_area_alike_under_one_census_code():
    named = {row["census_code"]: row for row in CENSUS}
    for row in ROWS:
        if row["census_code"]:
            other = named[row["census_code"]]
            assert (row["iso3"], row["name_zh_tw"]) == (other["iso3"], other["name_zh_tw"])


def test_an_area_without_a_name_is_refused():
    nameless = {
        "code": "998",
        "iso2": "",
        "iso3": "",
        "is_group": "false",
        "valid_from": "",
        "valid_to": "",
    }
    inputs = replace(INPUTS, comtrade_areas=[*INPUTS.comtrade_areas, nameless])
    with pytest.raises(InputError, match="998"):
        economies(inputs)
    part = {"census_code": "5085", "iso2": "", "iso3": "", "name": "", "name_zh_tw": ""}
    with pytest.raises(InputError, match="5085"):
        census_areas(replace(INPUTS, schedule_c=[*INPUTS.schedule_c, part]))


def test_two_present_economies_with_one_iso3_are_refused():
    revived = [
        {**row, "valid_to": ""} if row["code"] == "280" else row for row in INPUTS.comtrade_areas
    ]
    with pytest.raises(InputError, match="DEU"):
        economies(replace(INPUTS, comtrade_areas=revived))


@pytest.mark.parametrize("code_column", ["code", "comtrade_code"])
def test_an_exception_for_a_code_that_is_not_listed_is_refused(code_column: str):
    stray = dict.fromkeys(("code", "comtrade_code", "name_en", "name_zh_tw"), "") | {
        code_column: "158"
    }
    field = "comtrade_specials" if code_column == "code" else "name_overrides"
    with pytest.raises(InputError, match="158"):
        economies(replace(INPUTS, **{field: [*getattr(INPUTS, field), stray]}))


def test_taiwan_is_490_and_no_group():
    taiwan = BY_CODE["490"]
    assert (taiwan["iso3"], taiwan["iso2"], taiwan["m49"]) == ("TWN", "TW", "158")
    assert (taiwan["kind"], taiwan["is_reporter"]) == ("economy", "true")
    assert "158" not in BY_CODE


@pytest.mark.parametrize(("expired", "present"), [("280", "276"), ("841", "842"), ("356", "699")])
def test_expired_codes_share_the_iso3_of_their_successors_but_not_the_name(expired, present):
    old, new = BY_CODE[expired], BY_CODE[present]
    assert old["iso3"] == new["iso3"]
    assert old["valid_to"] and not new["valid_to"]
    assert old["name_zh_tw"] != new["name_zh_tw"]
    assert old["is_reporter"] == "false" and not old["census_code"]


def test_world_and_groups_are_no_economies_and_unnamed_areas_are_told_apart():
    kinds = {code: BY_CODE[code]["kind"] for code in ("0", "97", "975", "568", "838", "839", "899")}
    assert kinds == {
        "0": "world",
        "97": "group",
        "975": "group",
        "568": "unspecified",
        "838": "unspecified",
        "839": "unspecified",
        "899": "unspecified",
    }


def test_numbers_that_differ_from_m49_are_stated():
    differing = {
        r["comtrade_code"]: r["m49"] for r in CURRENT if r["m49"] != r["comtrade_code"].zfill(3)
    }
    assert differing == {
        "251": "250",
        "490": "158",
        "579": "578",
        "699": "356",
        "757": "756",
        "842": "840",
    }


def test_names_are_those_taiwan_uses():
    """R14: one name for each economy in every table."""
    names = {row["iso3"]: row["name_zh_tw"] for row in CURRENT}
    assert [names[iso3] for iso3 in ("KOR", "TWN", "CHN", "VNM", "HKG", "LAO", "NZL")] == [
        "南韓",
        "台灣",
        "中國",
        "越南",
        "香港",
        "寮國",
        "紐西蘭",
    ]


def test_every_code_of_the_recorded_reference_is_known_with_its_letters_and_dates(shared: Path):
    path = shared / "recordings" / "comtrade" / "reference_Reporters.json"
    stated = {"490", "97"}
    for entry in json.loads(path.read_text(encoding="utf-8-sig"))["results"]:
        code = str(entry["reporterCode"])
        row = BY_CODE[code]
        if code not in stated:
            assert row["iso3"] == entry["reporterCodeIsoAlpha3"].strip()
            assert (row["kind"] == "group") == entry["isGroup"]
        assert row["valid_from"] == entry["entryEffectiveDate"][:10]
        assert row["valid_to"] == entry.get("entryExpiredDate", "")[:10]


def test_every_partner_of_the_recorded_year_is_known(shared: Path):
    name = "comtradeplus_TradeData_USA_CHN_DEU_2022_TOTAL_all_partners.csv"
    with (shared / "recordings" / "comtrade" / name).open(encoding="latin-1", newline="") as file:
        header = next(reader := csv.reader(file))
        seen = {row[header.index("partnerCode")] for row in reader}
    assert len(seen) > 200
    assert seen <= BY_CODE.keys()


def test_every_country_of_the_recorded_census_years_is_known(shared: Path):
    path = shared / "recordings" / "census" / "api_exports_hs_all_countries_2022_2024.csv"
    with path.open(encoding="utf-8", newline="") as file:
        seen = {row["CTY_CODE"] for row in csv.DictReader(file)}
    countries = {c for c in seen if c != "-" and not c.startswith("00") and not c.endswith("XXX")}
    assert len(countries) > 200
    unseen = {row["census_code"] for row in CENSUS} - countries
    assert countries <= {row["census_code"] for row in CENSUS}
    assert unseen == {"7370"}, "Western Sahara bought nothing in these years"


def test_the_economies_that_notices_name_are_known():
    known = {row["iso3"] for row in ROWS}
    with (files("tradeflow.policy") / "data" / "economies.csv").open(encoding="utf-8") as lines:
        assert {row["iso3"] for row in csv.DictReader(lines)} <= known
