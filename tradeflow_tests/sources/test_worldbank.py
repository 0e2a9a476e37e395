"""World Bank: all economies and years asked for, nothing invented for what it lacks."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tradeflow.answers import RECONSTRUCTED_HEADER, Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Total
from tradeflow.sources.errors import (
    ChangedShape,
    IncompleteAnswer,
    PermanentError,
    SourceError,
)
from tradeflow.sources.worldbank import FINAL_YEAR, TABLE, WorldBank

from .conftest import Fetch, MakeAnswer

WORLD_BANK = WorldBank()
ECONOMIES = ("CHN", "DEU", "JPN", "KOR", "USA")
GROWTH, GDP = "NY.GDP.MKTP.KD.ZG", "NY.GDP.MKTP.CD"
YEARS = range(2018, 2025)


@pytest.fixture
def growth(settings: Settings) -> Request:
    return WORLD_BANK.requests(date(2026, 2, 15), settings)[0]


def row(iso3: str = "CHN", year: int = 2024, value: object = 5.1, **changes: object) -> dict:
    return {
        "indicator": {"id": GROWTH, "value": "GDP growth (annual %)"},
        "country": {"id": iso3[:2], "value": iso3},
        "countryiso3code": iso3,
        "date": str(year),
        "value": value,
        "unit": "",
        "obs_status": "",
        "decimal": 1,
    } | changes


def rows(years: range = YEARS) -> list[dict]:
    return [row(iso3, year) for iso3 in ECONOMIES for year in years]


def body(members: list[dict] | None = None, **changes: object) -> str:
    members = rows() if members is None else members
    meta = {"page": 1, "pages": 1, "per_page": 1000, "total": len(members)}
    return json.dumps([meta | {"lastupdated": "2026-01-28"} | changes, members])


def test_each_indicator_is_one_call_with_an_explicit_range(settings: Settings):
    requests = WORLD_BANK.requests(date(2026, 2, 15), settings)
    assert len(requests) == 4
    assert all(dict(r.params)["date"] == f"2018:{FINAL_YEAR}" for r in requests)


def test_the_questions_stay_the_same_when_a_year_comes_out(settings: Settings):
    """Another key each year would leave the last good answers of the old key behind."""
    before = WORLD_BANK.requests(date(2025, 6, 30), settings)
    after = WORLD_BANK.requests(date(2025, 7, 1), settings)
    assert [r.key for r in before] == [r.key for r in after]
    assert [(r.context["last"]) for r in (before[0], after[0])] == ["2023", "2024"]
    assert before[0].label == after[0].label


def test_taiwan_is_not_asked_for(settings: Settings):
    """The World Bank does not cover Taiwan: never 0, never another economy's number."""
    assert all("TWN" not in request.url for request in WORLD_BANK.requests(date.max, settings))


def test_nominal_gdp_and_trade_openness_keep_their_own_codes(settings: Settings):
    """C15: nominal GDP once stood in the category of trade openness."""
    codes = {dict(r.about)["indicator"] for r in WORLD_BANK.requests(date.max, settings)}
    assert {"NY.GDP.MKTP.CD", "NE.TRD.GNFS.ZS"} <= codes


@pytest.mark.parametrize("indicator", ["NY.GDP.MKTP.CD", "SP.POP.TOTL"])
def test_recorded_answers_are_read_with_numbers_as_sent(
    indicator: str, shared: Path, settings: Settings, fetch: Fetch
):
    recorded = shared / f"recordings/worldbank/v2_{indicator}_USA_DNK_2020_2021.json"
    request = Request(
        source="worldbank",
        label=indicator,
        url=f"{settings.worldbank_url}/v2/country/USA;DNK/indicator/{indicator}",
        params=(("format", "json"),),
        about=(("indicator", indicator), ("economies", "USA;DNK"), ("first", "2020"),
               ("last", "2021"), ("final", "2021")),
    )  # fmt: skip
    frame = WORLD_BANK.parse(fetch(request, recorded.read_bytes())).tables[TABLE]
    assert tuple(frame.columns) == WORLD_BANK.tables[TABLE]
    assert set(frame.dtypes) == {pl.Utf8}
    assert frame.height == 4
    assert set(frame["lastupdated"]) == {"2026-04-08"}
    if indicator == "NY.GDP.MKTP.CD":
        assert "406110162088.054" in set(frame["value"])


def test_recorded_rows_keep_the_null_of_a_year_without_a_value(shared: Path, answer: MakeAnswer):
    recorded = shared / "recordings/worldbank/v2_NY.GDP.MKTP.CD_USA_rows_only.reconstructed.json"
    members = json.loads(recorded.read_bytes())
    request = Request(
        source="worldbank",
        label="GDP of the USA",
        url="https://x",
        about=(("indicator", "NY.GDP.MKTP.CD"), ("economies", "USA"), ("first", "1960"),
               ("last", "2023"), ("final", "2023")),
    )  # fmt: skip
    frame = WORLD_BANK.parse(answer(request, body(members))).tables[TABLE]
    assert frame.filter(pl.col("year") == "2023")["value"].to_list() == [None]
    assert frame["value"].null_count() == 1


def test_the_newest_year_may_be_absent_for_every_economy(growth: Request, answer: MakeAnswer):
    assert WORLD_BANK.parse(answer(growth, body(rows(range(2018, 2024))))).row_count == 30


@pytest.mark.parametrize("years", [range(2018, 2026), range(2018, 2036)])
def test_years_may_be_opened_early_for_all_economies_alike(
    years: range, growth: Request, answer: MakeAnswer
):
    members = [
        row(iso3, year, None if year > 2024 else 1.5) for iso3 in ECONOMIES for year in years
    ]
    frame = WORLD_BANK.parse(answer(growth, body(members))).tables[TABLE]
    assert frame.filter(pl.col("year") > "2024")["value"].null_count() == 5 * (len(years) - 7)
    with pytest.raises(IncompleteAnswer, match="USA 2025 missing"):
        short = [
            each for each in members if (each["countryiso3code"], each["date"]) != ("USA", "2025")
        ]
        WORLD_BANK.parse(answer(growth, body(short)))


def test_totals_are_gdp_of_each_closed_year_and_the_size_of_what_hovers_around_zero(
    settings: Settings, answer: MakeAnswer
):
    growth, gdp = WORLD_BANK.requests(date(2026, 2, 15), settings)[:2]
    levels = [
        row(iso3, year, 2.5e13, indicator={"id": GDP}) for iso3 in ECONOMIES for year in YEARS
    ]
    levels[0]["value"] = None
    totals = WORLD_BANK.totals(WORLD_BANK.parse(answer(gdp, body(levels))))
    assert totals["USA NY.GDP.MKTP.CD 2024"].value == Decimal("2.5e13")
    assert len(totals) == 34 and "CHN NY.GDP.MKTP.CD 2018" not in totals
    rates = [row(iso3, year, -0.5) for iso3 in ECONOMIES for year in YEARS]
    sizes = WORLD_BANK.totals(WORLD_BANK.parse(answer(growth, body(rates))))
    assert sizes == {"NY.GDP.MKTP.KD.ZG, 35 values to 2024": Total(Decimal("17.5"), 35)}
    empty = [row(iso3, year, None) for iso3 in ECONOMIES for year in YEARS]
    assert WORLD_BANK.totals(WORLD_BANK.parse(answer(growth, body(empty)))) == {}


def test_numbers_of_the_paging_may_be_texts(growth: Request, answer: MakeAnswer):
    """`per_page` was a text in 2016 and is a number now."""
    as_texts = body(page="1", pages="1", per_page="1000", total=str(len(rows())))
    assert WORLD_BANK.parse(answer(growth, as_texts)).row_count == len(rows())


def test_marked_years_are_reconstructed(growth: Request, answer: MakeAnswer):
    marks = json.dumps({"periods": ["2019"]})
    frame = WORLD_BANK.parse(answer(growth, body(), **{RECONSTRUCTED_HEADER: marks})).tables[TABLE]
    assert set(frame.filter(pl.col("is_reconstructed") == "true")["year"]) == {"2019"}


@pytest.mark.parametrize(
    ("bad", "error", "field"),
    [
        ("", IncompleteAnswer, "body"),
        (body()[:-20], IncompleteAnswer, "body"),
        ("[{", IncompleteAnswer, "body"),
        ("<html>Bad gateway</html>", ChangedShape, "body"),
        ('[{"message":[{"id":"120","key":"Invalid value","value":"not valid"}]}]',
         PermanentError, "body"),
        ("[]", ChangedShape, "body"),
        ("{}", ChangedShape, "body"),
        (json.dumps([{"page": 1, "pages": 1, "per_page": 1000, "total": 0}]),
         IncompleteAnswer, "body"),
        (json.dumps([{"page": 1, "pages": 1, "per_page": 1000, "total": 0}, None]),
         IncompleteAnswer, "body"),
        (body(pages=2), IncompleteAnswer, "pages"),
        (body(page=2), IncompleteAnswer, "pages"),
        (body(pages="x"), ChangedShape, "pages"),
        (body(total=36), IncompleteAnswer, "total"),
        (body([]), IncompleteAnswer, "data"),
        (body(lastupdated=None), ChangedShape, "lastupdated"),
        (body(rows()[:-1]), IncompleteAnswer, "data"),
        (body(rows(range(2018, 2023))), IncompleteAnswer, "data"),
        (body([*rows(), row()]), ChangedShape, "date"),
        (body([*rows()[1:], row("TWN", 2018)]), ChangedShape, "countryiso3code"),
        (body([*rows()[1:], row("CHN", 1999)]), ChangedShape, "date"),
        (body([*rows(), row("CHN", 2036)]), ChangedShape, "date"),
        (body(rows(range(2018, 2036))[1:]), IncompleteAnswer, "data"),
        (body([*rows()[1:], row(indicator={"id": "SP.POP.TOTL"})]), ChangedShape, "indicator"),
        (body([*rows()[1:], row(value="n/a")]), ChangedShape, "value"),
        (body([*rows()[1:], row(newField=1)]), ChangedShape, "newField"),
        (body([*rows()[1:], row(value=float("nan"))]), ChangedShape, "body"),
        (body([*rows()[1:], {"indicator": {"id": GROWTH}}]), ChangedShape, "country"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_refused_with_a_typed_line(
    bad: str, error: type[SourceError], field: str, growth: Request, answer: MakeAnswer
):
    with pytest.raises(error) as caught:
        WORLD_BANK.parse(answer(growth, bad))
    assert caught.value.field == field
    assert str(caught.value).startswith(f"worldbank: {GROWTH} of 5 economies from 2018: ")
    assert "\n" not in str(caught.value)


def test_another_charset_and_a_status_204_are_refused(growth: Request, answer: MakeAnswer):
    with pytest.raises(ChangedShape, match="charset"):
        WORLD_BANK.parse(answer(growth, body().replace("GDP", "PIB é").encode("utf-16")))
    with pytest.raises(IncompleteAnswer, match="status 204"):
        WORLD_BANK.parse(answer(growth, b"", status=204))
