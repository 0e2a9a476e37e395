"""The only assembly point: assets in the order data flow, the job, its schedule, resources."""

from __future__ import annotations

import warnings

import dagster as dg

# Back-fill policies are marked beta in this release and are used on purpose.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

from tradeflow.bundled import sql_root  # noqa: E402
from tradeflow.orchestration import policy, raw  # noqa: E402
from tradeflow.orchestration.jobs import weekly_job, weekly_schedule  # noqa: E402
from tradeflow.orchestration.models import model_assets  # noqa: E402
from tradeflow.orchestration.progress import TERMINAL, terminal  # noqa: E402
from tradeflow.orchestration.reports import report_assets  # noqa: E402
from tradeflow.orchestration.resources import WorldResource  # noqa: E402
from tradeflow.orchestration.search import search_assets  # noqa: E402
from tradeflow.settings import Settings, load_settings  # noqa: E402
from tradeflow.storage.sql_project import Project  # noqa: E402


def build_definitions(settings: Settings) -> dg.Definitions:
    """The code location for one world.

    Args:
        settings: decides the world, its folders and how sources are reached.
    """
    project = Project.load(sql_root())
    return dg.Definitions(
        assets=[
            *raw.assets,
            *policy.assets,
            *model_assets(project),
            *search_assets(project),
            *report_assets(project),
        ],
        jobs=[weekly_job],
        schedules=[weekly_schedule],
        resources={"world": WorldResource.of(settings)},
        loggers={TERMINAL: terminal},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads: the world that the environment's settings name."""
    return build_definitions(load_settings())
