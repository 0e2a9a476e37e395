"""Whether each source's data are as new as its own cadence promises: one check a source.

Computed from the newest week that is stored, against today. Dagster's own policies look at when
an asset was materialised last, so a back-fill of an old week turns them fresh; they stand beside
these checks and say only whether the weekly run has taken place.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import dagster as dg

from tradeflow.briefing.freshness import (
    HEADINGS,
    Freshness,
    cells,
    health_on,
    newest_week,
    read_freshness,
)
from tradeflow.briefing.glossary import load_glossary
from tradeflow.errors import StorageError
from tradeflow.orchestration.raw import POOL, raw_key
from tradeflow.orchestration.reports import BRIEF
from tradeflow.orchestration.resources import WorldResource
from tradeflow.orchestration.site import is_built_from_what_is_published
from tradeflow.periods import TAIPEI, Week
from tradeflow.sources.base import Source
from tradeflow.sources.registry import SOURCES

COVERAGE = dg.AssetKey(["marts", "fct_layer_coverage"])

RUN_BY_MONDAY = dg.FreshnessPolicy.cron(
    deadline_cron="0 12 * * 1", lower_bound_delta=timedelta(hours=12), timezone=str(TAIPEI)
)
"""Made between midnight and noon of Monday: Dagster's own word on whether the week was run."""

CHECK_JOB = "freshness"


def with_policy(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Raw tables and the brief get Dagster's own policy beside the check from the data."""
    if spec.key.path[0] == "raw" or spec.key == BRIEF:
        return dg.apply_freshness_policy(spec, RUN_BY_MONDAY)
    return spec


def first_table(source: Source) -> dg.AssetKey:
    """The raw table that stands for a source where one asset must."""
    return raw_key(next(iter(source.tables)))


_SPECS = [
    dg.AssetCheckSpec(
        "is_fresh",
        asset=first_table(source),
        additional_deps=[COVERAGE],
        description=f"The newest period of {source.name} is no older than its cadence promises.",
    )
    for source in SOURCES.values()
]


@dg.multi_asset_check(name="freshness_from_data", specs=_SPECS, pool=POOL, can_subset=True)
def freshness_checks(
    context: dg.AssetCheckExecutionContext, world: WorldResource
) -> Iterator[dg.AssetCheckResult]:
    """Judge the chosen sources by the newest stored week, whichever week was run last."""
    chosen = context.selected_asset_check_keys
    today = world.world.today()
    with world.world.warehouse.connect("judge how fresh the data are") as con:
        try:
            newest = newest_week(con)
        except StorageError as error:
            # Raw tables alone were chosen, in a world without marts.
            yield from (_unjudged(key, str(error)) for key in sorted(chosen))
            return
        rows = read_freshness(con, newest.key)
    judged = {key.asset_key for key in chosen}
    yield from (each for each in verdicts(rows, newest, today) if each.asset_key in judged)


def _unjudged(key: dg.AssetCheckKey, reason: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=False,
        severity=dg.AssetCheckSeverity.WARN,
        description=reason,
    )


def verdicts(rows: Sequence[Freshness], newest: Week, today: date) -> Iterator[dg.AssetCheckResult]:
    """One result a source; late ones warn, as old figures are marked and not wrong."""
    table = dg.MetadataValue.md(freshness_markdown(rows, newest, today))
    for row in rows:
        health, expected = health_on(row, newest, today), row.expected_next_date
        yield dg.AssetCheckResult(
            asset_key=first_table(SOURCES[row.source]),
            check_name="is_fresh",
            passed=health in ("on_time", "delayed", "not_published"),
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{row.name}: {health.replace('_', ' ')} on {today}",
            metadata={
                "health": health,
                "newest_week": newest.key,
                "newest_period": row.last_period or "none",
                "released_on": str(row.newest_released_on or "unknown"),
                "next_period": row.expected_next_period or "irregular",
                "expected_on": str(row.expected_next_date or "irregular"),
                "days_past_expected": max(0, (today - expected).days) if expected else 0,
                "all_sources": table,
            },
        )


def freshness_markdown(rows: Sequence[Freshness], newest: Week, today: date) -> str:
    """The table of `tradeflow status`, as Markdown."""
    glossary = load_glossary()
    lines = [HEADINGS, ("---",) * len(HEADINGS)]
    lines += [cells(row, newest, today, glossary) for row in rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"資料到 {newest} 週末，以 {today} 判定\n\n{table}"


check_job = dg.define_asset_job(
    CHECK_JOB,
    selection=dg.AssetSelection.checks(freshness_checks, is_built_from_what_is_published),
    description="Judges how fresh each source's data are, without asking any of them, and whether "
    "the site shows what is published.",
)

check_schedule = dg.ScheduleDefinition(
    job=check_job,
    name="daily_freshness",
    cron_schedule="0 7 * * *",
    execution_timezone=str(TAIPEI),
    description="Every day at 07:00 in Taipei: data grow late while nothing runs.",
)
