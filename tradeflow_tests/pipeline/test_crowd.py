"""Eight runs of different weeks at once: nothing is lost, and nobody gives up."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from tradeflow.orchestration.runs import run_weeks
from tradeflow.periods import Week
from tradeflow_tests import forked
from tradeflow_tests.pipeline.crashes import Place, assert_as_in_peace, run_week

WEEKS = [f"2026-W{number:02d}" for number in range(1, 9)]


def run_range(root: Path) -> None:
    first, last = Week.parse(WEEKS[0]), Week.parse(WEEKS[-1])
    run_weeks(Place(root).settings, first, last, Console(quiet=True))


@pytest.mark.slow
def test_eight_processes_that_run_different_weeks_at_once_lose_nothing(tmp_path: Path) -> None:
    at_once, quiet = Place(tmp_path / "at-once"), Place(tmp_path / "quiet")
    children = [forked.start(run_week, at_once.root, week) for week in WEEKS]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * len(WEEKS)
    assert forked.run(run_range, quiet.root) == 0
    assert_as_in_peace(at_once, quiet)
