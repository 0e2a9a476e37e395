"""Who may read whom among the layers of SQL; part of `make lint`. No model is an exception."""

from __future__ import annotations

from tradeflow.bundled import sql_root
from tradeflow.storage.sql_project import Project

PROJECT = Project.load(sql_root())


def test_no_model_breaks_the_law_of_the_layers() -> None:
    assert PROJECT.lint() == []


def test_the_law_itself_lets_no_layer_read_past_the_one_below() -> None:
    reads = PROJECT.reads_of_layer
    assert [layer.name for layer in PROJECT.layers] == ["staging", "intermediate", "marts"]
    assert "raw" not in reads["intermediate"] and "raw" not in reads["marts"]
    assert "staging" not in reads["marts"]
    assert not {"intermediate", "marts"} & reads["staging"]
    assert "marts" not in reads["intermediate"]
