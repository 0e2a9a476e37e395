"""Census: the keyed API and the workbook, each read whole or not at all."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from tradeflow.answers import RECONSTRUCTED_HEADER, Request
from tradeflow.settings import Settings
from tradeflow.sources.census import API_TABLE, WORKBOOK_TABLE, Census, workbook_request
from tradeflow.sources.census_workbook import COLUMNS, MONTHS
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, KeyRejected, SourceError
from tradeflow.sources.imports import read_import
from tradeflow.sources.transport import Transport

from .conftest import Fetch, MakeAnswer, answer_to

CENSUS = Census()
AS_OF = date(2026, 2, 15)
HEADER = ["CTY_CODE", "CTY_NAME", "ALL_VAL_MO", "SUMMARY_LVL", "time"]


@pytest.fixture
def exports(settings: Settings) -> Request:
    """All countries' exports, 2024-01 to 2024-10, as asked at the start of 2025."""
    keyed = settings.model_copy(update={"census_api_key": "canary"})
    return CENSUS.requests(date(2025, 1, 5), keyed)[0]


@pytest.fixture
def workbook(settings: Settings) -> Request:
    return workbook_request(settings.census_site_url)


def rows(months: Iterable[int] = range(1, 11)) -> list[list[str | None]]:
    """Two countries, a group, a continent and the control total for each month of 2024."""
    table: list[list[str | None]] = [HEADER]
    for month in months:
        period = f"2024-{month:02d}"
        table += [
            ["5700", "CHINA", "600", "DET", period],
            ["-", "TOTAL FOR ALL COUNTRIES", "1000", "DET", period],
            ["0014", "PACIFIC RIM COUNTRIES", "900", "CGP", period],
            ["5830", "TAIWAN", "400", "DET", period],
            ["5XXX", "ASIA", "1000", "DET", period],
        ]
    return table


def changed(column: str, value: object, row: int = 1) -> str:
    table: list[list[object]] = [list(r) for r in rows()]
    table[row][HEADER.index(column)] = value
    return json.dumps(table)


class TestRequests:
    def test_without_a_key_only_the_workbook_is_asked(self, settings: Settings):
        (only,) = CENSUS.requests(AS_OF, settings)
        assert only.url.endswith("/foreign-trade/balance/country.xlsx")

    def test_with_a_key_each_flow_is_one_call_for_the_total_of_goods(self, settings: Settings):
        """No code means TOTAL: naming a commodity would cut the answer to it."""
        keyed = settings.model_copy(update={"census_api_key": "canary"})
        first, second, _ = CENSUS.requests(AS_OF, keyed)
        assert dict(first.params)["time"] == "from 2024-01 to 2025-11"
        assert dict(first.params)["get"] == "CTY_CODE,CTY_NAME,ALL_VAL_MO,SUMMARY_LVL"
        assert dict(second.params)["get"] == "CTY_CODE,CTY_NAME,GEN_VAL_MO,SUMMARY_LVL"
        assert "COMMODITY" not in str(first) + str(second)
        assert "canary" not in repr(first)

    def test_the_newest_month_follows_the_release_calendar(self, settings: Settings):
        """At the end of 2026-W07 the newest month is 2025-11: the shutdown delayed December."""
        keyed = settings.model_copy(update={"census_api_key": "canary"})
        assert "to 2025-11" in str(CENSUS.requests(date(2026, 2, 15), keyed)[0])
        assert "to 2025-12" in str(CENSUS.requests(date(2026, 2, 22), keyed)[0])


class TestApi:
    @pytest.mark.parametrize("month", ["2022-01", "2024-12"])
    def test_recorded_months_add_up_to_the_control_total_exactly(
        self, month: str, shared: Path, fetch: Fetch
    ):
        recorded = shared / (
            f"recordings/census/api_exports_hs_all_countries_{month}.reconstructed.json"
        )
        request, body = read_import("census", recorded)
        frame = CENSUS.parse(fetch(request, body)).tables[API_TABLE]
        assert tuple(frame.columns) == CENSUS.tables[API_TABLE]
        assert set(frame.dtypes) == {pl.Utf8}
        assert set(frame["flow"]) == {"X"}
        assert set(frame["month"]) == {month[-2:]}
        countries = frame.filter(pl.col("cty_code").str.contains(r"^[1-7]\d{3}$"))
        control = frame.filter(pl.col("cty_code") == "-")["value_usd"]
        assert sum(map(int, countries["value_usd"])) == int(control.item())

    def test_a_recorded_year_adds_up_in_every_month(self, shared: Path, answer: MakeAnswer):
        frame = pl.read_csv(
            shared / "recordings/census/api_exports_hs_all_countries_2022_2024.csv",
            infer_schema=False,
        ).filter(pl.col("YEAR") == "2024")
        body = json.dumps([frame.columns, *map(list, frame.iter_rows())])
        request = Request("census", "saved", "https://x/saved", about=(("flow", "X"),))
        parsed = CENSUS.parse(answer(request, body)).tables[API_TABLE]
        control = parsed.filter(pl.col("cty_code") == "-")
        assert sum(map(int, control["value_usd"])) == 2_061_690_757_601

    def test_rows_are_read_in_any_order_and_kept_as_sent(
        self, exports: Request, answer: MakeAnswer
    ):
        header, *members = rows()
        body = json.dumps([header, *reversed(members)])
        frame = CENSUS.parse(answer(exports, body)).tables[API_TABLE]
        assert frame.height == len(members)
        first = frame.row(0, named=True)
        assert (first["cty_code"], first["year"], first["month"]) == ("5XXX", "2024", "10")

    def test_year_and_month_columns_read_like_the_time_column(
        self, exports: Request, answer: MakeAnswer
    ):
        header, *members = rows()
        split = [[*row[:-1], *str(row[-1]).split("-")] for row in members]
        body = json.dumps([[*header[:-1], "YEAR", "MONTH"], *split])
        joined = CENSUS.parse(answer(exports, json.dumps([header, *members])))
        assert (
            CENSUS.parse(answer(exports, body)).tables[API_TABLE].equals(joined.tables[API_TABLE])
        )

    def test_months_stay_numbers_in_order_of_the_calendar(
        self, exports: Request, answer: MakeAnswer
    ):
        """C01: sorting month names put April first and cut away random months."""
        frame = CENSUS.parse(answer(exports, json.dumps(rows()))).tables[API_TABLE]
        assert frame["month"].unique().sort().to_list() == [f"{m:02d}" for m in range(1, 11)]

    def test_groups_and_continents_that_call_themselves_countries_are_not_summed(
        self, exports: Request, answer: MakeAnswer
    ):
        """The total row and 5XXX carry the level DET too."""
        assert CENSUS.parse(answer(exports, json.dumps(rows()))).row_count == 50

    @pytest.mark.parametrize(
        ("bad", "error", "field"),
        [
            ("", IncompleteAnswer, "body"),
            (json.dumps(rows())[:-30], IncompleteAnswer, "body"),
            ("[[", IncompleteAnswer, "body"),
            ("<html>maintenance</html>", ChangedShape, "body"),
            ("<html><title>Invalid Key</title></html>", KeyRejected, "body"),
            ("{}", ChangedShape, "body"),
            ("[]", IncompleteAnswer, "body"),
            (json.dumps([HEADER]), IncompleteAnswer, "body"),
            (json.dumps([["CTY_CODE", "CTY_NAME", "ALL_VAL_MO", "SUMMARY_LVL"], ["a"] * 4]),
             ChangedShape, "MONTH"),
            (json.dumps([[*HEADER, "DF"], *[[*r, "1"] for r in rows()[1:]]]), ChangedShape, "DF"),
            (json.dumps(rows()).replace("ALL_VAL_MO", "GEN_VAL_MO"), ChangedShape, "header"),
            (json.dumps([HEADER, *[r[:-1] for r in rows()[1:]]]), ChangedShape, "row 1"),
            (changed("ALL_VAL_MO", 600), None, ""),
            (changed("ALL_VAL_MO", "6e2"), ChangedShape, "ALL_VAL_MO"),
            (changed("ALL_VAL_MO", None), ChangedShape, "ALL_VAL_MO"),
            (changed("time", "2024-13"), ChangedShape, "time"),
            (changed("time", "2013-01"), ChangedShape, "time"),
            (changed("CTY_CODE", "5830"), ChangedShape, "CTY_CODE"),
            (changed("ALL_VAL_MO", "601"), IncompleteAnswer, "CTY_CODE"),
            (changed("CTY_CODE", "0999", row=2), IncompleteAnswer, "CTY_CODE"),
            (json.dumps(rows(range(2, 11))), IncompleteAnswer, "time"),
            (json.dumps(rows([1, 2, 4])), IncompleteAnswer, "time"),
        ],
    )  # fmt: skip
    def test_a_bad_answer_is_refused_with_a_typed_line(
        self,
        bad: str,
        error: type[SourceError] | None,
        field: str,
        exports: Request,
        answer: MakeAnswer,
    ):
        if error is None:
            assert CENSUS.parse(answer(exports, bad)).row_count == 50
            return
        with pytest.raises(error) as caught:
            CENSUS.parse(answer(exports, bad))
        message = str(caught.value)
        assert caught.value.field == field
        assert message.startswith("census: US exports by country, 2024-01 to 2024-10: ")
        assert "\n" not in message

    def test_another_charset_is_refused(self, exports: Request, answer: MakeAnswer):
        body = json.dumps(rows()).replace("CHINA", "CÔTE").encode("latin-1")
        with pytest.raises(ChangedShape, match="charset"):
            CENSUS.parse(answer(exports, body))

    def test_a_status_204_is_an_incomplete_answer(self, exports: Request, answer: MakeAnswer):
        with pytest.raises(IncompleteAnswer, match="status 204"):
            CENSUS.parse(answer(exports, b"", status=204))

    def test_a_redirect_to_the_key_page_is_a_rejected_key(
        self, exports: Request, transport: Transport, httpserver: HTTPServer
    ):
        httpserver.expect_request("/data/timeseries/intltrade/exports/hs").respond_with_data(
            "", status=302, headers={"Location": "/data/missing_key.html"}
        )
        with pytest.raises(KeyRejected):
            transport.send(replace(exports, credential=None))

    def test_an_invalid_key_header_is_a_rejected_key_whatever_the_status(
        self, exports: Request, fetch: Fetch
    ):
        request = replace(exports, credential=None)
        with pytest.raises(KeyRejected):
            fetch(request, json.dumps(rows()).encode(), headers={"X-DataWebAPI-KeyError": "A"})

    def test_marked_months_are_reconstructed(self, exports: Request, answer: MakeAnswer):
        marks = json.dumps({"periods": ["2024-03"]})
        frame = CENSUS.parse(
            answer(exports, json.dumps(rows()), **{RECONSTRUCTED_HEADER: marks})
        ).tables[API_TABLE]
        marked = frame.filter(pl.col("is_reconstructed") == "true")
        assert set(marked["month"]) == {"03"}
        assert marked.height == 5


@given(
    values=st.lists(st.integers(min_value=0, max_value=10**11), min_size=1, max_size=30),
    off=st.sampled_from([0, 0, 1, -1, 1000]),
)
def test_countries_must_equal_the_control_total_to_the_dollar(values: list[int], off: int):
    """Property: any difference at all is refused, none is accepted."""
    table = [["CTY_CODE", "CTY_NAME", "ALL_VAL_MO", "YEAR", "MONTH"]]
    table += [[str(1010 + n), "X", str(v), "2024", "01"] for n, v in enumerate(values)]
    table += [["-", "TOTAL", str(sum(values) + off), "2024", "01"]]
    request = Request("census", "one month", "https://x", about=(("flow", "X"),))
    made = answer_to(request, json.dumps(table))
    if off == 0:
        assert CENSUS.parse(made).row_count == len(values) + 1
    else:
        with pytest.raises(IncompleteAnswer):
            CENSUS.parse(made)


def sheet(
    china: float = 60.0,
    world: float = 100.0,
    columns: Iterable[str] = COLUMNS,
    extra: Iterable[list[object]] = (),
    with_world: bool = True,
) -> bytes:
    """A workbook of 2024: China, the rest, and World not seasonally adjusted."""
    book = openpyxl.Workbook()
    page = book.active
    page.append(list(columns))
    page.append(["2024", "5700", "China", *[china] * 26])
    page.append(["2024", "7990", "Lesotho", *[40.0] * 26])
    page.append(["2024", "0004", "World, Seasonally Adjusted", *[999.0] * 26])
    if with_world:
        page.append(["2024", "0015", "World, Not Seasonally Adjusted", *[world] * 26])
    for row in extra:
        page.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


class TestWorkbook:
    def test_the_recorded_workbook_is_read_as_sent(
        self, shared: Path, workbook: Request, fetch: Fetch
    ):
        recorded = shared / "recordings/census/foreign-trade_balance_country_2023-03.xlsx"
        frame = CENSUS.parse(fetch(workbook, recorded.read_bytes())).tables[WORKBOOK_TABLE]
        assert frame.height == 8_474
        assert tuple(frame.columns) == CENSUS.tables[WORKBOOK_TABLE]
        assert set(frame.dtypes) == {pl.Utf8}
        world = frame.filter((pl.col("CTY_CODE") == "0015") & (pl.col("year") == "2023"))
        assert world["IJAN"].item() == "254350.333045"
        assert world["IFEB"].item() == "0"

    def test_months_still_to_come_stay_the_zero_they_were_sent_as(
        self, shared: Path, workbook: Request, answer: MakeAnswer
    ):
        recorded = shared / "recordings/census/foreign-trade_balance_country_2023-03.xlsx"
        frame = CENSUS.parse(answer(workbook, recorded.read_bytes())).tables[WORKBOOK_TABLE]
        china = frame.filter((pl.col("CTY_CODE") == "5700") & (pl.col("year") == "2023"))
        assert float(china["IJAN"].item()) > 0
        assert {china[f"I{month}"].item() for month in MONTHS[1:]} == {"0"}

    @pytest.mark.parametrize(
        ("bad", "error", "field"),
        [
            (b"", IncompleteAnswer, "body"),
            (b"<html>moved</html>", ChangedShape, "body"),
            (sheet()[:-200], IncompleteAnswer, "body"),
            (b"PK not a workbook", IncompleteAnswer, "body"),
            (sheet(columns=["YEAR", *COLUMNS[1:]]), ChangedShape, "YEAR"),
            (sheet(columns=(*COLUMNS[:3], *COLUMNS[16:], *COLUMNS[3:16])), ChangedShape,
             "order of columns"),
            (sheet(extra=[["2024", "5700", "China", *[1.0] * 26]]), ChangedShape, "CTY_CODE"),
            (sheet(extra=[["2024", "5830", "Taiwan", "(X)", *[1.0] * 25]]), ChangedShape, "IJAN"),
            (sheet(extra=[["2024", "5830", "Taiwan", None, *[1.0] * 25]]), ChangedShape, "IJAN"),
            (sheet(extra=[["2024", "CHN", "China", *[1.0] * 26]]), ChangedShape, "CTY_CODE"),
            (sheet(with_world=False), IncompleteAnswer, "CTY_CODE"),
            (sheet(china=30.0), IncompleteAnswer, "IJAN of 2024"),
            (sheet(china=130.0), IncompleteAnswer, "IJAN of 2024"),
        ],
    )  # fmt: skip
    def test_a_bad_workbook_is_refused_with_a_typed_line(
        self,
        bad: bytes,
        error: type[SourceError],
        field: str,
        workbook: Request,
        answer: MakeAnswer,
    ):
        with pytest.raises(error) as caught:
            CENSUS.parse(answer(workbook, bad))
        assert caught.value.field == field
        assert str(caught.value).startswith("census: balance workbook")
        assert "\n" not in str(caught.value)

    def test_marked_months_are_listed_per_row(self, workbook: Request, answer: MakeAnswer):
        marks = json.dumps({"periods": ["2024-02", "2024-01"]})
        frame = CENSUS.parse(answer(workbook, sheet(), **{RECONSTRUCTED_HEADER: marks})).tables[
            WORKBOOK_TABLE
        ]
        assert set(frame["is_reconstructed_months"]) == {"2024-01,2024-02"}
        unmarked = CENSUS.parse(answer(workbook, sheet())).tables[WORKBOOK_TABLE]
        assert set(unmarked["is_reconstructed_months"]) == {""}
