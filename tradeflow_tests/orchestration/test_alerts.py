"""A failed run of Dagster becomes a message that says where and why."""

from __future__ import annotations

import dagster as dg

from tradeflow.errors import TradeflowError
from tradeflow.orchestration.alerts import failed_run


def context_of(job: dg.JobDefinition, tags: dict[str, str], instance: dg.DagsterInstance):
    """What the failure sensor is handed for a run of the job."""
    result = job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
    (event,) = [e for e in result.all_events if e.event_type_value == "PIPELINE_FAILURE"]
    return dg.build_run_status_sensor_context(
        "failed_runs", event, instance, result.dagster_run
    ).for_run_failure()


def test_the_message_names_the_step_the_weeks_and_the_cause() -> None:
    @dg.op
    def raw_census() -> None:
        raise TradeflowError("census: refused,\nset CENSUS_API_KEY")

    @dg.job
    def weekly() -> None:
        raw_census()

    with dg.DagsterInstance.ephemeral() as instance:
        told = failed_run(
            context_of(
                weekly,
                {
                    "dagster/asset_partition_range_start": "2026-W01-1",
                    "dagster/asset_partition_range_end": "2026-W07-1",
                },
                instance,
            )
        )
        single = failed_run(context_of(weekly, {"dagster/partition": "2026-W07-1"}, instance))
    assert (told.job, told.step, told.partition) == (
        "weekly",
        "raw_census",
        "2026-W01-1..2026-W07-1",
    )
    assert "census: refused, set CENSUS_API_KEY" in told.error and "\n" not in told.error
    assert told.at
    assert single.partition == "2026-W07-1"
