"""Recorded answers of the real host, fetched from a local server and read by the same parser."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tradeflow.answers import Answer, Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Total
from tradeflow.sources.comtrade import TABLE
from tradeflow.sources.comtrade_records import FIELDS
from tradeflow.sources.comtrade_reference import AREAS, COLUMNS, COMMODITIES_TABLE
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, KeyRejected
from tradeflow.sources.imports import read_import

from .comtrade_given import AS_OF, COMTRADE, data_requests, entries, scope
from .conftest import Fetch, MakeAnswer

KINDS = ("reporters", "partners", "commodities")


@pytest.fixture
def recordings(shared: Path) -> Path:
    return shared / "recordings/comtrade"


def reference_request(settings: Settings, kind: str) -> Request:
    requests = COMTRADE.requests(AS_OF, settings)
    return next(request for request in requests if request.context["kind"] == kind)


class TestTrade:
    def test_the_preview_answer_is_read_as_sent(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        recorded = recordings / "public_preview_usa_jpn_2023_TOTAL_200.json"
        request = Request(
            source="comtrade",
            label="US trade with Japan in 2023",
            url=f"{settings.comtrade_url}/public/v1/preview/C/A/HS",
            params=(
                ("cmdCode", "TOTAL"),
                ("flowCode", "M,X"),
                ("reporterCode", "842"),
                ("period", "2023"),
                ("partnerCode", "392"),
                ("includeDesc", "true"),
            ),
        )
        frame = COMTRADE.parse(fetch(request, recorded.read_bytes())).tables[TABLE]
        assert frame.columns == [*FIELDS, "is_reconstructed"]
        assert set(frame.dtypes) == {pl.Utf8}
        assert frame["primaryValue"].to_list() == ["151580564290", "76154045176"]
        assert frame["cifvalue"].to_list() == ["151580564290", None]
        assert frame["isReported"].to_list() == ["false", "false"]

    def test_the_keyed_answer_keeps_expired_and_current_codes_apart(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        """280 was asked beside 276 and had no rows; a quantity is null, never 0."""
        recorded = recordings / "data_v1_get_chn_2010_TOTAL_bilateral_200.json"
        request = Request(
            source="comtrade",
            label="China's trade in 2010",
            url=f"{settings.comtrade_url}/data/v1/get/C/A/HS",
            params=(
                ("cmdCode", "TOTAL"),
                ("partnerCode", "32,280,276"),
                ("reporterCode", "156"),
                ("period", "2010"),
            ),
        )
        frame = COMTRADE.parse(fetch(request, recorded.read_bytes())).tables[TABLE]
        assert frame.height == 4
        assert set(frame["partnerCode"]) == {"32", "276"}
        assert frame["qty"].to_list() == [None] * 4

    def test_the_401_says_which_key_is_wrong(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        recorded = recordings / "data_v1_get_missing_key_401.json"
        request = data_requests(settings)[0]
        with pytest.raises(KeyRejected, match="missing subscription key") as caught:
            fetch(request, recorded.read_bytes(), status=401)
        assert not caught.value.retry_helps

    def test_the_401_is_understood_inside_an_answer_of_status_200_too(
        self, recordings: Path, settings: Settings, answer: MakeAnswer
    ):
        recorded = recordings / "data_v1_get_missing_key_401.json"
        with pytest.raises(KeyRejected, match="401: Access denied"):
            COMTRADE.parse(answer(data_requests(settings)[0], recorded.read_bytes()))

    def test_an_answer_without_rows_is_empty_where_no_release_is_listed(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        recorded = (recordings / "data_v1_get_services_no_rows_200.json").read_bytes()
        request = Request("comtrade", "2031", f"{settings.comtrade_url}/data/v1/get/C/A/HS")
        parsed = COMTRADE.parse(fetch(request, recorded))
        assert parsed.row_count == 0
        assert parsed.tables[TABLE].columns == [*FIELDS, "is_reconstructed"]
        with pytest.raises(IncompleteAnswer, match="rows of the dataset released"):
            COMTRADE.parse(fetch(scope(data_requests(settings), "total")[0], recorded))

    def test_answers_of_the_bulk_service_are_no_trade(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        """Its period is a number and its rows are files: a changed shape, never trade."""
        request = data_requests(settings)[0]
        one = (recordings / "bulk_v1_get_one_file_200.json").read_bytes()
        with pytest.raises(ChangedShape, match="missing: refYear"):
            COMTRADE.parse(fetch(request, one))
        none = (recordings / "bulk_v1_get_no_file_200.json").read_bytes()
        with pytest.raises(IncompleteAnswer, match="rows of the dataset released"):
            COMTRADE.parse(fetch(request, none))

    def test_the_download_has_one_field_more_than_its_header_and_shifts_nothing(
        self, recordings: Path, answer: MakeAnswer
    ):
        path = recordings / "comtradeplus_TradeData_USA_CHN_DEU_2022_TOTAL_all_partners.csv"
        request, body = read_import("comtrade", path)
        frame = COMTRADE.parse(answer(request, body)).tables[TABLE]
        assert frame.height == 1352
        assert set(frame["cmdCode"]) == {"TOTAL"}
        assert set(frame["isAggregate"]) <= {"true", "false"}
        assert COMTRADE.totals(COMTRADE.parse(answer(request, body))).keys() == {
            f"{iso3} {flow} 2022" for iso3 in ("USA", "CHN", "DEU") for flow in "XM"
        }


class TestReferenceLists:
    """The files as the host sent them, and as they must not come."""

    def areas(self, recordings: Path, settings: Settings, fetch: Fetch) -> pl.DataFrame:
        recorded = (recordings / "reference_Reporters.json").read_bytes()
        parsed = COMTRADE.parse(fetch(reference_request(settings, "reporters"), recorded))
        assert COMTRADE.totals(parsed) == {f"entries of {AREAS}": Total(Decimal(255), 255)}
        return parsed.tables[AREAS]

    def test_every_reporter_is_kept_as_sent(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        frame = self.areas(recordings, settings, fetch)
        assert frame.height == 255
        assert tuple(frame.columns) == COLUMNS[AREAS]
        assert set(frame["list"]) == {"reporters"}

    def test_codes_are_those_of_comtrade_not_of_m49(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        frame = self.areas(recordings, settings, fetch)
        iso3 = dict(frame.select("code", "iso3").iter_rows())
        wanted = {"842": "USA", "699": "IND", "251": "FRA", "579": "NOR", "757": "CHE"}
        assert {code: iso3[code] for code in wanted} == wanted

    def test_490_is_called_a_group_and_has_no_two_letter_code(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        frame = self.areas(recordings, settings, fetch)
        groups = frame.filter(pl.col("is_group") == "true")
        assert set(groups["code"]) == {"490", "97", "975"}
        (taiwan,) = groups.filter(pl.col("code") == "490").to_dicts()
        assert (taiwan["name"], taiwan["iso2"], taiwan["iso3"]) == ("Other Asia, nes", None, "S19")

    def test_expired_codes_share_an_iso_code_with_those_in_use(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        frame = self.areas(recordings, settings, fetch)
        for old, now, iso3 in (("280", "276", "DEU"), ("841", "842", "USA")):
            pair = frame.filter(pl.col("code").is_in([old, now])).sort("code").to_dicts()
            assert {row["iso3"] for row in pair} == {iso3}
            ended = {row["code"]: row["entry_expired_date"] is not None for row in pair}
            assert ended == {old: True, now: False}

    def test_the_code_list_has_text_leaves_and_numeric_levels(
        self, recordings: Path, settings: Settings, fetch: Fetch
    ):
        recorded = (recordings / "reference_HS.json").read_bytes()
        request = reference_request(settings, "commodities")
        frame = COMTRADE.parse(fetch(request, recorded)).tables[COMMODITIES_TABLE]
        assert frame.height == 8262
        levels = dict(frame["aggr_level"].value_counts().iter_rows())
        assert levels == {"0": 1, "2": 98, "4": 1266, "6": 6897}
        assert set(frame["is_leaf"]) == {"0", "1"}

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("other", ["ModeOfTransportCodes", "TradeDataItems"])
    def test_another_of_its_lists_in_place_of_the_one_asked_for_is_refused(
        self, kind: str, other: str, recordings: Path, settings: Settings, fetch: Fetch
    ):
        recorded = (recordings / f"reference_{other}.json").read_bytes()
        with pytest.raises((ChangedShape, IncompleteAnswer)) as caught:
            COMTRADE.parse(fetch(reference_request(settings, kind), recorded))
        assert caught.value.field

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_list_that_breaks_off_or_changes_is_refused(
        self, kind: str, settings: Settings, answer: MakeAnswer
    ):
        request = reference_request(settings, kind)
        good = entries(kind)
        one, *others = good

        def read(stated: object) -> Answer:
            return answer(request, json.dumps(stated))

        assert COMTRADE.parse(read({"results": good})).row_count == len(good)
        for bad, error, words in (
            ([], ChangedShape, "an object"),
            ({"results": None}, ChangedShape, "a list of entries"),
            ({"results": []}, IncompleteAnswer, "entries"),
            ({"results": good[: len(good) // 2]}, IncompleteAnswer, "at least"),
            ({"results": good, "more": True}, IncompleteAnswer, "the whole list"),
            ({"results": [*good, one]}, ChangedShape, "each code once"),
            ({"results": [one | {"new": 1}, *others]}, ChangedShape, "new: new"),
            ({"results": [{"id": one["id"]}, *others]}, ChangedShape, "missing: text"),
            ({"results": [one | {"text": {"zh": "x"}}, *others]}, ChangedShape, "text: expected"),
            ({"results": [one | {"id": None}, *others]}, ChangedShape, "expected"),
        ):
            with pytest.raises(error, match=words):
                COMTRADE.parse(read(bad))

    @pytest.mark.parametrize("kind", KINDS[:2])
    def test_an_id_that_is_not_the_code_is_refused(
        self, kind: str, settings: Settings, answer: MakeAnswer
    ):
        one, *others = entries(kind)
        bad = {"results": [one | {"id": 5}, *others]}
        with pytest.raises(ChangedShape, match="the id 5 in digits"):
            COMTRADE.parse(answer(reference_request(settings, kind), json.dumps(bad)))
