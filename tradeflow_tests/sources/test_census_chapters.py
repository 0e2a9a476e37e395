"""Census chapters: asked once the totals are known, judged against them month by month."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from pydantic import SecretStr

from tradeflow.answers import RECONSTRUCTED_HEADER, Answer, Request
from tradeflow.reference import us_partners
from tradeflow.settings import Settings
from tradeflow.sources.base import Total
from tradeflow.sources.census import API_TABLE, Census
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, KeyRejected, SourceError

from .conftest import MakeAnswer

CENSUS = Census()
HEADER = ["CTY_NAME", "I_COMMODITY", "GEN_VAL_MO", "time", "COMM_LVL", "CTY_CODE"]
CODES = [partner.census_code for partner in us_partners()] + ["-"]


@pytest.fixture
def totals(settings: Settings, answer: MakeAnswer) -> Answer:
    """Imports of January and February 2024 as the totals call answers them."""
    keyed = settings.model_copy(update={"census_api_key": SecretStr("canary")})
    (request,) = (
        one for one in CENSUS.requests(date(2026, 2, 15), keyed) if one.context.get("flow") == "M"
    )
    about = {**request.context, "last": "2024-02"}
    table: list[list[str]] = [["CTY_CODE", "CTY_NAME", "GEN_VAL_MO", "SUMMARY_LVL", "time"]]
    for month, value in (("2024-01", 1000), ("2024-02", 1100)):
        for place, code in enumerate(CODES[:-1]):
            table.append([str(code), "A COUNTRY", str(value + place), "DET", month])
        world = sum(int(row[2]) for row in table[1:] if row[4] == month)
        table.append(["-", "TOTAL FOR ALL COUNTRIES", str(world), "DET", month])
    return answer(replace(request, about=tuple(about.items())), json.dumps(table))


@pytest.fixture
def taiwan(totals: Answer) -> Request:
    """Chapters of Taiwan (5830), whose totals are 1000 and 1100."""
    (found,) = (
        request
        for request in CENSUS.follow(totals, CENSUS.parse(totals))
        if request.context["country"] == CODES[0] == "5830"
    )
    return found


def rows() -> list[list[str]]:
    """Two chapters with trade and one with an explicit zero, in two months."""
    table = [HEADER]
    for month, values in (("2024-01", (400, 600, 0)), ("2024-02", (1100, 0, 0))):
        for chapter, value in zip(("84", "85", "99"), values, strict=True):
            table.append(["TAIWAN", chapter, str(value), month, "HS2", "5830"])
    return table


def changed(column: str, value: object, row: int = 1) -> str:
    table: list[list[object]] = [list(r) for r in rows()]
    table[row][HEADER.index(column)] = value
    return json.dumps(table)


def test_totals_call_for_the_chapters_of_the_partners_and_of_the_world(totals: Answer):
    followed = CENSUS.follow(totals, CENSUS.parse(totals))
    assert [request.context["country"] for request in followed] == CODES
    params = dict(followed[0].params)
    assert params == {
        "get": "CTY_NAME,I_COMMODITY,GEN_VAL_MO",
        "time": "from 2024-01",
        "COMM_LVL": "HS2",
        "CTY_CODE": "5830",
    }
    assert followed[0].credential == totals.request.credential
    assert followed[0].context["totals"] == "2024-01=1000,2024-02=1100"
    assert all(CENSUS.may_fail(request) for request in followed)


def test_chapters_are_asked_again_only_when_a_total_changes(totals: Answer, taiwan: Request):
    """The key stays the same either way, so that an earlier answer can stand in."""
    assert CENSUS.stands(taiwan)
    assert not CENSUS.stands(totals.request)
    revised = replace(totals, body=totals.body.replace(b'"1000"', b'"999"').replace(
        b'"5010"', b'"5009"'))  # fmt: skip
    again = CENSUS.follow(revised, CENSUS.parse(revised))[0]
    assert again.key == taiwan.key
    assert again != taiwan
    assert CENSUS.follow(totals, CENSUS.parse(totals))[0] == taiwan


def test_a_saved_answer_calls_for_nothing(totals: Answer):
    saved = replace(totals, request=replace(totals.request, about=(("kind", "api"),)))
    assert CENSUS.follow(saved, CENSUS.parse(saved)) == []


def test_chapters_are_read_by_name_and_explicit_zeros_are_kept(taiwan: Request, answer: MakeAnswer):
    frame = CENSUS.parse(answer(taiwan, json.dumps(rows()))).tables[API_TABLE]
    assert tuple(frame.columns) == CENSUS.tables[API_TABLE]
    assert frame.height == 6
    assert frame.filter(pl.col("value_usd") == "0").height == 3
    assert set(frame["commodity"]) == {"84", "85", "99"}
    order = [5, 2, 4, 0, 3, 1]
    shuffled = [[row[place] for place in order] for row in rows()]
    assert CENSUS.parse(answer(taiwan, json.dumps(shuffled))).tables[API_TABLE].equals(frame)
    named = [[*HEADER, "I_COMMODITY_SDESC"], *[[*row, "MACHINERY"] for row in rows()[1:]]]
    assert CENSUS.parse(answer(taiwan, json.dumps(named))).tables[API_TABLE].equals(frame)


def test_a_chapter_without_trade_may_be_left_out(taiwan: Request, answer: MakeAnswer):
    header, *members = rows()
    table = [header, *[row for row in members if row[2] != "0"]]
    assert CENSUS.parse(answer(taiwan, json.dumps(table))).row_count == 3


@pytest.mark.parametrize(
    ("bad", "error", "field"),
    [
        (json.dumps(rows()[:-3]), IncompleteAnswer, "I_COMMODITY"),
        (json.dumps([HEADER, *rows()[2:]]), IncompleteAnswer, "I_COMMODITY"),
        (changed("GEN_VAL_MO", "401"), IncompleteAnswer, "I_COMMODITY"),
        (changed("time", "2024-03"), IncompleteAnswer, "time"),
        (changed("CTY_CODE", "5700"), ChangedShape, "CTY_CODE"),
        (changed("COMM_LVL", "HS10"), ChangedShape, "COMM_LVL"),
        (changed("I_COMMODITY", "8471"), ChangedShape, "I_COMMODITY"),
        (changed("I_COMMODITY", "85"), ChangedShape, "CTY_CODE"),
        (changed("GEN_VAL_MO", None), ChangedShape, "GEN_VAL_MO"),
        (json.dumps(rows()).replace("GEN_VAL_MO", "CON_VAL_MO"), ChangedShape, "header"),
        (json.dumps(rows()).replace('"COMM_LVL"', '"LEVEL"'), ChangedShape, "COMM_LVL"),
        ("", IncompleteAnswer, "body"),
        ("<html>a valid key</html>", KeyRejected, "body"),
        ('{"error": 1}', ChangedShape, "body"),
    ],
)  # fmt: skip
def test_bad_chapters_are_refused_with_a_typed_line(
    bad: str, error: type[SourceError], field: str, taiwan: Request, answer: MakeAnswer
):
    with pytest.raises(error) as caught:
        CENSUS.parse(answer(taiwan, bad))
    assert caught.value.field == field
    assert str(caught.value).startswith("census: US imports of HS chapters, country 5830")


def test_no_rows_at_all_are_a_204(taiwan: Request, answer: MakeAnswer):
    with pytest.raises(IncompleteAnswer, match="status 204"):
        CENSUS.parse(answer(taiwan, b"", status=204))


def test_chapters_of_a_closed_year_have_a_total_of_their_own(taiwan: Request, answer: MakeAnswer):
    """CHK-REVISION."""
    months = [f"2024-{number:02d}" for number in range(1, 13)]
    about = {**taiwan.context, "totals": ",".join(f"{month}=10" for month in months)}
    whole = replace(taiwan, about=tuple(about.items()))
    table = [HEADER, *[["TAIWAN", "85", "10", month, "HS2", "5830"] for month in months]]
    parsed = CENSUS.parse(answer(whole, json.dumps(table)))
    assert CENSUS.totals(parsed) == {"5830 M 2024 HS2": Total(120, 12)}


def test_marked_chapters_are_reconstructed(taiwan: Request, answer: MakeAnswer):
    marks = {RECONSTRUCTED_HEADER: json.dumps({"all": True})}
    frame = CENSUS.parse(answer(taiwan, json.dumps(rows()), **marks)).tables[API_TABLE]
    assert set(frame["is_reconstructed"]) == {"true"}
