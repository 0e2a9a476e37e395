"""`tradeflow screen`: hold a name against the lists of entities.

Reads arguments and prints; what is compared is `policy/screen.py`'s.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tradeflow.periods import Week
from tradeflow.settings import Mode, load_settings

if TYPE_CHECKING:
    from tradeflow.briefing.glossary import Glossary
    from tradeflow.policy.screen import Match

_out = Console(highlight=False)


def screen(
    name: Annotated[str, typer.Argument(help="A name in either script or in Latin letters.")],
    week: Annotated[
        str | None, typer.Option("--week", help="Lists as known by a week; default the newest.")
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option("--min-score", min=0, max=100, help="Least likeness of a fuzzy match."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Listings shown at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, all listings.")] = False,
    sources: Annotated[
        Mode | None, typer.Option("--sources", help="Whose lists; default TRADEFLOW_SOURCES.")
    ] = None,
) -> None:
    """Hold a name against China's entity lists; says what is the same and what merely alike."""
    from tradeflow.briefing.glossary import load_glossary
    from tradeflow.policy.screen import newest_week
    from tradeflow.policy.screen import screen as compare
    from tradeflow.world import World

    chosen = Week.parse(week).key if week else None
    with World(load_settings(sources=sources)).warehouse.reader() as con:
        known_by = chosen or newest_week(con)
        found = compare(con, known_by, name, min_score=min_score)
    if as_json:
        rows = [dataclasses.asdict(match) for match in found]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2, default=str) + "\n")
        return
    glossary = load_glossary()
    if found:
        _out.print(_table(found[:limit], glossary))
    if len(found) > limit:
        _out.print(f"另有 {len(found) - limit} 筆未列出（--limit）")
    _out.print(_summary(found, known_by), markup=False, soft_wrap=True)


def _table(found: list[Match], glossary: Glossary) -> Table:
    table = Table()
    table.add_column("比對", no_wrap=True)
    table.add_column("分數", justify="right")
    table.add_column("名單上的名稱", overflow="fold")
    table.add_column("名單", overflow="fold")
    table.add_column("公告", overflow="fold")
    table.add_column("狀態", overflow="fold")
    for match in found:
        names = "／".join(filter(None, (match.name_zh_hant, match.name_en)))
        place = f"（{match.economy_iso3}）" if match.economy_iso3 else ""
        table.add_row(
            glossary.term("alikeness", match.alikeness.value),
            f"{match.score:.0f}",
            Text(names),
            glossary.term("entity_list", match.list_kind) + place,
            Text(f"{match.label_zh}　{match.listed_on}"),
            _state(match, glossary),
        )
    return table


def _state(match: Match, glossary: Glossary) -> str:
    status = glossary.term("listing_status", match.status or "not_followed")
    until = f"至 {match.until_date}" if match.until_date else ""
    mark = glossary.term("mark", "pending") if match.is_unconfirmed else ""
    return status + until + mark


def _summary(found: list[Match], week: str) -> str:
    alike = sum(match.alikeness.value == "fuzzy" for match in found)
    return (
        f"截至 {week}：同名或別名 {len(found) - alike} 筆，近似 {alike} 筆。"
        "近似只表示寫法相像，不表示是同一實體；沒有結果也不表示可以交易，請查對公告原文。"
    )
