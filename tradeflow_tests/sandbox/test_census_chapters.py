"""HS chapters, the annual table and the country list as the Census sandbox serves them."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import pytest

from tradeflow.answers import RECONSTRUCTED_HEADER as HEADER
from tradeflow.sandbox import census_chapters
from tradeflow_tests.sandbox.asking import (
    EXPORTS,
    FEBRUARY_2026,
    IMPORTS,
    JUNE_2026,
    WORKBOOK,
    ask,
    census_values,
)

PARTNERS = {"CHN": "5700", "DEU": "4280", "JPN": "5880", "KOR": "5800", "TWN": "5830"}
REST = "7999"
NAMES = {
    "X": (EXPORTS, "ALL_VAL_MO", "E_COMMODITY"),
    "M": (IMPORTS, "GEN_VAL_MO", "I_COMMODITY"),
}
COUNTRIES = "https://www.census.gov/foreign-trade/schedules/c/country.txt"


def chapters_of(flow: str, code: str, day: date) -> dict[tuple[str, str], int]:
    """(chapter, month) → dollars of one country, from 2024-01 on."""
    url, variable, commodity = NAMES[flow]
    table = ask(
        url,
        day,
        get=f"CTY_NAME,{commodity},{variable}",
        time="from 2024-01",
        COMM_LVL="HS2",
        CTY_CODE=code,
        key="k",
    ).json()
    assert table[0] == ["CTY_NAME", commodity, variable, "time", "COMM_LVL", "CTY_CODE"]
    assert all(isinstance(cell, str) for row in table for cell in row)
    return {(row[1], row[3]): int(row[2]) for row in table[1:]}


@pytest.mark.parametrize("day", [date(2025, 1, 5), FEBRUARY_2026, JUNE_2026])
@pytest.mark.parametrize("flow", ["X", "M"])
def test_chapters_add_up_to_the_vintages_total_in_whole_dollars(flow: str, day: date) -> None:
    url, variable, _ = NAMES[flow]
    totals = census_values(url, variable, day)
    for code in (*PARTNERS.values(), REST, "-"):
        sums: dict[str, int] = defaultdict(int)
        for (_, month), value in chapters_of(flow, code, day).items():
            assert value >= 0
            sums[month] += value
        wanted = {
            month: int(value * 1_000_000)
            for (one, month), value in totals.items()
            if one == code and month >= "2024-01"
        }
        assert sums == wanted


@pytest.mark.parametrize("day", [FEBRUARY_2026, JUNE_2026])
def test_ten_months_of_2025_are_the_published_sums_and_balances(day: date, shared: Path) -> None:
    with (shared / "facts" / "us_census_hs2.csv").open(encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    months = [f"2025-{number:02d}" for number in range(1, 11)]
    for row in published:
        code, chapter = PARTNERS[row["partner_iso3"]], row["hs2"]
        assert row["period"] == "2025-01..2025-10"
        exports, imports = (
            sum(values[chapter, month] for month in months)
            for values in (chapters_of("X", code, day), chapters_of("M", code, day))
        )
        value = {"X": exports, "M": imports, "B": exports - imports}[row["flow"]]
        hundred_millions = Decimal(value) / 10**8
        assert hundred_millions.quantize(Decimal(1), ROUND_HALF_UP) * 100 == Decimal(
            row["value_usd_million"]
        ), row


def test_a_revision_moves_the_other_chapters_alone() -> None:
    before, after = chapters_of("M", "5700", FEBRUARY_2026), chapters_of("M", "5700", JUNE_2026)
    assert before["85", "2025-01"] == after["85", "2025-01"]
    assert before["94", "2025-01"] != after["94", "2025-01"]


def test_every_chapter_is_there_and_those_without_trade_are_explicit_zeros() -> None:
    values = chapters_of("M", "5830", FEBRUARY_2026)
    assert {chapter for chapter, _ in values} == set(census_chapters.codes())
    assert len(census_chapters.codes()) == 98 and "77" not in census_chapters.codes()
    assert {chapter for (chapter, _), value in values.items() if value == 0} == {"01", "02", "10"}


def test_chapters_are_marked_as_reconstructed_whole() -> None:
    answer = ask(
        IMPORTS, get="I_COMMODITY,GEN_VAL_MO", COMM_LVL="HS2", CTY_CODE="5700",
        time="2025-11", key="k",
    )  # fmt: skip
    assert json.loads(answer.headers[HEADER]) == {"all": True}


def test_naming_a_commodity_breaks_the_answer_down_and_other_levels_have_no_rows() -> None:
    common = {"time": "2025-11", "CTY_CODE": "5700", "key": "k"}
    one = ask(IMPORTS, get="GEN_VAL_MO", I_COMMODITY="85", **common).json()
    assert len(one) == 2 and one[0][1:] == ["I_COMMODITY", "time", "CTY_CODE"]
    assert len(ask(IMPORTS, get="I_COMMODITY,GEN_VAL_MO", **common).json()) == 99
    assert ask(IMPORTS, get="GEN_VAL_MO", COMM_LVL="HS10", **common).status_code == 204


def test_year_to_date_of_a_chapter_is_the_sum_of_its_months() -> None:
    table = ask(
        IMPORTS, get="GEN_VAL_MO,GEN_VAL_YR", I_COMMODITY="85", CTY_CODE="5700",
        time="from 2025-01 to 2025-03", key="k",
    ).json()  # fmt: skip
    assert int(table[3][1]) == sum(int(row[0]) for row in table[1:])


@pytest.mark.parametrize("day", [FEBRUARY_2026, JUNE_2026])
def test_the_workbooks_year_is_the_annual_table_of_the_day(day: date, shared: Path) -> None:
    """Its own figure, not the sum of the months beside it."""
    with (shared / "facts" / "census_annual_vintages.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["first_seen"])
    wanted = {
        (row["census_cty_code"], row["year"]): (
            Decimal(row["imports_usd_million"]), Decimal(row["exports_usd_million"]),
        )
        for row in rows
        if row["year"] <= "2024" and row["first_seen"] <= day.isoformat()
    }  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(ask(WORKBOOK, day).content))
    sheet = {tuple(row[1::-1]): row for row in book["country"].iter_rows(values_only=True)}
    assert wanted
    for key, (imports, exports) in wanted.items():
        assert Decimal(str(sheet[key][15])) == imports
        assert Decimal(str(sheet[key][28])) == exports


def test_the_country_list_knows_every_code_that_has_trade() -> None:
    answer = ask(COUNTRIES)
    lines = answer.text.splitlines()
    assert lines[3].startswith("Code     |    Name") and lines[3].endswith("| ISO Code")
    listed = {line[:4]: line.split("|")[2].strip() for line in lines if line[:4].isdigit()}
    assert len(listed) == 242
    codes = {code for code, _ in census_values(IMPORTS, "GEN_VAL_MO", FEBRUARY_2026)}
    countries = {code for code in codes if code.isdigit() and code >= "1000"}
    assert countries <= listed.keys()
    assert {code: listed[code] for code in PARTNERS.values()} == {
        "5700": "CN", "4280": "DE", "5880": "JP", "5800": "KR", "5830": "TW",
    }  # fmt: skip
    assert listed[REST] == ""
    assert json.loads(answer.headers[HEADER]) == {"partners": [REST]}
