"""The Census layer without its API: what a refused key costs, and what stands in for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tradeflow.ingest import Ingested
from tradeflow.periods import Week
from tradeflow.pipeline import ingest_layer
from tradeflow.settings import Mode, Settings
from tradeflow.world import World

W07, W08 = Week.parse("2026-W07"), Week.parse("2026-W08")
"""In the second of these weeks December 2025 was released."""
MODELS = [
    "stg_census__trade_months",
    "stg_census__balance_months",
    "stg_census__countries",
    "int_releases__passed",
    "int_us_trade_months__reconciled",
    "int_us_commodity_months__reconciled",
]


def world_with(home: Path, key: str | None) -> World:
    """A sandbox whose API knows one bad key: `invalid`."""
    world = World(Settings(_env_file=None, home=home, sources=Mode.SANDBOX))
    secret = None if key is None else SecretStr(key)
    world.settings = world.settings.model_copy(update={"census_api_key": secret})
    return world


def make(world: World, week: Week) -> Ingested:
    ingested = ingest_layer(world, "census", week)
    world.runner.run_many(MODELS, week, world.as_of(week))
    return ingested


def rows(world: World, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with world.warehouse.connect("look at rows") as con:
        return con.execute(sql, list(parameters)).fetchall()


@pytest.mark.parametrize("key", [None, "invalid"])
def test_without_a_good_key_the_layer_stands_on_the_workbook_and_says_what_it_lacks(
    key: str | None, tmp_path: Path
) -> None:
    world = world_with(tmp_path, key)
    ingested = make(world, W07)
    assert (ingested.carried_forward, ingested.unanswered) == (0, 2)
    assert rows(
        world,
        "select distinct source, max(month) over () from"
        " intermediate.int_us_trade_months__reconciled where week = ?",
        W07.key,
    ) == [("workbook", "2025-11")]
    assert rows(world, "select count(*) from intermediate.int_us_commodity_months__reconciled") == [
        (0,)
    ]
    reasons = rows(
        world,
        "select reason from ops.rejects where relation = 'census' and week = ? order by reason",
        W07.key,
    )
    assert len(reasons) == 2
    for (reason,) in reasons:
        assert "and through it their chapters" in reason
        assert "key" in reason


def test_in_a_release_week_without_the_api_earlier_answers_stand_in_and_the_workbook_speaks(
    tmp_path: Path,
) -> None:
    """The question does not change with the month, so the answers of the week before are found."""
    good = world_with(tmp_path, "sandbox")
    assert make(good, W07).carried_forward == 0
    refused = world_with(tmp_path, "invalid")
    ingested = make(refused, W08)
    assert (ingested.carried_forward, ingested.unanswered) == (2, 0)
    carried = rows(
        refused,
        "select label from raw.snapshot where week = ? and carried_forward order by label",
        W08.key,
    )
    assert [label.split(" by country")[0] for (label,) in carried] == ["US exports", "US imports"]
    assert rows(
        refused,
        "select distinct source, max(month) over () from"
        " intermediate.int_us_trade_months__reconciled where week = ?",
        W08.key,
    ) == [("workbook", "2025-12")]
    assert rows(
        refused,
        "select max(month) from intermediate.int_us_commodity_months__reconciled where week = ?",
        W08.key,
    ) == [("2025-11",)]
