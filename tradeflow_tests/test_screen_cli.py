"""`tradeflow screen` prints what was found and what it does not mean."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from tradeflow import screen_cli
from tradeflow.cli import main
from tradeflow.settings import load_settings
from tradeflow.world import World

_ROWS = """
create schema marts;
create table marts.dim_notices as select '2026-W26' as week;
create table marts.fct_entity_listings as
select '2026-W26' as week, 'k' as listing_id, 1 as entity_no, '示例实体甲' as name_zh_hans,
    '示例實體甲[red]' as name_zh_hant, 'Sample Entity' as name_en, 'control_list' as list_kind,
    'USA' as economy_iso3, 'MOFCOM-公告-2025-21' as notice_key, '2025 年第 21 號' as label_zh,
    date '2025-04-04' as listed_on, 'suspended' as status, date '2026-11-10' as until_date,
    true as is_unconfirmed, 'http://site' as url;
"""


@pytest.fixture(autouse=True)
def _world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADEFLOW_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("TRADEFLOW_SOURCES", "sandbox")
    published = World(load_settings()).warehouse.published_path
    published.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(published) as con:
        con.execute(_ROWS)


def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> str:
    monkeypatch.setattr(screen_cli, "_out", Console(highlight=False, width=160))
    monkeypatch.setattr("sys.argv", ["tradeflow", "screen", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code in (0, None)
    return capsys.readouterr().out


def test_a_listed_name_is_shown_with_list_notice_and_state(monkeypatch, capsys) -> None:
    text = said(monkeypatch, capsys, "示例實體甲")
    for words in ("同名", "出口管制管控名單（USA）", "2025 年第 21 號", "暫停實施至", "[red]"):
        assert words in text
    assert "截至 2026-W26：同名或別名 1 筆，近似 0 筆" in text


def test_an_alike_name_is_called_alike(monkeypatch, capsys) -> None:
    text = said(monkeypatch, capsys, "Sample Entitty")
    assert "近似" in text and "同名或別名 0 筆，近似 1 筆" in text
    assert "不表示是同一實體" in text


def test_no_match_is_no_clearance(monkeypatch, capsys) -> None:
    text = said(monkeypatch, capsys, "無關")
    assert "近似 0 筆" in text and "沒有結果也不表示可以交易" in text


def test_json_gives_every_listing(monkeypatch, capsys) -> None:
    (match,) = json.loads(said(monkeypatch, capsys, "示例实体甲", "--json"))
    assert (match["alikeness"], match["score"], match["status"]) == ("same_name", 100, "suspended")
