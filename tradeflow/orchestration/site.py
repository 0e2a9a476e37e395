"""The site: one asset after every report, built by the function that the commands call.

It shows every report of every kind, so it has no partition and is in no week's job. A condition
asks for it when a run has made reports: once, however many weeks the run had.
"""

import dagster as dg

from tradeflow.errors import TradeflowError
from tradeflow.orchestration.periodic import PERIODIC
from tradeflow.orchestration.progress import note
from tradeflow.orchestration.reports import PUBLISHED_COPY
from tradeflow.orchestration.resources import WorldResource
from tradeflow.site.build import build_site, is_current

SITE = dg.AssetKey(["reports", "site"])

_AFTER_REPORTS = (
    dg.AutomationCondition.any_deps_updated().since_last_handled()
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
)


@dg.asset(
    key=SITE,
    deps=[PUBLISHED_COPY, *(periodic.key for periodic in PERIODIC.values())],
    kinds={"html"},
    owners=["team:analysts"],
    group_name="briefing",
    automation_condition=_AFTER_REPORTS,
)
def site(world: WorldResource) -> dg.MaterializeResult:
    """The static site of all published reports; not written where it would come out equal."""
    built = build_site(world.world, note)
    return dg.MaterializeResult(
        metadata={
            "address": dg.MetadataValue.url(world.world.settings.site_url),
            "page": dg.MetadataValue.url(built.home.resolve().as_uri()),
            "pages": built.pages,
            "megabytes": round(built.byte_count / 1e6, 1),
            "built_anew": built.is_new,
            "changed_files": built.changed,
        }
    )


@dg.asset_check(
    asset=SITE,
    description="The site shows what is published; a report or a rule that came after it was built "
    "is on none of its pages.",
)
def is_built_from_what_is_published(world: WorldResource) -> dg.AssetCheckResult:
    try:
        passed, said = is_current(world.world), None
    except TradeflowError as error:
        passed, said = False, str(error)
    return dg.AssetCheckResult(
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=said or (None if passed else "older than what is published: build it again"),
    )


site_follows = dg.AutomationConditionSensorDefinition(
    name="site_follows",
    target=dg.AssetSelection.assets(SITE),
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Builds the site when a run has made reports, whoever started it: once a run, also "
    "for a range of weeks.",
)
