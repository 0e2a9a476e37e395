"""How long a week takes: from nothing, warm, and the import of the Dagster definitions.

Each figure is the median of several runs in a process of its own, in a temporary home. Aim:
under 15 s for a warm week and under 2 s for the import on two cores.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

WEEK = "2026-W07"
REPEATS = 3


def seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """Wall time of one Python process, in seconds."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begin


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "TRADEFLOW_HOME": f"{home}/data",
            "TRADEFLOW_REPORTS": f"{home}/reports",
            "TRADEFLOW_SOURCES": "sandbox",
        }
        run = ["-m", "tradeflow", "run", "--week", WEEK]
        cold = seconds(run, environment)
        warm = [seconds(run, environment) for _ in range(REPEATS)]
        imports = [
            seconds(["-c", "import tradeflow.definitions"], environment) for _ in range(REPEATS)
        ]
        dagster_alone = [seconds(["-c", "import dagster"], environment) for _ in range(REPEATS)]
    sys.stdout.write(
        f"cold weekly run            {cold:6.2f} s\n"
        f"warm weekly run            {statistics.median(warm):6.2f} s   (aim: under 15)\n"
        f"import of the definitions  {statistics.median(imports):6.2f} s   (aim: under 2)\n"
        f"  of which dagster alone   {statistics.median(dagster_alone):6.2f} s\n"
    )


if __name__ == "__main__":
    main()
