"""Minerals against the corrected tables of the article, and bounds of an index by brute force."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradeflow.bundled import sql_root
from tradeflow_tests.sql.graph import Graph

WEEK = "2026-W07"
RELEASED = "int_mineral_production__released"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def seed(name: str) -> list[dict[str, str]]:
    return rows_of(sql_root() / "seeds" / f"{name}.csv")


@pytest.fixture(scope="module")
def article(shared: Path) -> list[dict[str, str]]:
    """The article's first table as corrected, a row a mineral."""
    return rows_of(shared / "facts" / "critical_minerals_production.csv")


@pytest.fixture(scope="module")
def tables(
    article: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, Any]]]:
    """The marts of minerals over the figures of the article's first table."""
    graph = Graph(tmp_path_factory.mktemp("minerals"))
    graph.run_only(["stg_usgs__world_production", "int_releases__passed", RELEASED], WEEK)
    minerals = {row["symbol"]: row for row in seed("minerals")}
    with graph.warehouse.connect("give production") as con:
        for row in article:
            mineral = minerals[row["symbol"]]
            for economy, kind, tonnes in (
                (row["iso3"], "economy", row["production_t"]),
                ("W00", "world", row["world_production_t"]),
            ):
                con.execute(
                    f"insert into intermediate.{RELEASED} by name select $week as week,"
                    " $code as mineral_code, $economy as economy_iso3, 'production' as measure,"
                    " 2024 as year, $symbol as symbol, $name as mineral_name_zh, $stage as stage,"
                    " $kind as row_kind, cast($tonnes as decimal(24, 6)) as value, 't' as unit,"
                    " case when $tonnes is null then 'not_available' end as value_reason,"
                    " false as world_excludes_usa, 2025 as edition, false as is_reconstructed,"
                    " 'observed' as vintage, 'a' as response_id",
                    {
                        "week": WEEK,
                        "code": mineral["mineral_code"],
                        "economy": economy,
                        "symbol": row["symbol"],
                        "name": mineral["name_zh_tw"],
                        "stage": mineral["stage"],
                        "kind": kind,
                        "tonnes": tonnes or None,
                    },
                )
    graph.run_only(["fct_mineral_production_yearly", "fct_mineral_bands"], WEEK)
    return {
        name: graph.rows(f"select * from marts.fct_mineral_{name}")
        for name in ("production_yearly", "bands")
    }


def test_shares_are_those_of_the_corrected_table(
    article: list[dict[str, str]], tables: dict[str, list[dict[str, Any]]]
) -> None:
    """CHK-SHARE (A02): every share of the first table, zinc's world total with its lost digit."""
    ours = {row["symbol"]: row for row in tables["production_yearly"]}
    assert len(ours) == len(article) == 30
    for row in article:
        mine = ours[row["symbol"]]
        assert mine["top_iso3"] == row["iso3"]
        if row["share_pct_recomputed"]:
            assert round(mine["top_share_pct"], 2) == float(row["share_pct_recomputed"])
            assert abs(mine["top_share_pct"] - float(row["share_pct_seed"])) <= 0.5
        else:
            assert (mine["top_share_pct"], mine["missing_reason"]) == (None, "not_available")


def test_five_minerals_are_above_80_percent_and_six_from_70(
    tables: dict[str, list[dict[str, Any]]],
) -> None:
    """CHK-TEXT-TABLE (A04, A05): the lists of the text come from the table."""
    bands = {row["band"]: row["minerals_zh"].split("、") for row in tables["bands"]}
    assert bands["over_80"] == ["鎵", "鎂", "鈮", "鎢", "鉍"]
    assert bands["from_70_to_80"] == ["天然石墨", "碲", "鈷", "鉑", "銦", "釩"]
    assert sum(len(names) for names in bands.values()) == 30


def test_every_renamed_cell_of_both_tables_is_listed(
    article: list[dict[str, str]], shared: Path
) -> None:
    """CHK-NAME-FUNCTION, CHK-SYMBOL-NAME (A01, A07): printed and corrected name of each cell."""
    listed = {
        (row["table_key"], row["item_key"]): (row["printed"], row["corrected"])
        for row in seed("corrections")
        if row["field"] == "name" and row["table_key"] != "text"
    }
    minerals = {row["symbol"]: row["mineral_code"] for row in seed("minerals")}
    wrong = {
        ("production", minerals[row["symbol"]]): (
            row["seed_text"].removesuffix("(精煉)"),
            row["mineral_zh"],
        )
        for row in article
        if row["mineral_zh"] not in (row["seed_text"].removesuffix("(精煉)"), "鋁土礦")
    }
    wrong |= {
        ("rare_earths", row["symbol"]): (row["seed_text"], row["name_zh_tw"])
        for row in rows_of(shared / "facts" / "rare_earths.csv")
        if row["name_corrected"] == "true"
    }
    assert listed == wrong


def test_cited_shares_and_figures_are_the_recorded_ones(shared: Path) -> None:
    """CHK-SHARE-KEY (E20): every cited share is kept, also those that contradict each other."""
    recorded = rows_of(shared / "facts" / "material_shares.csv")
    ours = seed("material_shares")
    assert len(ours) == len(recorded)
    for mine, theirs in zip(ours, recorded, strict=True):
        high = float(theirs["china_share_high_pct"] or 100)
        assert (float(mine["low_pct"]), float(mine["high_pct"])) == (
            float(theirs["china_share_low_pct"]),
            high,
        )
    values = sorted(float(row["value"]) for row in seed("article_figures"))
    recorded_figures = rows_of(shared / "facts" / "article_figures.csv")
    assert values == sorted(float(row["value"]) for row in recorded_figures)
    targets = sorted(float(row["value"]) for row in seed("economy_strategies") if row["value"])
    recorded_strategies = rows_of(shared / "facts" / "economy_strategies.csv")
    assert targets == sorted(float(row["value"]) for row in recorded_strategies if row["value"])


def test_minerals_and_rare_earths_all_say_what_they_are_for() -> None:
    assert {row["mineral_code"] for row in seed("mineral_uses")} == {
        row["mineral_code"] for row in seed("minerals")
    }
    rare = {row["symbol"] for row in seed("elements") if row["class"] == "rare_earth"}
    assert {row["symbol"] for row in seed("rare_earth_uses")} == rare


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=12), st.data())
def test_bounds_hold_for_every_way_to_know_the_largest(
    connection: duckdb.DuckDBPyConnection, producers: list[int], data: st.DataObject
) -> None:
    """Whatever is known besides the largest producer, the true index lies in between."""
    ordered = sorted(producers, reverse=True)
    known = ordered[:1] + [
        value for value in ordered[1:] if data.draw(st.booleans(), label=str(value))
    ]
    total = sum(ordered)
    true = 10_000 * sum((value / total) ** 2 for value in ordered)
    lower, upper = connection.execute(
        "select hhi_lower_of(cast($known as double[]), cast($total as double), null),"
        " hhi_upper_given_largest(cast($known as double[]), cast($total as double))",
        {"known": [float(value) for value in known], "total": float(total)},
    ).fetchall()[0]
    assert lower - 1e-6 <= true <= upper + 1e-6


def test_the_upper_bound_is_reached_by_a_rest_in_pieces_as_large_as_the_largest(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    (upper,) = connection.execute("select hhi_upper_given_largest([30.0, 5.0], 100.0)").fetchall()[
        0
    ]
    assert upper == pytest.approx(30**2 + 5**2 + 2 * 30**2 + 5**2)
