"""Comtrade: what is asked, and that only a whole, unmultiplied answer is read."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from tradeflow import reference
from tradeflow.answers import RECONSTRUCTED_HEADER, Request
from tradeflow.settings import Settings
from tradeflow.sources import comtrade_records
from tradeflow.sources.base import Total
from tradeflow.sources.comtrade import TABLE
from tradeflow.sources.comtrade_releases import RELEASES_TABLE
from tradeflow.sources.errors import (
    ChangedShape,
    IncompleteAnswer,
    KeyRejected,
    PermanentError,
    QuotaExceeded,
    SourceError,
    TooManyRows,
    TransientError,
)

from .comtrade_given import (
    COMTRADE,
    RELEASED,
    body,
    data_requests,
    listing,
    parse,
    partners,
    record,
    releases,
    scope,
)
from .conftest import MakeAnswer, answer_to


@pytest.fixture
def request_pair(settings: Settings) -> tuple[Request, Request]:
    """US imports in 2023: all partners, and World."""
    asked = data_requests(settings)
    return scope(asked, "total")[0], scope(asked, "total_world")[0]


def asked_after(settings: Settings, as_of: date, *years: int) -> list[Request]:
    """The data asked on a day on which those years of each reporter are listed."""
    answer = answer_to(listing(settings, as_of), body(releases(*years)))
    return COMTRADE.follow(answer, COMTRADE.parse(answer))


def test_the_list_of_releases_and_the_reference_files_are_asked_first(settings: Settings):
    kinds = [r.context["kind"] for r in COMTRADE.requests(date(2026, 2, 15), settings)]
    assert kinds == ["releases", "reporters", "partners", "commodities"]


def test_the_list_of_releases_is_one_question_whatever_the_year(settings: Settings):
    """An earlier answer can stand in for it in any later week."""
    assert listing(settings, date(2025, 1, 5)).key == listing(settings, date(2026, 6, 28)).key


def test_each_reporter_flow_and_released_year_is_asked(settings: Settings):
    requests = asked_after(settings, date(2026, 2, 15), 2022, 2023, 2024)
    assert len({request.key for request in requests}) == len(requests)
    reporters = ("490", "842", "156", "392", "410", "276")
    assert {request.group.removesuffix("-HS6") for request in requests} == {
        f"{reporter}-{flow}-{year}"
        for reporter in reporters
        for flow in "XM"
        for year in (2022, 2023, 2024)
    }
    assert all("," not in dict(r.params)["period"] for r in requests)


def test_a_reporter_year_is_asked_in_total_by_chapter_and_by_controlled_code(settings: Settings):
    asked = data_requests(settings)
    total, world = scope(asked, "total")[0], scope(asked, "total_world")[0]
    assert "partnerCode" not in dict(total.params)
    assert dict(world.params)["partnerCode"] == "0"
    chapters = scope(asked, "chapters")
    assert {dict(r.params)["cmdCode"] for r in chapters} == {"AG2"}
    with_whom = [p for r in chapters for p in dict(r.params)["partnerCode"].split(",")]
    assert with_whom == ["0", *(one.comtrade_code for one in reference.main_partners())]
    codes = scope(asked, "codes")
    assert not any("partnerCode" in dict(r.params) for r in codes)
    by_code = [code for r in codes for code in dict(r.params)["cmdCode"].split(",")]
    assert by_code == list(reference.controlled_hs6())
    (codes_of_world,) = scope(asked, "codes_world")
    assert dict(codes_of_world.params)["cmdCode"].split(",") == by_code


def test_every_keyless_batch_stays_under_the_preview_cap(settings: Settings):
    """98 chapters in the reference; fewer than 100 suppliers of one code."""
    for group in ("842-X-2023", "842-M-2023"):
        asked = data_requests(settings, group)
        most = {r: len(dict(r.params)["partnerCode"].split(",")) for r in scope(asked, "chapters")}
        assert max(most.values()) * 98 < 500
        of_codes = [len(dict(r.params)["cmdCode"].split(",")) for r in scope(asked, "codes")]
        assert max(of_codes, default=0) * 99 < 500


def test_of_exports_of_a_code_the_world_alone_is_asked(settings: Settings):
    asked = data_requests(settings, "842-X-2023")
    assert scope(asked, "codes_world") and not scope(asked, "codes")


def test_a_key_asks_in_few_large_answers(settings: Settings):
    keyed = settings.model_copy(update={"comtrade_api_key": "canary"})
    assert len(data_requests(keyed)) == 5


def test_taiwan_is_asked_as_490_and_never_as_158(settings: Settings):
    """E13, CHK-REPORTER-NONEMPTY: 158 has no rows and once read as 'Taiwan has no data'."""
    asked = {dict(r.params)["reporterCode"] for r in asked_after(settings, date(2026, 2, 15), 2023)}
    assert "490" in asked
    assert "158" not in asked


def test_every_request_pins_the_total_slice(settings: Settings):
    """E14, E15, E16: without these filters breakdown rows multiply a partner's trade."""
    for request in asked_after(settings, date(2026, 2, 15), 2023):
        asked = dict(request.params)
        assert asked["cmdCode"]
        assert (asked["partner2Code"], asked["motCode"], asked["customsCode"]) == ("0", "0", "C00")


def test_years_end_with_the_newest_public_at_as_of(settings: Settings):
    def years(as_of: date) -> set[str]:
        asked = asked_after(settings, as_of, 2021, 2022, 2023, 2024, 2025)
        return {dict(r.params)["period"] for r in asked}

    assert years(date(2025, 6, 29)) == {"2022", "2023"}
    assert years(date(2025, 7, 6)) == {"2022", "2023", "2024"}


def test_a_key_changes_the_endpoint_and_stays_out_of_the_request(settings: Settings):
    keyed = settings.model_copy(update={"comtrade_api_key": "canary"})
    request = data_requests(keyed)[0]
    assert "/data/v1/get/C/A/HS" in request.url
    assert request.credential is not None
    assert "canary" not in repr(request)


def test_data_stand_as_long_as_their_dataset_is_not_released_anew(settings: Settings):
    before, same = data_requests(settings), data_requests(settings)
    assert before == same
    assert all(COMTRADE.stands(request) for request in before)
    anew = data_requests(settings, stamp="2026-02-01T00:00:00")
    assert [request.key for request in anew] == [request.key for request in before]
    assert all(now != then for now, then in zip(anew, before, strict=True))


def test_totals_are_asked_before_chapters_and_chapters_before_codes(settings: Settings):
    """Where a day's calls run out, what the layer cannot stand without has been asked."""
    asked = [r.context["scope"] for r in asked_after(settings, date(2026, 2, 15), 2022, 2023)]
    assert list(dict.fromkeys(asked)) == [
        "total",
        "total_world",
        "chapters",
        "codes_world",
        "codes",
    ]
    assert asked == sorted(asked, key=list(dict.fromkeys(asked)).index)


def test_the_layer_stands_without_commodities_and_reference_files_alone(settings: Settings):
    asked = COMTRADE.requests(date(2026, 2, 15), settings)
    assert [COMTRADE.may_fail(r) for r in asked] == [False, True, True, True]
    needed = {r.context["scope"] for r in data_requests(settings) if not COMTRADE.may_fail(r)}
    assert needed == {"total", "total_world"}


def test_lists_are_asked_every_week(settings: Settings):
    assert not any(COMTRADE.stands(r) for r in COMTRADE.requests(date(2026, 2, 15), settings))


@pytest.mark.parametrize(
    ("bad", "error", "field"),
    [
        (b"", IncompleteAnswer, "body"),
        (body(partners(3)).encode()[:-40], IncompleteAnswer, "body"),
        (b'{"count": 0, "da', IncompleteAnswer, "body"),
        (b"<!doctype html>\n<html><body>maintenance</body></html>", ChangedShape, "body"),
        (body(partners(3)).replace('"x"', '"\xe9"').encode("latin-1"), ChangedShape, "charset"),
        (body([record(value=float("nan"))]).encode(), ChangedShape, "body"),
        (b"[]", ChangedShape, "body"),
        (b'{"count": 0}', ChangedShape, "data"),
        (body(partners(3), count=9).encode(), IncompleteAnswer, "count"),
        (body(partners(500)).encode(), TooManyRows, "count"),
        (b'{"count": 0, "data": []}', IncompleteAnswer, "data"),
        (b'{"title": "Bad request", "status": 400, "errors": {}}', PermanentError, "body"),
        (body(partners(3), error="bad query").encode(), PermanentError, "body"),
        (b'{"statusCode": 401, "message": "missing key"}', KeyRejected, "body"),
        (b'{"statusCode": 403, "message": "Out of call volume"}', QuotaExceeded, "body"),
        (b'{"statusCode": 429, "message": "Rate limit"}', TransientError, "body"),
        (body([record(reporterCode=276)]).encode(), ChangedShape, "reporterCode"),
        (body([record(typeCode="S")]).encode(), ChangedShape, "typeCode"),
        (body([record(freqCode="M")]).encode(), ChangedShape, "freqCode"),
        (body([record("-1")]).encode(), ChangedShape, "partnerCode"),
        (body([record(flowCode="X")]).encode(), ChangedShape, "flowCode"),
        (body([record(period="2022")]).encode(), ChangedShape, "period"),
        (body([record(cmdCode="01")]).encode(), ChangedShape, "cmdCode"),
        (body([record(partner2Code=36)]).encode(), ChangedShape, "partner2Code"),
        (body([record(motCode=2100)]).encode(), ChangedShape, "motCode"),
        (body([record(customsCode="C01")]).encode(), ChangedShape, "customsCode"),
        (body([record(), record()]).encode(), ChangedShape, "partnerCode"),
        (body([record(value=None)]).encode(), ChangedShape, "primaryValue"),
        (body([record(value="n/a")]).encode(), ChangedShape, "primaryValue"),
        (body([record(value={"usd": 1})]).encode(), ChangedShape, "primaryValue"),
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
    assert message.startswith("comtrade: imports of 842 (United States) in 2023, all partners: ")
    assert "expected" in message
    assert "got" in message
    assert "\n" not in message


def test_with_a_key_the_cap_is_the_keyed_one(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """Half a thousand rows are a whole answer there; as many as its own cap are a cut one."""
    keyed = settings.model_copy(update={"comtrade_api_key": "canary"})
    total = data_requests(keyed)[0]
    assert parse(total, partners(600)).row_count == 600
    caps = {"comtrade_keyed_row_cap": 600, "comtrade_preview_row_cap": 5}
    monkeypatch.setattr(comtrade_records, "threshold", caps.__getitem__)
    assert parse(total, partners(599)).row_count == 599
    with pytest.raises(TooManyRows, match="fewer rows than the cap of 600, got 600"):
        parse(total, partners(600))


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


def test_a_number_is_kept_to_its_last_digit(request_pair: tuple[Request, Request]):
    """Read as a binary fraction it would end in 1234567890123456.8."""
    sent = body([record(value=12.5)]).replace("12.5", "1234567890123456.78")
    (value,) = COMTRADE.parse(answer_to(request_pair[0], sent)).tables[TABLE]["primaryValue"]
    assert value == "1234567890123456.78"


def test_a_large_number_may_come_with_an_exponent(request_pair: tuple[Request, Request]):
    (value,) = parse(request_pair[0], [record(value=1e17)]).tables[TABLE]["primaryValue"]
    assert value == "1e+17"


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


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"statusCode": 401, "message": "no key"}, "401: no key"),
        ({"title": "Bad request", "status": 400, "errors": {}}, "400: Bad request"),
        ({"elapsedTime": "0", "count": 0, "data": [], "error": "too many"}, "error: too many"),
    ],
)
def test_each_shape_of_an_error_is_quoted(
    stated: dict, words: str, request_pair: tuple[Request, Request]
):
    with pytest.raises(SourceError, match=f"expected records, got {words}"):
        COMTRADE.parse(answer_to(request_pair[0], json.dumps(stated)))


@pytest.mark.parametrize("year", ["2023", 2023])
def test_a_period_reads_the_same_as_text_and_as_number(
    year: object, request_pair: tuple[Request, Request]
):
    rows = parse(request_pair[0], [record(period=year)]).tables[TABLE]
    assert rows["period"].to_list() == ["2023"]


class TestTheEchoOfFilters:
    """A row that was not asked for means that a filter was not applied."""

    def test_a_partner_that_was_not_asked_is_refused(self, settings: Settings):
        chapters = scope(data_requests(settings), "chapters")[0]
        with pytest.raises(ChangedShape, match="partnerCode: expected one of 0, "):
            parse(chapters, [record("36", cmdCode="01")])

    def test_a_code_that_was_not_asked_is_refused(self, settings: Settings):
        codes = scope(data_requests(settings), "codes")[0]
        with pytest.raises(ChangedShape, match="cmdCode: expected one of "):
            parse(codes, [record(cmdCode="010110")])

    def test_chapters_asked_together_come_as_two_digits(self, settings: Settings):
        chapters = scope(data_requests(settings), "chapters")[0]
        for other in ("TOTAL", "0101", "010110"):
            with pytest.raises(ChangedShape, match="two-digit HS codes"):
                parse(chapters, [record("0", cmdCode=other)])

    def test_one_code_may_have_several_partners_but_each_once(self, settings: Settings):
        codes = scope(data_requests(settings), "codes")[0]
        code = dict(codes.params)["cmdCode"].split(",")[0]
        assert parse(codes, [record("36", cmdCode=code), record("40", cmdCode=code)]).row_count == 2
        with pytest.raises(ChangedShape, match="one row per key"):
            parse(codes, [record("36", cmdCode=code), record("36", cmdCode=code)])


class TestAnswersWithoutRows:
    """200 with `count` 0 is data only where the list of releases says nothing."""

    def test_a_released_year_has_totals(self, settings: Settings):
        asked = data_requests(settings)
        for name in ("total", "total_world", "codes_world"):
            with pytest.raises(IncompleteAnswer, match=f"released {RELEASED}, got none"):
                parse(scope(asked, name)[0], [])
        with pytest.raises(IncompleteAnswer, match="rows of the dataset"):
            parse(scope(asked, "chapters")[0], [])

    def test_some_partners_or_codes_may_have_none(self, settings: Settings):
        asked = data_requests(settings)
        assert parse(scope(asked, "chapters")[1], []).row_count == 0
        assert parse(scope(asked, "codes")[0], []).row_count == 0

    def test_a_year_no_list_speaks_of_may_be_empty(self, settings: Settings):
        request = Request("comtrade", "1901", f"{settings.comtrade_url}/public/v1/preview/C/A/HS")
        assert parse(request, []).row_count == 0


class TestTotals:
    """CHK-REVISION: what an answer says of a closed year, for the comparison with the last one."""

    def test_of_all_partners_is_worlds_value_or_their_sum(self, request_pair):
        alone = COMTRADE.totals(parse(request_pair[0], partners(200)))
        assert alone == {"USA M 2023": Total(Decimal(2000), 200)}
        beside = [*partners(200), record("97", 700), record("0", 2001)]
        assert COMTRADE.totals(parse(request_pair[0], beside)) == {
            "USA M 2023": Total(Decimal(2001), 202)
        }

    def test_of_world_is_its_one_row(self, request_pair):
        assert COMTRADE.totals(parse(request_pair[1], [record("0", 9)])) == {
            "USA M 2023": Total(Decimal(9), 1)
        }

    def test_of_chapters_is_a_sum_per_partner(self, settings: Settings):
        chapters = scope(data_requests(settings), "chapters")[0]
        rows = [record("0", 4, cmdCode="01"), record("0", 5, cmdCode="02")]
        rows += [record("156", 3, cmdCode="01")]
        assert COMTRADE.totals(parse(chapters, rows)) == {
            "USA M 2023 HS2 with 0": Total(Decimal(9), 2),
            "USA M 2023 HS2 with 156": Total(Decimal(3), 1),
        }

    def test_of_codes_is_worlds_sum_and_none_by_partner(self, settings: Settings):
        asked = data_requests(settings)
        code = reference.controlled_hs6()[0]
        world = parse(scope(asked, "codes_world")[0], [record("0", 4, cmdCode=code)])
        assert COMTRADE.totals(world) == {"USA M 2023 HS6": Total(Decimal(4), 1)}
        assert COMTRADE.totals(parse(scope(asked, "codes")[0], [record(cmdCode=code)])) == {}


class TestTheListOfReleases:
    def test_its_rows_are_kept_as_sent(self, settings: Settings):
        frame = parse(listing(settings), releases(2023)).tables[RELEASES_TABLE]
        row = frame.row(0, named=True)
        assert (row["reporterCode"], row["period"], row["datasetChecksum"]) == ("490", "2023", "-7")
        assert (row["isOriginalClassification"], row["lastReleased"]) == ("true", RELEASED)

    def test_a_reporter_without_any_dataset_is_incomplete(self, settings: Settings):
        """E13, CHK-REPORTER-NONEMPTY."""
        rows = [row for row in releases(2023) if row["reporterCode"] != 490]
        with pytest.raises(IncompleteAnswer, match="reporterCode: expected a dataset of 490"):
            parse(listing(settings), rows)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"reporterCode": 36}, "reporterCode"),
            ({"typeCode": "S"}, "typeCode"),
            ({"freqCode": "M"}, "freqCode"),
            ({"period": 202301}, "period"),
            ({"period": None}, "period"),
            ({"lastReleased": None}, "lastReleased"),
            ({"firstReleased": "soon"}, "firstReleased"),
            ({"datasetCode": None}, "datasetCode"),
            ({"datasetCode": {"a": 1}}, "datasetCode"),
            ({"newField": 1}, "newField"),
        ],
    )
    def test_a_changed_row_is_named(self, change: dict, field: str, settings: Settings):
        rows = releases(2023)
        rows[0] |= change
        with pytest.raises(ChangedShape) as caught:
            parse(listing(settings), rows)
        assert caught.value.field == field

    def test_a_missing_field_and_a_dataset_told_twice_are_refused(self, settings: Settings):
        rows = releases(2023)
        with pytest.raises(ChangedShape, match="each dataset once"):
            parse(listing(settings), [*rows, rows[0]])
        del rows[0]["lastReleased"]
        with pytest.raises(ChangedShape, match="missing: lastReleased"):
            parse(listing(settings), rows)

    def test_a_year_first_released_after_the_day_is_not_asked(self, settings: Settings):
        """A back-fill must not know what nobody knew then."""
        rows = releases(2023, 2024)
        for row in rows:
            if row["period"] == 2024:
                row["firstReleased"] = "2025-08-20T00:00:00"
        answer = answer_to(listing(settings, date(2025, 8, 17)), body(rows))
        asked = COMTRADE.follow(answer, COMTRADE.parse(answer))
        assert {dict(r.params)["period"] for r in asked} == {"2023"}

    def test_the_newest_of_several_datasets_is_the_years_stamp(self, settings: Settings):
        rows = releases(2023)
        rows.append(rows[0] | {"datasetCode": 1, "lastReleased": "2025-01-01T00:00:00"})
        answer = answer_to(listing(settings), body(rows))
        stamps = {
            r.context["released"]
            for r in COMTRADE.follow(answer, COMTRADE.parse(answer))
            if dict(r.params)["reporterCode"] == "490"
        }
        assert stamps == {"2025-01-01T00:00:00"}

    def test_only_the_list_calls_for_more(self, request_pair):
        answer = answer_to(request_pair[0], body(partners(3)))
        assert COMTRADE.follow(answer, COMTRADE.parse(answer)) == []
