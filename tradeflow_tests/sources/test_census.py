"""Census: the keyed API and the workbook, each read whole or not at all."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from tradeflow.answers import RECONSTRUCTED_HEADER, Request
from tradeflow.settings import Settings
from tradeflow.sources.base import Total
from tradeflow.sources.census import API_TABLE, WORKBOOK_TABLE, Census, workbook_request
from tradeflow.sources.census_workbook import COLUMNS, MONTHS
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer, KeyRejected, SourceError
from tradeflow.sources.imports import read_import
from tradeflow.sources.transport import Transport

from .conftest import Fetch, MakeAnswer, answer_to

CENSUS = Census()
AS_OF = date(2026, 2, 15)
HEADER = ["CTY_CODE", "CTY_NAME", "ALL_VAL_MO", "SUMMARY_LVL", "time"]


def keyed(settings: Settings) -> Settings:
    return settings.model_copy(update={"census_api_key": SecretStr("canary")})


def asked(as_of: date, settings: Settings, **about: str) -> Request:
    """The one request of that day whose `about` says so."""
    (found,) = (
        request
        for request in CENSUS.requests(as_of, settings)
        if about.items() <= request.context.items()
    )
    return found


@pytest.fixture
def exports(settings: Settings) -> Request:
    """All countries' exports from 2024-01, which must reach 2024-10 at the start of 2025."""
    return asked(date(2025, 1, 5), keyed(settings), kind="totals", flow="X")


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
    def test_without_a_key_the_api_is_asked_without_one_so_that_its_refusal_is_on_record(
        self, settings: Settings
    ):
        """A week without a key says what it lacks: the refusal is the reason noted."""
        kinds = [request.context["kind"] for request in CENSUS.requests(AS_OF, settings)]
        assert kinds == ["workbook", "countries", "totals", "totals"]
        for request in CENSUS.requests(AS_OF, settings):
            assert request.credential is None
        assert "CENSUS_API_KEY" in asked(AS_OF, settings, kind="totals", flow="X").label

    def test_with_a_key_each_flow_is_one_call_for_the_total_of_goods(self, settings: Settings):
        """No code means TOTAL: naming a commodity would cut the answer to it."""
        first = asked(AS_OF, keyed(settings), kind="totals", flow="X")
        second = asked(AS_OF, keyed(settings), kind="totals", flow="M")
        assert dict(first.params)["time"] == "from 2024-01"
        assert dict(first.params)["get"] == "CTY_CODE,CTY_NAME,ALL_VAL_MO,SUMMARY_LVL"
        assert dict(second.params)["get"] == "CTY_CODE,CTY_NAME,GEN_VAL_MO,SUMMARY_LVL"
        assert "COMM" not in str(first) + str(second)
        assert "canary" not in repr(first)

    def test_a_new_month_does_not_change_the_question(self, settings: Settings):
        """Else nothing could be carried forward in the very week of a release."""
        weeks = [date(2026, 2, 15), date(2026, 2, 22), date(2026, 6, 21)]
        keys = {
            tuple(request.key for request in CENSUS.requests(as_of, keyed(settings)))
            for as_of in weeks
        }
        assert len(keys) == 1

    def test_the_month_an_answer_must_reach_follows_the_release_calendar(self, settings: Settings):
        """At the end of 2026-W07 the newest month is 2025-11: the shutdown delayed December."""
        for day, month in ((date(2026, 2, 15), "2025-11"), (date(2026, 2, 22), "2025-12")):
            request = asked(day, keyed(settings), kind="totals", flow="M")
            assert request.context["last"] == month

    def test_the_layer_stands_on_the_workbook_alone(self, settings: Settings):
        for request in CENSUS.requests(AS_OF, settings):
            assert CENSUS.may_fail(request) == (request.context["kind"] != "workbook")

    def test_the_workbook_is_asked_first(self, settings: Settings):
        """A rejected key closes a host, which may be the one that serves the workbook too."""
        assert CENSUS.requests(AS_OF, settings)[0].context["kind"] == "workbook"


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

    @pytest.mark.parametrize("group", ["0001", "0014", "0028", "1XXX", "5XXX", "7XXX", "9030", "-"])
    def test_groups_and_the_total_that_call_themselves_countries_are_not_summed(
        self, group: str, exports: Request, answer: MakeAnswer
    ):
        """Aggregates and the control total carry SUMMARY_LVL=DET like any country."""
        header, *members = rows()
        kept = [row for row in members if row[0] != group]
        table = [header, *kept]
        table += [[group, "A GROUP", "1000", "DET", f"2024-{m:02d}"] for m in range(1, 11)]
        assert CENSUS.parse(answer(exports, json.dumps(table))).row_count >= 50

    def test_a_row_that_calls_itself_a_group_is_not_summed_whatever_its_code(
        self, exports: Request, answer: MakeAnswer
    ):
        table = [*rows(), *(["4000", "EUROPE", "7", "CGP", f"2024-{m:02d}"] for m in range(1, 11))]
        assert CENSUS.parse(answer(exports, json.dumps(table))).row_count == 60

    def test_a_byte_order_mark_before_the_list_is_no_other_shape(
        self, exports: Request, answer: MakeAnswer
    ):
        body = json.dumps(rows()).encode("utf-8-sig")
        assert CENSUS.parse(answer(exports, body)).row_count == 50

    def test_months_beyond_the_one_expected_are_kept(self, exports: Request, answer: MakeAnswer):
        """A source ahead of the calendar is no fault."""
        frame = CENSUS.parse(answer(exports, json.dumps(rows(range(1, 13))))).tables[API_TABLE]
        assert frame["month"].max() == "12"

    def test_all_goods_say_so_in_the_column_commodity(self, exports: Request, answer: MakeAnswer):
        frame = CENSUS.parse(answer(exports, json.dumps(rows()))).tables[API_TABLE]
        assert set(frame["commodity"]) == {"-"}

    def test_filters_that_come_back_last_and_twice_are_read_by_name(
        self, exports: Request, answer: MakeAnswer
    ):
        header, *members = rows()
        doubled = [[*header, "CTY_CODE"], *[[*row, row[0]] for row in members]]
        plain = CENSUS.parse(answer(exports, json.dumps(rows()))).tables[API_TABLE]
        assert CENSUS.parse(answer(exports, json.dumps(doubled))).tables[API_TABLE].equals(plain)
        doubled[1][-1] = "9999"
        with pytest.raises(ChangedShape, match="CTY_CODE"):
            CENSUS.parse(answer(exports, json.dumps(doubled)))

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
            (json.dumps(rows([1, 2, *range(4, 11)])), IncompleteAnswer, "time"),
            (json.dumps(rows(range(1, 10))), IncompleteAnswer, "time"),
            ("error: unknown variable", ChangedShape, "body"),
            ("<html>Invalid key</html>", KeyRejected, "body"),
            (json.dumps([[*HEADER, "COMM_LVL"], *[[*r, "HS2"] for r in rows()[1:]]]),
             ChangedShape, "COMM_LVL"),
            (json.dumps([[*HEADER, "E_COMMODITY"], *[[*r, "85"] for r in rows()[1:]]]),
             ChangedShape, "E_COMMODITY"),
            (json.dumps([[*HEADER, "E_COMMODITY_SDESC"], *[[*r, "X"] for r in rows()[1:]]]),
             ChangedShape, "E_COMMODITY_SDESC"),
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
        assert message.startswith("census: US exports by country from 2024-01")
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


class TestTotals:
    """CHK-REVISION: what a new answer is held against."""

    def test_closed_years_of_the_world_and_the_followed_partners(
        self, exports: Request, answer: MakeAnswer
    ):
        parsed = CENSUS.parse(answer(exports, json.dumps(rows(range(1, 13)))))
        assert CENSUS.totals(parsed) == {
            "5700 X 2024": Total(Decimal(7200), 12),
            "5830 X 2024": Total(Decimal(4800), 12),
            "- X 2024": Total(Decimal(12000), 60),
        }

    def test_a_running_year_has_no_total(self, exports: Request, answer: MakeAnswer):
        assert CENSUS.totals(CENSUS.parse(answer(exports, json.dumps(rows())))) == {}

    def test_the_workbook_of_a_closed_year(self, workbook: Request, answer: MakeAnswer):
        totals = CENSUS.totals(CENSUS.parse(answer(workbook, sheet())))
        assert totals["5700 M 2024"] == Total(Decimal(720), 1)
        assert totals["- X 2024"] == Total(Decimal(1200), 4)

    def test_the_workbook_of_a_running_year_has_no_total(
        self, workbook: Request, answer: MakeAnswer
    ):
        running = sheet(extra=[
            ["2025", "5700", "China", *([1.0] * 11 + [0.0, 11.0]) * 2],
            ["2025", "0015", "World, Not Seasonally Adjusted", *([1.0] * 11 + [0.0, 11.0]) * 2],
        ])  # fmt: skip
        assert not [
            k for k in CENSUS.totals(CENSUS.parse(answer(workbook, running))) if "2025" in k
        ]


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
            (sheet(extra=[["2023", "5700", "China", *[1.0] * 26]]), IncompleteAnswer, "CTY_CODE"),
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
        partner = json.dumps({"partners": ["7990"]})
        marked = CENSUS.parse(answer(workbook, sheet(), **{RECONSTRUCTED_HEADER: partner}))
        (rest,) = marked.tables[WORKBOOK_TABLE].filter(pl.col("CTY_CODE") == "7990")[
            "is_reconstructed_months"
        ]
        assert rest.split(",")[:2] == ["2024", "2024-01"]
        unmarked = CENSUS.parse(answer(workbook, sheet())).tables[WORKBOOK_TABLE]
        assert set(unmarked["is_reconstructed_months"]) == {""}
