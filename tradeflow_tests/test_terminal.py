"""Text from outside on a terminal: no surface passes on what a terminal obeys or hides."""

from __future__ import annotations

import io
import unicodedata

import pytest
from rich.console import Console

from tradeflow import cli
from tradeflow.errors import InputError
from tradeflow.review import Item
from tradeflow.review_cli import _table
from tradeflow.terminal import inert

HOSTILE = "甲\x1b[2J\x1b]0;x\x07乙\u202e丙\u200b[red]丁[/red]\u2028戊"


def obeyed(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c != "\n"]


def test_every_place_stays_and_nothing_is_obeyed():
    assert len(inert(HOSTILE)) == len(HOSTILE)
    assert obeyed(HOSTILE) and not obeyed(inert(HOSTILE))
    assert inert("稀土 1C909.a（至 2026-11-10）") == "稀土 1C909.a（至 2026-11-10）"


def test_a_review_list_shows_what_a_page_says_and_obeys_none_of_it():
    item = Item(id="0a1b2c3d", week="2026-W07", kind=HOSTILE, subject=HOSTILE, detail=HOSTILE)
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(_table([item]))
    shown = console.export_text()
    assert "[red]丁[/red]" in shown and not obeyed(shown)


@pytest.mark.parametrize("kind", [InputError, ValueError])
def test_an_error_that_quotes_an_answer_is_a_line_of_text(monkeypatch, capsys, kind):
    def fail(**_: object) -> None:
        raise kind(f"mofcom: expected pages, got {HOSTILE}")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit):
        cli.main()
    error = capsys.readouterr().err
    assert "got 甲" in error and "[red]丁[/red]" in error
    assert not obeyed(error) and error.count("\n") == 1


def test_a_trace_that_quotes_an_answer_is_lines_of_text(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("TRADEFLOW_HOME", str(tmp_path))
    monkeypatch.setattr("tradeflow.briefing.trace.trace_figure", lambda *_: [f"  answer {HOSTILE}"])
    cli.trace("2026-W07", "#1")
    said = capsys.readouterr().out
    assert "  answer 甲" in said and not obeyed(said)
