"""The steps of a week, each a plain function over a world; the order is stated once, here.

The Dagster assets, `import`, `rebuild` and a notebook call these. No step holds a rule, a URL
or SQL of its own: it says which tool does what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tradeflow.errors import InputError
from tradeflow.ingest import Ingested, silent
from tradeflow.model_choice import comparison_models, models_resting_on, plain_models
from tradeflow.periods import Month, Period, Week, Year
from tradeflow.policy.extract import EXTRACTOR_VERSION
from tradeflow.policy.store import Counts, extract_new_pages
from tradeflow.rebuild import rebuild_raw
from tradeflow.review import take_decisions
from tradeflow.search_steps import (
    index_search,
    related_documents,
    searching,
    store_search_documents,
    store_search_vectors,
)
from tradeflow.settings import Mode
from tradeflow.sources.errors import SourceError
from tradeflow.sources.registry import SOURCES
from tradeflow.storage.facts_table import build_facts
from tradeflow.storage.sql_run import ModelRun
from tradeflow.storage.sql_runner import Weeks
from tradeflow.storage.up_to_date import (
    inputs_of,
    is_up_to_date,
    made_by_present_code,
    note_up_to_date,
)
from tradeflow.world import World

if TYPE_CHECKING:
    import duckdb

    from tradeflow.briefing.issue import Issue
    from tradeflow.briefing.produce import Beside, Brief
    from tradeflow.search.service import SearchService

REPORTS = "reports"
"""Kind of archive record that says a week's brief was published."""
MONTHLY_REPORTS = "monthly_reports"
"""Kind of archive record that says a month's report was published from a week."""
YEARLY_REPORTS = "yearly_reports"
"""Kind of archive record that says a critical-minerals report was published from a week."""


def take_known_decisions(world: World, week: Week) -> int:
    """Let a run of the week know what persons have decided; how many subjects are settled."""
    return take_decisions(world.archive, world.warehouse, week)


def ingest_layer(
    world: World, source: str, week: Week, report: Callable[[str], None] = silent
) -> Ingested:
    """Bring one source's raw tables to what it answered by the end of the week.

    Args:
        report: called with lines of progress while answers are fetched.
    """
    return world.ingest.layer_week(SOURCES[source], week, report)


def extract_policy(world: World, week: Week) -> Counts:
    """Read every ministry page of the week's snapshot that has not been read yet."""
    with world.warehouse.connect(f"read the notices of {week}") as con:
        return extract_new_pages(con, week.key)


def models_over(world: World, con: duckdb.DuckDBPyConnection, weeks: Iterable[Week]) -> Weeks:
    """SQL models over weeks; a contract is executed before anything of a week is replaced."""
    return world.runner.over(con, {week: world.as_of(week) for week in weeks})


def bring_up_to_date(world: World, week: Week) -> list[ModelRun]:
    """Bring a week's layers and marts up to date from its own answers, without a brief.

    The comparison models are left out: they would ask for the week before this one.

    Returns:
        What each model did; nothing where the models already stand on these answers.
    """
    for source in SOURCES:
        ingest_layer(world, source, week)
    extract_policy(world, week)
    models, as_of = plain_models(world), world.as_of(week)
    with world.warehouse.connect(f"bring {week} up to date") as con:
        inputs = inputs_of(con, week, as_of, _readers())
        if is_up_to_date(con, world.project, models, week, inputs):
            return []
        runs = world.runner.run_many(models, week, as_of)
        note_up_to_date(con, week, inputs)
    return runs


def _readers() -> dict[str, str]:
    parsers = {source.name: source.parser_version for source in SOURCES.values()}
    return {**parsers, "policy": EXTRACTOR_VERSION}


def write_facts(world: World, *weeks: Week) -> list[int]:
    """Make the weeks' partitions of `marts.facts` from every mart column that may be printed.

    Returns:
        How many facts each week has.
    """
    return [written.after for written in build_facts(world.warehouse, world.project, *weeks)]


def _beside(
    world: World, service: SearchService | None, week: Week, kind: str, known: int
) -> Beside:
    from tradeflow.briefing.produce import Beside
    from tradeflow.briefing.reviewed import reviews

    return Beside(
        related=related_documents(service, week, kind),
        reviews=reviews(world.archive, known),
        site_url=world.settings.site_url,
    )


def _issue(world: World, week: Week, period: Period, is_closed: bool) -> Issue:
    """What identifies the report about a period that is written from the marts of a week."""
    from tradeflow.briefing.issue import Issue
    from tradeflow.briefing.kinds import frame_of

    return Issue(
        week=week,
        as_of=world.as_of(week),
        data_version=world.archive.data_version(week)[:8],
        sandbox=world.settings.sources is Mode.SANDBOX,
        interim=not is_closed,
        frame=frame_of(period),
        of=period,
    )


def _decisions_known(world: World, known: int | None) -> tuple[int, dict[str, int]]:
    """How many decisions a report may know of, and what its record says of them."""
    count = len(world.archive.decisions()) if known is None else known
    return count, {"decisions": count} if count else {}


def write_brief(world: World, week: Week, known: int | None = None) -> Brief:
    """Write the brief of one week, as `write_briefs` does."""
    (brief,) = write_briefs(world, [week], known)
    return brief


def write_briefs(world: World, weeks: Sequence[Week], known: int | None = None) -> Iterator[Brief]:
    """Render, check and publish each week's brief, and record that it was published.

    Args:
        known: how many of the archive's decisions they may know of; all by default.

    Raises:
        GateRefused: a text fails the gate; the published files of its week are untouched.
    """
    from tradeflow.briefing.marts import load_marts
    from tradeflow.briefing.produce import produce

    known, recorded = _decisions_known(world, known)
    said = f"{weeks[0]}" if len(weeks) == 1 else f"{weeks[0]}..{weeks[-1]}"
    with (
        world.warehouse.connect(f"write the brief of {said}") as con,
        searching(world, con, weeks) as service,
    ):
        for week in weeks:
            brief = produce(
                con,
                load_marts(con, week.key),
                _issue(world, week, week, week.is_closed(world.clock())),
                world.settings.published_reports,
                _beside(world, service, week, "weekly", known),
            )
            world.archive.append_record(REPORTS, week, {"kind": "trade_briefing", **recorded})
            yield brief


def make_week(world: World, week: Week, report: Callable[[str], None] = silent) -> bool:
    """Bring a week's marts and facts to where a report can read them, if they are not there.

    The brief of the week is left alone.

    Args:
        report: called with a line of progress before each step.

    Returns:
        Whether anything had to be made.

    Raises:
        InputError: the week lies outside what the world can answer, or has not begun.
    """
    if _is_made(world, week):
        return False
    world.require_weeks(week, week)
    take_known_decisions(world, week)
    report(f"answers and models of {week}")
    bring_up_to_date(world, week)
    report(f"the week before {week}")
    if _is_answered_for(world, week.previous()):
        bring_up_to_date(world, week.previous())
    report(f"comparisons and facts of {week}")
    world.runner.run_many(comparison_models(world), week, world.as_of(week))
    store_search_documents(world, week)
    store_search_vectors(world)
    index_search(world)
    write_facts(world, week)
    return True


def _is_answered_for(world: World, week: Week) -> bool:
    try:
        world.require_weeks(week, week)
    except InputError:
        return False
    return True


def _is_made(world: World, week: Week) -> bool:
    with world.warehouse.connect(f"look at the marts of {week}") as con:
        facts = con.execute(
            "select count(*) from duckdb_tables() where schema_name = 'marts'"
            " and table_name = 'facts'"
        ).fetchone()
        if facts == (0,):
            return False
        known = con.execute("select 1 from marts.facts where week = $1 limit 1", [week.key])
        return known.fetchone() is not None and made_by_present_code(
            con, world.project, world.project.models, week
        )


def write_monthly(
    world: World,
    month: Month,
    report: Callable[[str], None] = silent,
    known: int | None = None,
) -> Brief:
    """Render, check and publish the month's report, and record that it was published.

    It reads the last week that had closed within the month and those of the three months before;
    they are made first if they are not. An earlier month that its sources do not answer for is
    left out of the comparison, and the report says so.

    Args:
        report: called with a line of progress before each step.
        known: as for `write_brief`.

    Raises:
        InputError: no week of the month has closed, or it lies outside what the world can answer.
        GateRefused: the text fails the gate; the published files are untouched.
    """
    from tradeflow.briefing.month_marts import weeks_of_history

    now = world.clock()
    week = month.last_week(now)
    make_week(world, week, report)
    history = []
    for _, before in weeks_of_history(month):
        if _is_answered_for(world, before):
            try:
                make_week(world, before, report)
            except SourceError as error:
                report(f"{month} without {before}: {error}")
            else:
                history.append(before)
    report(f"report of {month}")
    return _write_monthly(world, month, week, history, month.is_closed(now), known)


def _write_monthly(
    world: World,
    month: Month,
    week: Week,
    history: Sequence[Week],
    is_closed: bool,
    known: int | None,
) -> Brief:
    from tradeflow.briefing.month_marts import load_month
    from tradeflow.briefing.produce import produce

    known, recorded = _decisions_known(world, known)
    with (
        world.warehouse.connect(f"write the report of {month}") as con,
        searching(world, con, [week]) as service,
    ):
        brief = produce(
            con,
            load_month(con, month, week, history),
            _issue(world, week, month, is_closed),
            world.settings.published_reports,
            _beside(world, service, week, "monthly", known),
        )
    read = {"is_closed": is_closed, "history": [each.key for each in history]}
    world.archive.append_record(MONTHLY_REPORTS, week, {"month": month.key, **read, **recorded})
    return brief


def published_months(world: World) -> list[Month]:
    """The months that have a published report, oldest first."""
    return sorted(_published_months(world))


def _published_months(world: World) -> dict[Month, tuple[Week, dict[str, Any]]]:
    """The published months, each with the week its newest report read and what its record says."""
    found = _published(world, MONTHLY_REPORTS)
    return {Month.parse(record["month"]): (week, record) for week, record in found}


def _published(world: World, kind: str) -> Iterator[tuple[Week, dict[str, Any]]]:
    for week in world.archive.recorded_weeks(kind):
        if record := world.archive.record(kind, week):
            yield week, record


def write_minerals(
    world: World,
    year: Year,
    report: Callable[[str], None] = silent,
    known: int | None = None,
    week: Week | None = None,
) -> Brief:
    """Render, check and publish the year's critical-minerals report, and record that it was.

    It reads the last week that had closed within the year, which is made first if it is not.

    Args:
        report: called with a line of progress before each step.
        known: as for `write_brief`.
        week: an earlier week of the year to read instead.

    Raises:
        InputError: no week of the year has closed, or it lies outside what the world can answer.
        GateRefused: the text fails the gate; the published files are untouched.
    """
    now = world.clock()
    newest = world.last_week(year)
    chosen = week or newest
    if chosen > newest or chosen.end < year.start:
        raise InputError(f"{chosen} is no closed week of {year}; its last one is {newest}")
    make_week(world, chosen, report)
    report(f"report of {year}")
    return _write_minerals(world, year, chosen, year.is_closed(now) and chosen == newest, known)


def _write_minerals(
    world: World, year: Year, week: Week, is_closed: bool, known: int | None
) -> Brief:
    from tradeflow.briefing.marts import load_marts
    from tradeflow.briefing.mineral_marts import MINERAL_GRAINS, mineral_basis
    from tradeflow.briefing.produce import Beside, produce
    from tradeflow.briefing.reviewed import reviews

    known, recorded = _decisions_known(world, known)
    with world.warehouse.connect(f"write the report of {year}") as con:
        brief = produce(
            con,
            load_marts(con, week.key, MINERAL_GRAINS),
            _issue(world, week, year, is_closed),
            world.settings.published_reports,
            Beside(reviews=reviews(world.archive, known), site_url=world.settings.site_url),
        )
        rests_on = mineral_basis(con, week.key)
    content = {"year": year.key, "is_closed": is_closed, "basis": rests_on, **recorded}
    world.archive.append_record(YEARLY_REPORTS, week, content)
    return brief


def minerals_due(world: World, week: Week) -> tuple[str, ...]:
    """Why a critical-minerals report is due on what a week knew; empty while the last one stands.

    It reads the published copy, so that it waits for no run.

    Raises:
        BriefError: the week has no facts; it has not been materialised.
        StorageError: nothing has been published yet.
    """
    from tradeflow.briefing.mineral_changes import due
    from tradeflow.briefing.mineral_marts import mineral_basis

    weeks = [w for w in world.archive.recorded_weeks(YEARLY_REPORTS) if w <= week]
    record = world.archive.record(YEARLY_REPORTS, weeks[-1]) if weeks else None
    with world.warehouse.reader() as con:
        return due(record["basis"] if record else None, mineral_basis(con, week.key))


def published_years(world: World) -> list[Year]:
    """The years that have a published critical-minerals report, oldest first."""
    return sorted(_published_years(world))


def _published_years(world: World) -> dict[Year, tuple[Week, dict[str, Any]]]:
    """The published years, each with the week its newest report read and what its record says."""
    found = _published(world, YEARLY_REPORTS)
    return {Year.parse(record["year"]): (week, record) for week, record in found}


def rebuild_world(world: World, report: Callable[[str], None]) -> list[Week]:
    """Make the database, and every published report, anew from the archive alone.

    Args:
        report: called with a line of progress before each week.

    Returns:
        The weeks rebuilt, oldest first.
    """
    rebuilt = rebuild_raw(world.archive, world.warehouse, report)
    published = set(world.archive.recorded_weeks(REPORTS))
    for week in rebuilt:
        report(f"models of {week}")
        layers = {layer for layer in SOURCES if world.archive.manifest(layer, week) is not None}
        if "mofcom" in layers:
            extract_policy(world, week)
        world.runner.run_many(models_resting_on(world, layers), week, world.as_of(week))
    for week in sorted(published):
        report(f"brief of {week}")
        world.runner.run_many(comparison_models(world), week, world.as_of(week))
        store_search_documents(world, week)
        store_search_vectors(world)
        index_search(world)
        write_facts(world, week)
        record = world.archive.record(REPORTS, week) or {}
        write_brief(world, week, record.get("decisions", 0))
    for month, (week, record) in sorted(_published_months(world).items()):
        history = [Week.parse(key) for key in record["history"]]
        for each in (week, *history):
            make_week(world, each, report)
        report(f"report of {month}")
        is_closed, decisions = record["is_closed"], record.get("decisions", 0)
        _write_monthly(world, month, week, history, is_closed, decisions)
    for year, (week, record) in sorted(_published_years(world).items()):
        make_week(world, week, report)
        report(f"report of {year}")
        _write_minerals(world, year, week, record["is_closed"], record.get("decisions", 0))
    world.warehouse.publish()
    return rebuilt
