"""The sandbox's reference files against the recorded ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tradeflow.sandbox import comtrade_world
from tradeflow_tests.sandbox.asking import ask

FOLDER = "https://comtradeapi.un.org/files/v1/app/reference/"


def served(name: str) -> bytes:
    response = ask(FOLDER + name)
    assert response.status_code == 200
    return response.content


def entries(body: bytes) -> list[dict[str, Any]]:
    return json.loads(body.decode("utf-8-sig"))["results"]


def recorded(shared: Path, name: str) -> bytes:
    return (shared / "recordings/comtrade" / f"reference_{name}").read_bytes()


def shape(entry: dict[str, Any]) -> tuple[tuple[str, type], ...]:
    return tuple((name, type(value)) for name, value in entry.items())


def test_reporters_have_the_recorded_keys_and_types_in_order(shared: Path) -> None:
    theirs = {shape(entry) for entry in entries(recorded(shared, "Reporters.json"))}
    ours = {shape(entry) for entry in entries(served("Reporters.json"))}
    assert ours <= theirs
    assert len(ours) >= 3


def test_reporters_agree_with_the_recorded_ones_but_for_names(shared: Path) -> None:
    names = {"text", "reporterDesc", "reporterNote"}
    theirs = {entry["id"]: entry for entry in entries(recorded(shared, "Reporters.json"))}
    for entry in entries(served("Reporters.json")):
        for field, value in entry.items():
            if field not in names and field != "entryExpiredDate":
                assert theirs[entry["id"]][field] == value
        expired = theirs[entry["id"]].get("entryExpiredDate", "")
        assert entry.get("entryExpiredDate", "")[:10] == expired[:10]


def test_reporters_are_laid_out_as_recorded(shared: Path) -> None:
    ours, theirs = served("Reporters.json"), recorded(shared, "Reporters.json")
    assert ours.splitlines()[:4] == theirs.splitlines()[:4]
    assert b"\r" not in ours
    assert ours[-6:] == theirs[-6:]


def test_taiwan_is_a_group_without_a_two_letter_code() -> None:
    (taiwan,) = [entry for entry in entries(served("Reporters.json")) if entry["id"] == 490]
    assert taiwan["isGroup"] is True
    assert taiwan["reporterCodeIsoAlpha3"] == "S19"
    assert "reporterCodeIsoAlpha2" not in taiwan


@pytest.mark.parametrize(
    ("name", "iso3"),
    [("Reporters.json", "reporterCodeIsoAlpha3"), ("partnerAreas.json", "PartnerCodeIsoAlpha3")],
)
def test_expired_areas_share_the_code_of_those_that_followed(name: str, iso3: str) -> None:
    by_code = {entry["id"]: entry for entry in entries(served(name))}
    for expired, current in ((280, 276), (841, 842)):
        assert by_code[expired][iso3] == by_code[current][iso3]
        assert by_code[expired]["entryExpiredDate"].endswith("T00:00:00")
        assert "entryExpiredDate" not in by_code[current]


def test_hs_codes_have_the_recorded_keys_types_and_layout(shared: Path) -> None:
    ours, theirs = served("HS.json"), recorded(shared, "HS.json")
    ours_read, theirs_read = json.loads(ours), json.loads(theirs)
    assert shape(ours_read) == shape(theirs_read)
    assert {k: v for k, v in ours_read.items() if k != "results"} == {
        k: v for k, v in theirs_read.items() if k != "results"
    }
    assert {shape(entry) for entry in ours_read["results"]} == {
        shape(entry) for entry in theirs_read["results"]
    }
    assert ours.count(b"\n") == ours.count(b"\r\n") > 0
    assert ours.startswith(b"{\r\n\t") and theirs.startswith(b"{\r\n\t")


def test_hs_codes_agree_with_the_recorded_ones_but_for_titles(shared: Path) -> None:
    theirs = {entry["id"]: entry for entry in entries(recorded(shared, "HS.json"))}
    ours = entries(served("HS.json"))
    for entry in ours:
        expected = theirs[entry["id"]]
        assert {k: v for k, v in entry.items() if k != "text"} == {
            k: v for k, v in expected.items() if k != "text"
        }
        assert entry["text"].split(" - ")[0] == expected["text"].split(" - ")[0]
    assert [entry["id"] for entry in ours if entry["aggrLevel"] == 2] == [
        code for code, entry in theirs.items() if entry["aggrLevel"] == 2
    ]


def test_partner_areas_carry_a_byte_order_mark_and_list_world_and_taiwan_as_groups() -> None:
    body = served("partnerAreas.json")
    assert body.startswith(b"\xef\xbb\xbf{\n")
    by_code = {entry["PartnerCode"]: entry for entry in entries(body)}
    assert by_code[0]["PartnerDesc"] == "World"
    assert by_code[0]["isGroup"] is True
    assert by_code[490]["isGroup"] is True
    assert shape(by_code[842]) == (
        ("id", int),
        ("text", str),
        ("PartnerCode", int),
        ("PartnerDesc", str),
        ("partnerNote", str),
        ("PartnerCodeIsoAlpha2", str),
        ("PartnerCodeIsoAlpha3", str),
        ("entryEffectiveDate", str),
        ("isGroup", bool),
    )


def test_every_partner_with_trade_is_listed_once() -> None:
    listed = [str(entry["id"]) for entry in entries(served("partnerAreas.json"))]
    assert len(listed) == len(set(listed))
    traded = {
        partner
        for year in ("2022", "2023", "2024")
        for reporter in comtrade_world.reporters(year)
        for flow in "XM"
        for partner in comtrade_world.flow_values(reporter, flow, year)
    }
    assert traded <= set(listed)


@pytest.mark.parametrize("name", ["Partners.json", "", "../HS.json"])
def test_a_file_the_folder_lacks_is_not_found(name: str) -> None:
    assert ask(FOLDER + name).status_code == 404
