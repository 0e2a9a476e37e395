"""What a user gets for wrong input: one line naming the thing and the remedy, and an exit code."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tradeflow.cli import _debug, main


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADEFLOW_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("TRADEFLOW_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setenv("TRADEFLOW_SOURCES", "sandbox")


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str]:
    """Run the command; its exit code and what it wrote to standard error."""
    monkeypatch.setattr("sys.argv", ["tradeflow", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    code = stopped.value.code
    return code if isinstance(code, int) else 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--week", "2026-7"), "2026-W07"),
        (("run", "--week", "2026-W60"), "does not exist"),
        (("run", "--week", "2024-W50"), "2025-W01"),
        (("run", "--week", "2026-W40"), "2026-W26"),
        (("run", "--week", "2031-W01"), "2026-W26"),
        (("run", "--month", "2026-13"), "2026-02"),
        (("run", "--month", "2024-05"), "2025-W01"),
        (("run", "--month", "2026-02", "--week", "2026-W07"), "exclude each other"),
        (("run", "--month", "2026-02", "--year", "2026"), "exclude each other"),
        (("run", "--year", "26"), "is not of the form 2026"),
        (("run", "--year", "2025", "--week", "2026-W07"), "no closed week of 2025"),
        (("run", "--year", "2024"), "2025-W01"),
        (("run", "--report", "weekly_news"), "known: trade_briefing"),
        (("run", "--report", "trade_briefing", "--month", "2026-02"), "no report of a month"),
        (("run", "--week", "2026-W07", "--select", "key:nothing"), "names no asset of the weekly"),
        (("run", "--week", "2026-W07", "--select", "key:(("), "no selection of assets"),
        (("backfill", "2026-W07"), "2026-W04..2026-W07"),
        (("backfill", "2026-W01..2026-02"), "different kinds"),
        (("backfill", "2026-W07..2026-W05"), "backwards"),
        (("import", "census", "missing.xlsx"), "missing.xlsx"),
        (("trace", "2026-W07", "202.6"), "2026-W07"),
        (("trace", "2026-02", "202.6"), "2026-02"),
        (("trace", "2026-W60", "202.6"), "2026-W60"),
        (("trace", "26", "202.6"), "2026-W07, 2026-02 or 2026"),
        (("status",), "tradeflow run"),
    ],
)
def test_wrong_input_is_one_line_and_a_failing_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    code, error = run(monkeypatch, capsys, *arguments)
    assert code != 0
    assert error.count("\n") == 1
    assert error.startswith("tradeflow: ")
    assert said in error


def test_a_future_week_of_live_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, error = run(monkeypatch, capsys, "run", "--sources", "live", "--week", "2099-W01")
    assert code == 1
    assert "begins on" in error


def test_a_malformed_setting_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRADEFLOW_LOCK_TIMEOUT_S", "-3")
    code, error = run(monkeypatch, capsys, "run")
    assert code == 1
    assert "TRADEFLOW_LOCK_TIMEOUT_S" in error
    assert error.count("\n") == 1


def test_a_file_that_is_not_comtrades_is_refused_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    stray = tmp_path / "holiday.csv"
    stray.write_text("name,photo\nsea,1.jpg\n", encoding="utf-8")
    code, error = run(monkeypatch, capsys, "import", "comtrade", str(stray))
    assert code == 1
    assert f"{stray}: not a Comtrade Plus download" in error
    assert error.count("\n") == 1
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("body", [b'{"count": 3, "data": [', b"<html>busy</html>"])
def test_a_bad_answer_fails_the_run_in_one_line_that_names_source_and_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    answering = httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    monkeypatch.setattr("tradeflow.world.World.open_transport", lambda _world, _as_of: answering)
    code, error = run(monkeypatch, capsys, "run", "--week", "2026-W07")
    assert code == 1
    assert error.startswith("tradeflow: ")
    assert error.count("\n") == 1
    assert "2026-W07" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("typed", ["'run', '--week', '2026-7'", "'backfill', '2026-W07..2026-W05'"])
def test_what_was_typed_is_read_before_dagster_is_loaded(typed: str) -> None:
    """Loading it takes a second or two, for which nobody who mistyped a week should wait."""
    said = "import sys; from tradeflow.cli import main; sys.argv[1:] = [%s]\ntry: main()\n"
    said += "except SystemExit: print(sorted({'dagster', 'duckdb'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", said % typed], capture_output=True, text=True)
    assert "tradeflow: " in done.stderr and done.stdout.strip() == "[]", done


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_debug, "on", False)
    monkeypatch.setattr("sys.argv", ["tradeflow", "--debug", "run", "--week", "2026-7"])
    with pytest.raises(Exception, match="2026-W07"):
        main()
