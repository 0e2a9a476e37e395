"""Comtrade: what is asked, and that only a whole, unmultiplied answer is read."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tradeflow.answers import RECONSTRUCTED_HEADER, Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Parsed
from tradeflow.sources.comtrade import FIELDS, TABLE, Comtrade
from tradeflow.sources.errors import (
    ChangedShape,
    IncompleteAnswer,
    KeyRejected,
    PermanentError,
    QuotaExceeded,
    SourceError,
    TransientError,
)

from .conftest import Fetch, MakeAnswer

COMTRADE = Comtrade()
AS_OF = date(2026, 2, 15)


@pytest.fixture
def request_pair(settings: Settings) -> tuple[Request, Request]:
    """US exports in 2023: all partners, and World."""
    asked = [r for r in COMTRADE.requests(AS_OF, settings) if r.group == "842-X-2023"]
    return asked[0], asked[1]


def record(partner: str = "392", value: object = 100, **changes: object) -> dict[str, object]:
    """One record of US exports in 2023, as the API writes it."""
    row: dict[str, object] = dict.fromkeys(FIELDS, "x")
    row |= {"typeCode": "C", "freqCode": "A", "period": "2023", "refYear": 2023}
    row |= {"reporterCode": 842, "flowCode": "X", "partnerCode": int(partner), "partner2Code": 0}
    row |= {"cmdCode": "TOTAL", "customsCode": "C00", "motCode": 0, "cifvalue": None}
    return row | {"isReported": False, "primaryValue": value} | changes


def body(records: list[dict[str, object]], **changes: object) -> str:
    stated = {"elapsedTime": "0.1 secs", "count": len(records), "data": records, "error": ""}
    return json.dumps(stated | changes)


def partners(count: int = 200, value: int = 10) -> list[dict[str, object]]:
    return [record(str(code), value) for code in range(1000, 1000 + count)]


def test_each_reporter_flow_and_year_is_asked_for_partners_and_for_world(settings: Settings):
    requests = COMTRADE.requests(AS_OF, settings)
    assert len(requests) == 6 * 2 * 3 * 2
    assert len({request.key for request in requests}) == len(requests)
    assert {dict(r.params)["reporterCode"] for r in requests} == {
        "490", "842", "156", "392", "410", "276",
    }  # fmt: skip
    assert all("," not in dict(r.params)["period"] for r in requests)


def test_taiwan_is_asked_as_490_and_never_as_158(settings: Settings):
    """E13, CHK-REPORTER-NONEMPTY: 158 has no rows and once read as 'Taiwan has no data'."""
    asked = {dict(r.params)["reporterCode"] for r in COMTRADE.requests(AS_OF, settings)}
    assert "490" in asked
    assert "158" not in asked


def test_every_request_pins_the_total_slice(settings: Settings):
    """E14, E15, E16: without these filters breakdown rows multiply a partner's trade."""
    for request in COMTRADE.requests(AS_OF, settings):
        asked = dict(request.params)
        assert asked["cmdCode"] == "TOTAL"
        assert (asked["partner2Code"], asked["motCode"], asked["customsCode"]) == ("0", "0", "C00")


def test_years_end_with_the_newest_public_at_as_of(settings: Settings):
    def years(as_of: date) -> set[str]:
        return {dict(r.params)["period"] for r in COMTRADE.requests(as_of, settings)}

    assert years(date(2025, 6, 29)) == {"2022", "2023"}
    assert years(date(2025, 7, 6)) == {"2022", "2023", "2024"}


def test_a_key_changes_the_endpoint_and_stays_out_of_the_request(settings: Settings):
    keyed = settings.model_copy(update={"comtrade_api_key": "canary"})
    request = COMTRADE.requests(AS_OF, keyed)[0]
    assert "/data/v1/get/C/A/HS" in request.url
    assert request.credential is not None
    assert "canary" not in repr(request)


def test_the_recorded_preview_answer_is_read_as_sent(
    shared: Path, settings: Settings, fetch: Fetch
):
    recorded = shared / "recordings/comtrade/public_preview_usa_jpn_2023_TOTAL_200.json"
    request = Request(
        source="comtrade",
        label="US trade with Japan in 2023",
        url=f"{settings.comtrade_url}/public/v1/preview/C/A/HS",
        params=(("cmdCode", "TOTAL"), ("reporterCode", "842"), ("period", "2023")),
    )
    frame = COMTRADE.parse(fetch(request, recorded.read_bytes())).tables[TABLE]
    assert frame.columns == [*FIELDS, "is_reconstructed"]
    assert set(frame.dtypes) == {pl.Utf8}
    assert frame["primaryValue"].to_list() == ["151580564290", "76154045176"]
    assert frame["cifvalue"].to_list() == ["151580564290", None]
    assert frame["isReported"].to_list() == ["false", "false"]


def test_the_recorded_keyed_answer_keeps_expired_and_current_codes_apart(
    shared: Path, settings: Settings, fetch: Fetch
):
    recorded = shared / "recordings/comtrade/data_v1_get_chn_2010_TOTAL_bilateral_200.json"
    request = Request(
        source="comtrade",
        label="China's trade in 2010",
        url=f"{settings.comtrade_url}/data/v1/get/C/A/HS",
        params=(("cmdCode", "TOTAL"), ("reporterCode", "156"), ("period", "2010")),
    )
    frame = COMTRADE.parse(fetch(request, recorded.read_bytes())).tables[TABLE]
    assert frame.height == 4
    assert set(frame["partnerCode"]) == {"32", "276"}
    assert frame["qty"].to_list() == [None] * 4


def test_the_recorded_401_says_which_key_is_wrong(shared: Path, settings: Settings, fetch: Fetch):
    recorded = shared / "recordings/comtrade/data_v1_get_missing_key_401.json"
    keyed = settings.model_copy(update={"comtrade_api_key": None})
    request = COMTRADE.requests(AS_OF, keyed)[0]
    with pytest.raises(KeyRejected, match="missing subscription key") as caught:
        fetch(request, recorded.read_bytes(), status=401)
    assert not caught.value.retry_helps


def test_a_recorded_answer_without_rows_is_empty_not_an_error(
    shared: Path, request_pair: tuple[Request, Request], fetch: Fetch
):
    recorded = shared / "recordings/comtrade/data_v1_get_services_no_rows_200.json"
    parsed = COMTRADE.parse(fetch(request_pair[0], recorded.read_bytes()))
    assert parsed.row_count == 0
    assert parsed.tables[TABLE].columns == [*FIELDS, "is_reconstructed"]


@pytest.mark.parametrize(
    ("bad", "error", "field"),
    [
        (b"", IncompleteAnswer, "body"),
        (body(partners(3)).encode()[:-40], IncompleteAnswer, "body"),
        (b'{"count": 0, "da', IncompleteAnswer, "body"),
        (b"<!doctype html><html><body>maintenance</body></html>", ChangedShape, "body"),
        (body(partners(3)).replace('"x"', '"\xe9"').encode("latin-1"), ChangedShape, "charset"),
        (body([record(value=float("nan"))]).encode(), ChangedShape, "body"),
        (b"[]", ChangedShape, "body"),
        (b'{"count": 0}', ChangedShape, "data"),
        (body(partners(3), count=9).encode(), IncompleteAnswer, "count"),
        (body(partners(500)).encode(), IncompleteAnswer, "count"),
        (body(partners(3), error="bad query").encode(), PermanentError, "body"),
        (b'{"statusCode": 401, "message": "missing key"}', KeyRejected, "body"),
        (b'{"statusCode": 403, "message": "Out of call volume"}', QuotaExceeded, "body"),
        (b'{"statusCode": 429, "message": "Rate limit"}', TransientError, "body"),
        (body([record(reporterCode=276)]).encode(), ChangedShape, "reporterCode"),
        (body([record(flowCode="M")]).encode(), ChangedShape, "flowCode"),
        (body([record(period="2022")]).encode(), ChangedShape, "period"),
        (body([record(cmdCode="01")]).encode(), ChangedShape, "cmdCode"),
        (body([record(partner2Code=36)]).encode(), ChangedShape, "partner2Code"),
        (body([record(motCode=2100)]).encode(), ChangedShape, "motCode"),
        (body([record(customsCode="C01")]).encode(), ChangedShape, "customsCode"),
        (body([record(), record()]).encode(), ChangedShape, "partnerCode"),
        (body([record(value=None)]).encode(), ChangedShape, "primaryValue"),
        (body([record(value="n/a")]).encode(), ChangedShape, "primaryValue"),
        (body([record(value={"usd": 1})]).encode(), ChangedShape, "data"),
        (body([record(newField=1)]).encode(), ChangedShape, "newField"),
        (body([{k: v for k, v in record().items() if k != "motCode"}]).encode(), ChangedShape,
         "motCode"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_refused_with_a_typed_line(
    bad: bytes,
    error: type[SourceError],
    field: str,
    request_pair: tuple[Request, Request],
    answer: MakeAnswer,
):
    """CHK-TRUNC, CHK-UNIQUE: the answer never reaches a table."""
    with pytest.raises(error) as caught:
        COMTRADE.parse(answer(request_pair[0], bad))
    message = str(caught.value)
    assert caught.value.field == field
    assert message.startswith("comtrade: exports of 842 (USA) in 2023, all partners: ")
    assert "expected" in message
    assert "got" in message
    assert "\n" not in message


def test_a_status_204_is_an_incomplete_answer(
    request_pair: tuple[Request, Request], answer: MakeAnswer
):
    with pytest.raises(IncompleteAnswer, match="status 204"):
        COMTRADE.parse(answer(request_pair[0], b"", status=204))


def test_numbers_and_number_texts_read_the_same(
    request_pair: tuple[Request, Request], answer: MakeAnswer
):
    as_numbers = COMTRADE.parse(answer(request_pair[0], body([record(value=12.50)])))
    as_texts = COMTRADE.parse(
        answer(request_pair[0], body([record(value="12.5", reporterCode="842")]))
    )
    assert as_numbers.tables[TABLE].equals(as_texts.tables[TABLE])


def test_marked_periods_and_partners_are_reconstructed(
    request_pair: tuple[Request, Request], answer: MakeAnswer
):
    marks = json.dumps({"all": False, "periods": [], "partners": ["392"]})
    parsed = COMTRADE.parse(
        answer(
            request_pair[0],
            body([record("392"), record("410")]),
            **{RECONSTRUCTED_HEADER: marks},
        )
    )
    assert parsed.tables[TABLE]["is_reconstructed"].to_list() == ["true", "false"]


class TestPartnersAgainstWorld:
    """CHK-COVERAGE-RATIO and CHK-PARTNERS: the two answers of a reporter, flow and year."""

    def audit(
        self,
        pair: tuple[Request, Request],
        answer: MakeAnswer,
        of_partners: list[dict[str, object]],
        of_world: list[dict[str, object]],
    ) -> None:
        COMTRADE.audit(
            pair[0].group,
            {
                pair[0]: COMTRADE.parse(answer(pair[0], body(of_partners))),
                pair[1]: COMTRADE.parse(answer(pair[1], body(of_world))),
            },
        )

    def test_equal_sums_pass(self, request_pair, answer):
        self.audit(request_pair, answer, partners(), [record("0", 2000)])

    def test_a_world_row_and_groups_among_the_partners_are_not_summed(self, request_pair, answer):
        groups = [record("0", 2000), record("97", 500), record("975", 300)]
        self.audit(request_pair, answer, [*partners(), *groups], [record("0", 2000)])

    def test_two_answers_of_different_vintages_are_incomplete(self, request_pair, answer):
        with pytest.raises(IncompleteAnswer, match="the same World in both answers"):
            self.audit(request_pair, answer, [*partners(), record("0", 2000)], [record("0", 2001)])

    def test_taiwan_as_a_partner_counts_although_the_reference_calls_it_a_group(
        self, request_pair, answer
    ):
        self.audit(request_pair, answer, [*partners(), record("490", 500)], [record("0", 2500)])

    def test_missing_trade_is_incomplete(self, request_pair, answer):
        with pytest.raises(IncompleteAnswer, match="adding up to World's 2500"):
            self.audit(request_pair, answer, partners(), [record("0", 2500)])

    def test_multiplied_trade_is_incomplete(self, request_pair, answer):
        with pytest.raises(IncompleteAnswer, match="primaryValue"):
            self.audit(request_pair, answer, partners(value=49), [record("0", 2000)])

    def test_few_partners_are_incomplete_even_when_they_add_up(self, request_pair, answer):
        """E14: Germany with 62 partners was printed as a trait of its trade."""
        with pytest.raises(IncompleteAnswer, match="at least 150 partners, got 62"):
            self.audit(request_pair, answer, partners(62), [record("0", 620)])

    def test_a_year_without_rows_in_both_answers_is_not_published(self, request_pair, answer):
        self.audit(request_pair, answer, [], [])

    def test_one_empty_answer_is_incomplete(self, request_pair, answer):
        with pytest.raises(IncompleteAnswer, match="rows for partners, as for World"):
            self.audit(request_pair, answer, [], [record("0", 2000)])
        with pytest.raises(IncompleteAnswer, match="rows for World, as for partners"):
            self.audit(request_pair, answer, partners(), [])


@given(
    count=st.integers(min_value=150, max_value=200),
    value=st.integers(min_value=1, max_value=10**12),
    basis_points=st.integers(min_value=9_500, max_value=10_500),
)
def test_the_audit_agrees_with_a_plain_ratio(count: int, value: int, basis_points: int):
    """Property: refused exactly when partners leave 98…102 % of World."""
    assume(basis_points not in (9_800, 10_200))
    values = [value + n for n in range(count)]
    world = Decimal(sum(values)) * 10_000 / basis_points
    of_partners = pl.DataFrame(
        {
            "partnerCode": [str(1000 + n) for n in range(len(values))],
            "primaryValue": [str(value) for value in values],
        }
    )
    of_world = pl.DataFrame({"partnerCode": ["0"], "primaryValue": [str(world)]})

    def asked(scope: str) -> Request:
        return Request("comtrade", scope, f"https://x/{scope}", about=(("scope", scope),))

    parsed = {
        asked("partners"): Parsed({TABLE: of_partners}),
        asked("world"): Parsed({TABLE: of_world}),
    }
    if 9_800 < basis_points < 10_200:
        COMTRADE.audit("842-X-2023", parsed)
    else:
        with pytest.raises(IncompleteAnswer):
            COMTRADE.audit("842-X-2023", parsed)
