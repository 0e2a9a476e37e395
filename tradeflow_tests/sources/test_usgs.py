"""Mineral Commodity Summaries: two layouts, odd files, and what a catalogue must say."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from tradeflow.answers import RECONSTRUCTED_HEADER, Request
from tradeflow.settings import Settings
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, SourceError
from tradeflow.sources.usgs import TABLE, Usgs

from .conftest import Fetch, MakeAnswer

USGS = Usgs()
WEEK_END = date(2026, 2, 15)
WIDE = [
    "SOURCE", "COMMODITY", "COUNTRY", "TYPE", "UNIT_MEAS", "PROD_2023", "PROD_EST_ 2024",
    "PROD_NOTES", "CAP_2023", "CAP_EST_ 2024", "CAP_NOTES", "RESERVES_2024", "RESERVE_NOTES",
]  # fmt: skip
LONG = [
    "MCS chapter", "Section", "Commodity", "Country", "Statistics", "Statistics_detail", "Unit",
    "Year", "Value", "Notes", "Is critical mineral 2025", "Other notes",
]  # fmt: skip
COMMODITIES = [f"Mineral {number}" for number in range(30)]


def wide(commodity: str, country: str, produced: str = "10", **more: str) -> list[str]:
    row = dict.fromkeys(WIDE, "")
    row |= {"SOURCE": "MCS2025", "COMMODITY": commodity, "COUNTRY": country}
    row |= {"TYPE": "Mine production", "UNIT_MEAS": "metric tons", "PROD_EST_ 2024": produced}
    return list((row | more).values())


def wide_rows() -> list[list[str]]:
    return [
        row
        for commodity in COMMODITIES
        for row in (wide(commodity, "China"), wide(commodity, "World total (rounded)", "1,000"))
    ]


def long(commodity: str, country: str, year: str = "2025", **more: str) -> list[str]:
    row = dict.fromkeys(LONG, "")
    row |= {"MCS chapter": commodity.upper(), "Section": "World Mine Production and Reserves"}
    row |= {"Commodity": commodity, "Country": country, "Statistics": "Production"}
    row |= {
        "Statistics_detail": "Mine production",
        "Unit": "metric tons",
        "Year": year,
        "Value": "7",
    }
    return list((row | more).values())


def long_rows() -> list[list[str]]:
    return [
        row
        for commodity in COMMODITIES
        for year in ("2024", "2025")
        for row in (long(commodity, "China", year), long(commodity, "World total", year))
    ]


def text(rows: list[list[str]], header: list[str] = WIDE) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([header, *rows])
    return file.getvalue()


@pytest.fixture
def edition(settings: Settings) -> Request:
    return USGS.requests(WEEK_END, settings)[0]


@pytest.fixture
def catalogue(settings: Settings) -> Request:
    return USGS.requests(WEEK_END, settings)[1]


@pytest.fixture
def newer(catalogue: Request, answer: MakeAnswer) -> Request:
    sent = answer(catalogue, listing(2025, 2026))
    (request,) = USGS.follow(sent, USGS.parse(sent))
    return request


def listing(*editions: int, file: str = "MCS{}_Commodities_Data.csv") -> str:
    items: list[dict[str, object]] = [
        {
            "id": f"{edition:024x}",
            "title": f"U.S. Geological Survey Mineral Commodity Summaries {edition} Data Release",
            "files": [{"name": "MCS_T7.csv"}, {"name": file.format(edition)}],
        }
        for edition in editions
    ]
    items.append({"id": "x", "title": "Mineral Commodity Summaries 2030 - LITHIUM Data Release"})
    return json.dumps({"items": items})


def parsed(request: Request, body: str | bytes, answer: MakeAnswer, **headers: str) -> pl.DataFrame:
    return USGS.parse(answer(request, body, **headers)).tables[TABLE]


def test_the_questions_stay_the_same_and_the_file_waits_for_its_day(settings: Settings):
    first, catalogue = USGS.requests(WEEK_END, settings)
    assert str(first) == (
        "GET https://www.sciencebase.gov/catalog/file/get/6798fd34d34ea8c18376e8ee"
        "?name=MCS2025_World_Data.csv"
    )
    assert [r.key for r in USGS.requests(date(2027, 3, 1), settings)] == [first.key, catalogue.key]
    assert USGS.requests(date(2025, 1, 30), settings) == [catalogue]


def test_a_newer_edition_is_found_in_the_catalogue_alone(catalogue: Request, answer: MakeAnswer):
    sent = answer(catalogue, listing(2024, 2025, 2026, 2027))
    found = USGS.follow(sent, USGS.parse(sent))
    assert [(r.context["edition"], dict(r.params)["name"]) for r in found] == [
        ("2026", "MCS2026_Commodities_Data.csv"),
        ("2027", "MCS2027_Commodities_Data.csv"),
    ]
    assert found[0].url == f"https://www.sciencebase.gov/catalog/file/get/{2026:024x}"


def test_the_layer_stands_without_catalogue_and_newer_editions(
    edition: Request, catalogue: Request, newer: Request
):
    assert not USGS.may_fail(edition)
    assert USGS.may_fail(catalogue) and USGS.may_fail(newer)


def test_a_file_gives_a_row_an_economy_measure_and_year(edition: Request, fetch: Fetch):
    frame = USGS.parse(fetch(edition, text(wide_rows()).encode())).tables[TABLE]
    assert tuple(frame.columns) == USGS.tables[TABLE]
    assert set(frame.dtypes) == {pl.Utf8}
    assert frame.height == 60 * 5
    assert frame.row(1) == (
        "2025", "MCS2025", "Mineral 0", "China", "Mine production", "metric tons", "production",
        "2024", "true", "10", None, "false",
    )  # fmt: skip
    cells = frame.filter(pl.col("country") == "China").select("measure", "year").unique()
    assert set(cells.rows()) == {
        ("production", "2023"), ("production", "2024"), ("capacity", "2023"),
        ("capacity", "2024"), ("reserves", "2024"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["PROD_EST_ 2024", "PROD_EST_2024", " Prod_Est_2024 "])
def test_blanks_in_a_header_do_not_hide_its_column(name: str, edition: Request, answer: MakeAnswer):
    header = [name if column == "PROD_EST_ 2024" else column for column in WIDE]
    frame = parsed(edition, text(wide_rows(), header), answer)
    newest = frame.filter((pl.col("year") == "2024") & (pl.col("measure") == "production"))
    assert set(newest["value"]) == {"10", "1,000"}


def test_trailing_blanks_and_empty_trailing_columns_fall_away(edition: Request, answer: MakeAnswer):
    rows = [*wide_rows(), wide("Lithium ", "Canada\u00a0 ", " W "), [""] * len(WIDE)]
    frame = parsed(edition, text([[*row, "", ""] for row in rows], [*WIDE, "", ""]), answer)
    (row,) = frame.filter((pl.col("commodity") == "Lithium") & pl.col("value").is_not_null()).rows(
        named=True
    )
    assert (row["country"], row["value"]) == ("Canada", "W")
    assert frame.height == 61 * 5


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_file_is_read_in_the_charset_its_bytes_prove(
    charset: str, edition: Request, answer: MakeAnswer
):
    rows = [*wide_rows(), wide("Boron", "Türkiye", PROD_NOTES="“boric oxide” — content")]
    frame = parsed(edition, text(rows).encode(charset), answer)
    (row,) = frame.filter(pl.col("notes").is_not_null() & (pl.col("year") == "2024")).rows(
        named=True
    )
    assert (row["country"], row["notes"]) == ("Türkiye", "“boric oxide” — content")


def test_a_damaged_utf8_file_is_not_taken_for_windows_1252(edition: Request, answer: MakeAnswer):
    body = text([*wide_rows(), wide("Boron", "Türkiye"), wide("Iron", "Türkiye")]).encode()
    with pytest.raises(ChangedShape, match=r"charset: expected UTF-8, got byte \d+ is damaged"):
        parsed(edition, body[::-1].replace(b"\xbc\xc3", b"\xbc", 1)[::-1], answer)


@pytest.mark.parametrize("mark", ["W", "NA", "XX", "—", "(3)"])
def test_marks_stay_as_sent(mark: str, edition: Request, answer: MakeAnswer):
    frame = parsed(edition, text([*wide_rows(), wide("Lithium", "United States", mark)]), answer)
    assert mark in set(frame["value"])


def test_units_stay_with_their_row(edition: Request, answer: MakeAnswer):
    rows = [*wide_rows(), wide("Gallium", "China", UNIT_MEAS="kilograms")]
    rows += [wide("Bauxite", "China", UNIT_MEAS="thousand metric tons")]
    frame = parsed(edition, text(rows), answer)
    assert set(frame["unit_meas"]) == {"metric tons", "kilograms", "thousand metric tons"}


def test_another_edition_has_another_layout(newer: Request, answer: MakeAnswer):
    us = long("Mineral 0", "United States", "2021–24", Section="Salient Statistics - United States")
    reserves = long("Mineral 0", "Chile", Statistics="Reserves", Statistics_detail="Reserves")
    body = text([us, reserves, *long_rows()], LONG).encode("cp1252")
    frame = parsed(newer, body, answer)
    assert frame.height == 120 + 1
    assert frame.row(0)[2:9] == (
        "Mineral 0", "Chile", "Reserves", "metric tons", "reserves", "2025", "false",
    )  # fmt: skip
    estimated = frame.filter(pl.col("measure") == "production").select("year", "is_estimated")
    assert set(estimated.rows()) == {("2024", "false"), ("2025", "true")}


def test_totals_are_the_worlds_as_stated(edition: Request, answer: MakeAnswer):
    lithium = "World total (rounded), excluding U.S. production"
    rows = [*wide_rows(), wide("Lithium", "Chile"), wide("Lithium", "Peru", "NA")]
    rows += [wide("Lithium", "Other countries", "900"), wide("Boron", "WORLD TOTAL", "5")]
    totals = USGS.totals(
        USGS.parse(answer(edition, text([*rows, wide("Lithium", lithium, "240")])))
    )
    assert len(totals) == 32
    stated = totals[f"Lithium {lithium} Mine production production 2024"]
    assert (stated.value, stated.rows) == (Decimal(240), 3)
    assert totals["Mineral 0 World total (rounded) Mine production production 2024"].value == 1000


def test_marked_rows_are_reconstructed(edition: Request, answer: MakeAnswer):
    marks = json.dumps({"partners": ["China"]})
    frame = parsed(edition, text(wide_rows()), answer, **{RECONSTRUCTED_HEADER: marks})
    assert set(frame.filter(pl.col("is_reconstructed") == "true")["country"]) == {"China"}


GOOD = text(wide_rows())


@pytest.mark.parametrize(
    ("bad", "error", "field"),
    [
        ("", IncompleteAnswer, "body"),
        (",".join(WIDE), IncompleteAnswer, "rows"),
        ("<html>Service unavailable</html>", ChangedShape, "body"),
        (GOOD[:-40], IncompleteAnswer, "rows"),
        (GOOD + '"MCS2025,China', IncompleteAnswer, "body"),
        (text(wide_rows()[:40]), IncompleteAnswer, "COMMODITY"),
        (text([*wide_rows()[::2], *wide_rows()[1:20:2]]), IncompleteAnswer, "COUNTRY"),
        (text([*wide_rows(), wide_rows()[0]]), ChangedShape, "rows"),
        (text([[*row, "more"] for row in wide_rows()]), ChangedShape, "rows"),
        (text([wide("Tin", "Peru", SOURCE="MCS2024"), *wide_rows()]), ChangedShape, "SOURCE"),
        (text([wide("Tin", ""), *wide_rows()]), ChangedShape, "COUNTRY"),
        (text(wide_rows()).replace("PROD_EST_ 2024", "PROD_EST_ 2025"), ChangedShape,
         "PROD_EST_2024"),
        (text(wide_rows()).replace("UNIT_MEAS", "UNITS"), ChangedShape, "UNIT_MEAS"),
        (text([[*row, ""] for row in wide_rows()], [*WIDE, "NEW"]), ChangedShape, "NEW"),
        (text([*wide_rows(), wide("Tin", "Peru", "NaN")]), ChangedShape, "production of 2024"),
        (text([wide(row[1], row[2], "much") for row in wide_rows()]), ChangedShape,
         "production of 2024"),
        (GOOD.replace("China", "Chi\ufffda"), ChangedShape, "charset"),
        (b"\xff\xfe" + GOOD.encode("utf-16-le"), ChangedShape, "charset"),
        (GOOD.encode().replace(b"China", b"Chi\x81a"), ChangedShape, "charset"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_a_typed_line(
    bad: str | bytes,
    error: type[SourceError],
    field: str,
    edition: Request,
    answer: MakeAnswer,
):
    with pytest.raises(error) as caught:
        parsed(edition, bad, answer)
    assert caught.value.field == field
    assert str(caught.value).startswith("usgs: Mineral Commodity Summaries 2025, world tables: ")
    assert "\n" not in str(caught.value)


def test_last_years_file_under_a_new_name_is_refused(newer: Request, answer: MakeAnswer):
    old = [long(row[2], row[3], str(int(row[7]) - 1)) for row in long_rows()]
    with pytest.raises(ChangedShape, match="YEAR: expected 2025 as the newest, got 2024"):
        parsed(newer, text(old, LONG), answer)


@pytest.mark.parametrize(
    ("bad", "error", "field"),
    [
        ("", IncompleteAnswer, "body"),
        ("<html></html>", ChangedShape, "body"),
        ("[]", ChangedShape, "items"),
        ('{"items": [1]}', ChangedShape, "items"),
        ('{"items": []}', IncompleteAnswer, "items"),
        (listing(), IncompleteAnswer, "items"),
        (listing(2025, 2026, file="world_{}.zip"), ChangedShape, "files"),
        (listing(2026).replace(f"{2026:024x}", "../../etc"), ChangedShape, "id"),
    ],
)
def test_a_bad_catalogue_is_refused_with_a_typed_line(
    bad: str, error: type[SourceError], field: str, catalogue: Request, answer: MakeAnswer
):
    with pytest.raises(error) as caught:
        USGS.parse(answer(catalogue, bad))
    assert caught.value.field == field
