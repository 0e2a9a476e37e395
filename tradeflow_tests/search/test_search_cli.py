"""`tradeflow search` prints a table with the clause that answers, and errors on one line."""

from __future__ import annotations

import io
import unicodedata

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tradeflow.briefing.glossary import load_glossary
from tradeflow.cli import app, main
from tradeflow.search_cli import hits_table
from tradeflow.world import World
from tradeflow_tests.search.bench import Bench, Text


@pytest.fixture
def environment(searched: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFLOW_HOME", str(searched.settings.home))
    monkeypatch.setenv("TRADEFLOW_SOURCES", "sandbox")
    monkeypatch.setenv("COLUMNS", "140")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["search", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_answer_is_a_table_with_title_clause_state_and_day(environment):
    output = run("釤鈷永磁", "-k", "1")
    assert "商务部 海关总署公告2025年第18号" in output
    assert "钐钴永磁材料" in output
    assert "執行中" in output
    assert "2025-04-04" in output
    assert "art_bcb3b485a2ad1331.html" in output


def test_states_and_documents_are_those_of_the_day(environment):
    assert "已公布未生效" in run("公告2025年第57号", "-k", "1", "--as-of", "2025-W42")
    assert "暫停實施" in run("公告2025年第57号", "-k", "1", "--as-of", "2025-11-10")
    assert "第57号" not in run("公告2025年第57号", "-k", "3", "--as-of", "2023-06-30")


def test_clauses_in_different_states_are_told_apart(environment):
    output = run("公告2024年第46号", "-k", "1")
    assert "1 執行中" in output and "2 暫停實施" in output


def test_filters_reach_the_search(environment):
    output = run("管制", "--economy", "日本", "--category", "enforcement_action", "-k", "2")
    assert "20家日本实体" in output
    assert "銻的世界產量" in run("產量", "--material", "銻", "--layer", "critical_minerals")


def test_documents_of_a_stretch_of_days_are_asked_for_by_day_or_week(environment):
    assert "2024-08-15" in run("銻 出口管制 公告", "--to", "2024-W33", "-k", "1")
    only = run("銻 出口管制 公告", "--from", "2024-W49", "--to", "2024-12-03", "-k", "3")
    assert "公告2024年第46号" in only and "2024-08-15" not in only


def test_what_a_page_says_cannot_steer_the_terminal(bench: Bench):
    """Escape sequences, markup and direction marks of a page are not obeyed; places stay."""
    line = "\x1b[31m\u202e[bold]稀土[/bold]\u200b\x07出口管制"
    bench.know("2026-W01", Text("标题\x1b[2J[red]稀土", (line,)))
    with bench.serve() as service:
        hits = service.search("稀土")
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(hits_table(hits, load_glossary()))
    shown = console.export_text()
    assert "[bold]稀土[/bold]" in shown and "[red]稀土" in shown
    assert not any(unicodedata.category(c) in ("Cc", "Cf") for c in shown if c != "\n")


def test_no_answer_is_said(environment):
    assert "沒有符合的文件" in run("qqqq zzzz")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["管制", "--status", "alive"], "tradeflow: status 'alive' is unknown"),
        (["管制", "--as-of", "2025-02-30"], "tradeflow: day '2025-02-30' does not exist"),
        (["管制", "--from", "2025-02-30"], "tradeflow: day '2025-02-30' does not exist"),
        (["管制", "--from", "2025-W02", "--to", "2025-W01"], "tradeflow: no day lies from"),
        (["管制", "--as-of", "soon"], "tradeflow: week 'soon' is not of the form 2026-W07"),
        ([""], "tradeflow: the question is empty"),
    ],
)
def test_mistakes_are_one_line(environment, monkeypatch, capsys, arguments, message):
    monkeypatch.setattr("sys.argv", ["tradeflow", "search", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    error = capsys.readouterr().err
    assert ended.value.code == 1
    assert error.startswith(message)
    assert error.count("\n") == 1


def test_a_world_never_run_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRADEFLOW_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["tradeflow", "search", "稀土"])
    with pytest.raises(SystemExit):
        main()
    assert "does not exist yet; run `tradeflow run`" in capsys.readouterr().err
