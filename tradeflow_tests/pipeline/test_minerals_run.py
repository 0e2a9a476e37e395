"""A year's report on critical minerals from the week that stands behind it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tradeflow.briefing.trace import trace_figure
from tradeflow.errors import InputError
from tradeflow.periods import Year
from tradeflow.pipeline import YEARLY_REPORTS, published_years, write_minerals
from tradeflow.site.library import library
from tradeflow.world import World
from tradeflow_tests.pipeline.conftest import W07, Ran

pytestmark = pytest.mark.slow
YEAR = Year(2026)


@pytest.fixture(scope="module")
def world(ran: Ran) -> World:
    """The world of the run, on a Wednesday of 2026-W08."""
    return World(ran.settings, clock=lambda: datetime(2026, 2, 18, tzinfo=UTC))


def test_the_year_is_told_from_its_last_closed_week_and_traced(world: World) -> None:
    report = write_minerals(world, YEAR)
    assert report.week == W07
    folder = world.settings.published_reports / "yearly" / "2026"
    record = json.loads((folder / "figures.json").read_text("utf-8"))
    assert record["report"] == "critical_minerals_report" and record["period"] == "2026"
    assert report.markdown.startswith("# 關鍵礦物與出口管制 — 2026 年\n")
    assert "期中版：本期尚未結束" in report.markdown
    lines = list(trace_figure(world.archive, world.settings.published_reports, YEAR, "98.68 %"))
    assert any("answer " in line and "verified" in line for line in lines)
    assert write_minerals(world, YEAR).changed == ()
    assert published_years(world) == [YEAR], "a rebuild would not know of the report"
    assert world.archive.record(YEARLY_REPORTS, W07)["is_closed"] is False  # type: ignore[index]


def test_the_site_takes_the_report_up_by_itself(world: World) -> None:
    write_minerals(world, YEAR)
    issues = library(world.settings.published_reports)["critical_minerals_report"]
    assert [issue.key for issue in issues] == ["2026"]
    assert issues[0].title == "關鍵礦物與出口管制 — 2026 年" and issues[0].main


def test_a_week_of_another_year_or_still_running_is_refused(world: World) -> None:
    for week in (W07.next(), W07.parse("2025-W52")):
        with pytest.raises(InputError, match="no closed week of 2026; its last one is 2026-W07"):
            write_minerals(world, YEAR, week=week)
