"""The failure hook: tells people of every run that fails under the daemon."""

from collections.abc import Mapping

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from tradeflow.alerts import FailedRun, tell
from tradeflow.orchestration.resources import WorldResource


@dg.run_failure_sensor(
    name="failed_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Writes each failed run to TRADEFLOW_ALERT_FILE, and to TRADEFLOW_ALERT_WEBHOOK "
    "where one is set. A run that a person starts with `tradeflow run` tells its own terminal.",
)
def failed_runs(context: dg.RunFailureSensorContext, world: WorldResource) -> None:
    tell(world.world.settings, failed_run(context))


def failed_run(context: dg.RunFailureSensorContext) -> FailedRun:
    """What is told of the run: where it failed, and the first cause in one line."""
    run = context.dagster_run
    # The run's own event says only that steps failed; the step's event has the reason.
    step = next(iter(context.get_step_failure_events()), None)
    raised = step.step_failure_data.error if step is not None else None
    cause = (raised.cause or raised) if raised is not None else None
    message = cause.message if cause is not None else context.failure_event.message
    record = context.instance.get_run_record_by_id(run.run_id)
    return FailedRun(
        run_id=run.run_id,
        job=run.job_name,
        partition=_partition(run.tags),
        step=(step.step_key or "") if step is not None else "",
        error=" ".join((message or "").split()),
        at=record.update_timestamp.isoformat() if record is not None else "",
    )


def _partition(tags: Mapping[str, str]) -> str:
    if PARTITION_NAME_TAG in tags:
        return tags[PARTITION_NAME_TAG]
    ends = {tags.get(ASSET_PARTITION_RANGE_START_TAG), tags.get(ASSET_PARTITION_RANGE_END_TAG)}
    return "..".join(sorted(end for end in ends if end))
