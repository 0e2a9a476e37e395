"""The Census Bureau's API and workbook as the sandbox serves them."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from tradeflow.answers import RECONSTRUCTED_HEADER as HEADER
from tradeflow.answers import Marks
from tradeflow_tests.sandbox.asking import (
    EXPORTS,
    FEBRUARY_2026,
    IMPORTS,
    JUNE_2026,
    WORKBOOK,
    ask,
    census_values,
)

PARTNERS = ("5700", "4280", "5880", "5800", "5830")
REST = "7999"
MARCH_2025 = date(2025, 3, 9)


def imports_on(day: date) -> dict[tuple[str, str], Decimal]:
    return census_values(IMPORTS, "GEN_VAL_MO", day)


def sheet_on(day: date) -> list[tuple]:
    book = openpyxl.load_workbook(io.BytesIO(ask(WORKBOOK, day).content))
    assert book.sheetnames == ["country"]
    return list(book["country"].iter_rows(values_only=True))


@pytest.mark.parametrize(
    ("day", "newest"),
    [
        (date(2025, 1, 5), "2024-10"),
        (MARCH_2025, "2025-01"),
        (date(2026, 2, 8), "2025-11"),
        (FEBRUARY_2026, "2025-11"),
        (date(2026, 2, 22), "2025-12"),
        (date(2026, 3, 11), "2025-12"),
        (date(2026, 4, 7), "2026-02"),
        (JUNE_2026, "2026-04"),
    ],
)
def test_the_newest_month_is_the_one_released_by_then(day: date, newest: str) -> None:
    assert max(month for _, month in imports_on(day)) == newest


def test_every_published_value_is_served_from_its_day_and_never_before(shared) -> None:
    with (shared / "facts" / "census_balance_vintages.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    vintages = defaultdict(list)
    for row in rows:
        month = f"{row['year']}-{int(row['month']):02d}"
        vintages[row["census_cty_code"], month].append(row)
    exports, imports = (
        {day: census_values(url, variable, day) for day in (FEBRUARY_2026, JUNE_2026)}
        for url, variable in ((EXPORTS, "ALL_VAL_MO"), (IMPORTS, "GEN_VAL_MO"))
    )
    partial = {f"2024-{number}" for number in ("02", "04", "08", "12")}
    for key, known in vintages.items():
        known.sort(key=lambda row: row["first_seen"])
        if key[1] <= "2025-11":
            assert imports[FEBRUARY_2026][key] == Decimal(known[0]["imports_usd_million"])
            assert exports[FEBRUARY_2026][key] == Decimal(known[0]["exports_usd_million"])
        if key[1] not in partial:
            assert imports[JUNE_2026][key] == Decimal(known[-1]["imports_usd_million"])
            assert exports[JUNE_2026][key] == Decimal(known[-1]["exports_usd_million"])


def test_january_2025_is_revised_between_february_and_june_2026() -> None:
    key = "5700", "2025-01"
    before, after = imports_on(FEBRUARY_2026)[key], imports_on(JUNE_2026)[key]
    assert (before, after) == (Decimal("41639.2"), Decimal("41770.4"))


def test_eleven_months_of_2025_add_up_to_the_published_running_totals() -> None:
    values = imports_on(FEBRUARY_2026)
    running = {
        code: sum(v for (c, month), v in values.items() if c == code and month[:4] == "2025")
        for code in ("5700", "5830")
    }
    assert running["5700"] == pytest.approx(Decimal("287275.6"), abs=Decimal("0.2"))
    assert running["5830"] == pytest.approx(Decimal("176726.5"), abs=Decimal("0.2"))


@pytest.mark.parametrize(
    ("url", "variable", "column"),
    [
        (IMPORTS, "GEN_VAL_MO", "imports_usd_million"),
        (EXPORTS, "ALL_VAL_MO", "exports_usd_million"),
    ],
)
@pytest.mark.parametrize("day", [FEBRUARY_2026, JUNE_2026])
def test_the_months_of_a_year_add_up_to_its_annual_total_of_the_day(
    day: date, url: str, variable: str, column: str, shared
) -> None:
    with (shared / "facts" / "census_annual_vintages.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["first_seen"])
    annual = {
        (row["census_cty_code"], row["year"]): Decimal(row[column])
        for row in reversed(rows)
        if row["year"] <= "2024" and row["first_seen"] <= "2026-02-07"
    } | {
        (row["census_cty_code"], row["year"]): Decimal(row[column])
        for row in rows
        if row["year"] <= "2024" and row["first_seen"] <= day.isoformat()
    }
    values = census_values(url, variable, day)
    for (code, year), total in annual.items():
        months = [v for (c, month), v in values.items() if c == code and month[:4] == year]
        assert len(months) == 12
        # The source rounds each month, so twelve of them miss its annual total by a little.
        assert sum(months) == pytest.approx(total, abs=Decimal("0.6"))


@pytest.mark.parametrize("day", [MARCH_2025, FEBRUARY_2026, JUNE_2026])
def test_countries_add_up_to_the_control_total_exactly(day: date) -> None:
    values = imports_on(day)
    for month in {month for _, month in values}:
        assert sum(values[code, month] for code in (*PARTNERS, REST)) == values["-", month]


def test_rows_carry_the_traps_of_the_real_answer() -> None:
    table = ask(
        IMPORTS, get="CTY_CODE,CTY_NAME,GEN_VAL_MO,SUMMARY_LVL", time="2025-11", key="k"
    ).json()
    header, *rows = table
    assert header == ["CTY_CODE", "CTY_NAME", "GEN_VAL_MO", "SUMMARY_LVL", "time"]
    assert all(isinstance(cell, str) for row in rows for cell in row)
    levels = {row[0]: row[3] for row in rows}
    assert levels["-"] == "DET" and levels["0026"] == "CGP" and levels["5XXX"] == "CGP"
    assert [row[0] for row in rows] != sorted(row[0] for row in rows)


def test_predicates_come_back_as_last_columns_even_when_asked_for_already() -> None:
    table = ask(
        EXPORTS,
        get="CTY_CODE,CTY_NAME,ALL_VAL_MO",
        YEAR="2025",
        MONTH="01",
        CTY_CODE="5830",
        key="k",
    ).json()
    assert table == [
        ["CTY_CODE", "CTY_NAME", "ALL_VAL_MO", "YEAR", "MONTH", "CTY_CODE"],
        ["5830", "TAIWAN", "3366600000", "2025", "01", "5830"],
    ]


def test_a_month_can_be_asked_with_its_year_to_date() -> None:
    table = ask(
        IMPORTS, get="GEN_VAL_MO,GEN_VAL_YR", CTY_CODE="5700", time="2025-02", key="k"
    ).json()
    assert table[1][:2] == ["31635400000", "73274600000"]


def test_a_month_not_yet_published_is_204_without_a_body() -> None:
    response = ask(IMPORTS, get="CTY_CODE,GEN_VAL_MO", time="2025-12", key="k")
    assert (response.status_code, response.content) == (204, b"")


def test_a_missing_key_redirects_to_a_page_that_answers_200() -> None:
    refused = ask(IMPORTS, get="CTY_CODE,GEN_VAL_MO", time="2025-11")
    assert refused.status_code == 302
    page = ask(refused.headers["location"])
    assert page.status_code == 200 and "Missing Key" in page.text


def test_a_wrong_key_is_a_page_with_status_200_and_a_header() -> None:
    page = ask(IMPORTS, get="CTY_CODE,GEN_VAL_MO", time="2025-11", key="invalid")
    assert page.status_code == 200
    assert page.headers["x-datawebapi-keyerror"] == "1"
    assert "Invalid Key" in page.text


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"get": "CTY_CODE,WRONG"}, "unknown variable 'WRONG'"),
        ({"get": "CTY_CODE", "PORT": "1001"}, "unknown variable 'PORT'"),
        ({}, "missing 'get'"),
        ({"get": "CTY_CODE", "time": "from 2025-01 until 2025-02"}, "'time'"),
    ],
)
def test_a_malformed_question_is_refused_in_one_line(params: dict[str, str], words: str) -> None:
    response = ask(IMPORTS, key="k", **params)
    assert response.status_code == 400
    assert words in response.text


def test_computed_months_and_rows_are_marked_and_the_stray_real_month_is_not() -> None:
    marks = Marks.read(ask(WORKBOOK, FEBRUARY_2026).headers[HEADER])
    assert marks.covers(period="2022-01", partner="5700")
    assert not marks.covers(period="2023-09", partner="5700")
    assert not marks.covers(period="2024-02", partner="5700")
    assert marks.covers(period="2025-01", partner=REST)
    assert marks.covers(period="2025-01", partner="0015")


def test_months_the_june_revision_lacks_are_marked_once_it_is_out() -> None:
    response = ask(IMPORTS, JUNE_2026, get="CTY_CODE,GEN_VAL_MO", time="from 2024-01", key="k")
    marks = json.loads(response.headers[HEADER])
    assert marks["periods"] == ["2024-02", "2024-04", "2024-08", "2024-12"]
    assert "-" in marks["partners"] and REST in marks["partners"]


def test_the_workbook_has_the_layout_of_the_real_one(shared) -> None:
    recorded = openpyxl.load_workbook(
        shared / "recordings/census/foreign-trade_balance_country_2023-03.xlsx", read_only=True
    )["country"].iter_rows(values_only=True, max_row=2)
    headings, first = recorded
    ours = sheet_on(FEBRUARY_2026)
    assert ours[0] == headings
    assert [type(cell) for cell in ours[1][:3]] == [type(cell) for cell in first[:3]]
    assert all(isinstance(cell, int | float) for row in ours[1:] for cell in row[3:])
    assert [row[1] for row in ours[1:]] == sorted(row[1] for row in ours[1:])


@pytest.mark.parametrize("day", [MARCH_2025, FEBRUARY_2026, JUNE_2026])
def test_the_workbook_says_the_same_as_the_api(day: date) -> None:
    imports, exports = imports_on(day), census_values(EXPORTS, "ALL_VAL_MO", day)
    spelt = {"0015": "-"} | {code: code for code in (*PARTNERS, REST)}
    for row in sheet_on(day)[1:]:
        if row[1] not in spelt:
            continue
        for number in range(1, 13):
            key = spelt[row[1]], f"{row[0]}-{number:02d}"
            assert Decimal(str(row[2 + number])) == imports.get(key, 0)
            assert Decimal(str(row[15 + number])) == exports.get(key, 0)


def test_months_to_come_are_zero_and_the_year_is_the_sum_so_far() -> None:
    row = next(r for r in sheet_on(FEBRUARY_2026) if r[:2] == ("2025", "5830"))
    assert row[14] == 0 and row[13] == 20258.8
    assert row[15] == pytest.approx(176726.5, abs=0.2)


def test_another_page_of_the_site_is_not_found() -> None:
    assert ask("https://www.census.gov/foreign-trade/balance/c9999.html").status_code == 404
