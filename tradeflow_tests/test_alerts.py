"""Who is told of a failed run, and what never stands in the message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tradeflow.alerts import AlertUndelivered, FailedRun, alert_file, tell
from tradeflow.errors import StorageError
from tradeflow.settings import load_settings

KEY = "0123456789abcdef0123456789abcdef"
FAILED = FailedRun(
    "run-1",
    "weekly",
    "2026-W07-1",
    "raw_census",
    f"census: refused https://api.census.gov/data?key={KEY}; a retry does not help",
    "2026-02-16T06:31:00+00:00",
)


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_API_KEY", KEY)


def test_a_failure_is_a_line_in_the_worlds_folder_by_default(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    for _ in range(2):
        tell(settings, FAILED)
    assert alert_file(settings) == tmp_path / "sandbox" / "failed_runs.jsonl"
    lines = alert_file(settings).read_text("utf-8").splitlines()
    assert len(lines) == 2
    told = json.loads(lines[0])
    assert told["job"] == "weekly" and told["step"] == "raw_census"
    assert KEY not in lines[0] and "refused" in told["error"]


def test_the_webhook_gets_the_same_without_any_secret(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook/s3cr3t-path", method="POST").respond_with_data("ok")
    settings = load_settings(home=tmp_path, alert_webhook=httpserver.url_for("/hook/s3cr3t-path"))
    tell(settings, FAILED)
    ((request, _answer),) = httpserver.log
    said = request.get_json()
    assert said["text"].startswith("tradeflow weekly 2026-W07-1 failed in raw_census: census: ref")
    assert said["run_id"] == "run-1"
    assert KEY not in request.get_data(as_text=True)


@pytest.mark.parametrize("is_down", [True, False])
def test_a_webhook_that_does_not_take_it_is_said_without_its_address(
    tmp_path: Path, httpserver: HTTPServer, is_down: bool
) -> None:
    httpserver.expect_request("/s3cr3t-path").respond_with_data("no", status=500)
    url = "http://127.0.0.1:9/s3cr3t-path" if is_down else httpserver.url_for("/s3cr3t-path")
    settings = load_settings(home=tmp_path, alert_webhook=url, alert_file=tmp_path / "failed")
    with pytest.raises(AlertUndelivered, match="TRADEFLOW_ALERT_WEBHOOK") as raised:
        tell(settings, FAILED)
    assert "s3cr3t" not in str(raised.value)
    assert (tmp_path / "failed").read_text("utf-8").count("\n") == 1


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot write"):
        tell(load_settings(home=tmp_path, alert_file=tmp_path), FAILED)
