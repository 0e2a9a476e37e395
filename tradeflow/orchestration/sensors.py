"""Looking for releases, and asking for a run when there is one.

A release is taken into the running week, whose brief is marked 期中版 until Monday; the closed
weeks may not know of it. Each sensor's cursor is the stamp of its last look: what has not changed
asks for nothing, and a look that failed leaves it as it was.
"""

import hashlib

import dagster as dg

from tradeflow.briefing.errors import BriefError
from tradeflow.briefing.freshness import newest_week
from tradeflow.errors import InputError, StorageError
from tradeflow.orchestration.jobs import WEEKLY_JOB, YEARLY_JOB
from tradeflow.orchestration.partitions import partition_key
from tradeflow.orchestration.resources import WorldResource
from tradeflow.periods import Week, Year
from tradeflow.pipeline import minerals_due
from tradeflow.sources.registry import SOURCES
from tradeflow.sources.watch import WATCHES, Watch


def _release_sensor(watch: Watch) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"{watch.source}_releases",
        job_name=WEEKLY_JOB,
        minimum_interval_seconds=int(watch.every.total_seconds()),
        description=f"Looks at {watch.listed} and asks for the running week when it has changed.",
    )
    def look(
        context: dg.SensorEvaluationContext, world: WorldResource
    ) -> dg.SensorResult | dg.SkipReason:
        today, seen = world.world.today(), context.cursor
        try:
            requests = watch.requests(today, world.world.settings, seen)
            answers = world.world.ingest.ask(SOURCES[watch.source], requests, today)
        except InputError as error:
            return dg.SkipReason(str(error))
        if not requests:
            return dg.SkipReason(f"nothing of {watch.source} is due by {today}; newest: {seen}")
        stamp = watch.stamp(answers)
        if stamp == seen:
            return dg.SkipReason(f"{watch.listed}: as at the last look ({stamp})")
        if seen is None:
            context.update_cursor(stamp)
            return dg.SkipReason(f"first look at {watch.listed}: {stamp}; changes ask for a run")
        week = Week.containing(today)
        request = dg.RunRequest(
            run_key=f"{watch.source} {stamp} {week}",
            partition_key=partition_key(week),
            tags={"release": f"{watch.source} {stamp}"},
        )
        return dg.SensorResult(run_requests=[request], cursor=stamp)

    return look


@dg.sensor(
    name="critical_minerals_changes",
    job_name=YEARLY_JOB,
    minimum_interval_seconds=600,
    description="Compares the states of controls, the editions of production and the codes reached "
    "with those the last report rests on, and asks for the running year's when they differ.",
)
def critical_minerals_changes(
    context: dg.SensorEvaluationContext, world: WorldResource
) -> dg.SensorResult | dg.SkipReason:
    try:
        with world.world.warehouse.reader() as con:
            week = newest_week(con)
        reasons = minerals_due(world.world, week)
    except (StorageError, BriefError) as error:
        return dg.SkipReason(str(error))
    if not reasons:
        return dg.SkipReason(f"the report on minerals stands on what {week} knows")
    year = Year.containing(week.end)
    stamp = hashlib.sha256("\n".join(reasons).encode()).hexdigest()[:16]
    request = dg.RunRequest(
        run_key=f"{year} {week} {stamp}",
        partition_key=partition_key(year),
        tags={"due": "; ".join(reasons)[:200]},
    )
    return dg.SensorResult(run_requests=[request])


sensors = [*(_release_sensor(watch) for watch in WATCHES.values()), critical_minerals_changes]
