"""How long a report takes from marts to files, and the site of a year of reports.

A week of the demonstration world is run here, or taken from `--home`. Each kind of report is then
made from its marts: text, gate, page, tables, files. For the site the three reports are published
under 52 weeks, 12 months and one year: copies with their own period, title and day, whose figures
are those of the week. Aims on two cores: a report under 2 s; the site under 60 s and 150 MB.

    python -m benchmarks.report_and_site [--home FOLDER] [--repeats 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from tradeflow.briefing.issue import Issue
from tradeflow.briefing.kinds import frame_of
from tradeflow.briefing.marts import Marts, load_marts
from tradeflow.briefing.mineral_marts import MINERAL_GRAINS
from tradeflow.briefing.month_marts import load_month
from tradeflow.briefing.produce import produce
from tradeflow.orchestration.runs import run_periods
from tradeflow.periods import Month, Period, Week, Year
from tradeflow.settings import Mode, load_settings
from tradeflow.site.build import build_site
from tradeflow.world import World
from tradeflow_tests.site.copies import copy_issue

WEEK = Week(2026, 7)
MONTH, YEAR = Month.containing(WEEK.end), Year.containing(WEEK.end)
WEEKS, MONTHS = 52, 12


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        home = arguments.home or place / "home"
        settings = load_settings(sources=Mode.SANDBOX, home=home, reports=place / "reports")
        world = World(settings)
        if arguments.home is None:
            run_periods(settings, WEEK, WEEK, Console(stderr=True))
        _reports(world, arguments.repeats)
        _site(world)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure reports and the site.")
    parser.add_argument("--home", type=Path, help="a data folder with the week already run")
    parser.add_argument("--repeats", type=int, default=5)
    return parser.parse_args()


def _reports(world: World, repeats: int) -> None:
    out_root = world.settings.published_reports
    version = world.archive.data_version(WEEK)[:8]
    with world.warehouse.reader() as con:
        kinds: dict[str, tuple[Period, Callable[[], Marts]]] = {
            "weekly brief": (WEEK, lambda: load_marts(con, WEEK.key)),
            "monthly report": (MONTH, lambda: load_month(con, MONTH, WEEK, ())),
            "critical minerals": (YEAR, lambda: load_marts(con, WEEK.key, MINERAL_GRAINS)),
        }
        for name, (period, load) in kinds.items():
            issue = Issue(WEEK, WEEK.end, version, True, frame=frame_of(period), of=period)

            def make(load: Callable[[], Marts] = load, issue: Issue = issue) -> object:
                return produce(con, load(), issue, out_root)

            took, worked = zip(*(_cost(make) for _ in range(repeats + 1)), strict=True)
            _say(
                f"{name:18} first {took[0]:5.2f} s, then {statistics.median(took[1:]):5.2f} s; "
                f"{statistics.median(worked[1:]):5.2f} s of CPU   (aim: under 2)"
            )


def _site(world: World) -> None:
    root = world.settings.published_reports
    week, month = WEEK, MONTH
    for _ in range(WEEKS - 1):
        week = week.previous()
        copy_issue(root / "weekly" / WEEK.key, root / "weekly" / week.key, week.end)
    for _ in range(MONTHS - 1):
        month = month.previous()
        ends = max(each for each in (week.end, *_sundays(month)) if each <= month.end)
        copy_issue(root / "monthly" / MONTH.key, root / "monthly" / month.key, ends)
    steps: list[tuple[str, float]] = []
    begin, worked = time.perf_counter(), _cpu()
    built = build_site(world, lambda step: steps.append((step, time.perf_counter())))
    end = time.perf_counter()
    _say(
        f"site of {WEEKS} weeks, {MONTHS} months, 1 year: {built.pages} pages, "
        f"{built.byte_count / 1e6:.0f} MB, {end - begin:.1f} s wall, {_cpu() - worked:.1f} s of CPU"
        "   (aim: under 60 s and 150 MB)"
    )
    for (step, since), until in zip(steps, [at for _, at in steps[1:]] + [end], strict=True):
        _say(f"  {step:18} {until - since:5.1f} s")
    took, spent = _cost(lambda: build_site(world))
    _say(f"the same again: {took:.1f} s wall, {spent:.1f} s of CPU, nothing written")
    _say(f"load when measured: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _sundays(month: Month) -> list[Any]:
    week = Week.containing(month.end)
    return [each.end for each in (week, week.previous())]


def _cost(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock and of processors, children's among them."""
    begin, worked = time.perf_counter(), _cpu()
    work()
    return time.perf_counter() - begin, _cpu() - worked


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
