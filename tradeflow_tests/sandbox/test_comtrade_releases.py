"""Which datasets the sandbox's Comtrade says it has released."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tradeflow_tests.sandbox.asking import PREVIEW, TOTAL_SLICE, ask

RELEASES = "https://comtradeapi.un.org/public/v1/getDA/C/A/HS"
FIELDS = {
    "datasetCode": int,
    "typeCode": str,
    "freqCode": str,
    "period": int,
    "reporterCode": int,
    "reporterISO": str,
    "reporterDesc": str,
    "classificationCode": str,
    "classificationSearchCode": str,
    "isOriginalClassification": bool,
    "isExtendedFlowCode": bool,
    "isExtendedPartnerCode": bool,
    "isExtendedPartner2Code": bool,
    "isExtendedCmdCode": bool,
    "isExtendedCustomsCode": bool,
    "isExtendedMotCode": bool,
    "totalRecords": int,
    "datasetChecksum": int,
    "firstReleased": str,
    "lastReleased": str,
}


def released(day: date, **params: str) -> list[dict[str, Any]]:
    answer = ask(RELEASES, day, **params).json()
    assert answer["count"] == len(answer["data"])
    assert (list(answer), answer["error"]) == (["elapsedTime", "count", "data", "error"], "")
    return answer["data"]


def keys(data: list[dict[str, Any]]) -> set[tuple[int, int]]:
    return {(row["reporterCode"], row["period"]) for row in data}


def test_a_record_has_the_agreed_fields_in_order_with_their_types() -> None:
    for row in released(date(2026, 2, 15)):
        assert {name: type(value) for name, value in row.items()} == FIELDS
        assert list(row) == list(FIELDS)


def test_only_reporter_years_public_by_then_are_listed() -> None:
    before, after = released(date(2025, 6, 30)), released(date(2025, 7, 1))
    assert keys(before) == {(842, 2022), (156, 2022), (276, 2022)} | {
        (code, 2023) for code in (490, 842, 156, 392, 410)
    }
    assert keys(after) - keys(before) == {(code, 2024) for code in (490, 842, 156, 392, 410)}
    assert {row["lastReleased"] for row in after if row["period"] == 2024} == {
        "2025-07-01T00:00:00"
    }


def test_an_earlier_release_reads_the_same_later() -> None:
    before, after = released(date(2025, 1, 5)), released(date(2026, 6, 21))
    assert all(row in after for row in before)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"reporterCode": "842,276"}, {(842, 2022), (842, 2023), (842, 2024), (276, 2022)}),
        ({"period": "2022,2024", "reporterCode": "156"}, {(156, 2022), (156, 2024)}),
        ({"reporterCode": "158"}, set()),
        ({"period": "1990"}, set()),
    ],
)
def test_reporters_and_periods_narrow_the_list(
    asked: dict[str, str], expected: set[tuple[int, int]]
) -> None:
    assert keys(released(date(2026, 2, 15), **asked)) == expected


def test_every_listed_dataset_has_data_and_no_other_has() -> None:
    day = date(2026, 2, 15)
    listed = keys(released(day))
    for reporter in (490, 842, 156, 392, 410, 276):
        for year in (2022, 2023, 2024):
            count = ask(
                PREVIEW,
                day,
                reporterCode=str(reporter),
                flowCode="X",
                period=str(year),
                partnerCode="0",
                **TOTAL_SLICE,
            ).json()["count"]
            assert count == ((reporter, year) in listed)


def test_the_route_is_found_in_either_spelling_without_a_key() -> None:
    day = date(2026, 2, 15)
    assert ask(RELEASES.replace("getDA", "getDa"), day).content == ask(RELEASES, day).content


def test_each_dataset_has_its_own_code_and_checksum() -> None:
    data = released(date(2026, 2, 15))
    assert len({row["datasetCode"] for row in data}) == len(data)
    assert len({row["datasetChecksum"] for row in data}) == len(data)
