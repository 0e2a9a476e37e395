"""The command line. Reads arguments, calls the code that does the work, prints the outcome.

Errors the user can act on come out as one line on standard error with exit code 1; `--debug`
shows the traceback. Dagster is imported by the commands that run jobs, once what was typed has been
read: a wrong week is answered at once.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tradeflow import review_cli, screen_cli, search_cli, site_cli
from tradeflow.errors import InputError, TradeflowError
from tradeflow.periods import Month, Period, Week, Year, parse_period
from tradeflow.settings import Mode, Settings, load_settings
from tradeflow.terminal import inert

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Weekly briefings on world trade and China's export controls, every figure traceable.",
)
app.add_typer(review_cli.app, name="review")
app.add_typer(site_cli.app, name="site")
app.command("search")(search_cli.search)
app.command("screen")(screen_cli.screen)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

SourcesOption = Annotated[
    Mode | None,
    typer.Option("--sources", help="Where answers come from; default TRADEFLOW_SOURCES."),
]
WeekOption = Annotated[
    str | None,
    typer.Option("--week", help="ISO week such as 2026-W07; default the last closed week."),
]


class ImportSource(StrEnum):
    """The sources whose downloaded files can be imported."""

    COMTRADE = "comtrade"
    CENSUS = "census"


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option(help="Show tracebacks instead of one line.")] = False,
) -> None:
    _debug["on"] = debug


_debug = {"on": False}

_KINDS: dict[str, type[Period]] = {"week": Week, "month": Month, "year": Year}
"""Option of `run` → the kind of period it names."""


@app.command()
def run(
    week: WeekOption = None,
    month: Annotated[
        str | None,
        typer.Option("--month", help="Month such as 2026-02: its report, instead of a week's."),
    ] = None,
    year: Annotated[
        str | None,
        typer.Option(
            "--year", help="Year such as 2026: its critical-minerals report, up to --week."
        ),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option("--report", help="Kind of report, e.g. supply_chain_analysis."),
    ] = None,
    select: Annotated[
        str | None,
        typer.Option(
            "--select", help="Assets to make, in Dagster's syntax, e.g. group:us_trade_census."
        ),
    ] = None,
    sources: SourcesOption = None,
    faults: Annotated[
        float | None,
        typer.Option("--faults", help="Share of the sandbox's answers made faulty, e.g. 0.2."),
    ] = None,
) -> None:
    """Run one week from the sources to the brief, or write a month's or a year's report."""
    settings = load_settings(sources=sources, faults=faults)
    read = Week.parse(week) if year is not None and week is not None else None
    given = {"week": None if read else week, "month": month, "year": year}
    period = _period_to_run(settings, given, report)

    from tradeflow.orchestration.runs import run_periods
    from tradeflow.summary import print_report, print_summary

    world = run_periods(settings, period, period, out, select=select, read=read)
    if select is not None:
        out.print(f"{period}: made {select}", markup=False)
        return
    if isinstance(period, Week):
        print_summary(world, period, out)
    else:
        print_report(world, period, out)
    site_cli.show_site(world, out)


def _period_to_run(settings: Settings, given: dict[str, str | None], report: str | None) -> Period:
    """The one period that options name, of the report's kind; by default the last closed one."""
    named = {option: text for option, text in given.items() if text is not None}
    if len(named) > 1:
        options = " and ".join(f"--{option}" for option in named)
        raise InputError(f"{options} exclude each other; give one of them")
    kind = _kind_of(report) if report is not None else None
    if not named:
        return _last_closed(settings, kind or Week)
    ((option, text),) = named.items()
    period = _KINDS[option].parse(text)
    if kind not in (None, type(period)):
        raise InputError(f"{report} is no report of a {option}; leave --report or --{option} out")
    return period


def _kind_of(report: str) -> type[Period]:
    from tradeflow.briefing.kinds import REPORT_OF

    names = {frame.report: kind for kind, frame in REPORT_OF.items()}
    if report not in names:
        raise InputError(f"report {report!r} is unknown; known: {', '.join(names)}")
    return names[report]


@app.command()
def backfill(
    periods: Annotated[
        str, typer.Argument(metavar="A..B", help="e.g. 2026-W04..2026-W07, 2025-11..2026-02")
    ],
    sources: SourcesOption = None,
) -> None:
    """Run a range of weeks, or write a range of months' reports, as one run, oldest first."""
    first_text, separator, last_text = periods.partition("..")
    if not separator:
        raise InputError(f"range {periods!r} is not of the form 2026-W04..2026-W07")
    first, last = parse_period(first_text), parse_period(last_text)
    if type(first) is not type(last):
        raise InputError(f"range {periods!r} begins and ends with periods of different kinds")
    if last.start < first.start:
        raise InputError(f"range {periods!r} runs backwards; write {last}..{first}")
    settings = load_settings(sources=sources)

    from tradeflow.briefing.kinds import frame_of
    from tradeflow.orchestration.runs import run_periods

    folder = settings.published_reports / frame_of(first).folder
    world = run_periods(settings, first, last, out)
    out.print(f"{first}..{last}: reports in {folder}")
    site_cli.show_site(world, out)


@app.command("import")
def import_file(
    source: Annotated[ImportSource, typer.Argument(help="Whose file it is.")],
    file: Annotated[Path, typer.Argument(help="The downloaded file.")],
) -> None:
    """Take a file you downloaded into the live world, through the same parse and models."""
    from tradeflow.imported import import_into_live
    from tradeflow.world import World

    settings = load_settings(sources=Mode.LIVE)
    imported = import_into_live(World(settings), source.value, file)
    out.print(
        f"{file.name}: {imported.row_count:,} rows into {source.value}, week {imported.week}; "
        f"{len(imported.models)} models brought up to date in {settings.world_home}"
    )


@app.command()
def rebuild(sources: SourcesOption = None) -> None:
    """Make the database and the reports anew from the archive alone."""
    from tradeflow.pipeline import rebuild_world
    from tradeflow.world import World

    world = World(load_settings(sources=sources))
    with out.status("Rebuilding from the archive ...") as status:
        weeks = rebuild_world(world, lambda text: status.update(text))
    out.print(f"Rebuilt {len(weeks)} weeks from {world.archive.root}")


@app.command()
def trace(
    report: Annotated[str, typer.Argument(help="The report's week or month, e.g. 2026-W07.")],
    figure: Annotated[str, typer.Argument(help="A printed number, #position, or a fact id.")],
    sources: SourcesOption = None,
) -> None:
    """Walk from a printed number to the stored answer it came from."""
    from tradeflow.briefing.trace import trace_figure
    from tradeflow.world import World

    world = World(load_settings(sources=sources))
    period = parse_period(report)
    for line in trace_figure(world.archive, world.settings.published_reports, period, figure):
        out.print(inert(line), markup=False)


@app.command()
def status(week: WeekOption = None, sources: SourcesOption = None) -> None:
    """Show the freshness of each layer and the open review items of a week."""
    from tradeflow.summary import print_status
    from tradeflow.world import World

    settings = load_settings(sources=sources)
    chosen = Week.parse(week) if week else None
    print_status(World(settings), chosen, out)


@app.command()
def doctor(sources: SourcesOption = None) -> None:
    """Find what stands in the way of a run: settings, space, keys, hosts, damage."""
    from tradeflow.doctor import Verdict, examine

    is_broken = False
    for finding in examine(load_settings(sources=sources)):
        out.print(f"{finding.verdict:<7} {finding.subject:<10} {finding.said}", markup=False)
        is_broken = is_broken or finding.verdict is Verdict.BROKEN
    if is_broken:
        raise TradeflowError("something is broken: see the lines above that begin with `broken`")


@app.command()
def dev(
    sources: SourcesOption = None,
    port: Annotated[int, typer.Option(help="Port of the UI.")] = 3000,
) -> None:
    """Open the Dagster UI on the same instance that `tradeflow run` uses."""
    from tradeflow.orchestration.runs import serve_ui

    sys.exit(serve_ui(load_settings(sources=sources), port))


def _last_closed(settings: Settings, kind: type[Period]) -> Period:
    from tradeflow.world import now

    week = Week.current(now()).previous()
    if settings.sources is Mode.SANDBOX:
        from tradeflow.sandbox.server import LAST_WEEK

        week = min(week, LAST_WEEK)
    period = kind.containing(week.end)
    return period if period.is_closed(now()) else period.previous()


def main() -> None:
    """Entry point of the `tradeflow` command."""
    try:
        app(standalone_mode=True)
    except TradeflowError as error:
        if _debug["on"]:
            raise
        err.print(inert(f"tradeflow: {error}"), markup=False)
        sys.exit(1)
    except Exception as error:
        if _debug["on"]:
            raise
        err.print(
            inert(f"tradeflow: unexpected {type(error).__name__}: {' '.join(str(error).split())} ")
            + "(run again with --debug for the traceback)",
            markup=False,
        )
        sys.exit(2)
