"""ScienceBase as the sandbox speaks it, and the published values behind the world table."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from tradeflow.answers import Marks
from tradeflow_tests.sandbox.asking import FEBRUARY_2026, ask

CATALOG = "https://www.sciencebase.gov/catalog"
FILE = f"{CATALOG}/file/get/6798fd34d34ea8c18376e8ee"
NEWEST = "PROD_EST_ 2024"
TONNES = {"metric tons": 1, "thousand metric tons": 1000, "kilograms": Decimal("0.001")}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    text = ask(FILE, name="MCS2025_World_Data.csv").content.decode("cp1252")
    return list(csv.DictReader(text.splitlines()))


def by_commodity(rows: list[dict[str, str]]) -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in rows:
        found[row["COMMODITY"].strip()][row["COUNTRY"].strip()] = row
    return found


def test_leading_producers_and_totals_are_the_published_ones(rows, shared) -> None:
    def tonnes(row: dict[str, str]) -> Decimal | None:
        value = row[NEWEST]
        return None if value == "NA" else Decimal(value) * TONNES[row["UNIT_MEAS"]]

    served = sorted(
        (tonnes(leading) or -1, tonnes(world) or -1)
        for countries in by_commodity(rows).values()
        for leading, world in [(next(iter(countries.values())), list(countries.values())[-1])]
    )
    with (shared / "facts/critical_minerals_production.csv").open(encoding="utf-8") as file:
        published = sorted(
            (
                Decimal(row["production_t"] or -1),
                Decimal(row["world_production_t"] or -1),
            )
            for row in csv.DictReader(file)
        )
    assert served == published


def test_economies_and_the_rest_add_up_to_the_stated_world(rows) -> None:
    for commodity, countries in by_commodity(rows).items():
        values = [row[NEWEST] for row in countries.values()]
        if "NA" in values:
            assert set(values) == {"NA"}, commodity
            continue
        numbers = [Decimal(value) for value in values if value != "W"]
        assert sum(numbers[:-1]) == numbers[-1], commodity


def test_the_files_oddities_are_those_of_the_real_one(rows) -> None:
    assert NEWEST in rows[0] and "CAP_EST_ 2024" in rows[0]
    names = {(row["COMMODITY"], row["COUNTRY"]) for row in rows}
    assert ("Lithium ", "Australia ") in names
    assert ("Lithium ", "World total (rounded), excluding U.S. production") in names
    assert {row["UNIT_MEAS"] for row in rows} == set(TONNES)
    assert by_commodity(rows)["Lithium"]["United States"][NEWEST] == "W"
    body = ask(FILE, name="MCS2025_World_Data.csv").content
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_the_rest_of_the_world_is_marked_as_computed() -> None:
    response = ask(FILE, name="MCS2025_World_Data.csv")
    marks = Marks.read(response.headers["x-tradeflow-reconstructed"])
    assert marks.covers(partner="Other countries")
    assert not marks.covers(partner="China", period="2024")


def test_the_edition_appears_on_its_day_and_no_later_one_ever() -> None:
    for day, editions in ((date(2025, 1, 30), {2024}), (date(2025, 1, 31), {2024, 2025})):
        params = {"parentId": "5c8c03e4e4b0938824529f7d", "format": "json"}
        listed = ask(f"{CATALOG}/items", day, **params).json()["items"]
        assert {int(item["title"].split()[-3]) for item in listed} == editions
        status = ask(FILE, day, name="MCS2025_World_Data.csv").status_code
        assert status == (200 if 2025 in editions else 404)


@pytest.mark.parametrize(
    ("url", "params"),
    [
        (FILE, {"name": "MCS2024_World_Data.csv"}),
        (f"{CATALOG}/file/get/{'0' * 24}", {"name": "MCS2025_World_Data.csv"}),
        (f"{CATALOG}/items", {"format": "xml"}),
    ],
)
def test_what_the_host_lacks_is_a_404_page(url: str, params: dict[str, str]) -> None:
    response = ask(url, FEBRUARY_2026, **params)
    assert response.status_code == 404
    assert response.content.startswith(b"<html>")
