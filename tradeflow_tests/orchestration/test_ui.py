"""The Dagster UI as a person meets it: a real `tradeflow dev`, a real browser, real runs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
JOB_PAGE = "/locations/tradeflow.definitions/jobs/weekly"
RUNS = """{ runsOrError(limit: 20) { ... on Runs { results {
    runId status jobName tags { key value } } } } }"""
ENDS, ENDED = ("start", "end"), ("SUCCESS", "FAILURE", "CANCELED")
PATIENCE_S = 900
"""A machine with two busy cores needs minutes for a back-fill of seven weeks."""


@dataclass(frozen=True)
class Served:
    """A running `tradeflow dev`."""

    url: str
    log: Path

    def runs(self) -> list[dict[str, Any]]:
        answer = httpx.post(f"{self.url}/graphql", json={"query": RUNS}, timeout=60)
        return answer.json()["data"]["runsOrError"]["results"]

    def finished(self, partitions: str) -> dict[str, Any]:
        """The run over those partitions (`key` or `first..last`), once it has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for run in self.runs():
                tags = {tag["key"]: tag["value"] for tag in run["tags"]}
                ends = [
                    tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end")
                ]
                covered = tags.get("dagster/partition") or "..".join(filter(None, ends))
                if covered == partitions and run["status"] in ("SUCCESS", "FAILURE", "CANCELED"):
                    return run | {"tags": tags}
            time.sleep(2)
        pytest.fail(f"no run of {partitions} ended in {PATIENCE_S} s; log: {self.log}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The UI on a sandbox of its own; stopped at the end."""
    home = tmp_path_factory.mktemp("ui")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "TRADEFLOW_HOME": str(home / "data"),
        "TRADEFLOW_REPORTS": str(home / "reports"),
        "TRADEFLOW_SOURCES": "sandbox",
    }
    log = home / "dev.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tradeflow", "dev", "--port", str(port)],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url, process, log)
        yield Served(url, log)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/server_info", timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(1)
    pytest.fail(f"the UI did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


@pytest.fixture(scope="module")
def page(served: Served) -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine; on Debian: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000}, base_url=served.url)
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def launch(page: Any, partitions: str, button: str) -> None:
    """Materialise the weekly job over some partitions by clicking."""
    page.goto(JOB_PAGE)
    page.get_by_role("button", name="Materialize all").first.click()
    box = page.get_by_placeholder("ex: 2025-W01-1", exact=False)
    box.fill(partitions)
    box.blur()
    page.get_by_role("button", name=button).last.click()


def test_it_starts_without_a_warning(served: Served) -> None:
    said = served.log.read_text("utf-8", "replace")
    assert re.findall(r"\w*Warning\b.*|WARNING.*|ERROR.*|Traceback.*", said) == []


def test_a_week_launched_by_clicking_is_made_and_its_brief_can_be_read(
    served: Served, page: Any
) -> None:
    launch(page, "2026-W07-1", "Launch 1 run")
    assert served.finished("2026-W07-1")["status"] == "SUCCESS"
    page.goto("/assets/reports/trade_briefing")
    page.get_by_text("[Show Markdown]").first.click()
    page.get_by_role("heading", name="貿易動態簡報 — 2026 年第 07 週").wait_for()


def test_the_checks_say_which_source_is_late(served: Served, page: Any) -> None:
    page.goto("/assets/raw/census__trade_months?view=checks")
    page.get_by_text("is_fresh").first.wait_for()
    page.get_by_text("overdue").first.wait_for()


def test_the_groups_of_the_graph_carry_the_names_of_the_layers(served: Served, page: Any) -> None:
    page.goto("/asset-groups")
    for group in ("us_trade_census", "cn_export_control", "critical_minerals", "briefing"):
        page.get_by_text(group).first.wait_for()


def test_a_backfill_launched_by_clicking_is_one_run_that_the_daemon_finishes(
    served: Served, page: Any
) -> None:
    launch(page, "[2026-W01-1...2026-W07-1]", "Launch backfill")
    run = served.finished("2026-W01-1..2026-W07-1")
    assert run["status"] == "SUCCESS" and run["tags"]["dagster/backfill"]
    page.goto(f"/runs/b/{run['tags']['dagster/backfill']}")
    page.get_by_text("Completed").first.wait_for()
