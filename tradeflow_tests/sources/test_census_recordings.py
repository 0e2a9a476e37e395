"""Every recorded answer of the Census Bureau, served by a local host and read by the one parser.

Tables that were stored parsed get the API's frame back; their values and row order are the
server's own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from tradeflow.answers import Answer, Request
from tradeflow.settings import Settings
from tradeflow.sources.census import API_TABLE, WORKBOOK_TABLE, Census, workbook_request
from tradeflow.sources.errors import ChangedShape
from tradeflow.sources.imports import read_import

from .conftest import Fetch
from .r_data import read_data_frame

CENSUS = Census()
HS = "https://api.census.gov/data/timeseries/intltrade"


@pytest.fixture
def recordings(shared: Path) -> Path:
    return shared / "recordings" / "census"


def framed(frame: pl.DataFrame, columns: Sequence[str] | None = None) -> bytes:
    chosen = frame.select(columns or frame.columns)
    return json.dumps([chosen.columns, *map(list, chosen.iter_rows())]).encode()


def chapters(country: str, flow: str, months: pl.DataFrame, value: str) -> Request:
    """The chapters request whose totals are the sums of what was recorded."""
    sums = months.group_by("time").agg(pl.col(value).cast(pl.Int64).sum()).sort("time")
    totals = ",".join(f"{month}={total}" for month, total in sums.iter_rows())
    about = {"kind": "chapters", "flow": flow, "country": country, "totals": totals}
    path = {"X": "exports", "M": "imports"}[flow]
    return Request("census", "recorded", f"{HS}/{path}/hs", about=tuple(about.items()))


@pytest.mark.parametrize("month", ["2022-01", "2024-12"])
def test_recorded_months_add_up_to_the_control_total(month: str, recordings: Path, fetch: Fetch):
    request, body = read_import(
        "census", recordings / f"api_exports_hs_all_countries_{month}.reconstructed.json"
    )
    frame = CENSUS.parse(fetch(request, body)).tables[API_TABLE]
    control = frame.filter(pl.col("cty_code") == "-")["value_usd"]
    countries = frame.filter(pl.col("cty_code").str.contains(r"^[1-7]\d{3}$"))
    assert set(countries["commodity"]) == {"-"}
    assert sum(map(int, countries["value_usd"])) == int(control.item())


def test_three_recorded_years_add_up_and_zeros_of_small_countries_stay(
    recordings: Path, fetch: Fetch
):
    sent = pl.read_csv(
        recordings / "api_exports_hs_all_countries_2022_2024.csv", infer_schema=False
    )
    about = (("kind", "totals"), ("flow", "X"), ("first", "2022-01"), ("last", "2024-12"))
    request = Request("census", "recorded", f"{HS}/exports/hs", about=about)
    parsed = CENSUS.parse(fetch(request, framed(sent)))
    frame = parsed.tables[API_TABLE]
    assert frame.height == sent.height
    zeros = frame.filter(pl.col("value_usd") == "0")
    assert zeros.height == sent.filter(pl.col("ALL_VAL_MO") == "0").height > 0
    assert int(CENSUS.totals(parsed)["- X 2024"].value) == 2_061_690_757_601


def test_twelve_recorded_years_hold_in_every_month(recordings: Path, fetch: Fetch):
    columns = read_data_frame(recordings / "api_exports_hs_all_countries_2013_2024.rdata")
    sent = pl.DataFrame(columns)
    assert sent.height == 36_283
    about = (("kind", "totals"), ("flow", "X"), ("first", "2013-01"), ("last", "2024-12"))
    request = Request("census", "recorded", f"{HS}/exports/hs", about=about)
    frame = CENSUS.parse(fetch(request, framed(sent))).tables[API_TABLE]
    assert frame.filter(pl.col("cty_code") == "-").height == 144
    nameless = frame.filter(pl.col("cty_name").is_null())
    assert set(nameless["cty_code"]) == {"8220"}


def test_recorded_codes_are_in_the_list_of_countries_the_sandbox_serves(recordings: Path):
    from tradeflow_tests.sandbox.asking import ask

    sent = pl.read_csv(
        recordings / "api_exports_hs_all_countries_2022_2024.csv", infer_schema=False
    )
    listed = ask("https://www.census.gov/foreign-trade/schedules/c/country.txt").text
    codes = {code for code in sent["CTY_CODE"] if code.isdigit() and code >= "1000"}
    assert [code for code in sorted(codes) if f"\n{code} " not in listed] == []


def chinese_chapters(recordings: Path) -> pl.DataFrame:
    sent = pl.read_parquet(recordings / "api_imports_hs2_china_2013_2021.parquet")
    return sent.filter(pl.col("time").is_between(pl.lit("2021-03"), pl.lit("2021-06")))


def test_recorded_chapters_of_china_are_read_with_their_zero(recordings: Path, fetch: Fetch):
    """The recording asked for imports for consumption; the name is set to the one asked here."""
    sent = chinese_chapters(recordings).drop("CAL_DUT_MO").rename({"CON_VAL_MO": "GEN_VAL_MO"})
    assert sent.columns[-3:] == ["time", "COMM_LVL", "CTY_CODE"]
    request = chapters("5700", "M", sent, "GEN_VAL_MO")
    frame = CENSUS.parse(fetch(request, framed(sent))).tables[API_TABLE]
    assert frame.height == sent.height == 4 * 98
    assert frame["value_usd"].to_list() == sent["GEN_VAL_MO"].to_list()
    assert frame.filter(pl.col("value_usd") == "0").height == 1


def test_another_valuation_is_not_taken_for_general_imports(recordings: Path, fetch: Fetch):
    sent = chinese_chapters(recordings)
    with pytest.raises(ChangedShape, match="GEN_VAL_MO"):
        CENSUS.parse(fetch(chapters("5700", "M", sent, "CON_VAL_MO"), framed(sent)))


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("api_exports_hs10_switzerland_2013_2026.parquet", "4419"),
        ("api_exports_hs10_turkey_2013_2026.parquet", "4890"),
    ],
)
def test_recorded_items_of_ten_digits_are_refused_by_level(
    name: str, country: str, recordings: Path, fetch: Fetch
):
    """Summed as chapters, items would count what the question did not ask for."""
    sent = pl.scan_parquet(recordings / name).filter(pl.col("time") == "2025-12").collect()
    assert sent.filter(pl.col("ALL_VAL_MO") == "0").height > 1_000
    request = chapters(country, "X", sent, "ALL_VAL_MO")
    with pytest.raises(ChangedShape) as caught:
        CENSUS.parse(fetch(request, framed(sent)))
    assert (caught.value.field, caught.value.got) == ("COMM_LVL", "HS10")


def test_recorded_zeros_of_ten_digit_items_survive_as_chapters(recordings: Path, fetch: Fetch):
    """45 % of the recorded rows are explicit zeros: chapters without trade come as rows, too."""
    sent = (
        pl.scan_parquet(recordings / "api_exports_hs10_turkey_2013_2026.parquet")
        .filter(pl.col("time") == "2025-12")
        .group_by(pl.col("E_COMMODITY").str.slice(0, 2), "CTY_NAME", "time", "CTY_CODE")
        .agg(pl.col("ALL_VAL_MO").cast(pl.Int64).sum().cast(pl.Utf8))
        .with_columns(COMM_LVL=pl.lit("HS2"))
        .sort("E_COMMODITY")
        .collect()
    )
    frame = CENSUS.parse(fetch(chapters("4890", "X", sent, "ALL_VAL_MO"), framed(sent))).tables[
        API_TABLE
    ]
    assert frame.height == sent.height
    assert frame.filter(pl.col("value_usd") == "0").height > 0


def test_the_recorded_workbook_goes_the_same_way(
    recordings: Path, fetch: Fetch, settings: Settings
):
    body = (recordings / "foreign-trade_balance_country_2023-03.xlsx").read_bytes()
    answer: Answer = fetch(workbook_request(settings.census_site_url), body)
    parsed = CENSUS.parse(answer)
    frame = parsed.tables[WORKBOOK_TABLE]
    assert frame.height == 8_474
    totals = CENSUS.totals(parsed)
    world = frame.filter((pl.col("CTY_CODE") == "0015") & (pl.col("year") == "2022"))
    assert float(totals["- M 2022"].value) == pytest.approx(float(world["IYR"].item()), abs=1e-3)
    assert not [key for key in totals if key.endswith("2023")]
