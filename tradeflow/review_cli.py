"""`tradeflow review`: list what a person should look at, record what one decided.

Reads arguments and prints; what is listed and recorded is `review.py`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tradeflow.periods import TAIPEI, Week
from tradeflow.settings import Mode, load_settings
from tradeflow.terminal import inert

if TYPE_CHECKING:
    from tradeflow.briefing.reviewed import ReviewState
    from tradeflow.review import Decision, Item
    from tradeflow.world import World

app = typer.Typer(
    no_args_is_help=True,
    help="List review items and held answers; record decisions about them.",
)
_out = Console(highlight=False, soft_wrap=True)

_Sources = Annotated[
    Mode | None,
    typer.Option("--sources", help="Whose items; default TRADEFLOW_SOURCES."),
]
_Id = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="The item's short id, from the list, or trade_briefing/2026-W07."
    ),
]
_By = Annotated[str, typer.Option("--by", help="Who decides.")]
_Reason = Annotated[str, typer.Option("--reason", help="Why, for later readers.")]


@app.command("list")
def list_items(
    week: Annotated[
        str | None, typer.Option("--week", help="ISO week; default the newest that was run.")
    ] = None,
    reports: Annotated[
        bool, typer.Option("--reports", help="The published reports instead of a week's items.")
    ] = False,
    sources: _Sources = None,
) -> None:
    """Show the review items of a week, open ones first; or who reviewed which report."""
    from tradeflow.briefing.reviewed import review_states
    from tradeflow.review import review_items
    from tradeflow.world import World

    world = World(load_settings(sources=sources))
    states = review_states(world.archive, world.settings.published_reports)
    unreviewed = sum(state.decision is None for state in states)
    if reports:
        _out.print(_reports_table(states))
        _out.print(f"{unreviewed} of {len(states)} reports unreviewed")
        return
    items = review_items(world.archive, world.warehouse, Week.parse(week) if week else None)
    open_count = sum(item.is_open for item in items)
    _out.print(_table(items))
    _out.print(f"{open_count} open, {len(items) - open_count} decided")
    if unreviewed:
        _out.print(
            f"{unreviewed} of {len(states)} reports unreviewed: tradeflow review list --reports"
        )


@app.command()
def accept(review_id: _Id, by: _By, reason: _Reason, sources: _Sources = None) -> None:
    """Settle an item; a held answer is used at the next run of its week. Or sign a report."""
    _decide(review_id, "accept", by, reason, sources)


@app.command()
def reject(review_id: _Id, by: _By, reason: _Reason, sources: _Sources = None) -> None:
    """Settle an item; a held answer is kept out for good. Or send a report back."""
    _decide(review_id, "reject", by, reason, sources)


def _decide(review_id: str, verdict: str, by: str, reason: str, sources: Mode | None) -> None:
    from tradeflow.briefing.reviewed import decide_report, is_report, option_of
    from tradeflow.review import Verdict, decide
    from tradeflow.world import World

    world = World(load_settings(sources=sources))
    if is_report(review_id):
        decision = decide_report(
            world.archive,
            world.settings.published_reports,
            review_id,
            Verdict(verdict),
            by=by,
            reason=reason,
            at=world.clock(),
        )
        _say(world, decision, option_of(review_id))
        return
    decision = decide(
        world.archive,
        world.warehouse,
        review_id,
        Verdict(verdict),
        by=by,
        reason=reason,
        at=world.clock(),
    )
    _say(world, decision, f"--week {decision.week}")


def _say(world: World, decision: Decision, option: str) -> None:
    _out.print(
        f"{decision.subject_id} {decision.verdict}: recorded in {world.archive.root}; it takes "
        f"effect with: tradeflow run {option}",
        markup=False,
    )


def _table(items: list[Item]) -> Table:
    from tradeflow.review import named

    table = Table(title=f"Review items of {items[0].week}" if items else None, title_justify="left")
    for heading in ("ID", "Kind"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Subject", "Detail", "Decision"):
        table.add_column(heading, overflow="fold")
    for item in items:
        row = (item.id, item.kind, named(item.subject), item.detail, _decision(item.decision))
        table.add_row(*(escape(inert(each)) for each in row))
    return table


def _reports_table(states: list[ReviewState]) -> Table:
    table = Table(title="Published reports", title_justify="left")
    table.add_column("ID", overflow="fold")
    table.add_column("Decision", overflow="fold")
    for state in states:
        said = _decision(state.decision)
        if state.of_another_text is not None:
            said = f"open; an earlier text: {_decision(state.of_another_text)}"
        table.add_row(escape(state.name), escape(inert(said)))
    return table


def _decision(decision: Decision | None) -> str:
    if decision is None:
        return "open"
    day = decision.decided_at.astimezone(TAIPEI).date()
    return f"{decision.verdict}, {decision.by}, {day}: {decision.reason}"
