"""Comtrade's protocol as the sandbox speaks it."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tradeflow.answers import RECONSTRUCTED_HEADER
from tradeflow_tests.sandbox.asking import KEYED, PREVIEW, TOTAL_SLICE, ask

TAIWAN = {"reporterCode": "490", "flowCode": "X", "period": "2024"}


def test_a_record_has_the_fields_of_a_recorded_answer_in_their_order(shared) -> None:
    recorded = json.loads(
        (shared / "recordings/comtrade/public_preview_usa_jpn_2023_TOTAL_200.json").read_text()
    )
    answer = ask(
        PREVIEW,
        reporterCode="842",
        period="2023",
        partnerCode="392",
        includeDesc="true",
        **TOTAL_SLICE,
    ).json()
    assert list(answer) == list(recorded)
    assert answer["count"] == recorded["count"] == 2
    values = {"cifvalue", "fobvalue", "primaryValue"}
    for ours, theirs in zip(answer["data"], recorded["data"], strict=True):
        assert list(ours) == list(theirs)
        assert {k: v for k, v in ours.items() if k not in values} == {
            k: v for k, v in theirs.items() if k not in values
        }


def test_every_filter_is_honoured() -> None:
    data = ask(PREVIEW, **TAIWAN, partnerCode="842,156", **TOTAL_SLICE).json()["data"]
    assert sorted(record["partnerCode"] for record in data) == [156, 842]
    assert {(r["reporterCode"], r["flowCode"], r["period"]) for r in data} == {(490, "X", "2024")}


def test_the_world_is_one_row_and_stands_among_all_partners_too() -> None:
    world = ask(PREVIEW, **TAIWAN, partnerCode="0", **TOTAL_SLICE).json()["data"]
    everyone = ask(PREVIEW, **TAIWAN, **TOTAL_SLICE).json()["data"]
    assert [record["partnerDesc"] for record in world] == [None]
    assert [r["primaryValue"] for r in everyone if r["partnerCode"] == 0] == [
        world[0]["primaryValue"]
    ]


@pytest.mark.parametrize("left_out", ["partner2Code", "motCode", "customsCode"])
def test_a_dimension_left_unfiltered_adds_breakdown_rows_that_multiply_a_flow(
    left_out: str,
) -> None:
    narrowed = {name: value for name, value in TOTAL_SLICE.items() if name != left_out}
    data = ask(PREVIEW, **TAIWAN, partnerCode="842", **narrowed).json()["data"]
    total = next(record for record in data if record[left_out] in (0, "C00"))
    parts = [record["primaryValue"] for record in data if record is not total]
    assert len(parts) > 1
    assert sum(parts) == pytest.approx(total["primaryValue"])


def test_a_preview_is_cut_at_500_rows_and_says_nothing_of_it() -> None:
    answer = ask(PREVIEW, **TAIWAN, cmdCode="TOTAL", maxRecords="250000").json()
    assert answer["count"] == len(answer["data"]) == 500
    assert answer["error"] == ""


def test_the_keyed_route_is_not_cut_at_500_rows() -> None:
    assert ask(KEYED, **TAIWAN, cmdCode="TOTAL", **{"subscription-key": "k"}).json()["count"] > 500


def test_a_preview_takes_one_period_a_call() -> None:
    assert ask(PREVIEW, **(TAIWAN | {"period": "2023,2024"}), **TOTAL_SLICE).status_code == 400


def test_without_a_period_the_newest_public_year_is_answered() -> None:
    asked = {"reporterCode": "490", "flowCode": "X", "partnerCode": "0", **TOTAL_SLICE}
    assert ask(PREVIEW, date(2025, 3, 9), **asked).json()["data"][0]["period"] == "2023"


def test_a_missing_key_is_refused_in_the_recorded_words(shared) -> None:
    recorded = json.loads(
        (shared / "recordings/comtrade/data_v1_get_missing_key_401.json").read_text()
    )
    refused = ask(KEYED, **TAIWAN, **TOTAL_SLICE)
    assert (refused.status_code, refused.json()) == (401, recorded)


def test_a_wrong_key_is_refused_in_other_words() -> None:
    refused = ask(KEYED, **TAIWAN, **TOTAL_SLICE, **{"subscription-key": "invalid"})
    assert refused.status_code == 401
    assert "invalid subscription key" in refused.json()["message"]


@pytest.mark.parametrize(
    "asked",
    [
        {"reporterCode": "158", "flowCode": "X", "period": "2024"},
        {"reporterCode": "276", "flowCode": "X", "period": "2024"},
        {"reporterCode": "490", "flowCode": "X", "period": "2022"},
        {"reporterCode": "842", "flowCode": "X", "period": "2030"},
        {"reporterCode": "842", "flowCode": "RX", "period": "2022"},
    ],
)
def test_nothing_found_is_an_empty_answer_with_status_200(asked: dict[str, str]) -> None:
    answer = ask(PREVIEW, **asked, **TOTAL_SLICE)
    assert answer.status_code == 200
    assert answer.json() | {"elapsedTime": ""} == {
        "elapsedTime": "",
        "count": 0,
        "data": [],
        "error": "",
    }


def test_a_year_is_visible_from_its_release_day() -> None:
    asked = {**TAIWAN, "partnerCode": "0", **TOTAL_SLICE}
    assert ask(PREVIEW, date(2025, 6, 30), **asked).json()["count"] == 0
    assert ask(PREVIEW, date(2025, 7, 1), **asked).json()["count"] == 1


def test_descriptions_come_only_when_asked_for() -> None:
    plain, described = (
        ask(PREVIEW, **TAIWAN, partnerCode="842", includeDesc=wanted, **TOTAL_SLICE).json()["data"]
        for wanted in ("false", "true")
    )
    assert plain[0]["partnerDesc"] is None
    assert (described[0]["reporterISO"], described[0]["partnerDesc"]) == ("S19", "USA")


def test_imports_carry_a_cif_and_exports_a_fob_value() -> None:
    imports, exports = (
        ask(PREVIEW, **(TAIWAN | {"flowCode": flow}), partnerCode="842", **TOTAL_SLICE).json()
        for flow in "MX"
    )
    (imported,), (exported,) = imports["data"], exports["data"]
    assert imported["cifvalue"] == imported["primaryValue"] and imported["fobvalue"] is None
    assert exported["fobvalue"] == exported["primaryValue"] and exported["cifvalue"] is None


def test_computed_years_are_marked_and_the_real_year_is_not() -> None:
    marks = {
        year: ask(
            PREVIEW, reporterCode="842", flowCode="X", period=year, **TOTAL_SLICE
        ).headers.get(RECONSTRUCTED_HEADER)
        for year in ("2022", "2023", "2024")
    }
    assert marks == {"2022": None, "2023": '{"all": true}', "2024": '{"all": true}'}


def test_in_an_answer_of_several_years_only_the_computed_ones_are_marked() -> None:
    response = ask(
        KEYED,
        reporterCode="842",
        period="2022,2023",
        partnerCode="0",
        **TOTAL_SLICE,
        **{"subscription-key": "k"},
    )
    assert response.headers[RECONSTRUCTED_HEADER] == '{"periods": ["2023"]}'


def test_an_unknown_path_is_answered_as_the_host_does() -> None:
    response = ask("https://comtradeapi.un.org/public/v2/preview")
    assert response.status_code == 404
    assert response.json()["statusCode"] == 404
