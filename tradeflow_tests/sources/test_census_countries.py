"""Schedule C: the list of country codes, read whole or not at all."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest

from tradeflow.answers import RECONSTRUCTED_HEADER, Request
from tradeflow.settings import Settings
from tradeflow.sources.census import COUNTRY_TABLE, Census
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, SourceError

from .conftest import Fetch, MakeAnswer

CENSUS = Census()
RULE = "-" * 70


@pytest.fixture
def countries(settings: Settings) -> Request:
    (found,) = (
        request
        for request in CENSUS.requests(date(2026, 2, 15), settings)
        if request.context["kind"] == "countries"
    )
    return found


def listed(codes: int = 230) -> str:
    """The list in the file's own frame: China, a name of its own full width, then many more."""
    lines = [
        RULE,
        "Schedule C - Country List (by code) [Produced: 31JAN14]",
        RULE,
        "Code     |    Name                                                | ISO Code",
        RULE,
        "5700     |    China                                               | CN",
        "5082     |    Gaza Strip administered by Israel                   | GZ",
        "7660     |    Congo, Democratic Republic of the Congo (formerly Za| CD",
        *(f"{1000 + n}     |    Country {n:<43}| AA" for n in range(codes - 4)),
        "7999     |    Rest of World                                       | ",
        RULE,
        "Source: Foreign Trade Division, U.S. Census Bureau, Washington, D.C. 20233",
        "This listing produced...31JAN14",
        RULE,
    ]
    return "\n".join(lines) + "\n"


def test_it_is_asked_at_its_address(countries: Request):
    assert countries.url == "https://www.census.gov/foreign-trade/schedules/c/country.txt"


def test_codes_names_and_iso_codes_are_read_as_sent(countries: Request, fetch: Fetch):
    frame = CENSUS.parse(fetch(countries, listed().encode())).tables[COUNTRY_TABLE]
    assert tuple(frame.columns) == CENSUS.tables[COUNTRY_TABLE]
    assert set(frame.dtypes) == {pl.Utf8}
    assert frame.height == 230
    assert frame.row(0)[:3] == ("5700", "China", "CN")
    assert frame.row(2)[:3] == (
        "7660",
        "Congo, Democratic Republic of the Congo (formerly Za",
        "CD",
    )
    assert frame.row(-1)[:3] == ("7999", "Rest of World", None)


def test_a_marked_code_is_reconstructed(countries: Request, answer: MakeAnswer):
    marks = {RECONSTRUCTED_HEADER: json.dumps({"partners": ["7999"]})}
    frame = CENSUS.parse(answer(countries, listed(), **marks)).tables[COUNTRY_TABLE]
    assert frame.filter(pl.col("is_reconstructed") == "true")["code"].to_list() == ["7999"]


@pytest.mark.parametrize(
    ("bad", "error", "field"),
    [
        ("", IncompleteAnswer, "body"),
        ("<html>moved</html>", ChangedShape, "heading"),
        (listed().replace("ISO Code", "ISO3"), ChangedShape, "heading"),
        (listed().replace("| CN", "| CHN"), ChangedShape, "line 6"),
        (listed().replace("5700     |", "570      |"), ChangedShape, "line 6"),
        (listed().replace("5082     |", "5700     |"), ChangedShape, "code"),
        (listed()[: listed().index("7999")], IncompleteAnswer, "body"),
        (listed()[: listed().index("7999") - 20], ChangedShape, "line 234"),
        (listed(150), IncompleteAnswer, "body"),
    ],
)
def test_a_bad_list_is_refused_with_a_typed_line(
    bad: str, error: type[SourceError], field: str, countries: Request, answer: MakeAnswer
):
    with pytest.raises(error) as caught:
        CENSUS.parse(answer(countries, bad))
    assert caught.value.field == field
    assert str(caught.value).startswith("census: Schedule C")


def test_another_charset_is_refused(countries: Request, answer: MakeAnswer):
    with pytest.raises(ChangedShape, match="charset"):
        CENSUS.parse(answer(countries, listed().replace("China", "Curaçao").encode("latin-1")))
