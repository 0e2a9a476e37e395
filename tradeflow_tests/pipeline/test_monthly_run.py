"""A month's report from the week that stands behind it, while the month still runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial

import dagster as dg
import pytest
from rich.console import Console

from tradeflow.briefing.trace import trace_figure
from tradeflow.errors import InputError
from tradeflow.orchestration.instance import instance_home
from tradeflow.orchestration.runs import run_periods
from tradeflow.periods import Month
from tradeflow.pipeline import make_week, published_months, write_monthly
from tradeflow.site.library import library
from tradeflow.world import World
from tradeflow_tests.pipeline.conftest import W07, Ran

FEBRUARY = Month(2026, 2)

# Six weeks are made: those that the month is compared with, and the one before each of them.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(ran: Ran) -> World:
    """The world of the run, on a Wednesday of 2026-W08."""
    return World(ran.settings, clock=lambda: datetime(2026, 2, 18, tzinfo=UTC))


def test_the_month_is_told_from_its_last_closed_week_and_traced(world: World) -> None:
    report = write_monthly(world, FEBRUARY)
    assert report.week == W07
    folder = world.settings.published_reports / "monthly" / "2026-02"
    record = json.loads((folder / "figures.json").read_text("utf-8"))
    assert record["report"] == "supply_chain_analysis" and record["period"] == "2026-02"
    assert record["traced"] == "100 %"
    assert "期中版：本期尚未結束" in report.markdown
    assert "未能取得" not in report.markdown, "earlier months are made where they are missing"
    assert "本期未建立檢索索引" not in report.markdown
    references = {use["reference"] for use in record["numerals"]}
    assert any("@2026-W04" in each for each in references), "nothing is compared with January"
    lines = list(trace_figure(world.archive, world.settings.published_reports, FEBRUARY, "202.6"))
    assert any("answer " in line and "verified" in line for line in lines)
    assert write_monthly(world, FEBRUARY).changed == ()
    assert published_months(world) == [FEBRUARY], "a rebuild would not know of the report"


def test_the_site_takes_the_report_up_by_itself(world: World) -> None:
    write_monthly(world, FEBRUARY)
    issues = library(world.settings.published_reports)["supply_chain_analysis"]
    assert [issue.key for issue in issues] == ["2026-02"]
    assert issues[0].title == "供應鏈分析報告 — 2026 年 2 月" and issues[0].main


def test_a_week_that_stands_is_not_made_again(world: World) -> None:
    assert make_week(world, W07) is False


def test_a_month_without_a_closed_week_is_refused(world: World) -> None:
    with pytest.raises(InputError, match="no week of 2026-03 has closed yet"):
        write_monthly(world, FEBRUARY.next())


def test_the_month_is_a_run_of_its_own_on_the_instance_of_the_ui(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_wednesday = partial(World, clock=world.clock)
    for module in ("runs", "resources"):
        monkeypatch.setattr(f"tradeflow.orchestration.{module}.World", on_wednesday)
    run_periods(world.settings, FEBRUARY, FEBRUARY, Console(quiet=True))
    with dg.DagsterInstance.from_config(str(instance_home(world.settings))) as instance:
        (run,) = instance.get_runs(dg.RunsFilter(job_name="monthly"))
        made = instance.get_latest_materialization_event(
            dg.AssetKey(["reports", "supply_chain_analysis"])
        )
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert made is not None and made.asset_materialization is not None
    assert made.asset_materialization.partition == "2026-02"
    assert made.asset_materialization.metadata["week"].value == "2026-W07"
