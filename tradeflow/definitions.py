"""The only assembly point: assets in the order data flow, jobs, schedules, resources."""

from __future__ import annotations

import dagster as dg

from tradeflow.bundled import sql_root
from tradeflow.orchestration import policy, raw
from tradeflow.orchestration.alerts import failed_runs
from tradeflow.orchestration.automation import by_itself, new_week
from tradeflow.orchestration.executors import executor_of
from tradeflow.orchestration.freshness import (
    check_job,
    check_schedule,
    freshness_checks,
    with_policy,
)
from tradeflow.orchestration.jobs import jobs, schedules
from tradeflow.orchestration.models import model_assets
from tradeflow.orchestration.partitions import as_far_as_the_world
from tradeflow.orchestration.periodic import periodic_assets
from tradeflow.orchestration.progress import TERMINAL, terminal
from tradeflow.orchestration.reports import report_assets
from tradeflow.orchestration.resources import WorldResource
from tradeflow.orchestration.search import search_assets
from tradeflow.orchestration.sensors import sensors
from tradeflow.orchestration.site import is_built_from_what_is_published, site, site_follows
from tradeflow.settings import Settings, load_settings
from tradeflow.storage.sql_project import Project


def build_definitions(settings: Settings) -> dg.Definitions:
    """The code location for one world.

    Args:
        settings: decides the world, its folders and how sources are reached.
    """
    project = Project.load(sql_root())
    assets = [
        *raw.assets,
        *policy.assets,
        *model_assets(project),
        *search_assets(project),
        *report_assets(project),
        *periodic_assets(project),
        site,
    ]

    def in_this_world(spec: dg.AssetSpec) -> dg.AssetSpec:
        spec = by_itself(spec, settings.sources)
        return with_policy(as_far_as_the_world(spec, settings.sources))

    return dg.Definitions(
        assets=dg.map_asset_specs(in_this_world, assets),
        asset_checks=[freshness_checks, is_built_from_what_is_published],
        jobs=[*jobs, check_job],
        schedules=[*schedules, check_schedule],
        sensors=[*sensors, new_week, site_follows, failed_runs],
        resources={"world": WorldResource.of(settings)},
        loggers={TERMINAL: terminal},
        executor=executor_of(settings.executor),
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads: the world that the environment's settings name."""
    return build_definitions(load_settings())
