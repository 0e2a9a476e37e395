"""Imports: a file is recognised by its content and goes through its source's own parse."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tradeflow.errors import InputError
from tradeflow.settings import Settings
from tradeflow.sources.census import API_TABLE, WORKBOOK_TABLE, Census
from tradeflow.sources.comtrade import TABLE, Comtrade
from tradeflow.sources.comtrade_records import FIELDS
from tradeflow.sources.errors import ChangedShape, IncompleteAnswer
from tradeflow.sources.imports import read_import

from .conftest import Fetch, MakeAnswer

DOWNLOAD = "recordings/comtrade/comtradeplus_TradeData_USA_CHN_DEU_2022_TOTAL_all_partners.csv"
WORKBOOK = "recordings/census/foreign-trade_balance_country_2023-03.xlsx"
SAVED = "recordings/census/api_exports_hs_all_countries_2024-12.reconstructed.json"


@pytest.fixture
def download(shared: Path) -> Path:
    return shared / DOWNLOAD


class TestComtradeDownload:
    def test_the_recorded_download_gives_every_row_of_the_api_table(
        self, download: Path, fetch: Fetch
    ):
        request, body = read_import("comtrade", download)
        assert "reporters 156,276,842, flows M,X, years 2022" in request.label
        frame = Comtrade().parse(fetch(request, body)).tables[TABLE]
        assert frame.height == 1_352
        assert tuple(frame.columns) == Comtrade.tables[TABLE]
        assert set(frame.dtypes) == {pl.Utf8}
        assert set(frame["typeCode"]) == {"C"}
        assert set(frame["isAggregate"]) <= {"true", "false"}

    def test_partners_of_the_recorded_download_equal_world_to_the_dollar(
        self, download: Path, answer: MakeAnswer
    ):
        """CHK-COVERAGE-RATIO on real data: the tolerance hides nothing here."""
        frame = Comtrade().parse(answer(*read_import("comtrade", download))).tables[TABLE]
        for (_reporter, _flow), part in frame.group_by("reporterCode", "flowCode"):
            world = part.filter(pl.col("partnerCode") == "0")["primaryValue"].item()
            partners = part.filter(pl.col("partnerCode") != "0")["primaryValue"]
            assert abs(sum(map(Decimal, partners)) - Decimal(world)) < 1
            assert partners.len() >= 150

    def test_names_are_read_in_the_charset_of_the_site(self, download: Path, answer: MakeAnswer):
        frame = Comtrade().parse(answer(*read_import("comtrade", download))).tables[TABLE]
        names = set(frame["partnerDesc"])
        assert "Türkiye" in names
        assert not any("\ufffd" in name or "Ã" in name for name in names)

    def test_a_copy_saved_as_utf8_reads_the_same(
        self, download: Path, tmp_path: Path, answer: MakeAnswer
    ):
        copy = tmp_path / "copy.csv"
        copy.write_bytes(download.read_bytes().decode("iso-8859-1").encode("utf-8-sig"))
        original, saved = (
            Comtrade().parse(answer(*read_import("comtrade", path))).tables[TABLE]
            for path in (download, copy)
        )
        assert saved.equals(original)

    def test_a_newer_file_of_the_same_coverage_is_the_same_question(
        self, download: Path, tmp_path: Path
    ):
        again = tmp_path / "renamed.csv"
        again.write_bytes(download.read_bytes())
        assert read_import("comtrade", again)[0].key == read_import("comtrade", download)[0].key

    def test_a_file_with_a_lost_partner_is_incomplete(
        self, download: Path, tmp_path: Path, answer: MakeAnswer
    ):
        lines = download.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if b',"X","Export","842","USA",' not in line]
        cut = tmp_path / "cut.csv"
        cut.write_bytes(b"".join(kept))
        assert len(kept) < len(lines)
        with pytest.raises(IncompleteAnswer, match="adding up to World"):
            Comtrade().parse(answer(*read_import("comtrade", cut)))

    def test_a_file_cut_in_the_middle_is_refused(
        self, download: Path, tmp_path: Path, answer: MakeAnswer
    ):
        cut = tmp_path / "cut.csv"
        cut.write_bytes(download.read_bytes()[:200_000])
        with pytest.raises((InputError, IncompleteAnswer, ChangedShape)):
            Comtrade().parse(answer(*read_import("comtrade", cut)))

    def test_a_file_whose_columns_a_reader_has_shifted_is_refused(
        self, download: Path, tmp_path: Path, answer: MakeAnswer
    ):
        """Trusting the 47 headers over 48 fields moves every value one column to the left."""
        header, *rows = download.read_bytes().decode("iso-8859-1").splitlines()
        shifted = tmp_path / "shifted.csv"
        moved = [",".join([*row.split('",', 1)[1].split(",")[:-1], '""']) for row in rows]
        shifted.write_text("\n".join([header, *moved]), encoding="utf-8")
        with pytest.raises(ChangedShape) as caught:
            Comtrade().parse(answer(*read_import("comtrade", shifted)))
        assert "\n" not in str(caught.value)

    def test_added_index_columns_are_named(
        self, download: Path, tmp_path: Path, answer: MakeAnswer
    ):
        lines = download.read_bytes().decode("iso-8859-1").splitlines()
        resaved = tmp_path / "resaved.csv"
        resaved.write_text(
            "\n".join(f"{n},{line}" if n else f"rowid,{line}" for n, line in enumerate(lines)),
            encoding="utf-8",
        )
        with pytest.raises(ChangedShape, match="rowid"):
            Comtrade().parse(answer(*read_import("comtrade", resaved)))

    def test_a_row_twice_is_refused(self, download: Path, tmp_path: Path, answer: MakeAnswer):
        lines = download.read_bytes().splitlines(keepends=True)
        doubled = tmp_path / "doubled.csv"
        doubled.write_bytes(b"".join([*lines, lines[5]]))
        with pytest.raises(ChangedShape, match="one row per key"):
            Comtrade().parse(answer(*read_import("comtrade", doubled)))

    def test_a_download_of_chapters_instead_of_totals_is_refused(
        self, download: Path, tmp_path: Path, answer: MakeAnswer
    ):
        chapters = tmp_path / "chapters.csv"
        chapters.write_bytes(download.read_bytes().replace(b'"TOTAL","All', b'"85","All'))
        with pytest.raises(ChangedShape, match="cmdCode: expected TOTAL, got 85"):
            Comtrade().parse(answer(*read_import("comtrade", chapters)))


class TestCensusFiles:
    def test_the_workbook_answers_the_same_question_as_the_fetched_one(
        self, shared: Path, settings: Settings, answer: MakeAnswer
    ):
        request, body = read_import("census", shared / WORKBOOK)
        assert request.key == Census().requests(date(2026, 2, 15), settings)[0].key
        assert Census().parse(answer(request, body)).tables[WORKBOOK_TABLE].height == 8_474

    def test_a_saved_api_answer_fills_the_api_table(self, shared: Path, answer: MakeAnswer):
        request, body = read_import("census", shared / SAVED)
        frame = Census().parse(answer(request, body)).tables[API_TABLE]
        assert frame.height == 253
        assert request.label == "saved API answer, flow X, 2024-12 to 2024-12"

    def test_a_saved_answer_that_lost_a_country_is_incomplete(
        self, shared: Path, tmp_path: Path, answer: MakeAnswer
    ):
        table = json.loads((shared / SAVED).read_text())
        cut = tmp_path / "cut.json"
        cut.write_text(json.dumps([row for row in table if row[0] != "5700"]))
        with pytest.raises(IncompleteAnswer, match="adding up to 165358300606 in 2024-12"):
            Census().parse(answer(*read_import("census", cut)))


class TestWrongFiles:
    @pytest.mark.parametrize("source", ["comtrade", "census"])
    @pytest.mark.parametrize(
        "content",
        [b"", b"  \n", b"hello", b"{}", b"[]", b"[1]", b'[["a"]]', b"a,b\n1,2\n", b"\xff\xfe\x00"],
    )
    def test_another_kind_of_file_is_refused_in_one_line(
        self, source: str, content: bytes, tmp_path: Path
    ):
        path = tmp_path / "file"
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            read_import(source, path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_header_without_rows_says_so(self, tmp_path: Path):
        path = tmp_path / "empty.csv"
        path.write_text(",".join(FIELDS) + "\n")
        with pytest.raises(InputError, match="no rows"):
            read_import("comtrade", path)

    def test_a_census_file_for_comtrade_is_refused(self, shared: Path, download: Path):
        with pytest.raises(InputError, match="not a Comtrade Plus download"):
            read_import("comtrade", shared / SAVED)
        with pytest.raises(InputError, match="not a Census file"):
            read_import("census", download)

    def test_a_missing_file_and_an_unknown_source_are_named(self, tmp_path: Path):
        with pytest.raises(InputError, match="cannot be read"):
            read_import("census", tmp_path / "none.xlsx")
        present = tmp_path / "x"
        present.write_text("x")
        with pytest.raises(InputError, match="known: comtrade, census"):
            read_import("worldbank", present)
