"""A question too large for the row cap is asked in parts whose union is the whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from tradeflow import reference
from tradeflow.answers import Request
from tradeflow.settings import Settings
from tradeflow.sources.comtrade import TABLE
from tradeflow.sources.errors import TooManyRows

from .comtrade_given import COMTRADE, Trade, data_requests, host_answer, listing, scope
from .conftest import answer_to

AREAS = reference.comtrade_areas()
CODES = reference.controlled_hs6()


def answered(request: Request, trade: Trade) -> Iterator[tuple[str, str]]:
    """Keys of every row of the request's answer, split for as long as it is capped."""
    try:
        parsed = COMTRADE.parse(answer_to(request, host_answer(request, trade)))
    except TooManyRows:
        parts = COMTRADE.split(request)
        assert parts, f"{request.label} cannot be split"
        for part in parts:
            yield from answered(part, trade)
    else:
        yield from parsed.tables[TABLE].select("partnerCode", "cmdCode").iter_rows()


@effort(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("name", ["total", "chapters", "codes", "codes_world"])
def test_the_union_of_the_parts_is_the_whole(name: str, settings: Settings, data: st.DataObject):
    """Property: nothing is lost and nothing comes twice, whatever the sizes."""
    keyed = settings.model_copy(update={"comtrade_api_key": "k"})
    # The keyed question is the largest there is; here it is put to a host with the preview's cap.
    (whole,) = scope(data_requests(keyed), name)
    whole = as_preview(whole)
    asked = dict(whole.params)
    codes = {
        "TOTAL": ["TOTAL"],
        "AG2": [f"{n:02d}" for n in range(1, 100)],
    }.get(asked["cmdCode"], list(CODES))
    partners = asked.get("partnerCode", ",".join(AREAS)).split(",")
    width = data.draw(st.integers(1, len(partners)), label="partners")
    depth = data.draw(st.integers(1, min(len(codes), 1 + 2000 // width)), label="codes")
    trade = {(partner, code): 1 for partner in partners[:width] for code in codes[:depth]}
    rows = list(answered(whole, trade))
    assert sorted(rows) == sorted(trade)


def as_preview(request: Request) -> Request:
    """The same question at the keyless endpoint."""
    url = request.url.replace("/data/v1/get/", "/public/v1/preview/")
    changed = {**request.__dict__, "url": url, "credential": None}
    return Request(**changed)


def test_all_partners_are_split_into_those_of_the_reference(settings: Settings):
    whole = scope(data_requests(settings), "total")[0]
    parts = COMTRADE.split(whole)
    asked = [code for part in parts for code in dict(part.params)["partnerCode"].split(",")]
    assert asked == list(AREAS)
    assert {"0", "490", "842", "699", "251", "579", "757", "899"} <= set(asked)
    assert len({part.key for part in [whole, *parts]}) == 3


def test_codes_are_split_before_partners(settings: Settings):
    whole = scope(data_requests(settings), "codes")[0]
    parts = COMTRADE.split(whole)
    batch = dict(whole.params)["cmdCode"]
    assert ",".join(dict(part.params)["cmdCode"] for part in parts) == batch
    assert not any("partnerCode" in dict(part.params) for part in parts)
    while "," in dict(parts[0].params)["cmdCode"]:
        parts = COMTRADE.split(parts[0])
    halves = COMTRADE.split(parts[0])
    assert {dict(half.params)["cmdCode"] for half in halves} == {CODES[0]}
    assert ",".join(dict(half.params)["partnerCode"] for half in halves) == ",".join(AREAS)


def test_parts_are_of_the_same_group_release_and_scope(settings: Settings):
    whole = scope(data_requests(settings), "codes")[0]
    for part in COMTRADE.split(whole):
        assert part.group == whole.group
        assert COMTRADE.stands(part)
        assert part.context == {**whole.context, "part": "true"}


def test_a_part_may_be_empty_where_the_whole_may_not(settings: Settings):
    part = COMTRADE.split(scope(data_requests(settings), "total")[0])[1]
    assert COMTRADE.parse(answer_to(part, host_answer(part, {}))).row_count == 0


def test_one_partner_and_one_code_cannot_be_split(settings: Settings):
    asked = data_requests(settings)
    assert COMTRADE.split(scope(asked, "total_world")[0]) == []
    assert COMTRADE.split(listing(settings)) == []
