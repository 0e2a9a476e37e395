"""How long a back-fill takes a week, at 4, 13 and 52 weeks: does a week cost more beside many?

Each size is one `tradeflow backfill` of the sandbox that ends with 2026-W09, in a process and a
home of its own. Where other programs share the machine, CPU seconds say more than wall time.
Aim: 52 weeks in under 180 s on two cores, and no week dearer for being one of many.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tradeflow.periods import Week

LAST = Week.parse("2026-W09")
SIZES = (4, 13, 52)


@dataclass(frozen=True)
class Measured:
    """One back-fill."""

    weeks: int
    wall_s: float
    cpu_s: float
    """User and system time of the process and its threads."""
    peak_mb: float
    """Resident set at its largest."""
    home_mb: dict[str, float]
    """What it left on disk, by part."""


def measure(weeks: int) -> Measured:
    """Back-fill the last `weeks` weeks in an empty home."""
    first = LAST
    for _ in range(weeks - 1):
        first = first.previous()
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "TRADEFLOW_HOME": f"{home}/data",
            "TRADEFLOW_REPORTS": f"{home}/reports",
            "TRADEFLOW_SOURCES": "sandbox",
        }
        begin = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "tradeflow", "backfill", f"{first}..{LAST}"],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"the back-fill of {first}..{LAST} ended with {process.returncode}")
        world = Path(home) / "data" / "sandbox"
        parts = {
            "database": world / "warehouse.duckdb",
            "archive": world / "archive",
            "events": world / "dagster",
            "reports": Path(home) / "reports",
        }
        return Measured(
            weeks,
            wall,
            used.ru_utime + used.ru_stime,
            used.ru_maxrss / 1024,
            {name: _megabytes(path) for name, path in parts.items()},
        )


def _megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files) / 1e6


def report(measured: list[Measured]) -> str:
    """The measurements as a Markdown table; ratios are to the smallest size."""
    smallest = measured[0].cpu_s / measured[0].weeks
    parts = list(measured[0].home_mb)
    heads = ["weeks", "wall s", "CPU s", "CPU s a week", "ratio", "each more, CPU s", "peak MB"]
    lines = [
        f"| {' | '.join([*heads, *(f'{part} MB' for part in parts)])} |",
        f"| {' | '.join(['---:'] * (len(heads) + len(parts)))} |",
    ]
    for place, each in enumerate(measured):
        a_week = each.cpu_s / each.weeks
        before = measured[place - 1] if place else None
        more = (each.cpu_s - before.cpu_s) / (each.weeks - before.weeks) if before else None
        cells = [
            str(each.weeks),
            f"{each.wall_s:.0f}",
            f"{each.cpu_s:.0f}",
            f"{a_week:.2f}",
            f"{a_week / smallest:.2f}",
            "" if more is None else f"{more:.2f}",
            f"{each.peak_mb:.0f}",
            *(f"{each.home_mb[part]:.0f}" for part in parts),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, nargs="+", default=SIZES, help="sizes, ascending")
    sizes = parser.parse_args().weeks
    load = os.getloadavg()[0]
    measured = [measure(weeks) for weeks in sizes]
    sys.stdout.write(
        f"{report(measured)}\n"
        f"{os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after\n"
    )


if __name__ == "__main__":
    main()
