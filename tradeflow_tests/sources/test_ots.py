"""Open Trade Statistics: what it sends and how it fails, recorded and by hand."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from pytest_httpserver import HTTPServer

from tradeflow.answers import RECONSTRUCTED_HEADER, Request
from tradeflow.settings import Settings
from tradeflow.sources.errors import (
    ChangedShape,
    IncompleteAnswer,
    PermanentError,
    SourceError,
    TransientError,
)
from tradeflow.sources.ots import TABLE, OpenTradeStatistics, ots_code
from tradeflow.sources.transport import Transport

from .conftest import Fetch, MakeAnswer

OTS = OpenTradeStatistics()
WEEK_END = date(2026, 2, 15)


def asked(endpoint: str, **params: str) -> Request:
    return Request(
        source="ots",
        label=f"{endpoint} {params}",
        url=f"https://api.tradestatistics.io/{endpoint}",
        params=tuple(params.items()),
        about=(("endpoint", endpoint),),
    )


PARTNERS = asked("yrp", y="2023", r="usa", p="all")
TOTAL = asked("yr", y="2023", r="usa")


def flow(partner: str | None = "chn", **changes: object) -> dict[str, Any]:
    row: dict[str, Any] = {"year": 2023, "reporter_iso": "usa", "partner_iso": partner}
    if partner is None:
        del row["partner_iso"]
    return row | {"trade_value_usd_imp": 20, "trade_value_usd_exp": 10} | changes


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def recorded(shared: Path, name: str) -> list[dict[str, Any]]:
    text = (shared / "recordings/opentradestatistics" / name).read_text(encoding="utf-8")
    return yaml.safe_load(text)["http_interactions"]


CASSETTES = {
    "chl_arg_2004_yr.yml": [1],
    "chl_arg_2002_yrp.yml": [1],
    "chl_all_2002_yrp.yml": [66, 79],
    "chl_myt_2002_yrp.yml": [0],
    "chl_arg_2002_yrpc_wheat.yml": [1],
    "chl_arg_2002_yrpc_cache.yml": [1024, 1024],
    "chl_arg_1964_kriptonite.yml": [PermanentError],
    "chl_arg_1964_kriptonite_404array.yml": [PermanentError, ChangedShape],
}


@pytest.mark.parametrize("name", CASSETTES)
def test_recorded_answers_go_through_the_same_parser(name: str, shared: Path, fetch: Fetch):
    """Every recorded answer, sent again by a local server, as rows or as a typed error."""
    for interaction, expected in zip(recorded(shared, name), CASSETTES[name], strict=True):
        response = interaction["response"]
        path, _, query = interaction["request"]["uri"].partition("io/")[2].partition("?")
        endpoint = "yrc" if path == "yrpc" else path
        request = asked(path, **dict(pair.split("=") for pair in query.split("&") if pair))
        request = Request(**{**vars(request), "about": (("endpoint", endpoint),)})
        body = response["body"]["string"]
        if path == "yrpc":  # A pair's commodities: the same rows with the partner beside them.
            rows = [without(row, "partner_iso") for row in json.loads(body)]
            body = json.dumps(rows)
            request = Request(
                **{**vars(request), "params": tuple(p for p in request.params if p[0] != "p")}
            )

        status = int(response["status"]["status_code"])
        if isinstance(expected, int):
            assert OTS.parse(fetch(request, body.encode(), status=status)).row_count == expected
        else:
            with pytest.raises(expected):
                OTS.parse(fetch(request, body.encode(), status=status))


def test_values_are_text_as_sent(shared: Path, fetch: Fetch):
    (interaction,) = recorded(shared, "chl_arg_2002_yrp.yml")
    request = asked("yrp", y="2002", r="chl", p="arg")
    body = interaction["response"]["body"]["string"].encode()
    frame = OTS.parse(fetch(request, body)).tables[TABLE]
    assert tuple(frame.columns) == OTS.tables[TABLE]
    assert set(frame.dtypes) == {pl.Utf8}
    assert frame.row(0) == (
        "yrp", "2002", "chl", "arg", None, "191070218", "919280993", "false",
    )  # fmt: skip


def test_each_reporter_and_year_is_asked_for_total_partners_and_commodities(settings: Settings):
    requests = OTS.requests(WEEK_END, settings)
    assert len(requests) == 6 * 3 * 3
    assert str(requests[1]) == "GET https://api.tradestatistics.io/yrp?y=2022&r=e-490&p=all"
    years = {dict(request.params)["y"] for request in OTS.requests(date(2025, 8, 31), settings)}
    assert years == {"2022", "2023"}


def test_taiwan_has_no_code_of_its_own_in_the_services_list(shared: Path):
    path = shared / "recordings/opentradestatistics/ots_countries.json"
    names = {
        row["country_iso"]: row["country_name_english"] for row in json.loads(path.read_text())
    }
    assert "twn" not in names
    assert names[ots_code("TWN")] == "Other Asia, not elsewhere specified"
    assert {ots_code(iso3) for iso3 in ("USA", "CHN", "JPN", "KOR", "DEU")} <= set(names)


def test_every_request_may_fail(settings: Settings):
    assert all(OTS.may_fail(request) for request in OTS.requests(WEEK_END, settings))


def test_an_observation_row_is_nothing_found_and_no_value(answer: MakeAnswer):
    nothing = without(flow("myt"), "trade_value_usd_imp", "trade_value_usd_exp")
    request = asked("yrp", y="2023", r="usa", p="myt")
    said = json.dumps([nothing | {"observation": "No data available"}])
    assert OTS.parse(answer(request, said)).row_count == 0


@pytest.mark.parametrize("error", ["404 - Resource Not Found", ["404 - Resource Not Found"]])
def test_a_404_in_either_shape_is_a_refusal(error: object, fetch: Fetch, answer: MakeAnswer):
    body = json.dumps({"error": error})
    with pytest.raises(PermanentError, match="404 - Resource Not Found"):
        fetch(TOTAL, body.encode(), status=404)
    with pytest.raises(PermanentError, match=r"body: expected rows, got error 404 - Resource"):
        OTS.parse(answer(TOTAL, body))


def test_a_502_page_is_a_passing_fault(transport: Transport, httpserver: HTTPServer):
    httpserver.expect_request("/yr").respond_with_data(
        "<html><h1>502 Bad Gateway</h1></html>", status=502, content_type="text/html"
    )
    with pytest.raises(TransientError, match="502"):
        transport.send(TOTAL)


@pytest.mark.parametrize("year", [2023, "2023"])
def test_the_year_may_be_a_number_or_text(year: object, answer: MakeAnswer):
    frame = OTS.parse(answer(PARTNERS, json.dumps([flow(year=year)]))).tables[TABLE]
    assert frame["year"].to_list() == ["2023"]


@pytest.mark.parametrize("left_out", [True, False])
def test_a_missing_value_is_null_and_never_0(left_out: bool, answer: MakeAnswer):
    """The service's JSON writer leaves missing values out of their row."""
    bare = flow("mex")
    short = (
        without(bare, "trade_value_usd_exp") if left_out else bare | {"trade_value_usd_exp": None}
    )
    frame = OTS.parse(answer(PARTNERS, json.dumps([flow("chn"), short]))).tables[TABLE]
    assert frame["trade_value_usd_exp"].to_list() == ["10", None]
    assert frame["trade_value_usd_imp"].to_list() == ["20", "20"]


def test_renamed_values_are_no_missing_values(answer: MakeAnswer):
    """C04: a reader of `export_value_usd` once found nothing in any answer and called it 0."""
    old = without(flow("chn"), "trade_value_usd_exp") | {"export_value_usd": 10}
    with pytest.raises(ChangedShape, match=r"missing: trade_value_usd_exp; new: export_value_usd"):
        OTS.parse(answer(PARTNERS, json.dumps([old, old | {"partner_iso": "mex"}])))


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"year": 2022}, "year"), ({"reporter_iso": "chl"}, "reporter_iso"),
     ({"partner_iso": "arg"}, "partner_iso")],
)  # fmt: skip
def test_an_answer_to_another_question_is_refused(
    changes: dict[str, object], field: str, answer: MakeAnswer
):
    """A server that ignores a filter, and a page of the wrong reporter among right rows."""
    request = asked("yrp", y="2023", r="usa", p="chn")
    with pytest.raises(ChangedShape) as caught:
        OTS.parse(answer(request, json.dumps([flow(), flow(**changes)])))
    assert caught.value.field == field
    assert "as asked" in caught.value.expected


@pytest.mark.parametrize(
    ("changes", "field"), [({"year": 2022}, "year"), ({"reporter_iso": "chl"}, "reporter_iso")]
)
def test_asking_for_all_partners_excuses_no_other_filter(
    changes: dict[str, object], field: str, answer: MakeAnswer
):
    with pytest.raises(ChangedShape) as caught:
        OTS.parse(answer(PARTNERS, json.dumps([flow("chn"), flow("mex", **changes)])))
    assert caught.value.field == field


def test_an_observation_for_another_question_is_refused(answer: MakeAnswer):
    said = [{"year": 2002, "reporter_iso": "usa", "observation": "No data available"}]
    with pytest.raises(ChangedShape, match="year: expected 2023, as asked, got 2002"):
        OTS.parse(answer(TOTAL, json.dumps(said)))


def test_commodities_may_go_by_their_former_name(answer: MakeAnswer):
    request = asked("yrc", y="2023", r="usa", c="all")
    row = without(flow(None)) | {"product_code": "854231", "section_code": "16"}
    frame = OTS.parse(answer(request, json.dumps([row]))).tables[TABLE]
    assert frame["product_code"].to_list() == ["854231"]


def test_totals_tell_each_endpoint_apart(answer: MakeAnswer):
    rows = [flow("chn"), flow("mex", trade_value_usd_imp=None)]
    totals = OTS.totals(OTS.parse(answer(PARTNERS, json.dumps(rows))))
    assert {key: (total.value, total.rows) for key, total in totals.items()} == {
        "USA X 2023 yrp": (Decimal(20), 2),
        "USA M 2023 yrp": (Decimal(20), 1),
    }


def test_marked_years_are_reconstructed(answer: MakeAnswer):
    marks = json.dumps({"periods": ["2023"]})
    frame = OTS.parse(answer(PARTNERS, json.dumps([flow()]), **{RECONSTRUCTED_HEADER: marks}))
    assert frame.tables[TABLE]["is_reconstructed"].to_list() == ["true"]


@pytest.mark.parametrize(
    ("bad", "error", "field"),
    [
        ("", IncompleteAnswer, "body"),
        ("[]", IncompleteAnswer, "data"),
        (json.dumps([flow()])[:-9], IncompleteAnswer, "body"),
        ("<html>Bad gateway</html>", ChangedShape, "body"),
        ("{}", ChangedShape, "body"),
        ("[1]", ChangedShape, "body"),
        ("null", ChangedShape, "body"),
        (json.dumps([flow()]).replace("20", "NaN"), ChangedShape, "body"),
        (json.dumps([flow(), flow()]), ChangedShape, "data"),
        (json.dumps([flow(), flow("mex", observation="none")]), ChangedShape, "observation"),
        (json.dumps([flow(observation="none")]), ChangedShape, "observation"),
        (json.dumps([flow(trade_value_usd_imp="n/a")]), ChangedShape, "trade_value_usd_imp"),
        (json.dumps([flow(trade_value_usd_imp=True)]), ChangedShape, "trade_value_usd_imp"),
        (json.dumps([flow(trade_value_usd_imp=[1])]), ChangedShape, "trade_value_usd_imp"),
        (json.dumps([flow(rank=1)]), ChangedShape, "rank"),
        (json.dumps([flow(None)]), ChangedShape, "partner_iso"),
        (json.dumps([flow("")]), ChangedShape, "partner_iso"),
        (json.dumps([flow(year=[2023])]), ChangedShape, "year"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_refused_with_a_typed_line(
    bad: str, error: type[SourceError], field: str, answer: MakeAnswer
):
    with pytest.raises(error) as caught:
        OTS.parse(answer(PARTNERS, bad))
    assert caught.value.field == field
    assert str(caught.value).startswith("ots: ")
    assert "\n" not in str(caught.value)


def test_another_charset_is_refused(answer: MakeAnswer):
    with pytest.raises(ChangedShape, match="charset"):
        OTS.parse(answer(PARTNERS, json.dumps([flow()]).encode("utf-16")))
