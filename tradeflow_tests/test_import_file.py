"""A user's file is an answer of the running week of live, or it is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tradeflow.errors import InputError
from tradeflow.settings import Mode
from tradeflow.sources.errors import SourceError
from tradeflow_tests.fake_source import FakeSource
from tradeflow_tests.ingest_bench import AFTER, GOOD_PARTNERS, SOURCE, W7, WEDNESDAY, Bench


@pytest.fixture
def bench(settings, tmp_path) -> Bench:
    return Bench(settings, tmp_path / "world")


def test_a_comtrade_download_goes_through_the_same_tables(settings, shared, tmp_path):
    bench = Bench(settings, tmp_path / "world", mode=Mode.LIVE)
    bench.now = WEDNESDAY
    recorded = "comtradeplus_TradeData_USA_CHN_DEU_2022_TOTAL_all_partners.csv"
    path = shared / "recordings" / "comtrade" / recorded
    ingested = bench.tool(bench.settings).import_file("comtrade", path, W7)
    assert ingested.answers == 1
    stored = "select count(*) from raw.comtrade__trade_flows where {}"
    assert bench.query(stored.format("true")) == [(ingested.row_count,)]
    assert bench.query(stored.format("partnerCode = '0' and reporterCode = '842'")) == [(2,)]
    assert bench.asked() == []
    cut = tmp_path / "cut.csv"
    cut.write_bytes(path.read_bytes()[:50_000])
    before = bench.query("select * from raw.snapshot")
    with pytest.raises((SourceError, InputError)):
        bench.tool(bench.settings).import_file("comtrade", cut, W7)
    assert bench.query("select * from raw.snapshot") == before


def test_a_file_is_imported_into_live_only(bench, tmp_path):
    with pytest.raises(InputError, match="live"):
        bench.tool(bench.settings).import_file("census", tmp_path / "country.xlsx", W7)


def test_an_imported_file_joins_the_running_week_and_stays_when_it_closes(
    settings, tmp_path, monkeypatch
):
    bench = Bench(settings, tmp_path / "world", mode=Mode.LIVE)
    imported = replace(FakeSource().requests(AFTER.date(), settings)[0], group="", url="file:x")
    files = {"good": b'{"rows": [["DEU", "5"]]}', "bad": b"<html>"}
    monkeypatch.setattr(
        "tradeflow.ingest.read_import", lambda source, path: (imported, files[path.name])
    )
    monkeypatch.setattr("tradeflow.ingest.source_named", lambda name: SOURCE)
    bench.now = WEDNESDAY
    tool = bench.tool(bench.settings)
    first = tool.import_file("figures", tmp_path / "good", W7)
    assert (first.answers, first.row_count) == (1, 1)
    assert bench.asked() == []
    assert bench.partners() == [("DEU", "5")]
    assert bench.query("select mode from raw.answers") == [("import",)]
    with pytest.raises(SourceError):
        tool.import_file("figures", tmp_path / "bad", W7)
    assert bench.partners() == [("DEU", "5")]
    assert len(bench.archive.quarantined("figures")) == 1
    bench.now = AFTER
    bench.settings = bench.settings.model_copy(update={"requests_per_second": 1e6})
    bench.ingest()
    assert bench.partners() == sorted([("DEU", "5"), *GOOD_PARTNERS])
