"""Whoever starts a run in this process hears how far a long step is."""

from __future__ import annotations

from tradeflow.orchestration.progress import listening, note


def test_lines_of_progress_reach_who_listens_and_only_while_they_do() -> None:
    heard: list[str] = []
    note("nobody listens")
    with listening(lambda _name: None, heard.append):
        note("comtrade: asked 1 of 60")
        note("comtrade: waiting 30 s for api.example: asked to be patient")
    note("nobody listens any more")
    assert heard == [
        "comtrade: asked 1 of 60",
        "comtrade: waiting 30 s for api.example: asked to be patient",
    ]
