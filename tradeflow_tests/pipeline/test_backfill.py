"""A range of weeks made in one run: each week comes out as if it had been made alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tradeflow.periods import Week
from tradeflow.settings import load_settings
from tradeflow_tests.pipeline.conftest import Ran, run_in


def _weeks(first: str, last: str) -> list[Week]:
    weeks = [Week.parse(first)]
    while weeks[-1] < Week.parse(last):
        weeks.append(weeks[-1].next())
    return weeks


@pytest.mark.slow
def test_weeks_on_both_sides_of_a_new_year_equal_the_week_made_alone(tmp_path: Path) -> None:
    weeks = _weeks("2025-W51", "2026-W02")
    ranged = run_in(tmp_path / "range", weeks[0], weeks[-1])
    assert all(ranged.report_files(week) for week in weeks)
    first_of_year = Week.parse("2026-W01")
    alone = run_in(tmp_path / "alone", first_of_year, first_of_year)
    assert ranged.report_files(first_of_year) == alone.report_files(first_of_year)


@pytest.mark.campaign
def test_the_thirtieth_of_52_weeks_equals_the_week_made_alone(tmp_path: Path) -> None:
    weeks = _weeks("2025-W10", "2026-W09")
    assert len(weeks) == 52
    settings = load_settings(home=tmp_path / "data", reports=tmp_path / "reports")
    environment = {
        **os.environ,
        "TRADEFLOW_HOME": str(settings.home),
        "TRADEFLOW_REPORTS": str(settings.reports),
        "TRADEFLOW_SOURCES": "sandbox",
    }
    command = [sys.executable, "-m", "tradeflow", "backfill", f"{weeks[0]}..{weeks[-1]}"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    ranged = Ran(settings)
    assert all(ranged.report_files(week) for week in weeks)
    alone = run_in(tmp_path / "alone", weeks[29], weeks[29])
    assert ranged.report_files(weeks[29]) == alone.report_files(weeks[29])
