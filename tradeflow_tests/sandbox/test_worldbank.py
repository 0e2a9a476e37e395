"""The World Bank's protocol as the sandbox speaks it."""

from __future__ import annotations

import csv
import json
from datetime import date

import pytest

from tradeflow_tests.sandbox.asking import FEBRUARY_2026, JUNE_2026, ask

ECONOMIES = "CHN;DEU;JPN;KOR;USA"
GDP = "NY.GDP.MKTP.CD"


def url(indicator: str, economies: str = ECONOMIES) -> str:
    return f"https://api.worldbank.org/v2/country/{economies}/indicator/{indicator}"


def values_on(day: date, indicator: str) -> dict[tuple[str, str], float | None]:
    _, rows = ask(url(indicator), day, format="json", date="2018:2024", per_page=1000).json()
    return {(row["countryiso3code"], row["date"]): row["value"] for row in rows}


def test_an_answer_has_the_shape_of_a_recorded_one(shared) -> None:
    recorded = json.loads(
        (shared / "recordings/worldbank/v2_NY.GDP.MKTP.CD_USA_DNK_2020_2021.json").read_text()
    )
    answer = ask(url(GDP, "DEU;USA"), format="json", date="2020:2021", per_page=1000).json()
    assert list(answer[0]) == list(recorded[0])
    assert answer[0] | {"lastupdated": ""} == recorded[0] | {"lastupdated": ""}
    assert [list(row) for row in answer[1]] == [list(row) for row in recorded[1]]
    assert answer[1][2] == recorded[1][2] | {"value": answer[1][2]["value"]}


def test_every_published_value_is_served_from_its_day(shared) -> None:
    with (shared / "facts" / "worldbank_vintages.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["first_seen"])
    first, last = {}, {}
    for row in rows:
        key = row["indicator_code"], row["iso3"], row["year"]
        first.setdefault(key, float(row["value"]))
        last[key] = float(row["value"])
    for day, expected in ((FEBRUARY_2026, first), (JUNE_2026, last)):
        served = {
            (indicator, *key): value
            for indicator in {key[0] for key in expected}
            for key, value in values_on(day, indicator).items()
            if value is not None
        }
        assert served == expected


def test_a_year_without_a_value_is_null_until_its_release_day() -> None:
    assert values_on(date(2025, 6, 30), GDP)["USA", "2024"] is None
    assert values_on(date(2025, 7, 1), GDP)["USA", "2024"] is not None


@pytest.mark.parametrize(
    ("day", "updated"),
    [(date(2025, 3, 9), "2024-07-01"), (FEBRUARY_2026, "2025-07-01"), (JUNE_2026, "2026-06-17")],
)
def test_the_answer_names_the_day_of_its_last_update(day: date, updated: str) -> None:
    meta, _ = ask(url(GDP), day, format="json", date="2018:2023").json()
    assert meta["lastupdated"] == updated


def test_rows_come_in_pages() -> None:
    pages = [
        ask(url(GDP), format="json", date="2018:2024", per_page=20, page=page).json()
        for page in (1, 2)
    ]
    assert [len(rows) for _, rows in pages] == [20, 15]
    assert pages[0][0]["pages"] == 2 and pages[0][0]["total"] == 35


@pytest.mark.parametrize(
    ("indicator", "economies"), [("NO.SUCH.INDICATOR", "USA"), (GDP, "TWN"), (GDP, "USA;TWN")]
)
def test_an_unknown_indicator_or_economy_is_an_error_with_status_200(
    indicator: str, economies: str
) -> None:
    response = ask(url(indicator, economies), format="json", date="2018:2024")
    assert response.status_code == 200
    assert response.json()[0]["message"][0]["id"] == "120"


def test_without_asking_for_json_the_answer_is_xml() -> None:
    assert ask(url(GDP)).text.startswith("<?xml")
