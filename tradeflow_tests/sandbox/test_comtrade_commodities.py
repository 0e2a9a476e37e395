"""Commodity filters, caps and marks of the sandbox's Comtrade."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tradeflow.answers import RECONSTRUCTED_HEADER
from tradeflow.sandbox.comtrade_commodities import asked, nomenclature, of_level
from tradeflow_tests.sandbox.asking import KEYED, PREVIEW, ask

SLICE = {"partner2Code": "0", "motCode": "0", "customsCode": "C00"}
TAIWAN = {"reporterCode": "490", "flowCode": "X", "period": "2024", **SLICE}
KEY = {"subscription-key": "k"}


def records(url: str = PREVIEW, **params: Any) -> list[dict[str, Any]]:
    response = ask(url, **params)
    return httpx.Response(200, content=response.content).json(parse_float=Decimal)["data"]


def test_ag2_is_every_chapter_with_trade() -> None:
    codes = [row["cmdCode"] for row in records(**TAIWAN, partnerCode="0", cmdCode="AG2")]
    expected = [f"{number:02}" for number in range(1, 100) if number not in (77, 98)]
    assert codes == expected
    assert len(codes) == 97


def test_ag6_is_every_six_digit_code_the_world_knows() -> None:
    codes = {row["cmdCode"] for row in records(**TAIWAN, partnerCode="842", cmdCode="AG6")}
    assert codes <= set(of_level(6))
    assert {"854231", "854239", "850760", "847330"} <= codes


def test_a_list_of_codes_of_any_level_is_honoured() -> None:
    rows = records(**TAIWAN, partnerCode="0,842", cmdCode="TOTAL,85,8542,854231")
    assert Counter(row["cmdCode"] for row in rows) == {
        "TOTAL": 2,
        "85": 2,
        "8542": 2,
        "854231": 2,
    }


@pytest.mark.parametrize("code", ["77", "98", "123456", "AG5", "AGX", "8"])
def test_a_code_without_trade_finds_nothing(code: str) -> None:
    assert records(**TAIWAN, cmdCode=code) == []


@pytest.mark.parametrize("code", ["854231", "8542", "85"])
def test_a_reporter_the_world_lacks_has_no_commodities_either(code: str) -> None:
    assert records(**(TAIWAN | {"reporterCode": "158"}), cmdCode=code) == []


def test_a_code_named_twice_is_answered_once() -> None:
    assert len(records(**TAIWAN, partnerCode="0", cmdCode="85,AG2,85")) == 97


def test_without_a_commodity_filter_every_level_multiplies_the_total() -> None:
    rows = records(KEYED, **TAIWAN, **KEY, partnerCode="842")
    sums: dict[int, Decimal] = {}
    for row in rows:
        sums[row["aggrLevel"]] = sums.get(row["aggrLevel"], Decimal(0)) + row["primaryValue"]
    assert sums[2] == sums[0]
    assert 0 < sums[6] == sums[4] < sums[2]
    assert [row["cmdCode"] for row in rows if row["aggrLevel"] == 0] == ["TOTAL"]


def test_all_partners_by_chapter_are_cut_at_500_in_a_preview_and_whole_with_a_key() -> None:
    preview = ask(PREVIEW, **TAIWAN, cmdCode="AG2").json()
    whole = ask(KEYED, **TAIWAN, **KEY, cmdCode="AG2").json()
    assert preview["count"] == len(preview["data"]) == 500
    assert preview["error"] == ""
    assert 10_000 < whole["count"] == len(whole["data"]) < 100_000


def test_a_keyed_answer_is_cut_at_100_000_rows_and_says_nothing_of_it() -> None:
    body = ask(KEYED, **KEY, reporterCode="156", flowCode="X", period="2024").content
    assert b'"count":100000,' in body[:60]
    assert body.count(b'"typeCode"') == 100_000
    assert body.endswith(b'"error":""}')


def test_five_partners_by_chapter_stay_under_the_preview_cap() -> None:
    assert len(records(**TAIWAN, partnerCode="0,842,156,392,410", cmdCode="AG2")) == 485


def test_a_commodity_row_says_its_level_and_title() -> None:
    chapter, heading, product = records(
        **TAIWAN, partnerCode="0", cmdCode="85,8542,854231", includeDesc="true"
    )
    assert [(r["aggrLevel"], r["isLeaf"]) for r in (chapter, heading, product)] == [
        (2, False),
        (4, False),
        (6, True),
    ]
    assert product["cmdDesc"] == "Processors and controllers"


@pytest.mark.parametrize(
    ("commodities", "mark"),
    [
        ("TOTAL", None),
        ("AG2", '{"all": true}'),
        ("280530", '{"all": true}'),
        ("TOTAL,AG2", '{"all": true}'),
    ],
)
def test_commodities_of_the_real_year_are_marked_reconstructed_and_its_total_is_not(
    commodities: str, mark: str | None
) -> None:
    response = ask(
        PREVIEW,
        reporterCode="842",
        flowCode="M",
        period="2022",
        partnerCode="0,156",
        cmdCode=commodities,
        **SLICE,
    )
    assert response.json()["count"] > 0
    assert response.headers.get(RECONSTRUCTED_HEADER) == mark


def test_commodities_are_visible_from_the_release_day_of_their_year() -> None:
    answers = [
        ask(PREVIEW, day, **TAIWAN, partnerCode="0", cmdCode="AG2").json()["count"]
        for day in (date(2025, 6, 30), date(2025, 7, 1))
    ]
    assert answers == [0, 97]


def test_a_parent_stands_before_its_children_and_is_known() -> None:
    known = list(nomenclature().values())
    places = {commodity.code: place for place, commodity in enumerate(known)}
    assert all(places[one.parent] < places[one.code] for one in known[1:])


def test_the_codes_later_reports_need_are_there() -> None:
    needed = {
        *("854231", "854232", "854233", "854239", "854141", "854142", "854143", "854149"),
        *("847130", "848620", "870380", "880240", "280461", "260300", "850760", "850511"),
    }
    assert needed <= set(of_level(6))
    assert [commodity.code for commodity in asked(["8541", "8542"])] == ["8541", "8542"]
