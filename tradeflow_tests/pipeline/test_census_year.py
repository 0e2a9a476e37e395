"""A year of Census release weeks, back-filled in the sandbox, against the published vintages.

Everything runs as it does in a run: questions, archive, raw tables, SQL models. Only the weeks
in which something was released or revised are made, and the models of this one source.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradeflow.model_choice import models_resting_on
from tradeflow.periods import Week
from tradeflow.pipeline import ingest_layer
from tradeflow.settings import Mode, Settings
from tradeflow.world import World

pytestmark = pytest.mark.slow

FIRST, LAST = Week.parse("2025-W26"), Week.parse("2026-W25")
BEFORE, AFTER = Week.parse("2026-W07"), Week.parse("2026-W25")
LACKING = ["2024-02", "2024-04", "2024-08", "2024-12"]
FLOWS = {"X": "exports_usd_million", "M": "imports_usd_million"}
JUNE = "2026-06-17"
"""Day on which the June revision was first seen."""

Vintages = dict[tuple[str, str, str], dict[str, Decimal]]
"""(partner, period, flow) → day first seen → million USD."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The Census layer and its models in every release week of the year."""
    home = tmp_path_factory.mktemp("census-year")
    made = World(Settings(_env_file=None, home=home, sources=Mode.SANDBOX))
    models = models_resting_on(made, {"census"})
    for week in release_weeks(made):
        ingested = ingest_layer(made, "census", week)
        assert (ingested.carried_forward, ingested.unanswered) == (0, 0)
        made.runner.run_many(models, week, made.as_of(week))
    return made


def release_weeks(world: World) -> list[Week]:
    path = world.project.root / "seeds" / "release_calendar.csv"
    with path.open(encoding="utf-8") as lines:
        days = [
            date.fromisoformat(row["released_at"])
            for row in csv.DictReader(lines)
            if row["source"] == "census"
        ]
    weeks = {Week.containing(day) for day in days} | {BEFORE, AFTER}
    return sorted(week for week in weeks if FIRST <= week <= LAST)


def rows(world: World, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with world.warehouse.connect("look at rows") as con:
        return con.execute(sql, list(parameters)).fetchall()


def months_of(world: World, week: Week) -> dict[tuple[str, str, str], tuple[Decimal, bool]]:
    """(partner, month, flow) → million USD as the week knows it, and whether it is computed."""
    found = rows(
        world,
        "select partner_iso3, month, flow, value_usd, is_reconstructed"
        " from intermediate.int_us_trade_months__reconciled where week = ? and is_covered",
        week.key,
    )
    return {tuple(row[:3]): (row[3] / 1_000_000, row[4]) for row in found}


@pytest.fixture(scope="module")
def published(shared: Path) -> Vintages:
    vintages: Vintages = defaultdict(dict)
    with (shared / "facts" / "census_balance_vintages.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            month = f"{row['year']}-{int(row['month']):02d}"
            for flow, column in FLOWS.items():
                key = row["partner_iso3"], month, flow
                vintages[key][row["first_seen"]] = Decimal(row[column])
    return vintages


@pytest.fixture(scope="module")
def annual(shared: Path) -> Vintages:
    vintages: Vintages = defaultdict(dict)
    with (shared / "facts" / "census_annual_vintages.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            for flow, column in FLOWS.items():
                key = row["partner_iso3"], row["year"], flow
                vintages[key][row["first_seen"]] = Decimal(row[column])
    return vintages


def test_every_week_reaches_the_month_released_by_its_end(world: World) -> None:
    newest = {
        week: max(month for _, month, _ in months_of(world, week)) for week in release_weeks(world)
    }
    assert newest[FIRST if FIRST in newest else min(newest)] < newest[BEFORE] == "2025-11"
    assert newest[AFTER] == "2026-04"
    assert list(newest.values()) == sorted(newest.values())
    assert len(newest) >= 12


def test_january_2025_differs_between_the_two_weeks_exactly_as_it_was_published(
    world: World, published: Vintages
) -> None:
    before, after = months_of(world, BEFORE), months_of(world, AFTER)
    moved = 0
    for partner in ("CHN", "DEU", "JPN", "KOR", "TWN"):
        for flow in FLOWS:
            key = partner, "2025-01", flow
            seen = published[key]
            first, last = seen[min(seen)], seen[max(seen)]
            assert before[key] == (first, False)
            assert after[key] == (last, False)
            moved += first != last
    assert before["CHN", "2025-01", "M"][0] == Decimal("41639.2")
    assert after["CHN", "2025-01", "M"][0] == Decimal("41770.4")
    assert moved == 10


@pytest.mark.parametrize("week", [BEFORE, AFTER], ids=str)
def test_every_published_month_is_the_newest_vintage_of_its_week(
    world: World, published: Vintages, week: Week
) -> None:
    known = months_of(world, week)
    compared = 0
    for key, seen in published.items():
        if key not in known or (week == AFTER and key[1] in LACKING):
            continue
        visible = [day for day in seen if day <= week.end.isoformat()]
        assert known[key] == (seen[max(visible) if visible else min(seen)], False), key
        compared += 1
    assert compared > 200


def test_months_the_june_vintage_lacks_are_marked_and_no_others_from_2024_on(world: World) -> None:
    """C01: 2024-02, -04, -08 and -12 were cut from the file of June and nothing said so."""
    for week, wanted in ((BEFORE, set()), (AFTER, set(LACKING))):
        marked = {
            month
            for (_, month, _), (_, computed) in months_of(world, week).items()
            if computed and month >= "2024-01"
        }
        assert marked == wanted


def test_the_gap_to_the_annual_table_is_there_to_the_tenth_of_a_million(
    world: World, published: Vintages, annual: Vintages
) -> None:
    found = rows(
        world,
        "select partner_iso3, flow, lacking_months, annual_usd, gap_usd from"
        " marts.fct_us_trade_gaps where week = ? and year = 2024 and is_stated"
        " and reason = 'months_reconstructed'",
        AFTER.key,
    )
    assert len(found) == 10
    for partner, flow, lacking, annual_usd, gap_usd in found:
        assert lacking == LACKING
        total = annual[partner, "2024", flow][JUNE]
        others = [
            seen[JUNE]
            for (one, month, way), seen in published.items()
            if (one, way) == (partner, flow) and month[:4] == "2024" and month not in LACKING
        ]
        assert len(others) == 8
        assert annual_usd == total * 1_000_000
        assert gap_usd == (total - sum(others)) * 1_000_000 > 0


def test_a_year_that_is_whole_has_no_gap(world: World) -> None:
    assert rows(
        world,
        "select count(*), count(reason) from marts.fct_us_trade_gaps"
        " where (week, year) in ((?, 2024), (?, 2025))",
        BEFORE.key,
        AFTER.key,
    ) == [(20, 0)]


def test_chapters_add_up_in_every_week_and_keep_their_published_sum(world: World) -> None:
    checked = rows(
        world,
        "select count(*), count(*) filter (where not passed) from ops.check_results"
        " where relation in ('intermediate.int_us_commodity_months__reconciled',"
        " 'intermediate.int_us_trade_months__reconciled')",
    )
    assert checked[0][0] > 0 and checked[0][1] == 0
    for week in (BEFORE, AFTER):
        (row,) = rows(
            world,
            "select sum(value_usd), bool_and(is_reconstructed) from"
            " intermediate.int_us_commodity_months__reconciled where week = ?"
            " and partner_iso3 = 'TWN' and flow = 'M' and commodity_code = '84'"
            " and month between '2025-01' and '2025-10'",
            week.key,
        )
        assert round(row[0] / 10**8) == 1051 and row[1]


def test_chapters_are_asked_anew_only_where_a_total_is_new(world: World) -> None:
    """Between two releases nothing changes: the answers of the week before stand."""
    quiet = Week.containing(BEFORE.end + timedelta(days=7 * 2 + 1))
    assert quiet not in release_weeks(world)
    ingest_layer(world, "census", quiet)
    (asked,) = rows(
        world,
        "select count(distinct fetched_at) from raw.answers where label like '%chapters, %5830%'"
        " and response_id in (select response_id from raw.snapshot where week = ?)",
        quiet.key,
    )
    assert asked == (2,)
