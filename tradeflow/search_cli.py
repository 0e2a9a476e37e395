"""`tradeflow search`: ask, and see the documents with the clause that answers.

Reads arguments and prints; what is found is `search/service.py`'s.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tradeflow.errors import InputError
from tradeflow.periods import Week
from tradeflow.settings import Mode, load_settings
from tradeflow.terminal import inert

if TYPE_CHECKING:
    from tradeflow.briefing.glossary import Glossary
    from tradeflow.search.service import Hit

_EXCERPT = 160
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_out = Console(highlight=False)


def search(
    text: Annotated[str, typer.Argument(help="What is asked, in either script or English.")],
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="As of a week (2026-W07) or a day (2026-02-15)."),
    ] = None,
    layer: Annotated[str | None, typer.Option(help="e.g. cn_export_control")] = None,
    category: Annotated[str | None, typer.Option(help="e.g. enforcement_action")] = None,
    material: Annotated[str | None, typer.Option(help="Symbol or name, e.g. Sb or 銻")] = None,
    status: Annotated[str | None, typer.Option(help="e.g. in_force, suspended, ended")] = None,
    economy: Annotated[str | None, typer.Option(help="ISO alpha-3 or name, e.g. JPN")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Dated on or after: 2025-10-09 or 2025-W41.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Dated on or before: 2025-10-09 or 2025-W41.")
    ] = None,
    k: Annotated[int, typer.Option("-k", help="How many documents at most.")] = 5,
    sources: Annotated[
        Mode | None, typer.Option("--sources", help="Which world; default TRADEFLOW_SOURCES.")
    ] = None,
) -> None:
    """Find notices, news pages and data cards; shows the clause that answers."""
    from tradeflow.briefing.glossary import load_glossary
    from tradeflow.search.service import SearchService
    from tradeflow.world import World

    moment, first, last = _moment(as_of), _moment(since), _moment(until)
    with SearchService.of_world(World(load_settings(sources=sources))) as service:
        hits = service.search(
            text,
            k=k,
            as_of=moment,
            layer=layer,
            category=category,
            material=material,
            status=status,
            economy=economy,
            since=first.start if isinstance(first, Week) else first,
            until=last.end if isinstance(last, Week) else last,
        )
    if not hits:
        _out.print("沒有符合的文件")
        return
    _out.print(hits_table(hits, load_glossary()))


def _moment(stated: str | None) -> Week | date | None:
    if stated is None or not _DAY.fullmatch(stated.strip()):
        return None if stated is None else Week.parse(stated)
    try:
        return date.fromisoformat(stated.strip())
    except ValueError as error:
        raise InputError(f"day {stated!r} does not exist in the calendar") from error


def hits_table(hits: list[Hit], glossary: Glossary) -> Table:
    """Hits as a table: title, excerpt with what was asked in bold, state, day, relevance."""
    table = Table(show_lines=True)
    table.add_column("#", justify="right")
    table.add_column("文件與條文", ratio=1, overflow="fold")
    table.add_column("狀態", max_width=16)
    table.add_column("日期", no_wrap=True)
    table.add_column("相關度", justify="right")
    for hit in hits:
        table.add_row(
            str(hit.rank),
            _found(hit),
            _states(hit, glossary),
            str(hit.dated or hit.released_on),
            f"{hit.relevance:.2f}",
        )
    return table


def _found(hit: Hit) -> Text:
    """The title, the excerpt with what was asked in bold, and where it stands."""
    excerpt, highlights = hit.excerpt(_EXCERPT)
    shown = Text(inert(hit.title), style="bold")
    shown.append("\n")
    lead = f"〔{hit.clause}〕" if hit.clause else ""
    body = Text(lead + inert(excerpt), style="not bold")
    for start, end in highlights:
        body.stylize("bold yellow", len(lead) + start, len(lead) + end)
    shown.append_text(body)
    shown.append(f"\n{inert(hit.url or hit.document_id)}", style="not bold dim")
    return shown


def _states(hit: Hit, glossary: Glossary) -> str:
    distinct = {state for _, state in hit.states}
    if len(distinct) == 1:
        return glossary.term("status", distinct.pop())
    return "\n".join(f"{clause} {glossary.term('status', state)}" for clause, state in hit.states)
