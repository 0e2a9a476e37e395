"""Data cards: which series there are, in words a question can meet."""

from __future__ import annotations

from datetime import date

import duckdb

from tradeflow.search.cards import data_cards
from tradeflow_tests.search.bench import Bench, card_rows

WEEK, LAST = "2026-W20", date(2026, 5, 17)


def cards(bench: Bench) -> dict:
    card_rows(bench.con, WEEK)
    return {card.id: card for card in data_cards(bench.con, WEEK, LAST)}


def test_there_is_one_card_a_layer_category_and_economy(bench: Bench):
    found = cards(bench)
    for category in ("export", "import"):
        for economy in ("TWN", "USA", "CHN", "JPN", "KOR", "DEU"):
            assert f"card:bilateral_trade_flows/{category}_concentration/{economy}" in found
            assert f"card:bilateral_trade_flows/{category}_partners/{economy}" in found
    assert "card:us_trade_census/monthly_trade/TWN" in found
    assert "card:world_macro_indicators/macro/KOR" in found
    assert "card:critical_minerals/production/ANTIMONY" in found


def test_a_card_has_chinese_names_and_is_about_its_economy_or_material(bench: Bench):
    found = cards(bench)
    export = found["card:bilateral_trade_flows/export_concentration/TWN"]
    assert export.title == "台灣的出口市場集中度（HHI）"
    assert export.economies == ("TWN",)
    assert "2024 年 HHI 900" in export.text
    assert found["card:critical_minerals/production/ANTIMONY"].materials == ("Sb",)
    assert found["card:critical_minerals/production/RARE_EARTHS"].materials == ("rare_earth",)


def test_a_card_is_as_old_as_the_figures_it_names(bench: Bench):
    found = cards(bench)
    assert found["card:us_trade_census/monthly_trade/TWN"].released_on == date(2026, 5, 5)
    assert found["card:critical_minerals/production/ANTIMONY"].released_on == date(2025, 1, 31)


def test_a_series_of_unknown_release_is_public_on_the_weeks_last_day(bench: Bench):
    card_rows(bench.con, WEEK)
    bench.con.execute("update marts.fct_layer_coverage set newest_released_on = null")
    found = {card.id: card for card in data_cards(bench.con, WEEK, LAST)}
    assert found["card:world_macro_indicators/macro/KOR"].released_on == LAST


def test_a_week_without_figures_has_no_cards(bench: Bench):
    assert list(data_cards(bench.con, WEEK, LAST)) == []


def test_cards_of_a_whole_week_are_found_by_day(bench: Bench):
    card_rows(bench.con, WEEK)
    bench.know(WEEK)
    with bench.serve() as service:
        newest = service.search("美國對台灣貿易逆差", k=1)[0]
        before = service.search("美國對台灣貿易逆差", as_of=date(2026, 5, 4))
    assert newest.document_id == "card:us_trade_census/monthly_trade/TWN"
    assert (newest.url, newest.states, newest.notice_key) == (None, (), None)
    assert all(hit.layer != "us_trade_census" for hit in before)


def test_reading_the_marts_changes_nothing(bench: Bench):
    card_rows(bench.con, WEEK)
    tables = "select table_name, estimated_size from duckdb_tables() order by all"
    before = bench.con.execute(tables).fetchall()
    list(data_cards(bench.con, WEEK, LAST))
    assert bench.con.execute(tables).fetchall() == before
    assert isinstance(bench.con, duckdb.DuckDBPyConnection)
