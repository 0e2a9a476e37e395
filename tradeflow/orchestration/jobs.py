"""The jobs of weeks, months and years, and the schedules that run each once its period closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import dagster as dg

from tradeflow.errors import InputError
from tradeflow.orchestration.groups import groups_markdown
from tradeflow.orchestration.partitions import partition_key
from tradeflow.orchestration.periodic import PERIODIC
from tradeflow.orchestration.resources import WorldResource
from tradeflow.orchestration.site import SITE
from tradeflow.periods import TAIPEI, Month, Period, Week, Year
from tradeflow.world import World

WEEKLY_JOB, MONTHLY_JOB, YEARLY_JOB = "weekly", "monthly", "yearly"

JOB_OF: dict[type, str] = {Week: WEEKLY_JOB, Month: MONTHLY_JOB, Year: YEARLY_JOB}
"""Kind of period → the job that makes its report."""

WEEKLY_ASSETS = dg.AssetSelection.all() - dg.AssetSelection.assets(
    SITE, *(periodic.key for periodic in PERIODIC.values())
)

weekly_job = dg.define_asset_job(
    WEEKLY_JOB,
    selection=WEEKLY_ASSETS,
    description=f"One week from the sources to the brief.\n\n{groups_markdown()}",
)

jobs = [
    weekly_job,
    *(
        dg.define_asset_job(
            JOB_OF[kind],
            selection=dg.AssetSelection.assets(periodic.key),
            description=f"{periodic.description} Makes the week it reads, where that is missing.",
        )
        for kind, periodic in PERIODIC.items()
    ),
]


def _schedule(
    job: str, name: str, cron: str, closed: Callable[[datetime], Period], description: str
) -> dg.ScheduleDefinition:
    @dg.schedule(
        job_name=job,
        name=name,
        cron_schedule=cron,
        execution_timezone=str(TAIPEI),
        description=description,
    )
    def run_closed(
        context: dg.ScheduleEvaluationContext, world: WorldResource
    ) -> dg.RunRequest | dg.SkipReason:
        period = closed(context.scheduled_execution_time)
        try:
            week = week_read(world.world, period)
            world.world.require_weeks(week, week)
        except InputError as error:
            return dg.SkipReason(str(error))
        return dg.RunRequest(run_key=period.key, partition_key=partition_key(period))

    return run_closed


def week_read(world: World, period: Period) -> Week:
    """The week whose marts the report of a period is written from.

    Raises:
        InputError: no week of the period has closed yet.
    """
    if isinstance(period, Week):
        return period
    return world.last_week(period) if isinstance(period, Year) else period.last_week(world.clock())


def _week_before(instant: datetime) -> Period:
    return Week.current(instant).previous()


def _month_before(instant: datetime) -> Period:
    return Month.containing(instant.astimezone(TAIPEI).date()).previous()


def _year_before(instant: datetime) -> Period:
    return Year.containing(instant.astimezone(TAIPEI).date()).previous()


schedules = [
    _schedule(
        WEEKLY_JOB,
        "weekly_brief",
        "30 6 * * 1",
        _week_before,
        "Mondays at 06:30 in Taipei, for the week that closed at midnight. Turn on this or the "
        "condition new_week, not both.",
    ),
    _schedule(
        MONTHLY_JOB,
        "monthly_report",
        "30 6 5 * *",
        _month_before,
        "The fifth at 06:30 in Taipei, for the month before: days are left to look through "
        "the review items of its last week.",
    ),
    _schedule(
        YEARLY_JOB,
        "yearly_report",
        "30 6 10 1 *",
        _year_before,
        "10 January at 06:30 in Taipei, for the year before.",
    ),
]
"""Each asks for closed periods only, and for none its world cannot answer for."""
