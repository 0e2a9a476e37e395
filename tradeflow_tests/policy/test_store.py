"""From raw pages to schema policy."""

from datetime import date

import duckdb
import pytest

from tradeflow.policy import store
from tradeflow.policy.store import ensure_tables, extract_new_pages
from tradeflow.storage.tables import ensure_fixed_tables, ensure_raw_table
from tradeflow_tests.policy.pages import SITE, page

_COLUMNS = (
    "url",
    "host",
    "html",
    "charset",
    "listed_title",
    "listed_date",
    "is_reconstructed",
)
_NOTICE = page(
    "商务部公告2025年第70号 公布暂停实施的决定",
    "根据《中华人民共和国出口管制法》，决定自即日起至2026年11月10日，暂停实施商务部公告2025年第61号、62号。",
    "商务部",
    "2025年11月7日",
)


@pytest.fixture
def con(tmp_path):
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        ensure_fixed_tables(connection)
        ensure_raw_table(connection, "raw.mofcom__pages", _COLUMNS)
        yield connection


def keep(con, week: str, *pages: tuple[str, str]) -> None:
    """Put pages (response id, html) into raw and into the week's snapshot."""
    for response_id, html in pages:
        con.execute(
            "insert into raw.mofcom__pages values (?, 'h', ?, 'utf-8', '题', '2025-11-07',"
            " 'false', ?, 1)",
            [SITE, html, response_id],
        )
        con.execute(
            "insert into raw.snapshot values ('mofcom', ?, ?, ?, false, 'a page')",
            [week, f"key {response_id}", response_id],
        )


def count(con, table: str) -> int:
    return con.execute(f"select count(*) from {table}").fetchall()[0][0]


def test_the_tables_stand_after_the_first_call_even_without_pages(con) -> None:
    ensure_tables(con)
    assert extract_new_pages(con, "2025-W45").pages == 0
    assert [count(con, f"policy.{table}") for table in store.TABLES] == [0] * 8


def test_each_answer_is_read_once_and_only_for_its_week(con) -> None:
    keep(con, "2025-W45", ("a", _NOTICE))
    keep(con, "2025-W46", ("b", page("商务部新闻发言人答记者问", "答：没有新情况。")))
    first = extract_new_pages(con, "2025-W45")
    assert (first.pages, first.documents, first.actions, first.rejected) == (1, 1, 2, 0)
    assert extract_new_pages(con, "2025-W45").pages == 0
    assert extract_new_pages(con, "2025-W46").documents == 1
    assert count(con, "policy.documents") == 2


def test_rows_are_unique_by_answer_and_row_number(con) -> None:
    keep(con, "2025-W45", ("a", _NOTICE))
    extract_new_pages(con, "2025-W45")
    rows = con.execute(
        "select response_id, row_number, verb, target_key, by_notice_key from policy.actions"
        " order by row_number"
    ).fetchall()
    assert rows == [
        ("a", 1, "suspended", "MOFCOM-公告-2025-61", "MOFCOM-公告-2025-70"),
        ("a", 2, "suspended", "MOFCOM-公告-2025-62", "MOFCOM-公告-2025-70"),
    ]


def test_a_page_without_an_article_is_rejected_once_with_its_reason(con) -> None:
    keep(con, "2025-W45", ("a", _NOTICE), ("bad", "<html><body>系统繁忙，请稍后再试</body></html>"))
    counts = extract_new_pages(con, "2025-W45")
    assert (counts.documents, counts.rejected) == (1, 1)
    assert extract_new_pages(con, "2025-W45").pages == 0
    assert con.execute("select reason, response_id, week from ops.rejects").fetchall() == [
        ("the page holds no article", "bad", "2025-W45")
    ]


def test_a_new_version_of_the_rules_replaces_what_the_old_one_read(con, monkeypatch) -> None:
    keep(con, "2025-W45", ("a", _NOTICE))
    extract_new_pages(con, "2025-W45")
    monkeypatch.setattr(store, "EXTRACTOR_VERSION", "next")
    monkeypatch.setattr("tradeflow.policy.tables.EXTRACTOR_VERSION", "next")
    assert extract_new_pages(con, "2025-W45").documents == 1
    assert con.execute("select extractor_version from policy.documents").fetchall() == [("next",)]
    assert count(con, "policy.actions") == 2


def test_a_failure_leaves_nothing_half_written(con, monkeypatch) -> None:
    keep(con, "2025-W45", ("a", _NOTICE))
    ensure_tables(con)
    con.execute("alter table policy.actions alter quote type integer")
    with pytest.raises(duckdb.Error):
        extract_new_pages(con, "2025-W45")
    assert count(con, "policy.documents") == 0


def test_nothing_is_invented_for_a_page_that_says_nothing(con) -> None:
    keep(con, "2025-W45", ("a", page("简讯", "双方交换了意见。")))
    extract_new_pages(con, "2025-W45")
    (row,) = con.sql("select * from policy.documents").to_arrow_table().to_pylist()
    empty = [name for name, value in row.items() if value is None or value == []]
    assert empty == [
        "notice_key",
        "lead_issuer",
        "issuers",
        "year",
        "number",
        "issue_date",
        "issue_date_quote",
        "materials",
        "materials_zh",
        "target_iso3",
        "entity_count",
        "legal_basis",
        "list_kind",
        "end_uses_zh",
        "licence_types",
        "key_confidence",
    ]
    assert row["released_on"] == date(2025, 10, 9)


def test_a_table_of_an_older_version_gains_the_columns_it_lacks(con) -> None:
    ensure_tables(con)
    con.execute("alter table policy.items drop column rule_id")
    keep(con, "2025-W45", ("a", _NOTICE))
    assert extract_new_pages(con, "2025-W45").documents == 1
    assert "rule_id" in [
        row[1] for row in con.execute("pragma table_info('policy.items')").fetchall()
    ]


def test_a_refused_page_is_kept_as_a_reject_and_holds_up_no_other(con) -> None:
    huge = page("商务部公告2025年第99号 公布决定", "甲" * 9000)
    keep(con, "2025-W45", ("a", _NOTICE), ("huge", huge))
    counts = extract_new_pages(con, "2025-W45")
    assert (counts.documents, counts.rejected) == (1, 1)
    assert extract_new_pages(con, "2025-W45").pages == 0
    assert con.execute("select response_id, reason from ops.rejects").fetchall() == [
        ("huge", "one line has 9000 characters, more than 8000")
    ]
