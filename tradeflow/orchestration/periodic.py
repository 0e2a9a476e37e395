"""The reports of months and years: one asset each, by one factory.

A report of a month or year reads the marts of one week, the last that had closed within it; a
week that straddles two months belongs to the one its Sunday falls in. Dagster's own mapping
shows every week that touches the period, so the weeks before the period and after are left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from tradeflow.briefing.frames.frame import Frame
from tradeflow.briefing.frames.minerals import MINERALS
from tradeflow.briefing.frames.monthly import MONTHLY
from tradeflow.orchestration.models import model_key
from tradeflow.orchestration.partitions import months, months_of, years, years_of
from tradeflow.orchestration.progress import note
from tradeflow.orchestration.raw import POOL
from tradeflow.orchestration.reports import FACTS, shown_of
from tradeflow.orchestration.resources import WorldResource
from tradeflow.orchestration.search import INDEX
from tradeflow.periods import Month, Period, Week, Year
from tradeflow.pipeline import write_minerals, write_monthly
from tradeflow.storage.sql_project import Project

if TYPE_CHECKING:
    from tradeflow.briefing.produce import Brief

Write = Callable[..., "Brief"]
"""Writes the report of one period: `write(world, period, report)`, and `week=` where one may
choose an earlier week to read."""


@dataclass(frozen=True)
class Periodic:
    """A report of months or years."""

    frame: Frame
    write: Write
    partitions: dg.PartitionsDefinition
    periods_of: Callable[[dg.AssetExecutionContext], Sequence[Period]]
    description: str
    may_read_earlier: bool = False
    """Whether a run may name an earlier week to read, in the configuration of the asset."""

    def run_config(self, read: Week | None) -> dict[str, Any]:
        """The configuration of a run that reads an earlier week; empty for the last closed one."""
        if read is None:
            return {}
        return {"ops": {self.key.to_python_identifier(): {"config": {"week": read.key}}}}

    @property
    def key(self) -> dg.AssetKey:
        return dg.AssetKey(["reports", self.frame.report])


PERIODIC: dict[type, Periodic] = {
    Month: Periodic(
        MONTHLY,
        write_monthly,
        months,
        months_of,
        "供應鏈分析報告, a month's report on concentration, controls and alternatives; "
        "refused if a single numeral is untraced.",
    ),
    Year: Periodic(
        MINERALS,
        write_minerals,
        years,
        years_of,
        "關鍵礦物與出口管制, a year's report on production, controls and exposure; refused if a "
        "single numeral is untraced.",
        may_read_earlier=True,
    ),
}
"""Kind of period → its report."""


_EARLIER = {
    "week": dg.Field(
        str,
        is_required=False,
        description="An earlier week of the period to read instead of its last closed one.",
    )
}


def periodic_assets(project: Project) -> list[dg.AssetsDefinition]:
    """The reports of months and years, after the facts of the weeks."""
    marts = [model_key(model) for model in project.models.values() if model.layer == "marts"]
    return [_report(periodic, [FACTS, INDEX, *marts]) for periodic in PERIODIC.values()]


def _report(periodic: Periodic, upstream: list[dg.AssetKey]) -> dg.AssetsDefinition:
    within = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)

    @dg.asset(
        key=periodic.key,
        deps=[dg.AssetDep(key, partition_mapping=within) for key in upstream],
        kinds={"markdown", "jinja"},
        owners=["team:analysts"],
        group_name="briefing",
        description=periodic.description,
        partitions_def=periodic.partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
        config_schema=_EARLIER if periodic.may_read_earlier else None,
    )
    def report(context: dg.AssetExecutionContext, world: WorldResource) -> dg.MaterializeResult:
        config = context.op_execution_context.op_config or {}
        chosen = {"week": Week.parse(config["week"])} if "week" in config else {}
        periods = periodic.periods_of(context)
        written = [periodic.write(world.world, period, note, **chosen) for period in periods][-1]
        world.world.warehouse.publish()
        metadata: dict[str, Any] = {
            "week": written.week.key,
            **shown_of(written, periods[-1], world.world),
        }
        return dg.MaterializeResult(metadata=metadata)

    return report
