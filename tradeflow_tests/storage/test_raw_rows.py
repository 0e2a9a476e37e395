"""Raw rows are appended once per answer and parser version, in an order free of history."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest

from tradeflow.answers import RECONSTRUCTED_HEADER, Receipt, Request
from tradeflow.errors import StorageError
from tradeflow.storage.raw_rows import RawRows, append_rows, parsed_readings, reading_of
from tradeflow.storage.warehouse import Warehouse

TABLE = "raw.mofcom__pages"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def page(url: str, *texts: str) -> pl.DataFrame:
    rows = [(url, text) for text in texts]
    return pl.DataFrame(rows, schema={"url": pl.Utf8, "html": pl.Utf8}, orient="row")


def rows_of(con, response_id: str) -> list[tuple]:
    return con.execute(
        f"select url, html, row_number from {TABLE} where response_id = ? order by row_number",
        [response_id],
    ).fetchall()


def test_rows_are_numbered_as_sent_and_appended_once(warehouse):
    rows = RawRows("a", page("u", "second", "first", "second"), "r")
    with warehouse.connect("append") as con:
        assert append_rows(con, TABLE, [rows], "1") == 3
        assert append_rows(con, TABLE, [rows], "1") == 0
        assert rows_of(con, "a") == [("u", "second", 1), ("u", "first", 2), ("u", "second", 3)]
        assert con.execute("select count(*) from ops.parsed").fetchall() == [(1,)]
        assert parsed_readings(con, "1") == {("a", "r")}
        assert parsed_readings(con, "2") == set()


def test_an_answer_without_rows_is_noted_as_read(warehouse):
    with warehouse.connect("append") as con:
        assert append_rows(con, TABLE, [RawRows("a", page("u"), "r")], "1") == 0
        assert parsed_readings(con, "1") == {("a", "r")}


def test_two_addresses_of_one_page_stand_side_by_side_whichever_came_first(tmp_path):
    readings = [
        RawRows("a", page("http://one", "x", "y"), "r1"),
        RawRows("a", page("http://two", "x", "y"), "r2"),
        RawRows("a", page("http://one", "x", "y"), "r3"),
    ]
    seen = []
    for n, order in enumerate(permutations(readings)):
        with Warehouse(tmp_path / f"{n}.duckdb").connect("append") as con:
            for rows in order:
                append_rows(con, TABLE, [rows], "1")
            seen.append(rows_of(con, "a"))
    with Warehouse(tmp_path / "together.duckdb").connect("append") as con:
        assert append_rows(con, TABLE, readings, "1") == 4
        seen.append(rows_of(con, "a"))
    assert {url for url, _, _ in seen[0]} == {"http://one", "http://two"}
    assert [number for _, _, number in seen[0]] == [1, 2, 3, 4]
    assert all(rows == seen[0] for rows in seen)


def test_a_new_parser_version_replaces_the_rows_and_forgets_what_was_made_of_them(warehouse):
    with warehouse.connect("append") as con:
        append_rows(con, TABLE, [RawRows("a", page("u", "x"), "r")], "1")
        append_rows(con, TABLE, [RawRows("b", page("v", "x"), "r")], "1")
        con.execute("create table staging.stg_pages as select unnest(['a', 'b']) as response_id")
        con.execute(
            "insert into ops.parsed (response_id, relation, parser_version)"
            " values ('a', 'staging.stg_pages', 'c'), ('b', 'staging.stg_pages', 'c')"
        )
        append_rows(con, TABLE, [RawRows("a", page("u", "read anew"), "r")], "2")
        assert rows_of(con, "a") == [("u", "read anew", 1)]
        assert rows_of(con, "b") == [("v", "x", 1)]
        assert con.execute("from staging.stg_pages").fetchall() == [("b",)]
        staged = "select response_id from ops.parsed where relation = 'staging.stg_pages'"
        assert con.execute(staged).fetchall() == [("b",)]


def test_a_table_made_for_other_columns_is_refused_with_the_remedy(warehouse):
    with warehouse.connect("append") as con:
        append_rows(con, TABLE, [RawRows("a", page("u", "x"), "r")], "1")
        wider = page("u", "x").with_columns(pl.lit("utf-8").alias("charset"))
        with pytest.raises(StorageError, match="tradeflow rebuild"):
            append_rows(con, TABLE, [RawRows("b", wider, "r")], "2")


def test_a_reading_is_what_the_parser_may_look_at_beside_the_body():
    request = Request("mofcom", "page", "http://one", about=(("listed_title", "公告"),))
    retitled = Request("mofcom", "page", "http://one", about=(("listed_title", "通知"),))
    relabelled = Request("mofcom", "the page", "http://one", about=(("listed_title", "公告"),))

    def reading(request: Request, headers: dict[str, str]) -> str:
        moment = datetime(2026, 2, 15, tzinfo=UTC)
        receipt = Receipt("a", request.key, "mofcom", request.label, "GET", request.url, (), (),
                          200, headers, 1, moment, "live", 1)  # fmt: skip
        return reading_of(request, receipt)

    plain = reading(request, {"etag": "1"})
    assert reading(request, {"etag": "2"}) == plain
    assert reading(relabelled, {}) == plain
    assert reading(retitled, {}) != plain
    assert reading(request, {RECONSTRUCTED_HEADER: '{"all": true}'}) != plain
