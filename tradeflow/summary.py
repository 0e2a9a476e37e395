"""What a person wants to know after a run: where the brief is, what it says, what is stale.

Reads the published brief and the published copy of the warehouse; computes nothing.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tradeflow.briefing.frames.weekly import WEEKLY
from tradeflow.briefing.freshness import (
    HEADINGS,
    Freshness,
    cells,
    newest_week,
    read_freshness,
)
from tradeflow.briefing.glossary import load_glossary
from tradeflow.briefing.kinds import frame_of
from tradeflow.errors import InputError
from tradeflow.periods import Period, Week
from tradeflow.sources.allowance import Breaker, HostState
from tradeflow.sources.transport import host_states
from tradeflow.world import World


def print_summary(world: World, week: Week, console: Console) -> None:
    """Print the brief's place and key messages, then the state of the week."""
    _print_state(world, week, print_report(world, week, console), console)


def print_report(world: World, period: Period, console: Console) -> dict[str, Any]:
    """Print a published report's place and what it says first; its record of figures.

    Raises:
        InputError: it has not been published.
    """
    frame = frame_of(period)
    folder = frame.folder_of(world.settings.published_reports, period)
    stem = frame.stem_of(period)
    record = _record(folder, period)
    console.print(f"\n[bold]{frame.name_zh} {period}[/bold]  {folder / stem}.md")
    console.print(f"網頁　{(folder / f'{stem}.html').resolve().as_uri()}\n")
    for position, message in enumerate(record["key_messages"], 1):
        console.print(f"{position}. {message}", markup=False)
    console.print()
    return record


def print_status(world: World, week: Week | None, console: Console) -> None:
    """Print what hosts may still be asked, then freshness and review items.

    Args:
        week: judged as of its end; by default the newest data are, as of today.
    """
    hosts = host_states(world.settings)
    if hosts:
        console.print(_hosts_table(hosts))
    chosen = week or _newest(world)
    record = _record(WEEKLY.folder_of(world.settings.published_reports, chosen), chosen)
    if week is not None:
        _print_state(world, week, record, console)
        return
    with world.warehouse.reader() as con:
        newest = newest_week(con)
        rows = read_freshness(con, newest.key)
    console.print(_freshness_table(newest, rows, world.today()))
    _print_review_items(record, console)


def _print_state(world: World, week: Week, record: dict[str, Any], console: Console) -> None:
    with world.warehouse.reader() as con:
        rows = read_freshness(con, week.key)
    console.print(_freshness_table(week, rows, world.as_of(week)))
    _print_review_items(record, console)


def _print_review_items(record: dict[str, Any], console: Console) -> None:
    items = record["review_items"]
    console.print(f"待審核項目　{len(items)}")
    for item in items:
        console.print(f"- {item}", markup=False)


def _freshness_table(week: Week, rows: tuple[Freshness, ...], day: date) -> Table:
    title = f"各來源的時效，資料到 {week} 週末，以 {day} 判定"
    table = Table(title=title, title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    glossary = load_glossary()
    for row in rows:
        table.add_row(*cells(row, week, day, glossary))
    return table


def _hosts_table(hosts: list[HostState]) -> Table:
    table = Table(title="各主機今日的呼叫次數（UTC 日）", title_justify="left")
    for heading in ("來源", "主機", "金鑰", "今日呼叫", "每日上限", "額度更新", "狀態"):
        table.add_column(heading, overflow="fold")
    for host in hosts:
        table.add_row(
            host.source,
            host.host,
            "有" if host.keyed else "無",
            str(host.calls_today),
            "未公布" if host.daily_calls is None else str(host.daily_calls),
            f"{host.renewed_at:%m-%d %H:%M} UTC",
            _host_state(host),
        )
    return table


def _host_state(host: HostState) -> str:
    if host.is_used_up:
        return "額度用盡"
    if host.asked_again_at is not None:
        return f"連續失敗 {host.failures} 次，{host.asked_again_at:%H:%M} UTC 後再試"
    return "正常" if host.breaker is Breaker.CLOSED else "可再試一次"


def _record(folder: Path, period: Period) -> dict[str, Any]:
    path = folder / "figures.json"
    if not path.exists():
        option = type(period).__name__.lower()
        raise InputError(
            f"no report of {period} in {folder}; make it: tradeflow run --{option} {period}"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _newest(world: World) -> Week:
    folder = world.settings.published_reports / "weekly"
    weeks = sorted(path.name for path in folder.glob("????-W??")) if folder.is_dir() else []
    if not weeks:
        raise InputError(f"no brief in {folder} yet; make one: tradeflow run")
    return Week.parse(weeks[-1])
